/**
 * Whether a workload is well with the config that it was given: from its own status and its pods, as the API server has them.
 * Pure. Invariant: `unhealthy` is said only of what happened after the config came, or of a workload that had the time of its
 * progress deadline; what is not settled yet is waited for.
 */
import { isWished } from './restart-wish.ts';
import type { SeenMap } from './seen-configs.ts';
import type { Workload, WorkloadRef } from './workload.ts';

/** A container's last end that was not asked for. */
export interface ContainerEnd {
  readonly container: string;
  /** Exit code. */
  readonly code: number;
  /** By the node's clock. */
  readonly atMs: number;
}

export interface PodHealth {
  readonly name: string;
  readonly isReady: boolean;
  /** Since when it is or is not. */
  readonly readySinceMs: number;
  /** Why a container does not run, of the reasons that do not pass by waiting; null: none. */
  readonly stuck: { readonly container: string; readonly reason: string } | null;
  readonly ends: readonly ContainerEnd[];
}

/** A workload that reads a ConfigMap, and how it is. */
export interface WatchedWorkload extends WorkloadRef, Pick<Workload, 'wish' | 'seen'> {
  /** The ConfigMaps that its pod template names. */
  readonly configMaps: readonly string[];
  /** Its controller has done what its spec asks for, and as many pods as it asks for are available. */
  readonly isSettled: boolean;
  /** Its controller gave it up: `ProgressDeadlineExceeded`, or `Degraded`; null: it did not. */
  readonly givenUp: string | null;
  readonly deadlineMs: number;
  readonly pods: readonly PodHealth[];
}

export type WorkloadHealth =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'unhealthy'; readonly why: string };

/** A container that keeps failing is started again after five minutes at most; one that ran longer than that is through. */
const calmMs = 6 * 60_000;

/** What is the matter with it at this moment, whatever it was before; null: nothing. */
export function troubleOf({ givenUp, pods }: WatchedWorkload, nowMs: number): string | null {
  for (const pod of pods) {
    if (pod.stuck) return stuckWords(pod);
    const end = pod.ends.find(({ atMs }) => atMs > nowMs - calmMs);
    if (end) return endWords(pod, end);
  }
  return givenUp;
}

export interface StepLook {
  readonly sinceMs: number;
  /** It was in trouble when the step began. */
  readonly wasUnhealthy: boolean;
  /** For how long its pods must have been ready: a container that runs may fail in the next moment. */
  readonly steadyMs: number;
  /** A ConfigMap of the step, as it is now; null: not known. */
  readonly shown: (name: string) => SeenMap | null;
}

/** How it is with what the step gave it. */
export function healthIn(
  workload: WatchedWorkload,
  { sinceMs, wasUnhealthy, steadyMs, shown }: StepLook,
  nowMs: number,
): WorkloadHealth {
  const { pods, givenUp, deadlineMs } = workload;
  const isSteady = pods.every(({ isReady, readySinceMs }) => !isReady || nowMs - readySinceMs >= steadyMs);
  const isSettled = workload.isSettled && isSteady;
  if (wasUnhealthy) {
    const trouble = troubleOf(workload, nowMs) ?? (isSettled ? null : unsettled);
    if (trouble === null) return { kind: 'healthy' };
    return { kind: nowMs - sinceMs > deadlineMs ? 'unhealthy' : 'waiting', why: trouble };
  }
  for (const pod of pods) {
    if (pod.stuck) return { kind: 'unhealthy', why: stuckWords(pod) };
    const end = pod.ends.find(({ atMs }) => atMs > sinceMs);
    if (end) return { kind: 'unhealthy', why: endWords(pod, end) };
    if (!pod.isReady && nowMs - Math.max(sinceMs, pod.readySinceMs) > deadlineMs)
      return { kind: 'unhealthy', why: `pod ${pod.name} does not become ready` };
  }
  if (givenUp !== null) return { kind: 'unhealthy', why: givenUp };
  if (workload.configMaps.some(name => isBehind(workload, name, shown(name))))
    return { kind: 'waiting', why: 'it has not been restarted yet' };
  return isSettled ? { kind: 'healthy' } : { kind: 'waiting', why: unsettled };
}

const unsettled = 'not all of its pods are up to date and have been ready for a while';

/** Whether Pawl is still to restart it for what the ConfigMap shows. */
function isBehind({ wish, seen, namespace }: WatchedWorkload, name: string, now: SeenMap | null): boolean {
  const was = seen?.maps[name];
  return wish !== null && now !== null && was !== undefined && was.content !== now.content
    ? isWished(wish, namespace, now)
    : false;
}

const stuckWords = ({ name, stuck }: PodHealth): string =>
  `container ${stuck!.container} of pod ${name}: ${stuck!.reason}`;

const endWords = ({ name }: PodHealth, { container, code }: ContainerEnd): string =>
  `container ${container} of pod ${name} ended with exit code ${code}`;
