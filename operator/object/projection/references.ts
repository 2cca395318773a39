// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how references are written.
/**
 * References in the texts of a projection, `${config:payments/limits/eu.yaml#/cap}`: where they are, and what stands in
 * their place. Pure. Invariant: a reference becomes one scalar and nothing else: a text whose structure would be another
 * with it is not shown.
 */
import { configName } from '../../../history/core/names.ts';
import type { ConfigId, Version } from '../../../history/words/model.ts';
import type { ProjectedVersion } from '../../../history/words/projection.ts';
import { scalarText, type Value } from '../../../text/convert/value.ts';
import type { Format } from '../../../text/format.ts';
import { formats } from '../../../text/formats.ts';

/** A reference that names a value with references in it, and so on. */
const maxDepth = 8;
/** References in one target, in all texts together. */
const maxReferences = 1_000;

export interface Referred {
  readonly config: ConfigId;
  readonly version: Version;
}

/** What was found of configs that are referred to, by `namespace/path`; `shown` null: there is none. */
export type FoundConfigs = ReadonlyMap<string, { readonly shown: ProjectedVersion | null }>;

/** A reference stands for nothing that can be shown; worded for the middle of a sentence. */
export class Unresolved extends Error {
  override readonly name = 'Unresolved';
  readonly reason = 'Unresolved';
  /** As it is written. */
  readonly reference: string;

  constructor(reference: string, why: string) {
    super(why);
    this.reference = reference;
  }
}

/** What is written with a second `$` is a text and no reference. */
const written = /(\$?)\$\{config:([^}\n]*)\}?/g;
const wellFormed =
  /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([A-Za-z0-9._@+=-]+(?:\/[A-Za-z0-9._@+=-]+)*)#((?:\/[^\s/]*)*)$/;

interface Reference {
  readonly config: ConfigId;
  /** JSON Pointer; empty: the whole text's value. */
  readonly pointer: string;
}

/** Resolves the references in the texts of one target, as one look at the store found them. */
export class References {
  readonly #found: FoundConfigs;
  readonly #values = new Map<string, Value>();
  readonly #missing = new Map<string, ConfigId>();
  readonly #used = new Map<string, Referred>();
  #resolved = 0;

  constructor(found: FoundConfigs) {
    this.#found = found;
  }

  /** Configs that are referred to and were not looked for. */
  get missing(): readonly ConfigId[] {
    return [...this.#missing.values()];
  }

  /** What the references stand for, each config once. */
  get used(): readonly Referred[] {
    return [...this.#used.values()];
  }

  /** The text with the scalars in place of the references. Throws Unresolved, and BodyFault for a text that is none. */
  replace(text: string, format: Format): string {
    if (!text.includes('${config:')) return text;
    const replaced = this.#within(text, []);
    if (this.#missing.size > 0 || replaced === text) return text;
    const [before, after] = [text, replaced].map(each => readOrNull(each, format));
    const asIs = (each: string) => this.#within(each, []);
    if (!before || !after || !isSame(before, after, asIs))
      throw new Unresolved(
        '${config:…}',
        'the text would have another structure with the value in its place',
      );
    return replaced;
  }

  #within(text: string, path: readonly string[]): string {
    return text.replace(written, (all: string, escaped: string, inner: string) => {
      if (escaped) return all.slice(1);
      const reference = `\${config:${inner}}`;
      const found = all.endsWith('}') ? parse(inner) : null;
      if (!found) throw new Unresolved(reference, 'it is not of the form ${config:NAMESPACE/PATH#/POINTER}');
      return this.#scalar(reference, found, path);
    });
  }

  #scalar(reference: string, { config, pointer }: Reference, path: readonly string[]): string {
    if (path.includes(reference)) throw new Unresolved(reference, 'it refers to itself');
    if (path.length >= maxDepth)
      throw new Unresolved(reference, `more than ${maxDepth} references lead to it`);
    this.#resolved += 1;
    if (this.#resolved > maxReferences)
      throw new Unresolved(reference, `there are more than ${maxReferences}`);
    const name = configName(config);
    const found = this.#found.get(name);
    if (!found) {
      this.#missing.set(name, config);
      return '';
    }
    if (!found.shown) throw new Unresolved(reference, 'there is no such config');
    this.#used.set(name, { config, version: found.shown.version });
    const value = at(this.#valueOf(reference, name, found.shown), pointer);
    if (!value) throw new Unresolved(reference, 'there is no value at that place');
    if (value.kind === 'list' || value.kind === 'map')
      throw new Unresolved(reference, `a ${value.kind} stands there, and only scalars can be shown`);
    if (value.kind === 'null') throw new Unresolved(reference, 'null stands there, which has no text');
    const text = scalarText(value);
    if (/[\p{Cc}\u2028\u2029]/u.test(text))
      throw new Unresolved(reference, 'the value there has several lines or control characters');
    return this.#within(text, [...path, reference]);
  }

  #valueOf(reference: string, name: string, { text, format }: ProjectedVersion): Value {
    const known = this.#values.get(name);
    if (known) return known;
    const [value, ...more] = readOrNull(text ?? '', format) ?? [];
    if (!value) throw new Unresolved(reference, `${formats[format].title} has no values to refer to`);
    if (more.length > 0) throw new Unresolved(reference, 'the text has several YAML documents');
    this.#values.set(name, value);
    return value;
  }
}

function parse(inner: string): Reference | null {
  const [, namespace, path, pointer = ''] = wellFormed.exec(inner) ?? [];
  return namespace && path ? { config: { namespace, path }, pointer } : null;
}

/** RFC 6901. */
function at(value: Value, pointer: string): Value | null {
  let here: Value | undefined = value;
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (here?.kind === 'map') here = here.entries.find(entry => entry.name === name)?.value;
    else if (here?.kind === 'list' && /^(0|[1-9][0-9]{0,8})$/.test(name)) here = here.items[Number(name)];
    else return null;
  }
  return here ?? null;
}

/** Empty: the format has no values, so that no structure can be another. Null: it cannot be read. */
function readOrNull(text: string, format: Format): Value[] | null {
  try {
    return formats[format].values(text);
  } catch {
    return null;
  }
}

/** Whether the values after are those before, but for what stands in the place of references. */
function isSame(before: readonly Value[], after: readonly Value[], asIs: (text: string) => string): boolean {
  // An alias shares its target's value.
  const seen = new Map<Value, Value>();
  const same = (one: Value, other: Value): boolean => {
    if (seen.get(one) === other) return true;
    seen.set(one, other);
    if (one.kind === 'list')
      return (
        other.kind === 'list' &&
        one.items.length === other.items.length &&
        one.items.every((item, index) => same(item, other.items[index]!))
      );
    if (one.kind === 'map')
      return (
        other.kind === 'map' &&
        one.entries.length === other.entries.length &&
        one.entries.every(({ name, value }, index) => {
          const there = other.entries[index]!;
          return asIs(name) === there.name && same(value, there.value);
        })
      );
    if (other.kind === 'list' || other.kind === 'map') return false;
    if (one.kind === 'null' || other.kind === 'null') return one.kind === other.kind;
    return asIs(scalarText(one)) === scalarText(other);
  };
  return before.length === after.length && before.every((value, index) => same(value, after[index]!));
}
