/**
 * Decides what to do with a workload, from the ConfigMaps that its pod template names, their content, and what Pawl wrote down
 * last. Pure. Invariant: it restarts only for a content that differs from the one written down, and the restart and the new
 * record are one write; so one content restarts once, and what Pawl sees for the first time restarts nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import { sha256 } from '../../text/sha256.ts';
import { isWished } from '../object/workload/restart-wish.ts';
import type { SeenConfigs, SeenMap } from '../object/workload/seen-configs.ts';
import type { PodTemplate, Workload } from '../object/workload/workload.ts';

export interface RestartLook {
  readonly workload: Workload;
  readonly template: PodTemplate;
  /** What a ConfigMap of the workload's namespace shows; null: it is not Pawl's, or not known just now. */
  readonly shown: (name: string) => SeenMap | null;
}

/** A change that waits for more of its kind. */
export interface PendingRestart {
  /** Of the contents that differ. */
  readonly digest: string;
  /** When the first of them was seen, and when they last became others. Monotonic. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface RestartDelays {
  /** Nothing else must have changed for so long. */
  readonly quietMs: number;
  /** However much goes on changing. */
  readonly longestMs: number;
}

export interface ChangedMap {
  readonly name: string;
  readonly was: SeenMap;
  readonly now: SeenMap;
}

export type RestartAction =
  | { readonly kind: 'none' }
  /** Write down what is there now; the pod template stays as it is. null: nothing any more. */
  | { readonly kind: 'record'; readonly seen: SeenConfigs | null }
  | { readonly kind: 'wait'; readonly ms: number; readonly pending: PendingRestart }
  /** Somebody paused the rollout. */
  | { readonly kind: 'held'; readonly pending: PendingRestart; readonly changed: readonly ChangedMap[] }
  | {
      readonly kind: 'restart';
      readonly seen: SeenConfigs;
      readonly hash: string;
      readonly changed: readonly ChangedMap[];
    };

/** @param pending what the last decision about it said */
export function decideRestart(
  { workload, template, shown }: RestartLook,
  pending: PendingRestart | null,
  nowMs: number,
  { quietMs, longestMs }: RestartDelays,
): RestartAction {
  const { wish, seen, namespace, isSeenForeign } = workload;
  if (wish === null) return seen ? { kind: 'record', seen: null } : { kind: 'none' };
  const maps: Record<string, SeenMap> = {};
  const changed: ChangedMap[] = [];
  for (const name of template.configMaps) {
    const was = seen?.maps[name];
    const now = shown(name);
    // Nothing is known of it: what was known stays.
    const kept = now ?? was;
    if (!kept || !isWished(wish, namespace, kept)) continue;
    maps[name] = kept;
    if (was && now && now.content !== was.content) changed.push({ name, was, now });
  }
  if (changed.length === 0) {
    const isSetBack = isSeenForeign || (seen?.hash != null && seen.hash !== template.hash);
    const next = { maps, hash: seen?.hash ?? null, ...((seen?.isUnsure || isSetBack) && { isUnsure: true }) };
    if (isDeepStrictEqual(next, seen)) return { kind: 'none' };
    if (!seen && !isSeenForeign && Object.keys(maps).length === 0) return { kind: 'none' };
    return { kind: 'record', seen: next };
  }
  const next = waiting(changed, pending, nowMs);
  if (template.isPaused) return { kind: 'held', pending: next, changed };
  const due = Math.min(next.lastMs + quietMs, next.firstMs + longestMs);
  if (nowMs < due) return { kind: 'wait', ms: due - nowMs, pending: next };
  const hash = hashOf(maps, template.hash);
  return { kind: 'restart', seen: { maps, hash }, hash, changed };
}

function waiting(
  changed: readonly ChangedMap[],
  pending: PendingRestart | null,
  nowMs: number,
): PendingRestart {
  const digest = sha256(JSON.stringify(changed.map(({ name, now }) => [name, now.content])));
  if (pending?.digest === digest) return pending;
  return { digest, firstMs: pending?.firstMs ?? nowMs, lastMs: nowMs };
}

/** Never the one that the template has already, which would restart nothing. */
function hashOf(maps: Readonly<Record<string, SeenMap>>, present: string | null): string {
  const hash = sha256(JSON.stringify(maps)).slice(0, 16);
  return hash === present ? sha256(`again ${hash}`).slice(0, 16) : hash;
}
