/**
 * Decides what becomes of a text that was searched for secrets: for every door, and for a merged text as for a written
 * one. Pure; what is in the text is found elsewhere, in bounded time, and handed in. Invariant: only what an edit brings
 * in is refused; what the config holds already is told, and stops nobody.
 */
import type { VersionRecord } from '../words/model.ts';
import type { SecretNotice, SecretSearch, SecretsPolicy } from '../words/secret.ts';
import type { RefusedEdit, SaveDecision } from './decide.ts';
import type { Edit } from './edit.ts';
import type { Refusal } from './refusal.ts';

/** What was found in a text that would become a version, beside the latest one. */
export interface Searched {
  readonly policy: Exclude<SecretsPolicy, 'Allow'>;
  readonly search: SecretSearch;
  readonly head: VersionRecord | null;
  /** The same of the text as its author wrote it, where another one would be saved; null: it is that text. */
  readonly proposed: SecretSearch | null;
}

export function underSecrets<D extends { readonly kind: string }>(
  { config }: Pick<Edit, 'config'>,
  decision: D,
  { policy, search, head, proposed }: Searched,
): D | RefusedEdit {
  if (search.kind === 'clean') return decision;
  if (policy === 'Refuse') {
    if (search.kind === 'unfinished') return refused({ kind: 'unsearched', config, why: search.why, head });
    // What the author wrote is told in the author's own lines.
    const own = proposed?.kind === 'found' && proposed.fresh.places.length > 0 ? proposed : null;
    const { fresh } = own ?? search;
    const of = proposed === null || own ? 'text' : 'merged';
    if (fresh.places.length > 0) return refused({ kind: 'secret', config, of, found: fresh, head });
  }
  if (decision.kind !== 'save') return decision;
  const { notices = [] } = decision as unknown as SaveDecision;
  return { ...decision, notices: [...notices, noticeOf(search)] };
}

function noticeOf(search: Exclude<SecretSearch, { kind: 'clean' }>): SecretNotice {
  if (search.kind === 'unfinished') return { kind: 'unsearched', why: search.why };
  const { fresh, known } = search;
  const places = [...fresh.places, ...known.places].toSorted(
    (a, b) => a.line - b.line || a.column - b.column,
  );
  return { kind: 'secrets', places, more: fresh.more + known.more };
}

const refused = (refusal: Refusal): RefusedEdit => ({ kind: 'refused', refusal });
