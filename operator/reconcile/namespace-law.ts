/**
 * Gathers the rights and rules of one config (its Law) as the watches tell them now. Nothing is remembered: a grant or
 * a policy holds from the moment we hear of it, and wake.ts says whose proposals that concerns. Invariant: what is not
 * known yet is neither yes nor no; the proposal waits until it is known.
 */

import { type Law, withFreeze, withSchemas } from '../../history/core/law.ts';
import type { Right } from '../../history/core/refusal.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { ConfigNamespaceSpec, Grant } from '../object/config-namespace.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { closedLaw, lawFor } from '../object/grants.ts';
import { proposedConfig } from '../object/terms.ts';
import type { Cluster, NamespaceHold } from './ports.ts';

type Rules = Pick<Cluster, 'configNamespace' | 'kubeNamespace'>;

/** With all that its text is held to at this moment, and where nothing is open to its namespace, closed. */
export async function wholeLawOf(
  { cluster, holds }: { readonly cluster: Rules & Pick<Cluster, 'schemas'>; readonly holds: Holds },
  object: ConfigVersion,
  rights: readonly Right[],
  now: Date,
  signal: AbortSignal,
): Promise<Law | null> {
  const law = lawOf(cluster, object, rights);
  if (!law) return null;
  const config = proposedConfig(object);
  const whole = withFreeze(withSchemas(law, cluster.schemas().for(config)), config.path, now);
  return await heldLaw(holds, object, whole, signal);
}

/** Whether a config namespace is open to whoever is in a Kubernetes namespace. */
export type Holds = (
  configNamespace: string,
  kubeNamespace: string,
  signal: AbortSignal,
) => Promise<NamespaceHold> | NamespaceHold;

/** A law as it is where what the object's namespace has may be an earlier one's; null: nobody has told of that namespace yet. */
export async function heldLaw(
  holds: Holds,
  object: ConfigVersion,
  law: Law,
  signal: AbortSignal,
): Promise<Law | null> {
  const config = proposedConfig(object);
  const from = object.metadata.namespace;
  const hold = await holds(config.namespace, from, signal);
  if (hold === 'untold') return null;
  return hold === 'open' ? law : closedLaw(config, from, law.policy);
}

/** Rights and policy in the config that an object proposes. */
export function lawOf(cluster: Rules, object: ConfigVersion, rights: readonly Right[]): Law | null {
  return lawAt(cluster, proposedConfig(object), object.metadata.namespace, rights);
}

/**
 * @param name of the Kubernetes namespace that has the rights or has them not
 * @returns null: one of these rights depends on labels of that namespace, which the watch has not told of yet
 */
export function lawAt(cluster: Rules, config: ConfigId, name: string, rights: readonly Right[]): Law | null {
  const spec = cluster.configNamespace(config.namespace)?.spec ?? null;
  const known = cluster.kubeNamespace(name);
  const kubeNamespaceExists = cluster.kubeNamespace(config.namespace) !== undefined;
  if (known) return lawFor(config, { from: known, spec, kubeNamespaceExists });
  const from = { name, labels: {} };
  const law = lawFor(config, { from, spec: spec && withoutSelectors(spec), kubeNamespaceExists });
  const isUntold = (right: Right) => law[right] !== null && grantsOf(right, spec ?? {}).some(isBySelector);
  return rights.some(isUntold) ? null : law;
}

/** The grants of which any one may give this right. */
function grantsOf(right: Right, { writers = [], readers = [] }: ConfigNamespaceSpec): readonly Grant[] {
  switch (right) {
    case 'write':
      return writers;
    case 'read':
      return [...writers, ...readers];
    case 'delete':
      return writers.filter(grant => grant.delete === true);
  }
}

function withoutSelectors({ writers, readers, ...rest }: ConfigNamespaceSpec): ConfigNamespaceSpec {
  const byName = (grants: readonly Grant[]) => grants.map(({ namespaceSelector: _, ...grant }) => grant);
  return {
    ...rest,
    ...(writers && { writers: byName(writers) }),
    ...(readers && { readers: byName(readers) }),
  };
}

const isBySelector = ({ namespaceSelector }: Grant): boolean => namespaceSelector !== undefined;
