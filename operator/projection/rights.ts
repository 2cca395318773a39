/**
 * Whether a projection may read what it asks for, by the readers of each config namespace, as the watches tell them now.
 * Invariant: rights come before anything is read, and what is not known yet is neither yes nor no.
 */
import type { RefusalOf } from '../../history/core/refusal.ts';
import type { ConfigId } from '../../history/words/model.ts';
import { closedLaw } from '../object/grants.ts';
import { lawAt } from '../reconcile/namespace-law.ts';
import type { NamespaceHold } from '../reconcile/ports.ts';
import type { ProjectionCluster } from './ports.ts';

export interface RightsContext {
  readonly cluster: Pick<ProjectionCluster, 'configNamespace' | 'kubeNamespace'>;
  /** Whether a config namespace is open to whoever is in a Kubernetes namespace. */
  readonly holds: (
    configNamespace: string,
    kubeNamespace: string,
    signal: AbortSignal,
  ) => Promise<NamespaceHold> | NamespaceHold;
}

/** Why something may not be read; `untold`: it is not known yet. */
export type RefusedRead = RefusalOf<'no-right'> | 'untold';

/** Null: it may read them all. */
export async function refusedRead(
  { cluster, holds }: RightsContext,
  from: string,
  places: readonly ConfigId[],
  signal: AbortSignal,
): Promise<RefusedRead | null> {
  let untold = false;
  for (const namespace of new Set(places.map(place => place.namespace))) {
    const hold = await holds(namespace, from, signal);
    for (const place of places.filter(each => each.namespace === namespace)) {
      const law = lawAt(cluster, place, from, ['read']);
      untold ||= law === null || hold === 'untold';
      const read = hold === 'closed' ? closedLaw(place, from, {}).read : law?.read;
      if (read?.kind === 'no-right') return read;
    }
  }
  return untold ? 'untold' : null;
}
