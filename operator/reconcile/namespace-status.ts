/**
 * Summarises a ConfigNamespace as a status, by the same rules as a ConfigVersion's: the messages follow from facts, not
 * from the moment of looking, and a condition's time changes only when it flips.
 */

import { message } from '../../history/core/names.ts';
import { dated } from '../object/condition.ts';
import {
  type ConfigNamespace,
  type ConfigNamespaceStatus,
  NamespaceReason,
} from '../object/config-namespace.ts';

export type NamespaceOutcome =
  | { readonly kind: 'inForce' }
  /** Being deleted, and still there for the configs it holds. */
  | { readonly kind: 'notEmpty'; readonly configs: number }
  /** Being deleted, and it is not known what it holds. */
  | { readonly kind: 'storeAway' };

type Condition = NonNullable<ConfigNamespaceStatus['conditions']>[number];
type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export function summariseNamespace(
  object: ConfigNamespace,
  outcome: NamespaceOutcome,
  now: Date,
): ConfigNamespaceStatus {
  const { generation } = object.metadata;
  const before = object.status.conditions ?? [];
  return {
    observedGeneration: generation,
    ...(outcome.kind === 'notEmpty' && { configs: outcome.configs }),
    conditions: draftsOf(object.metadata.name, outcome).map(draft => dated(draft, before, generation, now)),
  };
}

function draftsOf(name: string, outcome: NamespaceOutcome): Draft[] {
  switch (outcome.kind) {
    case 'inForce': {
      const message = 'Rules and grants are in force.';
      return [{ type: 'Ready', status: 'True', reason: NamespaceReason.InForce, message }];
    }
    case 'notEmpty': {
      const { configs } = outcome;
      const reason = NamespaceReason.NotEmpty;
      const held = configs === 1 ? '1 config' : `${configs} configs`;
      const said = message(
        `It still holds ${held}, and stays with its rules in force until they are deleted.`,
        'Delete their ConfigVersions with deletionPolicy: Delete.',
        [
          `To find them: kubectl get cv -A --field-selector spec.namespace=${name}; kubectl get cv -n ${name}`,
          '',
        ],
      );
      return [
        { type: 'Ready', status: 'False', reason, message: said },
        { type: 'Stalled', status: 'True', reason, message: said },
      ];
    }
    case 'storeAway': {
      const reason = NamespaceReason.StoreUnavailable;
      const message =
        'PostgreSQL does not answer, so Pawl cannot tell whether it is empty. Pawl will go on by itself.';
      return [
        { type: 'Ready', status: 'Unknown', reason, message },
        { type: 'Reconciling', status: 'True', reason, message },
      ];
    }
  }
}
