/**
 * Decides which targets of a projection show what was saved last, and what its status says of that: one step after another,
 * each after its pause and, where it is asked for, only while the workloads of the steps are well. Pure. Invariant: a target
 * shows it only where all targets before it do; a target that shows it is never set back; and what is halted moves no further.
 *
 * How far a rollout is, the targets themselves tell. The status adds since when, and whether it is halted.
 */
import { clip } from '../../../history/core/names.ts';
import { sha256 } from '../../../text/sha256.ts';
import type { RolloutState } from '../config-projection.ts';
import type { SeenMap } from '../workload/seen-configs.ts';
import {
  healthIn,
  troubleOf,
  type WatchedWorkload,
  type WorkloadHealth,
} from '../workload/workload-health.ts';
import { releaseChanges, type ShownRelease } from './release.ts';
import type { RolloutPlan } from './terms.ts';

export interface RolloutLook {
  readonly plan: RolloutPlan;
  /** What the configs are at now. */
  readonly head: ShownRelease;
  /** What each target shows, the one of the projection itself last; null: nothing, or nothing that is known. */
  readonly shown: readonly (ShownRelease | null)[];
  /** As the status has it; null: nothing. */
  readonly state: RolloutState | null;
  /** The annotation `pawl.dev/rollout-go-on`; null: there is none. */
  readonly goOn: string | null;
  /** Those that use the ConfigMap of any step; null: Pawl cannot see them. Asked for only where `mustWatch` says so. */
  readonly workloads: readonly WatchedWorkload[] | null;
  /** What a ConfigMap shows, to tell whether a workload was restarted for it. */
  readonly map: (name: string) => SeenMap | null;
  readonly now: Date;
}

export interface RolloutDecision {
  /** For each target: what was saved last, or what it shows already. */
  readonly targets: readonly ('head' | 'stay')[];
  readonly state: RolloutState;
  /** When to look again; null: when something changes. */
  readonly wakeMs: number | null;
}

/** Pods are not watched, but looked at. */
const watchEveryMs = 15_000;
/** Long enough for a program to read its config and fail by it; short enough where pods come and go. */
const longestSteadyMs = 60_000;
const idDigits = 12;
/** As the CRD has it: names of pods and containers are other people's. */
const mostWords = 512;

/** Whether `decideRollout` needs to know how workloads are. */
export function mustWatch(look: Omit<RolloutLook, 'workloads' | 'map'>): boolean {
  const { plan, shown, head, state, goOn } = look;
  if (!plan.halts || isAtOnce(look)) return false;
  const isHalted = state?.state === 'Halted' && state.id === rolloutId(head) && goOn !== state.goOnWith;
  return !isHalted && shown.some(each => each !== head);
}

export function decideRollout(look: RolloutLook): RolloutDecision {
  const { head, shown, state, goOn } = look;
  const total = shown.length;
  const same = state !== null && state.id === rolloutId(head) && state.state !== 'Complete' ? state : null;
  // A ConfigMap that somebody deleted is put back as its step left it.
  const had = (index: number) => same !== null && index < (same.step ?? 0);
  // One that was never there begins with what the target shows.
  const shows = (index: number) =>
    shown[index] === head || (shown[index] === null && (had(index) || shown.at(-1) === head));
  let reached = 0;
  while (reached < total && shows(reached)) reached += 1;
  if (reached === total || isAtOnce(look)) return complete(total);
  const decided = (next: {
    reached: number;
    state: RolloutState;
    wakeMs: number | null;
  }): RolloutDecision => ({
    targets: shown.map((_, index) => (index < next.reached || shown[index] === head ? 'head' : 'stay')),
    state: next.state,
    wakeMs: next.wakeMs,
  });
  const mayGoOn = same !== null && goOn !== null && goOn === same.goOnWith && same.step === reached;
  if (same?.state === 'Halted' && !mayGoOn) return decided({ reached, state: same, wakeMs: null });
  const sinceMs = Date.parse(same?.since ?? '');
  // Where the status does not tell since when, or tells of another step, the step begins now.
  if (!same || same.step !== reached || reached === 0 || !(sinceMs <= look.now.getTime()))
    return enter(look, Math.max(1, reached), decided);
  if (mayGoOn) return enter(look, reached + 1, decided);
  const elapsedMs = look.now.getTime() - sinceMs;
  const restMs = look.plan.steps[reached - 1]!.pauseMs - elapsedMs;
  const health = healthOfStep(look, same, reached, sinceMs);
  if (health.kind === 'unhealthy') {
    const { waitingFor: _, ...rest } = same;
    const { workload, why } = health;
    return decided({ reached, state: { ...rest, state: 'Halted', halted: { workload, why } }, wakeMs: null });
  }
  if (health.kind === 'healthy' && restMs <= 0) return enter(look, reached + 1, decided);
  const { waitingFor: _, ...rest } = same;
  const waits = health.kind === 'waiting' ? { waitingFor: health.why } : {};
  return decided({ reached, state: { ...rest, ...waits }, wakeMs: wakeOf(look, restMs) });
}

