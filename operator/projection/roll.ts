/**
 * Shows what was saved in steps: asks what each target shows and how its consumers are, lets `decideRollout` decide, and brings
 * every target to what was decided. Invariant: what is not decided to go on stays as it is, whole; and a target that stays is
 * put back only to the versions that it showed.
 */
import type { ConfigId, Version } from '../../history/words/model.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { TargetRef } from '../object/config-map.ts';
import { type ConfigProjection, goOnAnnotation, type RolloutState } from '../object/config-projection.ts';
import type { ShownKey } from '../object/projection/contents.ts';
import { releaseIn, releaseOf, releaseTold, termsOfRelease } from '../object/projection/release.ts';
import { decideRollout, mustWatch, type RolloutDecision } from '../object/projection/rollout.ts';
import { type ProjectionTerms, type RolloutPlan, targetsOf } from '../object/projection/terms.ts';
import { seenIn } from '../object/workload/seen-configs.ts';
import type { WatchedWorkload } from '../object/workload/workload-health.ts';
import { type BringContext, type Brought, bringProjection } from './bring.ts';
import { type LookContext, type LookOutcome, lookAndBring } from './look-and-bring.ts';
import type { ProjectionCluster } from './ports.ts';

export interface RollContext extends LookContext, BringContext {
  readonly cluster: ProjectionCluster;
  readonly clock: Clock;
  /** Those of a Kubernetes namespace that use one of these ConfigMaps; null: this process does not, or may not, look at any. */
  readonly workloadsUsing: (
    namespace: string,
    configMaps: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly WatchedWorkload[] | null>;
  /** By whom a version was saved; null: the store does not say. Never rejects. */
  readonly savedBy: (config: ConfigId, version: Version, signal: AbortSignal) => Promise<string | null>;
}

/** As Brought, with what the status shall say of the rollout. */
type Rolled = Brought & { readonly decision?: RolloutDecision };

/** What the target shows now; `parts` null: as before. */
export type RolledOut =
  | Exclude<LookOutcome<Brought>, { kind: 'shown' }>
  | (Omit<Extract<LookOutcome<Brought>, { kind: 'shown' }>, 'parts'> & {
      readonly parts: readonly ShownKey[] | null;
      readonly rollout: RolloutState;
      readonly wakeMs: number | null;
    });

export async function rollOut(
  context: RollContext,
  object: ConfigProjection,
  terms: ProjectionTerms & { readonly rollout: RolloutPlan },
  signal: AbortSignal,
): Promise<RolledOut> {
  const targets = targetsOf(object);
  const stepName = (index: number) => (index < targets.length - 1 ? targets[index]!.name : null);
  let watched: readonly WatchedWorkload[] | null | undefined;
  const latest = await lookAndBring<Rolled>(
    context,
    {
      ...{ object, terms, references: null },
      async bring(found) {
        const look = {
          ...{ plan: terms.rollout, head: releaseOf(found.parts, found.used), now: context.clock.now() },
          shown: releasesShown(context.cluster, object, targets),
          state: object.status.rollout ?? null,
          goOn: object.metadata.annotations[goOnAnnotation] ?? null,
        };
        const names = terms.rollout.steps.map(({ name }) => name);
        if (watched === undefined && mustWatch(look))
          watched = await context.workloadsUsing(object.metadata.namespace, names, signal);
        const map = (name: string) => {
          const state = context.cluster.target({ ...targets[0]!, name });
          return state ? seenIn(state) : null;
        };
        const decision = decideRollout({ ...look, workloads: watched ?? null, map });
        const brought: Brought[] = [];
        for (const [index, what] of decision.targets.entries()) {
          if (what === 'stay') continue;
          const each = await bringProjection(
            context,
            { object, ...found, stepName: stepName(index) },
            signal,
          );
          if (each.kind !== 'shown') return each;
          brought.push(each);
        }
        return { ...together(brought, targets.at(-1)!), decision };
      },
    },
    signal,
  );
  if (latest.kind !== 'shown') return latest;
  const { decision, parts, ...all } = latest;
  const { state, targets: decided, wakeMs } = decision!;
  let mainParts: readonly ShownKey[] | null = decided.at(-1) === 'head' ? parts : null;
  const brought: Brought[] = [all];
  for (const [index, what] of decided.entries()) {
    if (what === 'head') continue;
    const kept = await keep(context, object, terms, { index, targets, stepName: stepName(index) }, signal);
    // Where it cannot be shown again, it is left as it is.
    if (kept === null || kept.kind === 'trouble' || kept.kind === 'denied') continue;
    if (kept.kind !== 'shown') return kept;
    brought.push(kept);
    if (index === targets.length - 1) mainParts = kept.parts;
  }
  const rollout = await withSaver(context, object, state, signal);
  return { ...together(brought, targets.at(-1)!), parts: mainParts, rollout, wakeMs };
}

/** Of each target; the last one's is also in the status. */
function releasesShown(
  cluster: ProjectionCluster,
  object: ConfigProjection,
  targets: readonly TargetRef[],
): (string | null)[] {
  return targets.map((ref, index) => {
    const release = releaseIn(cluster.target(ref));
    return release ?? (index === targets.length - 1 ? releaseTold(object) : null);
  });
}

/** Puts back what a target shows that is not to show the latest; what shows nothing yet shows what the last one does. */
async function keep(
  context: RollContext,
  object: ConfigProjection,
  terms: ProjectionTerms,
  {
    index,
    targets,
    stepName,
  }: { readonly index: number; readonly targets: readonly TargetRef[]; readonly stepName: string | null },
  signal: AbortSignal,
): Promise<LookOutcome<Brought> | null> {
  const shown = releasesShown(context.cluster, object, targets);
  const release = shown[index] ?? shown.at(-1) ?? null;
  const former = release === null ? null : termsOfRelease(terms, release);
  if (!former || former.terms.asked.length === 0) return null;
  const bring = (found: Parameters<Parameters<typeof lookAndBring<Brought>>[1]['bring']>[0]) =>
    bringProjection(context, { object, ...found, stepName }, signal);
  return await lookAndBring<Brought>(context, { object, ...former, bring }, signal);
}

function together(brought: readonly Brought[], { kind, namespace, name }: TargetRef) {
  const shown = brought.filter(each => each.kind === 'shown');
  return {
    ...{ kind: 'shown' as const, target: { kind, namespace, name } },
    written: shown.some(({ written }) => written),
    drift: shown.map(({ drift }) => drift).find(drift => drift !== null) ?? null,
  };
}

/** Who saved what halted it, once. */
async function withSaver(
  { savedBy }: RollContext,
  { status }: ConfigProjection,
  state: RolloutState,
  signal: AbortSignal,
): Promise<RolloutState> {
  const [first] = state.configs ?? [];
  if (!state.halted || status.rollout?.halted || !first?.version) return state;
  const person = await savedBy(first, BigInt(first.version), signal);
  return person === null ? state : { ...state, halted: { ...state.halted, savedBy: person.slice(0, 512) } };
}
