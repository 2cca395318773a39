/**
 * Targets a projection had before: of another name, or, where each content has its own, of an earlier content.
 * Invariant: none goes before the present one is there, and none that a ConfigVersion or another projection asks for.
 */
import type { ConfigMapState, TargetRef } from '../object/config-map.ts';
import type { ConfigProjection } from '../object/config-projection.ts';
import { mayHave } from '../object/projection/target.ts';
import { targetWishOf } from '../object/projection/terms.ts';
import { isOurs } from '../object/render.ts';
import { isApiConflict } from '../reconcile/errors.ts';
import type { ProjectionCluster } from './ports.ts';

/** Lets go of the targets that are left over. False: somebody changed one meanwhile; look again. */
export async function releaseFormer(
  cluster: ProjectionCluster,
  object: ConfigProjection,
  present: readonly TargetRef[],
  signal: AbortSignal,
): Promise<boolean> {
  const { isImmutable, keep } = targetWishOf(object);
  const former = [...cluster.targetsOwnedBy(object.metadata.uid)]
    // A copy carries our owner reference along.
    .filter(
      each => isOurs(each) && !present.some(({ kind, name }) => each.kind === kind && each.name === name),
    )
    .filter(each => !each.deletionTimestamp)
    .sort((a, b) => (a.createdAt === b.createdAt ? compareNames(a, b) : a.createdAt < b.createdAt ? 1 : -1));
  const kept = isImmutable
    ? former.filter(each => each.immutable && mayHave(object, each)).slice(0, keep)
    : [];
  let whole = true;
  for (const each of former) {
    if (kept.includes(each) || isWanted(cluster, object, each)) continue;
    whole = (await removeTarget(cluster, each, signal)) && whole;
  }
  return whole;
}

const compareNames = (a: ConfigMapState, b: ConfigMapState): number => (a.name < b.name ? -1 : 1);

/** Somebody else asks for it, and takes it over when it is looked at next. */
function isWanted(cluster: ProjectionCluster, object: ConfigProjection, target: ConfigMapState): boolean {
  if (target.kind === 'ConfigMap' && [...cluster.askersFor(target)].some(isThere)) return true;
  return [...cluster.projectionsFor(target)].some(
    other => other.metadata.uid !== object.metadata.uid && mayHave(other, target),
  );
}

const isThere = ({ metadata }: { readonly metadata: { readonly deletionTimestamp?: string } }): boolean =>
  metadata.deletionTimestamp === undefined;

async function removeTarget(
  cluster: ProjectionCluster,
  target: ConfigMapState,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await cluster.deleteConfigMap(target, signal);
    return true;
  } catch (error) {
    if (isApiConflict(error)) return false;
    throw error;
  }
}
