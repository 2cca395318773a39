/**
 * Searches a text for secrets, and says where they are. Invariant: what leaves this room names places and rules, and holds
 * no secret. The look is linear in the text and may be taken anywhere; a search of a doubtful text, or a long one, is for the
 * worker thread.
 */
import type { SecretPlace, SecretPlaces, SecretSearch } from '../history/words/secret.ts';
import { Locator } from '../merge/locate.ts';
import { placeOf } from '../text/body-problem.ts';
import type { Format } from '../text/format.ts';
import { pointer, readable, root } from '../text/path.ts';
import { literalAt } from './keys.ts';
import { mayBeToken, providerTokens } from './providers.ts';
import { scan } from './scan.ts';
import { privateKeys, publicBlocks, suspectsInWord } from './strings.ts';
import type { Suspect } from './suspect.ts';

/** Places told of one text. */
const maxPlaces = 20;

/** What one look at a text tells. */
export type SecretLook =
  /** No search would find anything. */
  | 'clean'
  /** A search finds something by rules whose time is bounded. */
  | 'suspect'
  /** A search has to ask rules of which that is not known. */
  | 'doubtful';

export function lookForSecrets(text: string): SecretLook {
  let look: SecretLook = privateKeys(text).next().done ? 'clean' : 'suspect';
  const doubt = (): true => {
    look = 'doubtful';
    return true;
  };
  scan(text, {
    separator: at => {
      if (look === 'clean' && literalAt(text, at)) look = 'suspect';
      return false;
    },
    word: (start, end, has) => {
      if (mayBeToken(text, start, end, has)) return doubt();
      if (look === 'clean' && suspectsInWord(text, start, end, has).length > 0) look = 'suspect';
      return false;
    },
    address: doubt,
  });
  return look;
}

/**
 * What stands beside a `pawl:allow-secret REASON` is not told.
 * @param before the text that this one takes the place of; null: none, or what it holds does not matter
 */
export function searchSecrets(text: string, format: Format, before: string | null): SecretSearch {
  const suspects = suspectsIn(text);
  const lines = suspects.length > 0 ? new Lines(text) : null;
  const found = suspects.filter(({ start }) => !lines!.allow(start));
  if (found.length === 0) return { kind: 'clean' };
  const known = new Set(
    before === null ? [] : suspectsIn(before).map(({ start, end }) => before.slice(start, end)),
  );
  const isKnown = ({ start, end }: Suspect) => known.has(text.slice(start, end));
  const locator = new Locator(text, format);
  const secrets = found.map(({ start, end }) => text.slice(start, end));
  const placesOf = (some: readonly Suspect[]): SecretPlaces => ({
    places: some.slice(0, maxPlaces).map(one => placeIn(text, one, locator, secrets)),
    more: Math.max(0, some.length - maxPlaces),
  });
  return {
    kind: 'found',
    fresh: placesOf(found.filter(one => !isKnown(one))),
    known: placesOf(found.filter(isKnown)),
  };
}

/** In the order of the text; of several that overlap, the one whose rule says most. */
function suspectsIn(text: string): Suspect[] {
  const all = [...privateKeys(text)];
  const places: number[] = [];
  const blocks = publicBlocks(text);
  let block = blocks.next();
  scan(text, {
    separator: at => {
      const literal = literalAt(text, at);
      if (literal) all.push(literal);
      return false;
    },
    word: (start, end, has) => {
      if (mayBeToken(text, start, end, has)) places.push(start);
      while (!block.done && block.value.end <= start) block = blocks.next();
      if (block.done || start < block.value.start) all.push(...suspectsInWord(text, start, end, has));
      return false;
    },
    address: at => {
      places.push(at);
      return false;
    },
  });
  all.push(...providerTokens(text, places));
  const rank = ({ rule }: Suspect) => ['high-entropy', 'known-key'].indexOf(rule);
  all.sort((a, b) => rank(a) - rank(b) || a.start - b.start);
  const taken = new Taken();
  return all.filter(one => taken.add(one)).sort((a, b) => a.start - b.start);
}

/** Stretches that do not overlap, sorted. */
class Taken {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** False: something of it is taken. */
  add({ start, end }: Suspect): boolean {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! < start) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && this.#ends[low - 1]! > start) return false;
    if (low < this.#starts.length && this.#starts[low]! < end) return false;
    this.#starts.splice(low, 0, start);
    this.#ends.splice(low, 0, end);
    return true;
  }
}

const allowance = /pawl:allow-secret[ \t]+\S/;
/** How far a line is read, on either side of what it is to allow. */
const maxLine = 4_096;

class Lines {
  readonly #text: string;
  readonly #starts = [0];

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** Whether the line of a secret, or the line above, allows it. */
  allow(offset: number): boolean {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    const [above, start, next] = [low - 2, low - 1, low].map(line => this.#starts[line]);
    const own = [Math.max(start!, offset - maxLine), Math.min(next ?? this.#text.length, offset + maxLine)];
    if (allowance.test(this.#text.slice(...own))) return true;
    return above !== undefined && allowance.test(this.#text.slice(Math.max(above, start! - maxLine), start));
  }
}

function placeIn(
  text: string,
  { rule, start }: Suspect,
  locator: Locator,
  secrets: readonly string[],
): SecretPlace {
  const path = locator.pathAt(start);
  const to = pointer(path);
  // A key may be a secret, too.
  const at = secrets.some(secret => to.includes(secret)) ? root : path;
  return {
    ...{ pointer: pointer(at), path: at === root ? '' : readable(at) },
    ...placeOf(text, start),
    ...{ rule, message: `holds ${wordsOf[rule] ?? `a credential (${rule})`}` },
  };
}

const wordsOf: Readonly<Record<string, string>> = {
  'known-key': 'a literal secret',
  'private-key': 'a private key',
  'high-entropy': 'a string that looks like a key',
  jwt: 'a signed token (JWT)',
  'aws-access-key': 'an access key of AWS',
  'google-api-key': 'an API key of Google',
  basicauth: 'a password in an address',
  'database-connection-string': 'a password in an address of a database',
};
