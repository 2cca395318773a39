/**
 * The rights to write and read a config: the rules of a ConfigNamespace or, without one, the rule that a Kubernetes
 * namespace has the config namespace of its own name and no other. Invariant: only what a rule allows is allowed, and a
 * path in a rule matches whole segments only.
 */
import type { Law } from '../../history/core/law.ts';
import type { Refusal, Right, RulesFound } from '../../history/core/refusal.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { ConfigNamespaceSpec, Grant, KubeNamespace } from './config-namespace.ts';

/** What is known of a config namespace, and of the Kubernetes namespace somebody writes from. */
export interface Standing {
  readonly from: Pick<KubeNamespace, 'name' | 'labels'>;
  /** Of the ConfigNamespace of that name; null: there is none. */
  readonly spec: ConfigNamespaceSpec | null;
  /** Whether there is a Kubernetes namespace of the config namespace's name. */
  readonly kubeNamespaceExists: boolean;
}

export function lawFor(config: ConfigId, standing: Standing): Law {
  const policy = standing.spec?.policy ?? {};
  const writable = mayWrite(config, standing);
  const readable = writable || isGranted(config, standing.from, standing.spec?.readers ?? []);
  const without = (right: Right): Refusal => ({
    ...{ kind: 'no-right', config, right, from: standing.from.name, rules: rulesFor(standing), readable },
  });
  return {
    write: writable ? null : without('write'),
    read: readable ? null : without('read'),
    delete: mayDelete(config, standing) ? null : without('delete'),
    policy,
  };
}

/** Of somebody in a Kubernetes namespace that has not what its name had. */
export function closedLaw(config: ConfigId, from: string, policy: Law['policy']): Law {
  const without = (right: Right): Refusal => ({
    ...{ kind: 'no-right', config, right, from, rules: { kind: 'closed' }, readable: false },
  });
  return { write: without('write'), read: without('read'), delete: without('delete'), policy };
}

/** Whether a prefix is the path itself or one of the folders it is in. */
export function covers(prefix: string, path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function mayWrite(config: ConfigId, { from, spec }: Standing): boolean {
  if (!spec?.writers) return from.name === config.namespace;
  return isGranted(config, from, spec.writers);
}

/** The right to write does not include the right to delete: a ConfigNamespace must grant that by name. */
function mayDelete(config: ConfigId, standing: Standing): boolean {
  const { from, spec } = standing;
  if (!spec?.writers) return mayWrite(config, standing);
  return isGranted(
    config,
    from,
    spec.writers.filter(grant => grant.delete === true),
  );
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
          // An operator of a later API version: a rule that is not understood grants nothing.
          return false;
      }
    })
  );
}

function rulesFor({ from, spec, kubeNamespaceExists }: Standing): RulesFound {
  if (!spec && !kubeNamespaceExists) return { kind: 'nowhere' };
  if (!spec?.writers) return { kind: 'own-name', declared: spec !== null };
  const paths = spec.writers.filter(grant => names(grant, from)).flatMap(grant => grant.paths ?? []);
  return { kind: 'listed', paths };
}
