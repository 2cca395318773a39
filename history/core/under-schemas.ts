/**
 * Decides what becomes of a text that was held against the schemas of its config: for every door, and for a merged text
 * as for a written one. Pure; what the schemas say is found elsewhere, in bounded time, and handed in. Invariant: a text
 * that becomes no version is not held against anything, so that a new schema refuses nothing that was saved before.
 */
import type { VersionRecord } from '../words/model.ts';
import type { SchemaFinding, Violation } from '../words/schema.ts';
import type { Decision, RefusedEdit } from './decide.ts';
import type { Edit } from './edit.ts';
import type { Refusal, RefusalOf, Stale } from './refusal.ts';
import type { StaleDecision } from './stale.ts';

/** What would become a version, now or once it is confirmed; null: nothing. */
export function textToCheck(decision: Decision | StaleDecision): string | null {
  if (decision.kind === 'save') return decision.body.text;
  const isShown = decision.kind === 'refused' && decision.refusal.kind === 'unconfirmed';
  return isShown ? (decision.refusal as RefusalOf<'unconfirmed'>).merged : null;
}

/** Both sides of a merge whose result violates a schema. */
export interface MergedSides {
  readonly stale: Stale;
  readonly proposed: readonly SchemaFinding[];
  readonly head: readonly SchemaFinding[];
}

/** Whether any of these refuses the text. */
export const refuses = (findings: readonly SchemaFinding[]): boolean =>
  findings.some(({ enforcement }) => enforcement === 'Refuse');

/**
 * @param findings of the text that would be saved
 * @param head the latest version; null: there is none
 * @param sides where that text is neither the one that was written nor the latest, and is refused
 */
export function underSchemas<D extends { readonly kind: string }>(
  { config }: Pick<Edit, 'config'>,
  decision: D,
  findings: readonly SchemaFinding[],
  head: VersionRecord | null,
  sides: MergedSides | null = null,
): D | RefusedEdit {
  const against = findings.find(({ enforcement }) => enforcement === 'Refuse');
  if (!against) {
    if (decision.kind !== 'save' || findings.length === 0) return decision;
    return { ...decision, notices: findings };
  }
  if (against.kind === 'unfinished') {
    return refused({ kind: 'unchecked', config, schema: against.schema, why: against.why, head });
  }
  if (!sides) return refused({ kind: 'violates', config, head, of: 'text', found: against });
  // What is wrong with the author's own text is told in its own lines.
  const own = sides.proposed.find(({ schema, kind }) => schema === against.schema && kind === 'violated');
  if (own?.kind === 'violated') {
    return refused({ kind: 'violates', config, head, of: 'text', found: own });
  }
  const before = sides.head.find(({ schema, kind }) => schema === against.schema && kind === 'violated');
  if (before?.kind === 'violated' && against.violations.every(one => before.violations.some(sameAs(one)))) {
    return refused({ kind: 'violates', config, head, of: 'latest', found: against });
  }
  return refused({
    kind: 'violates-together',
    config,
    head: sides.stale.head,
    stale: sides.stale,
    found: against,
  });
}

const sameAs =
  (one: Violation) =>
  (other: Violation): boolean =>
    one.pointer === other.pointer && one.rule === other.rule;

const refused = (refusal: Refusal): RefusedEdit => ({ kind: 'refused', refusal });
