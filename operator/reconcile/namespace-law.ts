/**
 * Gathers the law of one config as the watches tell it now. Nothing is remembered: a grant or a policy holds from
 * the moment we hear of it, and wake.ts says whose proposals that concerns.
 */

import { type Law, lawFor } from '../../history/core/grants.ts';
import { configOf } from '../../history/core/proposal.ts';
import type { ConfigVersion } from '../../history/words/config-version.ts';
import type { Cluster } from './ports.ts';

export function lawOf(
  cluster: Pick<Cluster, 'configNamespace' | 'kubeNamespace'>,
  object: ConfigVersion,
): Law {
  const config = configOf(object);
  const name = object.metadata.namespace;
  return lawFor(config, {
    // A namespace we have not heard of yet has no labels; when we hear of it, its objects are looked at again.
    from: cluster.kubeNamespace(name) ?? { name, labels: {} },
    spec: cluster.configNamespace(config.namespace)?.spec ?? null,
    kubeNamespaceExists: cluster.kubeNamespace(config.namespace) !== undefined,
  });
}
