/**
 * One pass over a text that tells where a secret may be: at what separates a key from its value, in long words, and in
 * addresses with a password. Invariant: the time is linear in the text, and small, because every text that is saved is
 * looked at so. A listener that answers true ends it.
 */

export interface Listener {
  /** A colon or an equals sign. */
  separator(at: number): boolean;
  /**
   * At least `minWord` letters, digits, and signs of base64, tokens and paths, with no others beside them.
   * @param has which of `wordParts` are in it
   */
  word(start: number, end: number, has: number): boolean;
  /** The @ of an address that has something with a colon before it: `://user:password@`. */
  address(at: number): boolean;
}

/** No token is shorter. */
export const minWord = 20;

export const wordParts = { lower: 1, upper: 2, digit: 4, sign: 8 } as const;

const [ofWord, separator, at, space] = [15, 16, 32, 64] as const;
const kinds = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const character = String.fromCharCode(code);
  if (/[a-z]/.test(character)) kinds[code] = wordParts.lower;
  else if (/[A-Z]/.test(character)) kinds[code] = wordParts.upper;
  else if (/[0-9]/.test(character)) kinds[code] = wordParts.digit;
  else if (/[+/_.-]/.test(character)) kinds[code] = wordParts.sign;
  else if (character === ':' || character === '=') kinds[code] = separator;
  else if (character === '@') kinds[code] = at;
  else if (code <= 0x20) kinds[code] = space;
}
const [slash, colon] = ['/', ':'].map(character => character.charCodeAt(0));

export function scan(text: string, hear: Listener): void {
  const { length } = text;
  // The last `://` and the last colon since there was a space.
  let [start, has, scheme, lastColon] = [0, 0, -1, -1];
  for (let now = 0; now < length; now += 1) {
    const code = text.charCodeAt(now);
    const kind = code < 128 ? kinds[code]! : 0;
    if (kind !== 0 && kind <= ofWord) {
      has |= kind;
      if (code === slash && now === lastColon + 2 && text.charCodeAt(now - 1) === slash) scheme = now;
      continue;
    }
    if (now - start >= minWord && hear.word(start, now, has)) return;
    start = now + 1;
    has = 0;
    if (kind === separator) {
      if (code === colon) lastColon = now;
      if (hear.separator(now)) return;
    } else if (kind === space) scheme = -1;
    else if (kind === at && scheme !== -1 && lastColon > scheme && hear.address(now)) return;
  }
  if (length - start >= minWord) hear.word(start, length, has);
}
