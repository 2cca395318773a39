/**
 * What the verifier sees of a text: plain values, read apart from the engine's own tree. Invariant: equal `id`
 * means equal value; a number is its spelling, and the order of keys does not matter.
 */
import {
  parse,
  TomlDate,
  TomlError,
  type TomlTableWithoutBigInt,
  type TomlValueWithoutBigInt,
} from 'smol-toml';
import {
  type Alias,
  isAlias,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { KeyedText } from '../text/keyed.ts';
import { Ids } from './node.ts';
import type { Parsed } from './yaml-parse.ts';

const again = '\0again ';

export interface InternedValue {
  readonly id: number;
  readonly map: ReadonlyMap<string, InternedValue> | null;
  readonly list: readonly InternedValue[] | null;
  /** A scalar's string, when it is one. */
  readonly string: string | null;
}

/** What was read of an entry: its key, and its value. */
export interface KeptEntry {
  readonly name: string;
  readonly value: InternedValue;
}

/** Thrown when a text does not stand for values at all. */
export class NoValues extends Error {
  override name = 'NoValues';
}

export class Values {
  readonly #ids = new Ids();
  readonly #keys = new Ids();
  #budget: number;
  /** Keys that stand in a map that has them already. */
  duplicates = 0;
  readonly #kept = { items: [] as Map<string, KeptEntry>[], entries: [] as Map<string, KeptEntry>[] };

  constructor(budget: number) {
    this.#budget = budget;
  }

  /**
   * What was read of the entries of maps, or the items of lists, that begin in a column, by their bytes.
   * @param expand what is read with its merge keys in place is another value
   */
  kept(what: 'items' | 'entries', expand: boolean, column: number): Map<string, KeptEntry> {
    const places = this.#kept[what];
    const place = 2 * column + Number(expand);
    places[place] ??= new Map();
    return places[place];
  }

  /** @param string what it stands for if it is one */
  leaf(text: string, string: string | null): InternedValue {
    return { id: this.#ids.of(text), map: null, list: null, string };
  }

  list(items: InternedValue[]): InternedValue {
    return {
      id: this.#ids.of(`[${items.map(item => item.id).join()}]`),
      map: null,
      list: items,
      string: null,
    };
  }

  /** @param suffix a tag that makes it something else */
  map(entries: Map<string, InternedValue>, suffix: string): InternedValue {
    const parts: string[] = [];
    for (const [key, value] of entries) parts.push(`${this.#keys.of(key)}:${value.id}`);
    parts.sort();
    return {
      id: this.#ids.of(`{${parts.join()}}${suffix}`),
      map: suffix === '' ? entries : null,
      list: null,
      string: null,
    };
  }

  /** A key that stands there already is told apart by how often it does. */
  put(entries: Map<string, InternedValue>, key: string, value: InternedValue): void {
    let name = key;
    for (let nth = 2; entries.has(name); nth++) name = `${key}${again}${nth}`;
    if (name !== key) this.duplicates++;
    entries.set(name, value);
  }

  /** Puts what merge keys refer to in their place. */
  inherit(entries: Map<string, InternedValue>): void {
    for (const [key, merged] of [...entries]) {
      if (key !== '<<' && !key.startsWith(`<<${again}`)) continue;
      entries.delete(key);
      for (const source of merged.list ?? [merged]) {
        for (const [inner, value] of source.map ?? []) if (!entries.has(inner)) entries.set(inner, value);
      }
      this.#budget -= entries.size;
    }
  }

  /** A value that its anchor's name is part of. */
  anchored(value: InternedValue, name: string): InternedValue {
    return { ...value, id: this.#ids.of(`&${name} ${value.id}`) };
  }

  spend(): void {
    if (--this.#budget < 0) throw new NoValues('too many values once aliases are expanded');
  }

  /** The values of a JSON text that is known to be well formed. */
  json(text: string): InternedValue {
    const tokens = text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g);
    const next = (): string => tokens.next().value?.[0] ?? '';
    const read = (token: string): InternedValue => {
      this.spend();
      if (token === '[') {
        const items: InternedValue[] = [];
        for (let at = next(); at !== ']'; at = next()) if (at !== ',') items.push(read(at));
        return this.list(items);
      }
      if (token === '{') {
        const entries = new Map<string, InternedValue>();
        for (let at = next(); at !== '}'; at = next()) {
          if (at === ',') continue;
          const key = JSON.parse(at) as string;
          next();
          const value = read(next());
          this.put(entries, key, value);
        }
        return this.map(entries, '');
      }
      if (token === '') throw new NoValues('the text ends too early');
      if (token[0] !== '"') return this.leaf(token, null);
      const string = JSON.parse(token) as string;
      return this.leaf(`s:${string}`, string);
    };
    return read(next());
  }

  /** A text that is lines and nothing else. */
  text(text: string): InternedValue {
    return this.leaf(`s:${text}`, text);
  }

  /** A TOML text, by another parser than the merge reads it with. */
  toml(text: string): InternedValue {
    const read = (value: TomlValueWithoutBigInt | bigint): InternedValue => {
      this.spend();
      if (typeof value === 'string') return this.leaf(`s:${value}`, value);
      if (typeof value !== 'object')
        return this.leaf(`${typeof value} ${Object.is(value, -0) ? '-0' : value}`, null);
      if (value instanceof TomlDate) return this.leaf(`date ${value.toISOString()}`, null);
      if (Array.isArray(value)) return this.list(value.map(read));
      return this.map(new Map(Object.entries(value).map(([key, inner]) => [key, read(inner)])), '');
    };
    try {
      return read(parse(text, { integersAsBigInt: true }) as TomlTableWithoutBigInt);
    } catch (error) {
      if (error instanceof TomlError) throw new NoValues(error.message.split('\n', 1)[0]!);
      throw error;
    }
  }

  /** Keys with values, below the names of their sections. */
  keyed({ sections }: KeyedText): InternedValue {
    const top = new Map<string, InternedValue>();
    for (const { name, entries } of sections) {
      const own = name === null ? top : new Map<string, InternedValue>();
      for (const { key, value } of entries)
        this.put(own, key, value === null ? this.leaf('null', null) : this.leaf(`s:${value}`, value));
      if (name !== null) this.put(top, `[${name}]`, this.map(own, ''));
    }
    return this.map(top, '');
  }

  /** The documents of a YAML stream; with `expand`, aliases and merge keys stand for what they refer to. */
  yaml(parsed: Parsed, expand: boolean): InternedValue[] {
    if (parsed.length === 0) return [this.leaf('null', null)];
    return parsed.map(doc => {
      if (doc.errors.length > 0) throw new NoValues(doc.errors[0]!.message);
      return this.#yaml(doc.contents as Node, new Map(), expand);
    });
  }

  #yaml(node: Node, anchors: Map<string, InternedValue>, expand: boolean): InternedValue {
    this.spend();
    if (node === null) return this.leaf('null', null);
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) throw new NoValues(`no anchor ${node.source} before its alias`);
      return expand ? target : this.leaf(`*${node.source}`, null);
    }
    const value = this.#bare(node, anchors, expand);
    if (node.anchor === undefined) return value;
    anchors.set(node.anchor, value);
    return expand ? value : this.anchored(value, node.anchor);
  }

  #bare(
    node: Scalar | YAMLMap | YAMLSeq,
    anchors: Map<string, InternedValue>,
    expand: boolean,
  ): InternedValue {
    if (isScalar(node)) return this.#scalar(node);
    const tag =
      node.tag === undefined || /^tag:yaml.org,2002:(?:map|seq)$/.test(node.tag) ? '' : ` ${node.tag}`;
    if (isSeq(node)) {
      const list = this.list(node.items.map(item => this.#yaml(item as Node, anchors, expand)));
      return tag === '' ? list : { ...list, id: this.#ids.of(`${tag}${list.id}`) };
    }
    const entries = new Map<string, InternedValue>();
    for (const pair of node.items as Pair<Node, Node>[]) {
      const key = this.#yaml(pair.key, anchors, expand);
      const value = this.#yaml(pair.value, anchors, expand);
      const name = key.string ?? (isScalar(pair.key) ? `!${pair.key.source ?? ''}` : `?${key.id}`);
      this.put(entries, name, value);
    }
    if (expand) this.inherit(entries);
    return this.map(entries, tag);
  }

  #scalar(scalar: Scalar): InternedValue {
    const { value, source = '' } = scalar;
    if (scalar.tag !== undefined && scalar.tag !== 'tag:yaml.org,2002:str')
      return this.leaf(`${scalar.tag} ${source}`, null);
    if (typeof value === 'string') return this.leaf(`s:${value}`, value);
    return this.leaf(value === null ? 'null' : source, null);
  }
}

type Node = Scalar | Alias | YAMLMap | YAMLSeq | null;
