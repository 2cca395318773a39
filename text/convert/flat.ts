/**
 * Nested values as a list of names with texts, for the formats that know nothing else. Invariant: no two values
 * have one name.
 *
 * Booleans are `true` and `false`, numbers as the source spells them, `0744` and `+49` too; null, {} and [] are an empty text, so that
 * the name is still there. `.inf` and `.nan` are refused: no two readers of a flat format agree on them.
 */
import { itemStep, keyStep, type Path, root } from '../path.ts';
import { isEmpty, scalarText, showPath, Unconvertible, type Value } from './value.ts';

export interface Naming {
  /** @throws Unconvertible where the format has no name for the key; `parent` is null at the top */
  key(parent: string | null, key: string, path: Path): string;
  item(parent: string, index: number): string;
}

/** @param write gets each name once, in the order of the source */
export function flatten(
  value: Value,
  format: string,
  naming: Naming,
  write: (name: string, text: string, path: Path) => void,
): void {
  const given = new Map<string, Path>();

  function walk(value: Value, parent: string | null, path: Path): void {
    if (value.kind === 'map' && (parent === null || value.entries.length > 0)) {
      for (const { key: scalar, name, value: child } of value.entries) {
        const at = keyStep(path, name);
        const key = scalar.kind === 'null' ? name : scalarText(scalar);
        walk(child, naming.key(parent, key, at), at);
      }
      return;
    }
    if (parent === null) {
      if (value.kind === 'null') return;
      throw new Unconvertible(
        path,
        `${format} needs names; make the top a mapping, or use configMap.format: yaml`,
      );
    }
    if (value.kind === 'list' && value.items.length > 0) {
      for (const [index, item] of value.items.entries()) {
        walk(item, naming.item(parent, index), itemStep(path, index, null));
      }
      return;
    }
    const other = given.get(parent);
    if (other !== undefined) {
      throw new Unconvertible(
        path,
        `it becomes ${parent.length > 100 ? 'the same name' : parent} in ${format}, as ${showPath(other)} does; ` +
          'rename one of them',
      );
    }
    given.set(parent, path);
    write(parent, textOf(value, format, path), path);
  }
  walk(value, null, root);
}

function textOf(value: Value, format: string, path: Path): string {
  if (isEmpty(value) || value.kind === 'null' || value.kind === 'list' || value.kind === 'map') return '';
  if (value.kind === 'notFinite') {
    throw new Unconvertible(
      path,
      `${format} has no spelling for ${value.text}; write it in quotes as its reader wants it`,
    );
  }
  return scalarText(value);
}
