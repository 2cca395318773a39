/**
 * The head's text in the format a ConfigMap asks for. Invariant: a converted text says what the source says or
 * there is none, and it ends no line in whitespace, so that kubectl shows it as a block.
 *
 * - Source is the text itself, byte for byte.
 * - Numbers are spelled as in the source as far as the format can hold it: `1.10` and 12345678901234567890 stay.
 *   Only `+1`, `.5`, `012`, `0x1F` and the like, which JSON has not, become the same value as JSON spells it.
 * - Comments, the styles of scalars and the names of anchors are not carried over: aliases are written out.
 *   `<<` is merged, as nearly every reader of YAML does. (The search column keeps it as a key: see yaml-json.ts.)
 * - A tag outside the core schema (`!Ref`) means something to one program only: refused.
 * - Several YAML documents stay several in yaml and are refused by the other formats.
 * - env and properties need a mapping at the top. null, {} and [] become an empty value, as in Spring.
 *
 * The formats' own rules stand in convert-json.ts, convert-yaml.ts, convert-env.ts and convert-properties.ts.
 */

import { BodyFault } from '../body-problem.ts';
import type { Format } from '../format.ts';
import { writeEnv } from './env.ts';
import { writeJson } from './json.ts';
import { Output } from './output.ts';
import { writeProperties } from './properties.ts';
import { readJsonValue } from './read-json.ts';
import { readYamlValues } from './read-yaml.ts';
import { Unconvertible, type Value } from './value.ts';
import { writeYaml } from './yaml.ts';

export type ConfigMapFormat = 'Source' | 'json' | 'yaml' | 'env' | 'properties';

export type Conversion =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      /** As places of a merge are written: `limits[0].cap`; `(whole text)` for the root. */
      readonly path: string;
      /** What is wrong there and what to change, without the path. */
      readonly message: string;
    };

/** What a ConfigMap holds, all its values together. */
const maxConfigMapBytes = 1_048_576;

/**
 * @param text accepted by readBody before; any other text is answered too, but perhaps less helpfully
 * @param maxBytes of UTF-8, counted on the result
 */
export function convert(
  text: string,
  from: Format,
  to: ConfigMapFormat,
  maxBytes: number = maxConfigMapBytes,
): Conversion {
  try {
    const output = new Output(maxBytes, to);
    if (to === 'Source') output.add(text);
    else write(from === 'json' ? [readJsonValue(text)] : readYamlValues(text), to, output);
    return { ok: true, text: output.text() };
  } catch (error) {
    if (error instanceof Unconvertible) return { ok: false, path: error.path, message: error.message };
    const said = error instanceof BodyFault ? error.message : String(error).slice(0, 200);
    return {
      ok: false,
      path: '(whole text)',
      message: `this ${from} cannot be converted (${said}); use configMap.format: Source`,
    };
  }
}

function write(documents: readonly Value[], to: Exclude<ConfigMapFormat, 'Source'>, output: Output): void {
  if (to === 'yaml') return writeYaml(documents, output);
  const [only, ...more] = documents;
  if (only === undefined || more.length > 0) {
    throw new Unconvertible(
      null,
      `the text has ${documents.length} YAML documents and ${to} holds one; keep one, or use configMap.format: yaml`,
    );
  }
  if (to === 'json') writeJson(only, output);
  else if (to === 'env') writeEnv(only, output);
  else writeProperties(only, output);
}
