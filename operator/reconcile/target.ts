/**
 * Brings the ConfigMap of a config up to date. Invariant: it never touches a ConfigMap that is not ours, never lowers
 * the version one shows, writes none that nobody asks for any more, calls the API server only when something differs,
 * and trusts what the API server answered, not what was sent.
 */

import type { Store } from '../../history/settle/ports.ts';
import type { ConfigId, HeadRef, Version } from '../../history/words/model.ts';
import { convert } from '../../text/convert/convert.ts';
import { sha256 } from '../../text/sha256.ts';
import {
  binaryPrefix,
  type ConfigMapRef,
  type ConfigMapState,
  type DesiredConfigMap,
} from '../object/config-map.ts';
import type { ConfigProjection } from '../object/config-projection.ts';
import { annotation, type ConfigVersion } from '../object/config-version.ts';
import { mayHave } from '../object/projection/target.ts';
import {
  compareConfigMap,
  fill,
  isAdoptable,
  isOurs,
  leaderOf,
  outline,
  shownConfig,
  shownVersion,
} from '../object/render.ts';
import type { Stall } from '../object/stall.ts';
import {
  driftStorm,
  notOwned,
  notRenderable,
  ownedByProjection,
  showsNewer,
  targetAltered,
  targetRejected,
} from '../object/target-words.ts';
import { proposedConfig, wishOf } from '../object/terms.ts';
import { isApiConflict, isApiRejection } from './errors.ts';
import type { Fights } from './fights.ts';
import type { Cluster, RenderingTeller } from './ports.ts';
import { sameConfig } from './wake.ts';

export interface TargetRequest {
  readonly object: ConfigVersion;
  readonly config: ConfigId;
  readonly head: HeadRef;
  readonly name: string;
  /** Text of the head where it is at hand; fetched otherwise, and only when it is needed. */
  readonly text: string | null;
  /** What became of the askers that are looked at now, by uid: their statuses do not tell it yet; null: refused. */
  readonly fresh: ReadonlyMap<string, Version | null>;
  /** The head was looked at again already: what does not fit now is not our view being old. */
  readonly insist: boolean;
}

export type TargetResult =
  | ({ readonly kind: 'shown' } & TargetEffects)
  /** `retryMs`: when to look again; default: as for everything that may heal by itself. */
  | ({
      readonly kind: 'refused';
      readonly refusal: Stall;
      readonly retryMs?: number;
    } & Partial<TargetEffects>)
  /** The object does not ask for it any more: the one looked at is gone, or another. */
  | { readonly kind: 'unasked' }
  /** The view was old; look again. */
  | { readonly kind: 'raced' };

/** The changes of somebody else that were put right. */
export type Drift = 'changed' | 'deleted';

export interface TargetEffects {
  readonly written: boolean;
  readonly drift: Drift | null;
}

export interface TargetContext {
  readonly cluster: Cluster;
  readonly store: Pick<Store, 'texts'>;
  readonly fights: Fights;
  /** Default: nobody asks. */
  readonly renderings?: RenderingTeller | undefined;
}

export async function bringTarget(
  context: TargetContext,
  request: TargetRequest,
  signal: AbortSignal,
): Promise<TargetResult> {
  const { cluster } = context;
  const ref: ConfigMapRef = { namespace: request.object.metadata.namespace, name: request.name };
  try {
    // What the watch told may be a moment old, or be silent about a ConfigMap that is not ours. Creating demands
    // that there be none, and the API server itself is asked only when that, or an update, does not fit.
    const cached = cluster.configMap(ref) ?? null;
    const first = await bring(context, request, ref, cached, signal);
    if (first.kind !== 'raced') return first;
    return await bring(context, request, ref, await cluster.readConfigMap(ref, signal), signal);
  } catch (error) {
    if (isApiRejection(error)) return { kind: 'refused', refusal: targetRejected(ref, error.message) };
    throw error;
  }
}

