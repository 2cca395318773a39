/**
 * The ConfigMaps that a pod template names: in volumes (subPath or not), projected volumes, envFrom and env of containers and
 * init containers. Pure. Invariant: whatever the template holds, this reads no more of it than names, and throws nothing.
 */

/** More than fit on a node; the names also have to fit into an annotation. */
const maxMaps = 500;

/** Sorted, each once. */
export function usedConfigMaps(podSpec: unknown): string[] {
  const { volumes, containers, initContainers } = fieldsOf(podSpec);
  const names = [
    ...itemsOf(volumes).flatMap(ofVolume),
    ...[...itemsOf(containers), ...itemsOf(initContainers)].flatMap(ofContainer),
  ];
  return [...new Set(names)].sort().slice(0, maxMaps);
}

function ofVolume(volume: unknown): string[] {
  const { configMap, projected } = fieldsOf(volume);
  const sources = itemsOf(fieldsOf(projected).sources);
  return [configMap, ...sources.map(source => fieldsOf(source).configMap)].flatMap(nameIn);
}

function ofContainer(container: unknown): string[] {
  const { env, envFrom } = fieldsOf(container);
  return [
    ...itemsOf(envFrom).flatMap(source => nameIn(fieldsOf(source).configMapRef)),
    ...itemsOf(env).flatMap(one => nameIn(fieldsOf(fieldsOf(one).valueFrom).configMapKeyRef)),
  ];
}

function nameIn(reference: unknown): string[] {
  const { name } = fieldsOf(reference);
  return typeof name === 'string' && name !== '' ? [name] : [];
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
