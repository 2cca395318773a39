/**
 * Values as JSON: two spaces a level, keys in the order of the source, a line end at the end. `.inf` and `.nan`
 * are refused. Invariant: JSON.parse reads it, and what kubectl cannot show in a block is escaped.
 */
import { itemStep, keyStep, type Path, root } from '../path.ts';
import type { Output } from './output.ts';
import { escapeUnits, type Scalar, Unconvertible, unshowable, type Value } from './value.ts';

export function writeJson(value: Value, output: Output): void {
  node(value, root, '\n', output);
  output.add('\n');
}

/** @param line a line end and the indentation of the line the value begins on */
function node(value: Value, path: Path, line: string, output: Output): void {
  const inner = `${line}  `;
  if (value.kind === 'map') {
    if (value.entries.length === 0) return output.add('{}');
    let before = '{';
    for (const { name, value: child } of value.entries) {
      output.add(`${before}${inner}${quoted(name)}: `);
      node(child, keyStep(path, name), inner, output);
      before = ',';
    }
    output.add(`${line}}`);
  } else if (value.kind === 'list') {
    if (value.items.length === 0) return output.add('[]');
    let before = '[';
    for (const [index, item] of value.items.entries()) {
      output.add(`${before}${inner}`);
      node(item, itemStep(path, index, null), inner, output);
      before = ',';
    }
    output.add(`${line}]`);
  } else output.add(scalar(value, path));
}

function scalar(value: Scalar, path: Path): string {
  if (value.kind === 'null') return 'null';
  if (value.kind === 'string') return quoted(value.text);
  if (value.kind === 'notFinite') {
    throw new Unconvertible(
      path,
      `JSON has no ${value.text}; write it in quotes, or use configMap.format: yaml`,
    );
  }
  return value.text;
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(unshowable, found => escapeUnits(found));
}
