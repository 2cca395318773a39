/**
 * The `yaml` library as the engine uses it, and what its scalars mean. Invariant: one set of parser settings for the
 * merge and its verifier; a meaning never goes through a JavaScript number.
 */
import {
  type Alias,
  type CST,
  isScalar,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/** A node as the library gives it. */
export type Any = Scalar | Alias | YAMLMap | YAMLSeq;
export type AnyPair = Pair<Any | null, Any | null>;
export type Item = CST.CollectionItem;
export type BlockToken = CST.BlockMap | CST.BlockSequence;

/** A document of the `yaml` library, kept so that the verifier need not parse again. */
export type Parsed = ReturnType<typeof parseYaml>;

const shaped = /^tag:yaml\.org,2002:(?:binary|omap|pairs|set)$/;

/**
 * Parses a stream with the settings the whole engine relies on.
 * @param keepSourceTokens whether it matters where commas, colons and comments are
 */
export function parseYaml(text: string, keepSourceTokens = true) {
  const parsed = parseAllDocuments(text, {
    keepSourceTokens,
    uniqueKeys: false,
    // What these tags stand for in YAML 1.1 are shapes of their own; here a tag is a word before a map or a list.
    resolveKnownTags: false,
    customTags: tags => tags.filter(tag => typeof tag === 'string' || !shaped.test(tag.tag)),
    prettyErrors: false,
    logLevel: 'silent',
  });
  return [...parsed];
}

/** The parts of a pair that is written as `key: value`, its key a scalar of at least one character. */
export interface KeyedPair {
  readonly item: Item;
  readonly colon: CST.SourceToken;
  readonly key: Scalar;
  readonly keyStart: number;
  readonly keyEnd: number;
}

/** null: it is written in another way. */
export function keyedPair({ key, srcToken }: AnyPair): KeyedPair | null {
  const item = srcToken as Item | undefined;
  const colon = item?.sep?.find(sep => sep.type === 'map-value-ind');
  if (item === undefined || colon === undefined || !isScalar(key) || key.range == null) return null;
  const [keyStart, keyEnd] = key.range;
  if (keyStart === keyEnd || item.start.some(t => t.type === 'explicit-key-ind')) return null;
  return { item, colon: colon as CST.SourceToken, key, keyStart, keyEnd };
}

/** Plain strings that readers of YAML 1.1 take for a boolean, a number or a date: compared by spelling. */
const ambiguous = /^(?:[yn]|yes|no|on|off|[-+]?[\d.][\d_.,:eE+-]*|0[xob][\da-fA-F_]+|\d{4}-\d\d?-\d\d?.*)$/i;

/** What the core schema of YAML 1.2 does not take for a string, but for numbers: these are all ambiguous. */
const valued = /^(?:~|[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE|[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)?$/;

/** The identity of a map key, or the meaning of a scalar. */
export function meaningOf(scalar: Scalar): string {
  const source = scalar.source ?? '';
  if (scalar.tag !== undefined) return `t:${scalar.tag}:${source}`;
  if (scalar.type === 'PLAIN' && (typeof scalar.value !== 'string' || ambiguous.test(source)))
    return `p:${source}`;
  return `s:${String(scalar.value)}`;
}

/** The same of a plain scalar, by its spelling alone. */
export function plainMeaning(source: string): string {
  return valued.test(source) || ambiguous.test(source) ? `p:${source}` : `s:${source}`;
}
