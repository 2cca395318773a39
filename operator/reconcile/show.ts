/**
 * Shows the head of a config in the ConfigMap its object asks for, and then lets go of those it asked for before. Invariant:
 * pods keep what they have until the new one is there.
 */
import type { Settled } from '../../history/settle/settle.ts';
import type { Version } from '../../history/words/model.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { objectKey, type WorkKey } from '../object/key.ts';
import { isRendered } from '../object/refusal-words.ts';
import type { Stall } from '../object/stall.ts';
import type { Terms } from '../object/terms.ts';
import { releaseFormerTargets } from './former-targets.ts';
import type { Cluster } from './ports.ts';
import { bringTarget, type Drift, type TargetContext } from './target.ts';

export interface ShowContext extends TargetContext {
  /** Puts keys in the queue. */
  readonly wake: (key: WorkKey) => void;
}

export interface ShowRequest {
  readonly object: ConfigVersion;
  readonly terms: Terms;
  readonly settled: Settled;
  /** As in a TargetRequest. */
  readonly fresh: ReadonlyMap<string, Version | null>;
  readonly insist: boolean;
}

interface Effects {
  readonly configMapWritten: boolean;
  readonly drift: boolean;
}

export const noEffects: Effects = { configMapWritten: false, drift: false };

export interface Shown {
  /** Why the ConfigMap is not as it must be; null: it is. */
  readonly trouble: Stall | null;
  readonly effects: Effects;
  readonly retryMs?: number | undefined;
}

export async function showHead(
  context: ShowContext,
  { object, terms, settled: { head, headText, refusal }, fresh, insist }: ShowRequest,
  signal: AbortSignal,
): Promise<Shown | 'raced' | 'unasked'> {
  const { cluster, wake } = context;
  if (!terms.configMap.enabled) {
    for (const heir of await releaseFormerTargets(cluster, object, null, signal))
      wake(objectKey(heir.metadata));
    return { trouble: null, effects: noEffects };
  }
  if (!head || (refusal && !isRendered(refusal))) return { trouble: null, effects: noEffects };
  const request = {
    object,
    config: terms.config,
    head,
    name: terms.configMap.name,
    text: headText,
    fresh,
    insist,
  };
  const result = await bringTarget(context, request, signal);
  if (result.kind === 'raced' || result.kind === 'unasked') return result.kind;
  const { written = false, drift = null } = result;
  if (drift) tellDrift(cluster, object, request.name, drift, head.version);
  const effects = { configMapWritten: written, drift: drift !== null };
  if (result.kind === 'refused') {
    const { uid, generation, namespace, name: objectName } = object.metadata;
    await context.renderings?.failed(
      {
        ...{ config: terms.config, version: head.version },
        target: { kind: 'ConfigMap', namespace, name: request.name },
        object: { name: objectName, uid, generation },
        ...{ reason: result.refusal.reason, message: result.refusal.summary ?? result.refusal.message },
      },
      signal,
    );
    return { trouble: result.refusal, effects, retryMs: result.retryMs };
  }
  // Only now: pods keep what they have until the new one is there.
  for (const heir of await releaseFormerTargets(cluster, object, request.name, signal))
    wake(objectKey(heir.metadata));
  return { trouble: null, effects };
}

function tellDrift(
  cluster: Cluster,
  object: ConfigVersion,
  name: string,
  drift: Drift,
  version: Version,
): void {
  const note = `ConfigMap ${name} was ${drift} by somebody else and shows version ${version} again.`;
  cluster.event(object, { type: 'Normal', reason: 'DriftCorrected', note });
}
