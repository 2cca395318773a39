/**
 * Values written as what a ConfigMap can hold, one entry each. Invariant: what holds one document only refuses several.
 */
import { writeEnv } from './env.ts';
import { writeJson } from './json.ts';
import type { Output } from './output.ts';
import { writeProperties } from './properties.ts';
import { Unconvertible, type Value } from './value.ts';
import { writeYaml } from './yaml.ts';

/** What a ConfigMap can hold a config's values as. */
export type Rendering = 'json' | 'yaml' | 'env' | 'properties';

const renderers: Readonly<
  Record<Rendering, (documents: readonly Value[], output: Output, to: Rendering) => void>
> = {
  json: (documents, output, to) => writeJson(only(documents, to), output),
  yaml: writeYaml,
  env: (documents, output, to) => writeEnv(only(documents, to), output),
  properties: (documents, output, to) => writeProperties(only(documents, to), output),
};

/** @throws Unconvertible where the format cannot say it */
export function render(documents: readonly Value[], to: Rendering, output: Output): void {
  renderers[to](documents, output, to);
}

function only([one, ...more]: readonly Value[], to: Rendering): Value {
  if (one !== undefined && more.length === 0) return one;
  throw new Unconvertible(
    null,
    `the text has ${more.length + 1} YAML documents and ${to} holds one; keep one, or use configMap.format: yaml`,
  );
}
