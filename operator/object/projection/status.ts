/**
 * Summarises a look at a ConfigProjection as a status, by the same rules as a ConfigVersion's: conditions as kstatus
 * reads them, words that follow from facts and not from the moment of looking, and a condition's time that changes only
 * when it flips. Invariant: what it says is shown is what the target shows, also while somebody has to do something.
 */

import { message } from '../../../history/core/names.ts';
import { dated } from '../condition.ts';
import type { TargetRef } from '../config-map.ts';
import {
  type ConfigProjection,
  type ConfigProjectionStatus,
  ProjectionReason,
  type ProjectionTrouble,
  type RolloutState,
} from '../config-projection.ts';
import { rollingOut, rolloutHalted } from './rollout-words.ts';

/** What became of a projection, in the facts its status is made of. */
export type ProjectionOutcome =
  | {
      readonly kind: 'rendered';
      readonly target: TargetRef;
      readonly configs: NonNullable<ConfigProjectionStatus['configs']>;
      /** null: what is saved is shown at once. */
      readonly rollout: RolloutState | null;
    }
  | {
      readonly kind: 'stalled';
      readonly trouble: ProjectionTrouble;
      /** What was taken out of the target, as `namespace/path@version`. */
      readonly purged?: ReadonlySet<string>;
    }
  /** Passes by itself, so never False, which GitOps engines read as failed. */
  | { readonly kind: 'away'; readonly reason: ProjectionReason; readonly message: string }
  | { readonly kind: 'suspended' };

type Condition = NonNullable<ConfigProjectionStatus['conditions']>[number];
type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export function summariseProjection(
  object: ConfigProjection,
  outcome: ProjectionOutcome,
  now: Date,
): ConfigProjectionStatus {
  const { generation } = object.metadata;
  const { conditions: before = [], rollout, ...shown } = object.status;
  const rolled = outcome.kind === 'rendered' ? outcome.rollout : (rollout ?? null);
  const kept = before.filter(({ type }) => type === 'Ready' || type === 'Stalled');
  return {
    ...shown,
    // Unanswered, the generation that was answered last stays.
    ...(outcome.kind !== 'away' && { observedGeneration: generation }),
    ...(outcome.kind === 'rendered' && {
      target: { kind: outcome.target.kind, name: outcome.target.name },
      keys: outcome.configs.length,
      configs: [...outcome.configs],
    }),
    ...(rolled && { rollout: rolled }),
    ...(outcome.kind === 'stalled' && outcome.purged && without(object, outcome.purged)),
    conditions: [
      ...(outcome.kind === 'suspended' ? kept : []),
      ...draftsFor(object, outcome).map(draft => dated(draft, before, generation, now)),
    ],
  };
}

/** An immutable target that showed any of it is gone. */
function without(
  { spec, status: { configs = [] } }: ConfigProjection,
  purged: ReadonlySet<string>,
): Pick<ConfigProjectionStatus, 'keys' | 'configs'> {
  const left = configs.filter(
    ({ namespace, path, version }) => !purged.has(`${namespace}/${path}@${version}`),
  );
  const shown = spec.target?.immutable && left.length < configs.length ? [] : left;
  return { keys: shown.length, configs: shown };
}

/** What a rendered target means, by the state of its rollout. */
export function renderedReason(rollout: RolloutState | undefined): ProjectionReason {
  if (rollout?.state === 'Halted') return ProjectionReason.RolloutHalted;
  return rollout?.state === 'Progressing' ? ProjectionReason.RollingOut : ProjectionReason.Rendered;
}

function draftsFor(object: ConfigProjection, outcome: ProjectionOutcome): Draft[] {
  switch (outcome.kind) {
    case 'rendered': {
      const { target, configs, rollout } = outcome;
      if (rollout?.state === 'Halted') {
        const halt = rolloutHalted(object, rollout);
        return [
          { type: 'Ready', status: 'False', ...halt },
          { type: 'Stalled', status: 'True', ...halt },
        ];
      }
      if (rollout?.state === 'Progressing')
        return [{ type: 'Ready', status: 'True', ...rollingOut(object, rollout) }];
      const count = configs.length === 1 ? '1 config' : `${configs.length} configs`;
      return [
        {
          ...{ type: 'Ready', status: 'True', reason: ProjectionReason.Rendered },
          message: message(`${target.kind} ${target.name} shows ${count}.`),
        },
      ];
    }
    case 'stalled':
      return [
        { type: 'Ready', status: 'False', ...outcome.trouble },
        { type: 'Stalled', status: 'True', ...outcome.trouble },
      ];
    case 'away': {
      const { reason, message: said } = outcome;
      return [
        { type: 'Ready', status: 'Unknown', reason, message: said },
        { type: 'Reconciling', status: 'True', reason, message: said },
      ];
    }
    case 'suspended': {
      const said = 'spec.suspend is true: target and status stay as they are.';
      return [{ type: 'Suspended', status: 'True', reason: ProjectionReason.Suspended, message: said }];
    }
  }
}

/** Whether the status tells the outcome of the present generation. */
export function isProjectionSettled({ metadata, status }: ConfigProjection): boolean {
  return (
    status.observedGeneration === metadata.generation &&
    !status.conditions?.some(({ type, status: is }) => type === 'Reconciling' && is === 'True')
  );
}

/** Whether what is in the way was told of the present generation. */
export function isProjectionStalled(object: ConfigProjection): boolean {
  return (
    isProjectionSettled(object) &&
    (object.status.conditions ?? []).some(({ type, status: is }) => type === 'Stalled' && is === 'True')
  );
}