/** There is nothing yet that anybody could be using. */
const isAtOnce = ({ shown }: Pick<RolloutLook, 'shown'>): boolean => shown.at(-1) === null;

export const rolloutId = (head: ShownRelease): string => sha256(head).slice(0, idDigits);

function complete(total: number): RolloutDecision {
  const targets = Array.from({ length: total }, () => 'head' as const);
  return { targets, state: { state: 'Complete', step: total, steps: total }, wakeMs: null };
}

function enter(
  look: RolloutLook,
  step: number,
  decided: (next: { reached: number; state: RolloutState; wakeMs: number | null }) => RolloutDecision,
): RolloutDecision {
  const { plan, head, shown, workloads, now } = look;
  const total = shown.length;
  if (step >= total) return complete(total);
  const ill = (workloads ?? []).filter(
    each => usesStep(look, each, step) && troubleOf(each, now.getTime()) !== null,
  );
  const id = rolloutId(head);
  const state: RolloutState = {
    ...{ state: 'Progressing', id, step, steps: total, since: `${now.toISOString().slice(0, 19)}Z` },
    configs: releaseChanges(shown.at(-1)!, head),
    ...(ill.length > 0 && { unhealthyBefore: ill.map(nameOf).sort() }),
    goOnWith: `${id}.${step}`,
  };
  return decided({ reached: step, state, wakeMs: wakeOf(look, plan.steps[step - 1]!.pauseMs) });
}

/** What nobody can see, nothing but a change of the settings makes seen. */
function wakeOf({ plan, workloads }: RolloutLook, restMs: number): number | null {
  if (!plan.halts) return Math.max(0, restMs);
  if (workloads === null) return null;
  return restMs > 0 ? Math.min(watchEveryMs, restMs) : watchEveryMs;
}

const usesStep = ({ plan }: RolloutLook, { configMaps }: WatchedWorkload, step: number): boolean =>
  plan.steps.slice(0, step).some(({ name }) => configMaps.includes(name));

const nameOf = ({ kind, name }: WatchedWorkload): string => `${kind}/${name}`;

export const cannotWatch =
  'a Pawl that may look at workloads (restarts.enabled of the chart), at most 50 of them';

type StepHealth =
  | Extract<WorkloadHealth, { kind: 'healthy' | 'waiting' }>
  | { readonly kind: 'unhealthy'; readonly workload: string; readonly why: string };

/** Of all workloads of the steps until now: the worst of them. */
function healthOfStep(look: RolloutLook, state: RolloutState, step: number, sinceMs: number): StepHealth {
  const { plan, workloads, map, now } = look;
  if (!plan.halts) return { kind: 'healthy' };
  if (workloads === null) return { kind: 'waiting', why: cannotWatch };
  const names = plan.steps.slice(0, step).map(({ name }) => name);
  const shown = (name: string) => (names.includes(name) ? map(name) : null);
  const steadyMs = Math.min(longestSteadyMs, plan.steps[step - 1]!.pauseMs);
  let worst: StepHealth = { kind: 'healthy' };
  for (const each of workloads.filter(workload => usesStep(look, workload, step))) {
    const wasUnhealthy = state.unhealthyBefore?.includes(nameOf(each)) ?? false;
    const health = healthIn(each, { sinceMs, wasUnhealthy, steadyMs, shown }, now.getTime());
    if (health.kind === 'unhealthy')
      return { kind: 'unhealthy', workload: nameOf(each), why: clip(health.why, mostWords) };
    if (health.kind === 'waiting' && worst.kind === 'healthy')
      worst = { kind: 'waiting', why: clip(`${nameOf(each)}: ${health.why}`, mostWords) };
  }
  return worst;
}
