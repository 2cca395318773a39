/**
 * The head's text in the format a ConfigMap asks for. Invariant: a converted text says what the source says or
 * there is none, and it ends no line in whitespace, so that kubectl shows it as a block.
 *
 * - Source is the text itself, byte for byte.
 * - Numbers are spelled as in the source as far as the format can hold it: `1.10` and 12345678901234567890 stay. In
 *   json and yaml, `+1`, `.5`, `0x1F` and the like, which JSON does not have, become the same value as JSON spells it;
 *   `0744`, which is one value to YAML 1.1 and another to 1.2, is refused. env and properties keep every spelling.
 * - Comments, the styles of scalars and the names of anchors are not carried over: aliases are written out.
 *   `<<` is merged, as nearly every reader of YAML does. (The search column keeps it as a key: see yaml-json.ts.)
 * - A tag outside the core schema (`!Ref`) means something to one program only: refused.
 * - Several YAML documents stay several in yaml and are refused by the other formats.
 * - env and properties need a mapping at the top. null, {} and [] become an empty value, as in Spring.
 *
 * The formats' own rules stand in json.ts, yaml.ts, env.ts and properties.ts.
 */

import { BodyFault } from '../body-problem.ts';
import type { Format } from '../format.ts';
import { formats } from '../formats.ts';
import { Output } from './output.ts';
import { type Rendering, render } from './render.ts';
import { Unconvertible } from './value.ts';

export type ConfigMapFormat = 'Source' | Rendering;

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
    else {
      const { values, rendersTo, title } = formats[from];
      if (!rendersTo.includes(to)) {
        throw new Unconvertible(null, `${title} has no rendering as ${to}; use configMap.format: Source`);
      }
      render(values(text), to, output);
    }
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
