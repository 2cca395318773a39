/**
 * Brings the target of a projection up to date. Invariant: one apply writes all keys, as one look at the store saw them;
 * a target that is not this projection's is never touched; and nothing is called when nothing differs.
 */
import { isDeepStrictEqual } from 'node:util';
import { configName } from '../../history/core/names.ts';
import type { Version } from '../../history/words/model.ts';
import type { ShownVersion } from '../../history/words/notification.ts';
import { sha256 } from '../../text/sha256.ts';
import type { ConfigMapState, TargetRef } from '../object/config-map.ts';
import type { ConfigProjection, ProjectionTrouble } from '../object/config-projection.ts';
import type { ShownKey } from '../object/projection/contents.ts';
import type { Referred } from '../object/projection/references.ts';
import {
  compareProjection,
  mayHave,
  shownConfigs,
  shownVersions,
  wantedTarget,
} from '../object/projection/target.ts';
import { targetWishOf } from '../object/projection/terms.ts';
import {
  projectionAltered,
  projectionRejected,
  projectionStorm,
  showsLater,
  targetTaken,
} from '../object/projection/words.ts';
import { compareTarget, isAdoptable, isOurs, shownConfig, type WantedTarget } from '../object/render.ts';
import { proposedConfig } from '../object/terms.ts';
import { isApiConflict, isApiRejection } from '../reconcile/errors.ts';
import type { Fights } from '../reconcile/fights.ts';
import type { RenderingTeller } from '../reconcile/ports.ts';
import { writeTarget } from '../reconcile/target.ts';
import { sameConfig } from '../reconcile/wake.ts';
import type { ProjectionCluster } from './ports.ts';

export interface BringContext {
  readonly cluster: ProjectionCluster;
  readonly fights: Fights;
  /** Default: nobody asks. */
  readonly renderings?: RenderingTeller | undefined;
}

export interface BringRequest {
  readonly object: ConfigProjection;
  readonly parts: readonly ShownKey[];
  readonly used: readonly Referred[];
  /** The store was looked at again already: what does not fit now is not our view being old. */
  readonly insist: boolean;
  /** The ConfigMap of a step of the rollout; null: the target itself. */
  readonly stepName: string | null;
}

export type Brought =
  | { readonly kind: 'shown'; readonly target: TargetRef; readonly written: boolean; readonly drift: Drifted }
  | {
      readonly kind: 'refused';
      readonly trouble: ProjectionTrouble;
      readonly retryMs?: number;
      readonly written?: boolean;
      readonly drift?: Drifted;
    }
  /** It differs, and the texts were not read. */
  | { readonly kind: 'unread' }
  /** The view was old; look again. */
  | { readonly kind: 'raced' }
  /** The object is gone, or another by now. */
  | { readonly kind: 'unasked' };

/** What somebody else did that was put right. */
type Drifted = 'changed' | 'deleted' | null;

export async function bringProjection(
  context: BringContext,
  request: BringRequest,
  signal: AbortSignal,
): Promise<Brought> {
  const { cluster } = context;
  const wanted = wantedTarget(request.object, request.parts, request.used, request.stepName);
  try {
    // The API server itself is asked only where what the watch told does not fit.
    const first = await bringOnto(context, request, wanted, cluster.target(wanted) ?? null, signal);
    if (first.kind !== 'raced') return first;
    return await bringOnto(context, request, wanted, await cluster.readTarget(wanted, signal), signal);
  } catch (error) {
    if (isApiRejection(error)) return { kind: 'refused', trouble: projectionRejected(wanted, error.message) };
    throw error;
  }
}

