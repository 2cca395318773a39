/**
 * The values of a YAML text, read by the same rules as yaml-json.ts but for what that gives up for the search
 * column: numbers of any size, numbers as keys, `<<`, tags. Invariant: an alias shares its target's value, so
 * reading costs no more than readBody's bound on what aliases expand to.
 */
import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar as ScalarNode, type YAMLMap } from 'yaml';
import { defaultBodyLimits, nameKey } from '../body-problem.ts';
import { yamlDecimalLexeme, yamlNumberJson } from '../json-number.ts';
import { itemStep, keyStep, type Path, root } from '../path.ts';
import { compose } from '../yaml-reader.ts';
import { type MapEntry, nothing, type Scalar, Unconvertible, type Value } from './value.ts';

const core = 'tag:yaml.org,2002:';
/** Tags that read a scalar as if it were plain, and those that change nothing. */
const plainTags = new Set(['int', 'float', 'bool', 'null'].map(name => core + name));
const knownTags = new Set([...plainTags, '!', ...['str', 'map', 'seq'].map(name => core + name)]);

/**
 * One value a document.
 * @throws BodyFault, Unconvertible
 */
export function readYamlValues(text: string): Value[] {
  return compose(text, defaultBodyLimits).map(document => {
    const fault = document.errors[0];
    if (fault) throw fault;
    const { explicit, version } = document.directives?.yaml ?? {};
    if (explicit && version !== '1.2') {
      throw new Unconvertible(
        null,
        `\`%YAML ${version}\` asks for other rules than YAML 1.2, by which this is read; remove the directive, or use ` +
          'configMap.format: Source',
      );
    }
    return new Reader().value(document.contents, root);
  });
}

class Reader {
  readonly #anchors = new Map<string, Value>();

  value(node: unknown, path: Path): Value {
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (!target)
        throw new Unconvertible(
          path,
          `no complete anchor &${node.source.slice(0, 64)} stands before this alias; add it`,
        );
      return target;
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return nothing;
    if (node.tag !== undefined && !knownTags.has(node.tag)) {
      throw new Unconvertible(
        path,
        `the tag ${nameKey(node.tag)} has a meaning only for the program it is for; remove it, or use ` +
          'configMap.format: Source',
      );
    }
    const value = isScalar(node)
      ? scalar(node, path)
      : isMap(node)
        ? this.#map(node, path)
        : {
            kind: 'list' as const,
            items: node.items.map((item, index) => this.value(item, itemStep(path, index, null))),
          };
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, value);
    return value;
  }

  #map(node: YAMLMap, path: Path): Value {
    const entries = new Map<string, MapEntry>();
    /** Names given by `<<`, which the map's own entries override wherever they stand. */
    const merged = new Set<string>();
    for (const pair of node.items) {
      const key = this.#key(pair.key, path);
      if (isMergeKey(pair)) {
        for (const entry of this.#merged(pair.value, keyStep(path, '<<'))) {
          if (entries.has(entry.name)) continue;
          entries.set(entry.name, entry);
          merged.add(entry.name);
        }
        continue;
      }
      const name = nameOf(key);
      const here = keyStep(path, name);
      if (entries.has(name) && !merged.delete(name)) {
        throw new Unconvertible(here, 'two keys of this mapping have the same value; keep one of them');
      }
      entries.set(name, { key, name, value: this.value(pair.value, here) });
    }
    return { kind: 'map', entries: [...entries.values()] };
  }

  /** Entries a `<<` brings in; of several mappings the first to have a key counts. */
  #merged(node: unknown, path: Path): readonly MapEntry[] {
    const value = this.value(node, path);
    if (value.kind === 'map') return value.entries;
    if (value.kind === 'list') {
      const maps = value.items.map(item => (item.kind === 'map' ? item.entries : null));
      if (!maps.includes(null)) return maps.flatMap(entries => entries ?? []);
    }
    throw new Unconvertible(
      path,
      '`<<` merges mappings, and this is not one; name a mapping, or quote the key to have it as text',
    );
  }

  #key(node: unknown, path: Path): Scalar {
    const key = this.value(node, path);
    if (key.kind === 'list' || key.kind === 'map') {
      throw new Unconvertible(path, 'a list or mapping cannot be a key here; use text as the key');
    }
    return key;
  }
}

function isMergeKey({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN' && key.tag === undefined;
}

function nameOf(key: Scalar): string {
  return key.kind === 'null' ? 'null' : key.text;
}

function scalar(node: ScalarNode, path: Path): Scalar {
  const text = typeof node.value === 'string' ? node.value : '';
  const plain = node.tag === undefined ? node.type === 'PLAIN' : plainTags.has(node.tag);
  if (!plain) return { kind: 'string', text };
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return nothing;
  if (/^(?:true|True|TRUE)$/.test(text)) return { kind: 'bool', text: 'true' };
  if (/^(?:false|False|FALSE)$/.test(text)) return { kind: 'bool', text: 'false' };
  const json = yamlNumberJson(text);
  if (json === null) return { kind: 'string', text };
  const number = (said: string): Scalar =>
    said === text ? { kind: 'number', text } : { kind: 'number', text: said, spelled: text };
  if (!json.startsWith('"')) return number(json);
  // No number for the database: not finite, or of many digits.
  const lexeme = yamlDecimalLexeme(text);
  if (lexeme !== null) return number(lexeme);
  if (/nan$/i.test(text)) return { kind: 'notFinite', text: '.nan' };
  if (/inf$/i.test(text)) return { kind: 'notFinite', text: text.startsWith('-') ? '-.inf' : '.inf' };
  throw new Unconvertible(
    path,
    'this hexadecimal or octal number has more than 1000 digits; write it in decimal',
  );
}
