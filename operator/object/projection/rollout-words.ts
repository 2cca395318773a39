/**
 * What a status says of a rollout that is under way or halted: which version, where, and what comes next. Invariant: no message
 * is longer than 240 characters, none holds a value of a config, and the same state has the same words.
 */
import { clip, message, shortName } from '../../../history/core/names.ts';
import {
  type ConfigProjection,
  ProjectionReason,
  type ProjectionTrouble,
  type RolloutState,
} from '../config-projection.ts';
import { readProjection } from './terms.ts';

export function rollingOut(object: ConfigProjection, rollout: RolloutState): ProjectionTrouble {
  const { step = 0, steps = 0, waitingFor } = rollout;
  const { target, rollout: plan } = readProjection(object);
  const name = plan?.steps[step - 1]?.name ?? target.name;
  return {
    reason: ProjectionReason.RollingOut,
    message: message(
      [
        `Step ${step} of ${steps}: ConfigMap ${clip(name, 63)} shows ${whatIn(rollout)}.`,
        `Step ${step} of ${steps}: ${whatIn(rollout, 60)}.`,
        1,
      ],
      waitingFor === undefined
        ? 'The next step comes after its pause.'
        : `It waits for ${clip(waitingFor, 110)}.`,
    ),
  };
}

export function rolloutHalted(object: ConfigProjection, rollout: RolloutState): ProjectionTrouble {
  const { step = 0, steps = 0, halted, configs: [first] = [] } = rollout;
  const by = halted?.savedBy === undefined ? '' : ` by ${clip(halted.savedBy, 40)}`;
  const person = halted?.savedBy === undefined ? '' : ` by ${clip(halted.savedBy, 24)}`;
  const short = first?.version === undefined ? 'Another version' : `Version ${first.version}${person}`;
  const where = `step ${step} of ${steps}`;
  const workload = clip((halted?.workload ?? '').replace('/', ' '), 60);
  const why = halted?.why ?? '';
  return {
    reason: ProjectionReason.RolloutHalted,
    message: message(
      [`${whatIn(rollout)}${by} is halted in ${where}.`, `${short} is halted in ${where}.`, 3],
      [
        `${workload} in ${object.metadata.namespace}: ${clip(why, 100)}.`,
        `${clip(workload, 32)}: ${clip(why, 56)}.`,
        1,
      ],
      first?.previous === undefined || first.version === undefined
        ? 'Save a text that works.'
        : [
            `To go back: kubectl pawl restore ${first.path}@${first.previous} -n ${first.namespace}`,
            'To go back, restore the version in status.rollout.configs.',
            0,
          ],
    ),
  };
}

/** `payments/limits/eu.yaml version 9 and 2 more` */
function whatIn({ configs = [] }: RolloutState, most = 120): string {
  const [first] = configs;
  if (!first) return 'other versions';
  const what =
    first.version === undefined
      ? `${clip(shortName(first), most)} no more`
      : `${clip(shortName(first), most)} version ${first.version}`;
  return configs.length > 1 ? `${what} and ${configs.length - 1} more` : what;
}
