/**
 * Sums up a ConfigNamespace as a status, by the same rules as a ConfigVersion's: the words follow from facts,
 * not from the moment of looking, and a condition's time changes only when it flips.
 */
import {
  type ConfigNamespace,
  type ConfigNamespaceStatus,
  NamespaceReason,
} from '../object/config-namespace.ts';

export type NamespaceOutcome =
  | { readonly kind: 'inForce' }
  /** Being deleted, and still there for the configs it holds. */
  | { readonly kind: 'notEmpty'; readonly configs: number }
  /** Being deleted, and nobody can say what it holds. */
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
  const dated = (draft: Draft): Condition => {
    const previous = before.find(({ type }) => type === draft.type);
    const lastTransitionTime =
      previous?.status === draft.status ? previous.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`;
    return { ...draft, observedGeneration: generation, lastTransitionTime };
  };
  return {
    observedGeneration: generation,
    ...(outcome.kind === 'notEmpty' && { configs: outcome.configs }),
    conditions: draftsOf(object.metadata.name, outcome).map(dated),
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
      const message =
        `It cannot be deleted while it holds ${configs === 1 ? '1 config' : `${configs} configs`}; until then its ` +
        'rules and grants are in force. A config goes with the last ConfigVersion that asks for it, if that has ' +
        'deletionPolicy: Delete; where none asks any more, propose the text once more with it. Find them with: ' +
        `kubectl get configversions -A --field-selector spec.namespace=${name}, and in Kubernetes namespace ` +
        `${name} also those without spec.namespace.`;
      return [
        { type: 'Ready', status: 'False', reason, message },
        { type: 'Stalled', status: 'True', reason, message },
      ];
    }
    case 'storeAway': {
      const reason = NamespaceReason.StoreUnavailable;
      const message =
        'PostgreSQL does not answer, so whether it is empty cannot be told. Pawl goes on by itself.';
      return [
        { type: 'Ready', status: 'Unknown', reason, message },
        { type: 'Reconciling', status: 'True', reason, message },
      ];
    }
  }
}
