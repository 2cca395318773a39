/** Compares the server's routes with the OpenAPI document, both ways: a server that differs from it does not start. */
import type { Operation } from './spec.ts';

/** The routes and the OpenAPI document are not the same. */
export class RouteMismatch extends Error {
  override readonly name = 'RouteMismatch';
  readonly reason = 'RouteMismatch';
}

/** @param routes as registered, such as `/configs/:namespace/*`. Throws RouteMismatch. */
export function assertComplete(
  operations: readonly Pick<Operation, 'id' | 'method' | 'path'>[],
  routes: readonly { readonly method: string; readonly url: string }[],
): void {
  const told = new Map(operations.map(({ id, method, path }) => [`${method} ${path}`, id]));
  const found = new Set(routes.map(({ method, url }) => `${method} ${pathOf(url)}`));
  const missing = [...told]
    .filter(([key]) => !found.has(key))
    .map(([key, id]) => `${key} (${id}) has no route`);
  const extra = [...found].filter(key => !told.has(key)).map(key => `${key} is not in api/openapi.yaml`);
  if (missing.length + extra.length === 0) return;
  throw new RouteMismatch(
    `the server is not what api/openapi.yaml says: ${[...missing, ...extra].join('; ')}`,
  );
}

function pathOf(url: string): string {
  return url.replace(/:([a-z]+)/g, '{$1}').replace('*', '{path}');
}
