/**
 * What reconcile knows of restores: the database taken back under a newer cluster, and a cluster taken back under a
 * newer database. Invariant: nothing here takes a config back. Why it is right: docs/adr/0010-restores.md.
 */

import { configName } from '../../history/core/names.ts';
import type { Seen } from '../../history/settle/floor.ts';
import type { Store } from '../../history/settle/ports.ts';
import type { ConfigId, Version, View } from '../../history/words/model.ts';
import { sha256 } from '../../text/sha256.ts';
import type { ConfigProjection } from '../object/config-projection.ts';
import { annotation, type ConfigVersion } from '../object/config-version.ts';
import { shownVersions } from '../object/projection/target.ts';
import { isOurs, shownConfig } from '../object/render.ts';
import type { Terms } from '../object/terms.ts';
import { lawAt, lawOf } from './namespace-law.ts';
import type { Cluster, StoreUpkeep } from './ports.ts';
import { sameConfig, targetOf } from './wake.ts';

/**
 * The highest versions of a config that this cluster tells of, in statuses and on ConfigMaps. They are higher than the
 * store's after the database was restored to an earlier moment, and at no other time.
 */
export function highestSeen(
  cluster: Pick<Cluster, 'proposersOf' | 'configMap' | 'configNamespace' | 'kubeNamespace' | 'projectionsOf'>,
  config: ConfigId,
  { head }: View,
): Seen {
  const seen = { highest: 0n, untold: 0n };
  for (const object of cluster.proposersOf(config)) {
    const law = lawOf(cluster, object, ['write']);
    // Anybody can name somebody else's config, and write anything on a ConfigMap of their own.
    if (law && law.write !== null) continue;
    const at = law ? 'highest' : 'untold';
    const consider = (text: string | undefined) => {
      if (text === undefined || !/^[0-9]{1,18}$/.test(text)) return;
      const version = BigInt(text);
      if (version > seen[at]) seen[at] = version;
    };
    // A number that somebody else wrote is not one that Pawl gave out.
    if (object.isStatusOurs) {
      consider(object.status.version);
      consider(object.status.supersededBy);
    }
    const shown = cluster.configMap(targetOf(object));
    if (!shown?.intact.version || !isOurs(shown)) continue;
    const about = shownConfig(shown);
    // A number changed by hand, beside the text of the head, is drift.
    if (!about || !sameConfig(about, config) || shown.annotations[annotation.contentSha256] === head?.sha256)
      continue;
    consider(shown.annotations[annotation.version]);
  }
  for (const object of cluster.projectionsOf(config)) {
    const law = lawAt(cluster, config, object.metadata.namespace, ['write']);
    if (law && law.write !== null) continue;
    const version = shownOf(cluster, object, config, head);
    const at = law ? 'highest' : 'untold';
    if (version > seen[at]) seen[at] = version;
  }
  return seen;
}

/** The highest version of a config that a projection's target says it shows. */
function shownOf(
  cluster: Pick<Cluster, 'configMap'>,
  { metadata: { namespace }, status: { target } }: ConfigProjection,
  config: ConfigId,
  head: View['head'],
): Version {
  const shown =
    target?.kind === 'ConfigMap' ? cluster.configMap({ namespace, name: target.name }) : undefined;
  if (!shown || !isOurs(shown)) return 0n;
  const version = shownVersions(shown).get(configName(config)) ?? 0n;
  return version > (head?.version ?? 0n) ? version : 0n;
}

/**
 * Whether the cluster was taken back to before what the store accepted from this object; the source's line follows
 * then. Otherwise this view of the object is old, and a newer one is on its way.
 */
export async function followRestoredCluster(
  { cluster, store }: { cluster: Cluster; store: Pick<Store, 'look'> & Pick<StoreUpkeep, 'rewindLine'> },
  object: ConfigVersion,
  terms: Terms,
  signal: AbortSignal,
): Promise<boolean> {
  const { config, source, uid, generation, baseVersion, actor } = terms;
  // First the line, then the object itself: an object never is older than what was accepted from it before.
  const { line } = await store.look({ config, source, baseVersion: null }, signal);
  if (!line || (line.uid === uid && line.generation < generation)) return false;
  const text = await cluster.readText(object, signal);
  if (text === null || sha256(text) !== terms.sha256) return false;
  if (line.uid === uid && line.generation === generation && line.sha256 === terms.sha256) return true;
  const proposal = { source, uid, generation, sha256: terms.sha256, text, baseVersion };
  return store.rewindLine({ config, proposal, actor, seen: line }, signal);
}
