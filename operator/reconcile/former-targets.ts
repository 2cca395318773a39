/** ConfigMaps an object asked for under an earlier name. Invariant: none goes that another object asks for. */
import type { ConfigMapState } from '../object/config-map.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { mayHave } from '../object/projection/target.ts';
import { isOurs } from '../object/render.ts';
import { isApiConflict } from './errors.ts';
import type { Cluster } from './ports.ts';
import { isActive } from './wake.ts';

/**
 * @param name of the ConfigMap that it asks for now; null: it asks for none
 *
 * Lets go of ConfigMaps this object asked for under an earlier name: deletes those nobody asks for any
 * more, and returns an asker for each of the others, which must drop the owner reference; this object itself
 * where somebody changed the ConfigMap meanwhile, so that it is looked at again.
 */
export async function releaseFormerTargets(
  cluster: Cluster,
  object: ConfigVersion,
  name: string | null,
  signal: AbortSignal,
): Promise<ConfigVersion[]> {
  const heirs: ConfigVersion[] = [];
  for (const former of [...cluster.configMapsOwnedBy(object.metadata.uid)]) {
    // A copy carries our owner reference along.
    if (former.name === name || !isOurs(former)) continue;
    const [heir] = [...cluster.askersFor(former)].filter(isActive);
    if (heir) heirs.push(heir);
    // It takes the ConfigMap over, so that pods never see it missing.
    else if ([...cluster.projectionsFor(former)].some(other => mayHave(other, former))) continue;
    else if (!former.deletionTimestamp && !(await deleteOne(cluster, former, signal))) heirs.push(object);
  }
  return heirs;
}

async function deleteOne(cluster: Cluster, former: ConfigMapState, signal: AbortSignal): Promise<boolean> {
  try {
    await cluster.deleteConfigMap(former, signal);
    return true;
  } catch (error) {
    if (isApiConflict(error)) return false;
    throw error;
  }
}