async function bring(
  { cluster, store, fights, renderings }: TargetContext,
  { object, config, head, text: known, fresh, insist }: TargetRequest,
  ref: ConfigMapRef,
  actual: ConfigMapState | null,
  signal: AbortSignal,
): Promise<TargetResult> {
  const askers = askersFor(cluster, ref);
  if (!asks(object, askers)) return { kind: 'unasked' };
  const own = askers.filter(
    asker => sameConfig(proposedConfig(asker), config) && asker.spec.format === object.spec.format,
  );
  if (actual) {
    const projection = isOurs(actual) && projectionOwning(cluster, actual);
    if (projection) return { kind: 'refused', refusal: ownedByProjection(ref, projection.metadata.name) };
    const shown = shownConfig(actual);
    const other = shown && !sameConfig(shown, config) ? shown : null;
    const claimed = other !== null && askers.some(asker => sameConfig(proposedConfig(asker), other));
    if (claimed || (!isOurs(actual) && !isAdoptable(actual))) {
      return { kind: 'refused', refusal: notOwned(ref, other) };
    }
  }

  const wish = wishOf(leaderOf(own, fresh) ?? object);
  let text = known;
  const fetch = async () => (await store.texts(config, [head.version], signal)).get(head.version) ?? null;
  if (wish.format !== 'Source') {
    text ??= await fetch();
    if (text === null) return { kind: 'raced' };
    const conversion = convert(text, object.spec.format, wish.format);
    if (!conversion.ok)
      return { kind: 'refused', refusal: notRenderable(ref, wish.format, head.version, conversion) };
    text = conversion.text;
  }
  const shownSha256 = wish.format === 'Source' ? head.sha256 : sha256(text!);
  const wanted = outline(config, head, wish, ref.namespace, own, shownSha256);
  const target = { kind: 'ConfigMap', ...ref } as const;
  const tell = (version: Version) => renderings?.shown([{ config, version, target }], signal);
  const difference = actual ? compareConfigMap(wanted, actual) : null;
  if (difference?.kind === 'none') {
    await tell(head.version);
    return { kind: 'shown', written: false, drift: null };
  }
  if (difference?.kind === 'newer') {
    return insist
      ? { kind: 'refused', refusal: showsNewer(ref, difference.version, head.version) }
      : { kind: 'raced' };
  }

  const digest = sha256(JSON.stringify(wanted));
  const waitMs = fights.waitMs(ref, digest);
  if (waitMs > 0) return { kind: 'refused', refusal: driftStorm(ref), retryMs: waitMs };
  // Before another takes its place: the process that wrote it may have ended before it told.
  await tell((actual && versionBefore(actual, config, wish.format === 'Source')) ?? 0n);
  text ??= await fetch();
  if (text === null) return { kind: 'raced' };
  // The object that asked may have gone while the text was fetched.
  if (!asks(object, askersFor(cluster, ref))) return { kind: 'unasked' };
  let written: ConfigMapState;
  try {
    written = await writeTarget(cluster, fill(wanted, text), actual, difference?.strayKeys ?? [], signal);
  } catch (error) {
    if (isApiConflict(error)) return { kind: 'raced' };
    throw error;
  }
  if (compareConfigMap(wanted, written).kind !== 'none') {
    return { kind: 'refused', refusal: targetAltered(ref, head.version, wanted, written) };
  }
  await tell(head.version);
  const again = fights.wrote(ref, digest);
  const effects = { written: true, drift: driftOf(ref, own, actual, again || difference?.drift === true) };
  const retryMs = fights.waitMs(ref, digest);
  if (retryMs > 0) return { kind: 'refused', refusal: driftStorm(ref), retryMs, ...effects };
  return { kind: 'shown', ...effects };
}

/** The version of the config that a ConfigMap of ours shows as Pawl wrote it. */
function versionBefore(actual: ConfigMapState, config: ConfigId, isSource: boolean): Version | null {
  const shown = shownConfig(actual);
  if (!actual.intact.version || !shown || !sameConfig(shown, config)) return null;
  const isWhole = Object.values(actual.hashes).includes(actual.annotations[annotation.contentSha256] ?? '');
  return isWhole || !isSource ? shownVersion(actual) : null;
}

/** The ConfigProjection that asks for the ConfigMap and has it. */
function projectionOwning(
  cluster: Pick<Cluster, 'projectionOf'>,
  actual: ConfigMapState,
): ConfigProjection | undefined {
  const owners = actual.ownerReferences.map(({ uid }) => cluster.projectionOf(uid));
  return owners.find(owner => owner && mayHave(owner, actual));
}

function driftOf(
  ref: ConfigMapRef,
  own: readonly ConfigVersion[],
  actual: ConfigMapState | null,
  drifted: boolean,
): Drift | null {
  if (actual) return drifted ? 'changed' : null;
  return drifted || own.some(asker => asker.status.configMap?.name === ref.name) ? 'deleted' : null;
}

function askersFor(cluster: Cluster, ref: ConfigMapRef): ConfigVersion[] {
  return [...cluster.askersFor(ref)].filter(asker => !asker.metadata.deletionTimestamp);
}

const asks = ({ metadata: { uid } }: ConfigVersion, askers: readonly ConfigVersion[]): boolean =>
  askers.some(({ metadata }) => metadata.uid === uid);

/** Writes it onto exactly the state that was looked at; rejects with a conflict otherwise. Answers what it is then. */
export async function writeTarget(
  cluster: Pick<Cluster, 'applyConfigMap' | 'removeConfigMapKeys'>,
  desired: DesiredConfigMap,
  actual: ConfigMapState | null,
  strayKeys: readonly string[],
  signal: AbortSignal,
): Promise<ConfigMapState> {
  // A key cannot be in data and in binaryData at once.
  const moved = Object.keys(desired.data)
    .map(key => binaryPrefix + key)
    .filter(key => strayKeys.includes(key));
  const others = strayKeys.filter(key => !moved.includes(key));
  const before =
    actual && moved.length > 0 ? await cluster.removeConfigMapKeys(actual, moved, signal) : actual;
  const options = before
    ? { uid: before.uid, resourceVersion: before.resourceVersion, force: true }
    : { resourceVersion: noneYet, force: false };
  const { configMap } = await cluster.applyConfigMap(desired, options, signal);
  return others.length > 0 ? cluster.removeConfigMapKeys(configMap, others, signal) : configMap;
}

/**
 * A resourceVersion no ConfigMap has: server-side apply creates an object that is missing whatever the
 * resourceVersion says, and answers with a conflict when there is one (measured with Kubernetes 1.36).
 */
const noneYet = '1';
