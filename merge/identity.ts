/**
 * What tells the items of a list apart: the keys that do so for people and their tools, and the shape of an answer.
 * Invariant: the merge and its verifier go by the same keys.
 */
import type { Entry } from './node.ts';
import type { Tokens } from './order.ts';

/** Keys that identify an item when every item has one, in this order of preference. */
export const identityKeys = [
  'name',
  'id',
  'key',
  'uuid',
  'slug',
  'containerPort',
  'mountPath',
  'devicePath',
  'ip',
  'topologyKey',
  'hostname',
  'host',
  'alias',
  'path',
  'url',
  'repo',
  'title',
  'port',
  'type',
] as const;

/** Keys that identify an item together; only the first must be present. */
export const compositeKeys: readonly (readonly string[])[] = [
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['name', 'namespace'],
  ['kind', 'name', 'namespace'],
  ['name', 'kind'],
  ['host', 'path'],
  ['key', 'operator', 'value', 'effect'],
];

export interface Alignment {
  /** `keyed`: tokens are unique on every side. `ordered`: tokens may repeat. */
  readonly kind: 'keyed' | 'ordered' | 'atomic' | 'unidentified';
  readonly tokens: Tokens;
  /** What to call an item in a path; null to use its index. */
  label(entry: Entry): string | null;
  /** What else could tell them apart, where this one is a clash; null: a rule or a known key settles it. */
  readonly others: (() => Iterable<Alignment>) | null;
}