async function bringOnto(
  { cluster, fights, renderings }: BringContext,
  { object, parts, used, insist, stepName }: BringRequest,
  wanted: WantedTarget,
  actual: ConfigMapState | null,
  signal: AbortSignal,
): Promise<Brought> {
  const taken = actual && takenBy(cluster, object, actual);
  if (taken) return { kind: 'refused', trouble: targetTaken(wanted, taken.by) };
  const difference = compareProjection(wanted, parts, actual, presentOf(cluster, object, wanted), used);
  const place = { ...wanted, name: stepName ?? targetWishOf(object).name };
  if (difference.kind === 'none') {
    await renderings?.shown(renderingsOf(place, parts), signal);
    return shownAs(wanted, false, null);
  }
  if (difference.kind === 'later') {
    return insist ? { kind: 'refused', trouble: showsLater(wanted, difference) } : { kind: 'raced' };
  }
  const texts = parts.map(({ key, text }) => [key, text] as const);
  if (!texts.every((each): each is [string, string] => each[1] !== null)) return { kind: 'unread' };
  const digest = sha256(JSON.stringify(wanted));
  const waitMs = fights.waitMs(wanted, digest);
  if (waitMs > 0) return { kind: 'refused', trouble: projectionStorm(wanted), retryMs: waitMs };
  // Before others take their place: the process that wrote them may have ended before it told.
  await renderings?.shown(renderingsOf(place, partsBefore(actual, parts)), signal);
  // It may have gone, or changed, while the store was asked.
  if (!isStill(cluster, object)) return { kind: 'unasked' };
  const { hashes: _, ...rest } = wanted;
  let written: ConfigMapState;
  try {
    const desired = { ...rest, data: Object.fromEntries(texts) };
    written = await writeTarget(cluster, desired, actual, difference.strayKeys, signal);
  } catch (error) {
    if (isApiConflict(error)) return { kind: 'raced' };
    throw error;
  }
  const { sameText, sameMetadata, strayKeys } = compareTarget(wanted, written);
  if (!sameText || !sameMetadata || strayKeys.length > 0)
    return { kind: 'refused', trouble: projectionAltered(wanted) };
  await renderings?.shown(renderingsOf(place, parts), signal);
  const again = fights.wrote(wanted, digest);
  const drift = driftIn(object, parts, wanted, actual, again || difference.drift);
  const retryMs = fights.waitMs(wanted, digest);
  if (retryMs > 0)
    return { kind: 'refused', trouble: projectionStorm(wanted), retryMs, written: true, drift };
  return shownAs(wanted, true, drift);
}

/** What follows the latest version; another one that is shown by its number is not news. */
function renderingsOf({ kind, namespace, name }: TargetRef, parts: readonly FollowingPart[]): ShownVersion[] {
  return parts
    .filter(({ isPinned }) => !isPinned)
    .map(({ config, version }) => ({ config, version, target: { kind, namespace, name } }));
}

type FollowingPart = Pick<ShownKey, 'config' | 'version' | 'isPinned'>;

function partsBefore(actual: ConfigMapState | null, parts: readonly ShownKey[]): FollowingPart[] {
  const before = actual ? shownVersions(actual) : new Map<string, Version>();
  return parts.map(({ config, isPinned }) => ({
    ...{ config, isPinned, version: before.get(configName(config)) ?? 0n },
  }));
}

function shownAs({ kind, namespace, name }: TargetRef, written: boolean, drift: Drifted): Brought {
  return { kind: 'shown', target: { kind, namespace, name }, written, drift };
}

const isStill = (cluster: ProjectionCluster, { metadata }: ConfigProjection): boolean => {
  const now = cluster.projection(`${metadata.namespace}/${metadata.name}`)?.metadata;
  return now?.uid === metadata.uid && now.generation === metadata.generation && !now.deletionTimestamp;
};

/** What pods mount until now, where that is another target than the wanted. */
function presentOf(
  cluster: ProjectionCluster,
  { metadata: { namespace }, status: { target } }: ConfigProjection,
  wanted: WantedTarget,
): ConfigMapState | null {
  if (!wanted.immutable || !target || target.name === wanted.name || target.kind !== wanted.kind) return null;
  return cluster.target({ kind: wanted.kind, namespace, name: target.name }) ?? null;
}

/** Whose a target is that this projection may not have; `by` null: nothing of Pawl's. */
function takenBy(
  cluster: ProjectionCluster,
  object: ConfigProjection,
  actual: ConfigMapState,
): { readonly by: string | null } | null {
  if (!isOurs(actual)) return isAdoptable(actual) ? null : { by: null };
  for (const { uid } of actual.ownerReferences) {
    const owner = cluster.projectionOf(uid);
    if (owner && owner.metadata.uid !== object.metadata.uid && mayHave(owner, actual))
      return { by: `ConfigProjection ${owner.metadata.name}` };
  }
  const shown = shownConfig(actual);
  if (!shown || actual.kind !== 'ConfigMap') return null;
  for (const asker of cluster.askersFor(actual)) {
    if (!asker.metadata.deletionTimestamp && sameConfig(proposedConfig(asker), shown))
      return { by: `ConfigVersion ${asker.metadata.name}` };
  }
  return null;
}

function driftIn(
  { status }: ConfigProjection,
  parts: readonly ShownKey[],
  wanted: WantedTarget,
  actual: ConfigMapState | null,
  drifted: boolean,
): Drifted {
  if (actual) return drifted ? 'changed' : null;
  const wasThere =
    status.target?.name === wanted.name && isDeepStrictEqual(status.configs, shownConfigs(parts));
  return drifted || wasThere ? 'deleted' : null;
}
