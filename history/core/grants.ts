/**
 * Who may write and read a config: the rules of a ConfigNamespace, or, without one, the rule that a Kubernetes
 * namespace has the config namespace of its own name and no other. Invariant: nothing is allowed that no rule
 * allows, and a rule of paths is met by whole segments only.
 */
import type { ConfigNamespaceSpec, Grant, KubeNamespace, Policy } from '../words/config-namespace.ts';
import type { ConfigId } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';
import type { Refusal } from './refusal.ts';
import { configName } from './words.ts';

/** What is known of a config namespace, and of the Kubernetes namespace somebody writes from. */
export interface Standing {
  readonly from: Pick<KubeNamespace, 'name' | 'labels'>;
  /** Of the ConfigNamespace of that name; null: there is none. */
  readonly spec: ConfigNamespaceSpec | null;
  /** Whether there is a Kubernetes namespace of the config namespace's name. */
  readonly kubeNamespaceExists: boolean;
}

/** The rules that hold for one proposal at the moment it is looked at. */
export interface Law {
  /** Why the config may not be written from there; null: it may. */
  readonly write: Refusal | null;
  /** Why it may not be shown there either; null: it may. */
  readonly read: Refusal | null;
  readonly policy: Policy;
}

export function lawFor(config: ConfigId, standing: Standing): Law {
  const policy = standing.spec?.policy ?? {};
  if (mayWrite(config, standing)) return { write: null, read: null, policy };
  const refusal = refuse(config, standing);
  const readable = isGranted(config, standing.from, standing.spec?.readers ?? []);
  return {
    write: { ...refusal, rendered: readable },
    read: readable ? null : unreadable(config, standing),
    policy,
  };
}

/** Whether a prefix is the path itself or one of the folders it is in. */
export function covers(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function mayWrite(config: ConfigId, { from, spec }: Standing): boolean {
  if (!spec?.writers) return from.name === config.namespace;
  return isGranted(config, from, spec.writers);
}

function isGranted({ path }: ConfigId, from: Standing['from'], grants: readonly Grant[]): boolean {
  return grants.some(
    grant => names(grant, from) && (!grant.paths || grant.paths.some(prefix => covers(prefix, path))),
  );
}

function names({ namespaces, namespaceSelector }: Grant, { name, labels }: Standing['from']): boolean {
  if (namespaces?.includes(name)) return true;
  return namespaceSelector !== undefined && selects(namespaceSelector, labels);
}

/** Kubernetes' label selectors: all of it must hold, and an empty one holds for everything. */
function selects(
  { matchLabels = {}, matchExpressions = [] }: NonNullable<Grant['namespaceSelector']>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const labelOf = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(key) === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labelOf(key);
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          // A later API's operator: what is not understood grants nothing.
          return false;
      }
    })
  );
}

function refuse(config: ConfigId, { from, spec, kubeNamespaceExists }: Standing): Omit<Refusal, 'rendered'> {
  const { namespace, path } = config;
  if (!spec && !kubeNamespaceExists) {
    return {
      reason: Reason.NamespaceNotFound,
      message:
        `There is no config namespace ${namespace}: neither a ConfigNamespace nor a Kubernetes namespace has that ` +
        `name. Leave out spec.namespace to write ${from.name}, or ask for a ConfigNamespace ${namespace} whose ` +
        `writers include Kubernetes namespace ${from.name}.`,
    };
  }
  if (!spec?.writers) {
    const change = spec ? `ConfigNamespace ${namespace}` : `a ConfigNamespace ${namespace}`;
    return {
      reason: Reason.PathNotAllowed,
      message:
        `Only Kubernetes namespace ${namespace} may write config namespace ${namespace}, and this object is in ` +
        `${from.name}. Create it in namespace ${namespace}, leave out spec.namespace, or ask for ${change} whose ` +
        `writers include ${from.name}.`,
    };
  }
  const paths = spec.writers.filter(grant => names(grant, from)).flatMap(grant => grant.paths ?? []);
  const may =
    paths.length > 0
      ? `Kubernetes namespace ${from.name} may write ${listed(paths)} of it.`
      : `Kubernetes namespace ${from.name} is not among its writers.`;
  return {
    reason: Reason.PathNotAllowed,
    message:
      `ConfigNamespace ${namespace} does not let Kubernetes namespace ${from.name} write ${path}: ${may} ` +
      `Ask its owner for a writers entry that covers ${path} (kubectl get confignamespace ${namespace} -o yaml).`,
  };
}

function unreadable(config: ConfigId, { from }: Standing): Refusal {
  return {
    reason: Reason.PathNotAllowed,
    message:
      `The version is kept, but Kubernetes namespace ${from.name} may not read ${configName(config)} any more: its ` +
      `ConfigMap stays as it is and shows no later version. Ask the owner of config namespace ` +
      `${config.namespace} for a readers or writers entry, or delete this object.`,
    rendered: false,
  };
}

function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).join(', ');
  return `only ${shown}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}`;
}
