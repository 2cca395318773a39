/**
 * What a search for secrets finds in a text. Data only, and such that it survives a structured clone. Invariant: nothing
 * here holds the secret, nor anything made of it: places and rules are all that leaves the search.
 */
import type { SchemaFinding, Violation } from './schema.ts';

/** `Refuse`: an edit that brings one in is not saved. `Warn`: its author is told. `Allow`: nothing is looked for. */
export type SecretsPolicy = 'Refuse' | 'Warn' | 'Allow';

/** Where a secret begins, and the rule that found it. */
export type SecretPlace = Omit<Violation, 'schema'>;

export interface SecretPlaces {
  /** In the order of the text. */
  readonly places: readonly SecretPlace[];
  /** How many more there are. */
  readonly more: number;
}

/** What a search says of a text, beside the text that it takes the place of. */
export type SecretSearch =
  | {
      readonly kind: 'found';
      /** What the other text does not hold anywhere. */
      readonly fresh: SecretPlaces;
      readonly known: SecretPlaces;
    }
  | { readonly kind: 'clean' }
  /** It takes too much time or memory. */
  | { readonly kind: 'unfinished'; readonly why: string };

/** Of a text that is saved all the same. */
export type SecretNotice =
  | ({ readonly kind: 'secrets' } & SecretPlaces)
  | { readonly kind: 'unsearched'; readonly why: string };

/** What rules say to a text that is saved all the same: schemas that only warn, and the search for secrets. */
export type RuleNotice = SchemaFinding | SecretNotice;
