/**
 * The pods of a workload, by its selector as the API takes it in a query. Pure. Invariant: a selector that cannot be written
 * whole is null and never a shorter one, which would select the pods of others.
 */

interface Requirement {
  readonly key?: unknown;
  readonly operator?: unknown;
  readonly values?: unknown;
}

const words: Readonly<Record<string, (key: string, values: string) => string>> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: key => key,
  DoesNotExist: key => `!${key}`,
};

/** @param selector `spec.selector` of the workload; null: it has none, or one of a kind unknown here */
export function podSelectorOf(selector: unknown): string | null {
  if (!isMap(selector)) return null;
  const { matchLabels = {}, matchExpressions = [], ...others } = selector;
  if (!isMap(matchLabels) || !Array.isArray(matchExpressions) || Object.keys(others).length > 0) return null;
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${String(value)}`);
  const expressions = (matchExpressions as Requirement[]).map(({ key, operator, values = [] }) =>
    Array.isArray(values) ? words[String(operator)]?.(String(key), values.join(',')) : undefined,
  );
  const all = [...labels, ...expressions];
  return all.length > 0 && all.every(each => each !== undefined) ? all.join(',') : null;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
