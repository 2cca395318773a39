/**
 * Takes texts that were purged out of the targets that still show them: a purge means that nobody reads them any more, and
 * Pawl made those copies. Invariant: nothing is put in their place. What pods would read instead was asked for by nobody, and
 * a key that is missing keeps a pod from starting, where an empty or another text would start it wrongly.
 */
import type { ConfigId, Version } from '../../history/words/model.ts';
import type { ConfigMapState } from '../object/config-map.ts';
import type { ConfigProjection, ProjectionTrouble } from '../object/config-projection.ts';
import { keysShown, mayHave } from '../object/projection/target.ts';
import type { ProjectionTerms } from '../object/projection/terms.ts';
import { versionPurged } from '../object/projection/words.ts';
import { isOurs } from '../object/render.ts';
import type { ProjectionCluster, ProjectionStore } from './ports.ts';

export interface WithdrawContext {
  readonly cluster: ProjectionCluster;
  readonly store: ProjectionStore;
}

interface Shown {
  readonly config: ConfigId;
  readonly version: Version;
}

export interface Withdrawn {
  /** Why the projection cannot show what it asks for. */
  readonly trouble: ProjectionTrouble;
  /** What no target shows any more, as `namespace/path@version`. */
  readonly purged: ReadonlySet<string>;
}

/** @returns null: nothing that it asks for, or shows, was purged */
export async function withdrawPurged(
  { cluster, store }: WithdrawContext,
  object: ConfigProjection,
  { asked }: Pick<ProjectionTerms, 'asked'>,
  signal: AbortSignal,
): Promise<Withdrawn | null> {
  const pinned = asked.flatMap(each =>
    each.kind === 'config' && each.version !== null ? [{ config: each.config, version: each.version }] : [],
  );
  const targets = [...cluster.targetsOwnedBy(object.metadata.uid)]
    .filter(target => isOurs(target) && mayHave(object, target) && !target.deletionTimestamp)
    .map(target => ({ target, keys: keysShown(target) }));
  const all: readonly Shown[] = [...pinned, ...targets.flatMap(({ keys }) => keys)];
  if (all.length === 0) return null;
  const answers = await store.purged(all, signal);
  const purged = new Map(all.flatMap((one, index) => (answers[index] ? [[nameOf(one), one] as const] : [])));
  const [first] = purged.values();
  if (!first) return null;
  for (const { target, keys } of targets) {
    const gone = keys.filter(one => purged.has(nameOf(one))).map(({ key }) => key);
    if (gone.length > 0) await withdraw(cluster, target, gone, signal);
  }
  return { trouble: versionPurged(first.config, first.version), purged: new Set(purged.keys()) };
}

const nameOf = ({ config: { namespace, path }, version }: Shown): string => `${namespace}/${path}@${version}`;

/** What cannot be changed goes as a whole. */
async function withdraw(
  cluster: ProjectionCluster,
  target: ConfigMapState,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (target.immutable) await cluster.deleteConfigMap(target, signal);
  else await cluster.removeConfigMapKeys(target, keys, signal);
}
