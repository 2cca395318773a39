/** What targets show, as the watches last told. */
import type { ShownVersion } from '../../history/words/notification.ts';
import { type ObjectKey, objectKey } from '../object/key.ts';
import { shownVersions } from '../object/projection/target.ts';
import { targetWishOf } from '../object/projection/terms.ts';
import { shownConfig, shownVersion } from '../object/render.ts';
import { asksForMap } from '../object/terms.ts';
import type { ProjectionCluster } from '../projection/ports.ts';
import type { Cluster } from '../reconcile/ports.ts';
import { targetOf } from '../reconcile/wake.ts';

export type ShowingCluster = Pick<Cluster, 'proposersIn' | 'configMap' | 'askersFor' | 'projectionsOf'> &
  Pick<ProjectionCluster, 'projectionsReading' | 'target'>;

/** Of one config namespace. */
export function shownIn(cluster: ShowingCluster, configNamespace: string): ShownVersion[] {
  return [...shownByVersions(cluster, configNamespace), ...shownByProjections(cluster, configNamespace)];
}

function shownByVersions(cluster: ShowingCluster, configNamespace: string): ShownVersion[] {
  const found: ShownVersion[] = [];
  for (const object of cluster.proposersIn(configNamespace)) {
    if (!asksForMap(object)) continue;
    const ref = targetOf(object);
    const actual = cluster.configMap(ref);
    const config = actual && shownConfig(actual);
    const version = actual?.intact.version ? shownVersion(actual) : null;
    if (!config || version === null || config.namespace !== configNamespace) continue;
    found.push({ config, version, target: { kind: 'ConfigMap', ...ref } });
  }
  return found;
}

function shownByProjections(cluster: ShowingCluster, configNamespace: string): ShownVersion[] {
  const found: ShownVersion[] = [];
  for (const object of cluster.projectionsReading(configNamespace)) {
    const { kind, namespace, name } = targetWishOf(object);
    const present = object.status.target;
    const actual = present?.kind === kind && cluster.target({ kind, namespace, name: present.name });
    if (!actual) continue;
    const own = `${configNamespace}/`;
    for (const [config, version] of shownVersions(actual)) {
      if (!config.startsWith(own)) continue;
      const path = config.slice(own.length);
      found.push({
        config: { namespace: configNamespace, path },
        version,
        target: { kind, namespace, name },
      });
    }
  }
  return found;
}

/** Has the objects that ask for a target looked at again. */
export function wakeAskers(
  cluster: ShowingCluster,
  { config, target }: ShownVersion,
  wake: {
    readonly version: (key: ObjectKey) => void;
    readonly projection: (key: ObjectKey) => void;
  },
): void {
  if (target.kind === 'ConfigMap')
    for (const { metadata } of cluster.askersFor(target)) wake.version(objectKey(metadata));
  for (const object of cluster.projectionsOf(config)) {
    const { kind, namespace, name } = targetWishOf(object);
    if (kind === target.kind && namespace === target.namespace && name === target.name)
      wake.projection(objectKey(object.metadata));
  }
}
