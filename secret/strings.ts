/**
 * Strings that are secrets by their own look, whatever stands before them: private keys, tokens of a fixed form, and long
 * strings that look like chance. Invariant: the time is linear in what is looked at.
 */
import { wordParts } from './scan.ts';
import type { Suspect } from './suspect.ts';

const begin = '-----BEGIN ';
/** From where a block begins. */
const privateBlock =
  /^-----BEGIN (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/= \r\n\t\\]{40,10000}/;
const [maxHeader, maxBlock] = [80, 10_100] as const;

/** PEM, in a block or with its line ends escaped, with something in it; not an encrypted one. */
export function* privateKeys(text: string): Generator<Suspect> {
  for (let start = text.indexOf(begin); start !== -1; start = text.indexOf(begin, start + begin.length)) {
    const header = text.slice(start, start + maxHeader);
    if (!header.includes('PRIVATE KEY') || header.includes('ENCRYPTED')) continue;
    const found = privateBlock.exec(text.slice(start, start + maxBlock));
    if (found) yield { rule: 'private-key', start, end: start + found[0].length };
  }
}

/** PEM blocks that hold no private key. */
export function* publicBlocks(text: string): Generator<{ start: number; end: number }> {
  for (let start = text.indexOf(begin); start !== -1; ) {
    const end = text.indexOf('-----END ', start);
    if (end === -1) return;
    if (!text.slice(start, start + maxHeader).includes('PRIVATE')) yield { start, end };
    start = text.indexOf(begin, end);
  }
}

/** Each with a bound on what it looks at from any one character. */
const forms: readonly (readonly [rule: string, form: RegExp])[] = [
  ['aws-access-key', /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/],
  ['google-api-key', /(?<![\w-])AIza[\w-]{35}(?![\w-])/],
  ['jwt', /(?<![\w-])eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{16,1000}/],
];

/**
 * What is a secret in a word; longer ones are read in part.
 * @param has which of `wordParts` are in it
 */
export function suspectsInWord(text: string, start: number, end: number, has: number): Suspect[] {
  return (has & parts) === parts ? foundInWord(text, start, end) : [];
}

/** Of everything that is looked for here. Most long words have no capitals, or no digits. */
const parts = wordParts.upper | wordParts.digit;

function foundInWord(text: string, start: number, end: number): Suspect[] {
  const suspects: Suspect[] = [];
  const word = text.slice(start, Math.min(end, start + maxWord));
  for (const [rule, form] of forms) {
    const found = form.exec(word);
    if (found && !found[0].endsWith('EXAMPLE'))
      suspects.push({ rule, start: start + found.index, end: start + found.index + found[0].length });
  }
  // Strings of base64 have no dots.
  let from = start;
  for (const part of word.split('.')) {
    const length = from + part.length === start + word.length ? end - from : part.length;
    const rule = part.length < minRandom ? null : ruleOf(part, length);
    if (rule !== null) suspects.push({ rule, start: from, end: from + length });
    from += part.length + 1;
  }
  return suspects;
}

const maxWord = 8_192;
/** Shorter ones may be words; longer ones are certificates, pictures, archives. */
const [minRandom, maxRandom] = [32, 512] as const;

/** In base64: PEM, and the headers of gzip and of public keys for SSH. */
const [pem, harmless] = [
  /^LS0tLS1CRUdJTi/,
  /^(?:sha(?:1|224|256|384|512)[-_]|H4sI|AAAA[BCE]3Nza|AAAAE2VjZHNh)/,
] as const;

function ruleOf(run: string, length: number): string | null {
  if (pem.test(run)) {
    const header = Buffer.from(run.slice(0, 80), 'base64').toString('latin1');
    return /BEGIN (?!ENCRYPTED)(?:[A-Z0-9]+ )?PRIVATE KEY/.test(header) ? 'private-key' : null;
  }
  if (run.startsWith('M')) {
    const member = memberOf(Buffer.from(run.slice(0, 24), 'base64'));
    if (member === sequence) return null;
    if (member === integer) return 'private-key';
  }
  return length <= maxRandom && !harmless.test(run) && looksRandom(run) ? 'high-entropy' : null;
}

const [sequence, integer] = [0x30, 0x02] as const;

/** What is first in a sequence of DER: a sequence, as in certificates and public keys, or a number, as in private keys. */
function memberOf(der: Buffer): number | undefined {
  if (der[0] !== sequence) return undefined;
  const long = der[1]! >= 0x81 && der[1]! <= 0x83 ? der[1]! - 0x80 : 0;
  return der[2 + long];
}

const [lower, upper, digit, sign] = [0, 1, 2, 3] as const;
const classes = new Uint8Array(128).map((_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z]/.test(character)) return lower;
  if (/[A-Z]/.test(character)) return upper;
  return /[0-9]/.test(character) ? digit : sign;
});

/** Characters of all classes, in no order, none of them much more often than others. */
function looksRandom(run: string): boolean {
  const [counts, kinds] = [new Uint16Array(128), [0, 0, 0, 0]];
  let [changes, word, longest, before] = [0, 0, 0, -1];
  for (let at = 0; at < run.length; at += 1) {
    const code = run.charCodeAt(at);
    const kind = classes[code]!;
    counts[code]! += 1;
    kinds[kind]! += 1;
    changes += Number(kind !== before);
    // A word may begin with a capital.
    word = kind === lower ? word + 1 : 0;
    longest = Math.max(longest, word);
    before = kind;
  }
  if (kinds[lower]! < 2 || kinds[upper]! < 2 || kinds[digit]! < 2 || kinds[sign]! > run.length / 6)
    return false;
  if (longest > 7 || changes < run.length / 3) return false;
  let entropy = 0;
  for (const count of counts) if (count > 0) entropy -= (count / run.length) * Math.log2(count / run.length);
  return entropy >= 4.2;
}
