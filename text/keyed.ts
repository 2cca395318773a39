/**
 * Texts that are keys with values, one after the other: what the readers of properties, env and ini make, and what is
 * made of that. Invariant: no key or value becomes the property of an object on the way, so `__proto__` is a key.
 */
import { BodyFault, duplicateKey, nameKey } from './body-problem.ts';
import type { MapEntry, Scalar, Value } from './convert/value.ts';
import { numberJson } from './json-number.ts';

export interface Keyed {
  readonly key: string;
  /** Of its first character. */
  readonly at: number;
  /** null: the key stands alone. */
  readonly value: string | null;
}

export interface Section {
  /** null: before the first header. */
  readonly name: string | null;
  readonly at: number;
  readonly entries: readonly Keyed[];
}

/** What a text holds, in its order. */
export interface KeyedText {
  /** One without a name where the format has no sections. */
  readonly sections: readonly Section[];
  /** Each comment, from its opener to the end of its line, without blanks at the end. */
  readonly comments: readonly string[];
}

/** @throws BodyFault where a key or a section stands twice, or a value is one that the database cannot keep */
export function keyedValue(text: string, { sections }: KeyedText): Value {
  const top: MapEntry[] = [];
  const seen = new Map<string, number>();
  const take = (known: Map<string, number>, into: MapEntry[], name: string, at: number, value: Value) => {
    const first = known.get(name);
    if (first !== undefined) throw duplicateKey(text, name, first, at);
    known.set(name, at);
    into.push({ key: { kind: 'string', text: name }, name, value });
  };
  for (const { name, at, entries } of sections) {
    const [own, into] = name === null ? [seen, top] : [new Map<string, number>(), [] as MapEntry[]];
    for (const { key, at: where, value } of entries) {
      for (const part of [key, value ?? '']) refuseUnkeepable(part, where, nameKey(key));
      const scalar: Scalar = value === null ? { kind: 'null' } : { kind: 'string', text: value };
      take(own, into, key, where, scalar);
    }
    if (name !== null) take(seen, top, name, at, { kind: 'map', entries: into });
  }
  return { kind: 'map', entries: top };
}

/**
 * Escapes can say what no text may hold.
 * @param what it is, for a message
 */
export function refuseUnkeepable(said: string, at: number, what: string): void {
  if (said.includes('\0'))
    throw new BodyFault('Nul', at, `${what} holds U+0000, which the database cannot keep; remove it`);
  if (!said.isWellFormed())
    throw new BodyFault('LoneSurrogate', at, `${what} holds half a surrogate pair; write the whole pair`);
}

/** A value as JSON text for the database. */
export function jsonOf(value: Value): string {
  if (value.kind === 'map')
    return `{${value.entries.map(({ name, value: inner }) => `${JSON.stringify(name)}:${jsonOf(inner)}`).join()}}`;
  if (value.kind === 'list') return `[${value.items.map(jsonOf).join()}]`;
  if (value.kind === 'null') return 'null';
  if (value.kind === 'number') return numberJson(value.text);
  return value.kind === 'bool' ? value.text : JSON.stringify(value.text);
}
