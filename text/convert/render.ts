/**
 * Values written as what a ConfigMap can hold, one entry each. Invariant: what holds one document only refuses several.
 */
import { itemStep, keyStep, type Path, root } from '../path.ts';
import { writeEnv } from './env.ts';
import { writeJson } from './json.ts';
import type { Output } from './output.ts';
import { writeProperties } from './properties.ts';
import { isDisputed, Unconvertible, type Value } from './value.ts';
import { writeYaml } from './yaml.ts';

/** What a ConfigMap can hold a config's values as. */
export type Rendering = 'json' | 'yaml' | 'env' | 'properties';

const renderers: Readonly<
  Record<Rendering, (documents: readonly Value[], output: Output, to: Rendering) => void>
> = {
  json(documents, output, to) {
    refuseDisputed(documents);
    writeJson(only(documents, to), output);
  },
  yaml(documents, output) {
    refuseDisputed(documents);
    writeYaml(documents, output);
  },
  env: (documents, output, to) => writeEnv(only(documents, to), output),
  properties: (documents, output, to) => writeProperties(only(documents, to), output),
};

/** @throws Unconvertible where the format cannot say it */
export function render(documents: readonly Value[], to: Rendering, output: Output): void {
  renderers[to](documents, output, to);
}

/** A number has to be one value where it is written as a number; where it is text, its spelling says it all. */
function refuseDisputed(documents: readonly Value[]): void {
  // An alias shares its target's value.
  const seen = new Set<Value>();
  const check = (value: Value, path: Path): void => {
    if (value.kind === 'list' || value.kind === 'map') {
      if (seen.has(value)) return;
      seen.add(value);
    }
    if (value.kind === 'list') {
      for (const [index, item] of value.items.entries()) check(item, itemStep(path, index, null));
    } else if (value.kind === 'map') {
      for (const { key, name, value: child } of value.entries) {
        check(key, keyStep(path, name));
        check(child, keyStep(path, name));
      }
    } else if (isDisputed(value) && value.kind === 'number') {
      throw new Unconvertible(
        path,
        `${value.spelled} is another value to readers of YAML 1.1 than to those of 1.2; write it in quotes, or as ${value.text}`,
      );
    }
  };
  for (const document of documents) check(document, root);
}

function only([one, ...more]: readonly Value[], to: Rendering): Value {
  if (one !== undefined && more.length === 0) return one;
  throw new Unconvertible(
    null,
    `the text has ${more.length + 1} YAML documents and ${to} holds one; keep one, or use configMap.format: yaml`,
  );
}
