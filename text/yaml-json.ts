/**
 * One composed YAML document as JSON text, for search. Decisions:
 * - Plain scalars are read by the 1.2 core schema; `yes`, `1:20`, dates are strings.
 * - A key is its value as text (`1` and `"1"` and `0x1` are one key, since JSON can tell none apart); an
 *   empty or null key is "null"; a list or mapping as a key is refused.
 * - `<<` is an ordinary key, as YAML 1.2 has it: the text keeps it and nothing is merged.
 * - Tags never run anything. `!!int`, `!!float`, `!!bool`, `!!null` read a scalar as if it were plain, every
 *   other tag leaves scalars as strings and collections as they are.
 * Invariant: aliases write at most maxAliasExpansion characters, however they are nested.
 */
import { isAlias, isMap, isScalar, isSeq, type Scalar } from 'yaml';
import { BodyFault, type BodyLimits, duplicateKey, tooDeep } from './body-problem.ts';
import { yamlNumberJson } from './json-number.ts';

interface Rendered {
  readonly json: string;
  /** Collections inside one another; 0 for a scalar. */
  readonly height: number;
}

const core = 'tag:yaml.org,2002:';
const plainTags = new Set([`${core}int`, `${core}float`, `${core}bool`, `${core}null`]);

export class YamlJson {
  readonly #text: string;
  readonly #limits: BodyLimits;
  /** The latest node of each anchor; 'open' while it is being read. */
  readonly #anchors = new Map<string, Rendered | 'open'>();
  #expanded = 0;

  constructor(text: string, limits: BodyLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  render(node: unknown): string {
    return this.#node(node, 0).json;
  }

  #node(node: unknown, depth: number): Rendered {
    if (isAlias(node)) return this.#alias(node.source, offsetOf(node), depth);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return { json: 'null', height: 0 };
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, 'open');
    let rendered: Rendered;
    if (isScalar(node)) rendered = { json: this.#scalar(node), height: 0 };
    else {
      if (depth >= this.#limits.maxDepth) throw tooDeep(offsetOf(node), this.#limits);
      const parts: string[] = [];
      let height = 0;
      const keys = new Map<string, number>();
      for (const item of node.items) {
        if (isMap(node)) {
          const pair = item as { key: unknown; value: unknown };
          const key = this.#key(pair.key, keys, offsetOf(pair.key) || offsetOf(node));
          const value = this.#node(pair.value, depth + 1);
          height = Math.max(height, value.height);
          parts.push(`${key}:${value.json}`);
        } else {
          // In a sequence `a: b` is a pair, which the package composes as a mapping.
          const value = this.#node(item, depth + 1);
          height = Math.max(height, value.height);
          parts.push(value.json);
        }
      }
      const body = parts.join(',');
      rendered = { json: isMap(node) ? `{${body}}` : `[${body}]`, height: height + 1 };
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, rendered);
    return rendered;
  }

  #alias(name: string, offset: number, depth: number): Rendered {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      throw new BodyFault(
        'UnknownAlias',
        offset,
        `no anchor &${name.slice(0, 64)} stands before this alias; add it`,
      );
    }
    if (target === 'open') {
      throw new BodyFault(
        'RecursiveAlias',
        offset,
        'this alias stands inside its own anchor; write the value out',
      );
    }
    this.#expanded += target.json.length;
    if (this.#expanded > this.#limits.maxAliasExpansion) {
      const message = `aliases expand to more than ${this.#limits.maxAliasExpansion} characters; write fewer`;
      throw new BodyFault('AliasBomb', offset, message);
    }
    if (depth + target.height > this.#limits.maxDepth) throw tooDeep(offset, this.#limits);
    return target;
  }

  #key(node: unknown, seen: Map<string, number>, fallback: number): string {
    const offset = offsetOf(node) || fallback;
    const { json, height } = isMap(node) || isSeq(node) ? { json: '', height: 1 } : this.#node(node, 0);
    if (height > 0) {
      throw new BodyFault(
        'ComplexKey',
        offset,
        'a list or mapping cannot be a key here; use text as the key',
      );
    }
    const key = json.startsWith('"') ? (JSON.parse(json) as string) : json;
    const first = seen.get(key);
    if (first !== undefined) throw duplicateKey(this.#text, key, first, offset);
    seen.set(key, offset);
    return JSON.stringify(key);
  }

  #scalar(node: Scalar): string {
    const value = typeof node.value === 'string' ? node.value : '';
    const plain = node.tag === undefined ? node.type === 'PLAIN' : plainTags.has(node.tag);
    if (plain) return plainJson(value);
    if (value.includes('\0')) {
      const message = 'the character U+0000 cannot be kept by the database; remove its escape';
      throw new BodyFault('Nul', this.#escapeAt(node, /\\(?:0|x00|u0000|U00000000)/), message);
    }
    if (!value.isWellFormed()) {
      const message =
        'half a surrogate pair is not a character and cannot be kept by the database; write the whole character';
      throw new BodyFault('LoneSurrogate', this.#escapeAt(node, /\\(?:u|U0000)[dD][89a-fA-F]/), message);
    }
    return JSON.stringify(value);
  }

  #escapeAt(node: Scalar, spelling: RegExp): number {
    const [start, end] = node.range ?? [0, 0];
    // Escaped backslashes are blanked so that `\\0` is not taken for `\0`.
    const source = this.#text.slice(start, end).replaceAll('\\\\', '  ');
    return start + Math.max(0, source.search(spelling));
  }
}

export function plainJson(spelling: string): string {
  // A letter that opens neither null nor true nor false, nor their capitals, opens a string.
  if (/^[A-EG-MO-SU-Za-eg-mo-su-z]/.test(spelling)) return JSON.stringify(spelling);
  if (/^(?:~|null|Null|NULL|)$/.test(spelling)) return 'null';
  if (/^(?:true|True|TRUE)$/.test(spelling)) return 'true';
  if (/^(?:false|False|FALSE)$/.test(spelling)) return 'false';
  return yamlNumberJson(spelling) ?? JSON.stringify(spelling);
}

function offsetOf(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? 0;
}
