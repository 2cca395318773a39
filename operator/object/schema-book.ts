/**
 * All ConfigSchemas of a cluster, and which of them apply to a config. Made anew when one changes. Pure. Invariant:
 * where no schema is about a config, that costs a comparison of names and nothing else.
 */
import type { ConfigId } from '../../history/words/model.ts';
import type { AppliedSchema, SchemaDocument, SchemaSet } from '../../history/words/schema.ts';
import { coversName, coversPath } from '../../text/glob.ts';
import { sha256 } from '../../text/sha256.ts';
import type { ConfigSchema, ConfigSchemaSpec } from './config-schema.ts';

/** What a reference without an address of its own is relative to. Nothing is ever fetched from there. */
const home = 'https://schemas.pawl.dev/';

/** Schemas of others that one may need. */
const maxReferred = 64;

interface Entry {
  readonly spec: ConfigSchemaSpec;
  readonly document: SchemaDocument;
  /** Addresses of other schemas that it names, without fragments. */
  readonly refers: readonly string[];
}

export class SchemaBook {
  readonly #entries: readonly Entry[];
  readonly #byId = new Map<string, Entry>();
  readonly #applied = new Map<Entry, AppliedSchema>();

  /** @param schemas those that are there; one that is being deleted applies no more */
  constructor(schemas: Iterable<ConfigSchema>) {
    this.#entries = [...schemas]
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .map(entryOf);
    // Of two with one address, the first by name has it.
    for (const entry of this.#entries)
      if (!this.#byId.has(entry.document.id)) this.#byId.set(entry.document.id, entry);
  }

  /** Undefined: none, so there is nothing to check. */
  for(config: ConfigId): readonly AppliedSchema[] | undefined {
    if (this.#entries.length === 0) return undefined;
    const found = this.#entries.filter(({ spec }) => isAbout(spec, config));
    return found.length === 0 ? undefined : found.map(entry => this.#apply(entry));
  }

  /** One schema by its name; undefined: there is none. */
  named(name: string): AppliedSchema | undefined {
    const entry = this.#entries.find(({ document }) => document.name === name);
    return entry && this.#apply(entry);
  }

  #apply(entry: Entry): AppliedSchema {
    const known = this.#applied.get(entry);
    if (known) return known;
    const { spec, document } = entry;
    const applied = {
      name: document.name,
      enforcement: spec.enforcement ?? 'Refuse',
      set: this.#setOf(entry),
    } as const;
    this.#applied.set(entry, applied);
    return applied;
  }

  /** With all that it refers to, and what that refers to. */
  #setOf(root: Entry): SchemaSet {
    const found = new Set([root]);
    for (const { refers } of found) {
      for (const id of refers) {
        const other = this.#byId.get(id);
        if (other && found.size < maxReferred) found.add(other);
      }
    }
    const documents = [...found].map(({ document }) => document);
    const whole = documents.map(({ id, json }) => `${id}\n${json}`).join('\n');
    return { root: root.document.name, documents, sha256: sha256(whole) };
  }
}

export function isAbout({ namespaces, paths }: ConfigSchemaSpec, { namespace, path }: ConfigId): boolean {
  if (namespaces && !namespaces.some(pattern => coversName(pattern, namespace))) return false;
  return !paths || paths.some(pattern => coversPath(pattern, path));
}

function entryOf({ metadata: { name }, spec }: ConfigSchema): Entry {
  const { $id } = spec.schema as { $id?: unknown };
  const id = resolved(typeof $id === 'string' ? $id : name, home) ?? `${home}${name}`;
  return {
    spec,
    document: { name, id, json: jsonOf(spec.schema) },
    refers: [...new Set(referencesIn(spec.schema, id))],
  };
}

/** Empty: it is nested deeper than it can be written, and so is wrong. */
function jsonOf(schema: object): string {
  try {
    return JSON.stringify(schema);
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

/** Also those of parts with an address of their own, which theirs are relative to. */
function* referencesIn(value: unknown, base: string): Generator<string> {
  // A stack, because a schema may be nested deeper than calls can be.
  const left: (readonly [part: unknown, base: string])[] = [[value, base]];
  for (let next = left.pop(); next; next = left.pop()) {
    const [part, above] = next;
    if (part === null || typeof part !== 'object') continue;
    const { $id, $ref } = part as { $id?: unknown; $ref?: unknown };
    const here = typeof $id === 'string' ? (resolved($id, above) ?? above) : above;
    const to = typeof $ref === 'string' ? resolved($ref, here) : null;
    if (to !== null && to !== base) yield to;
    for (const inner of Object.values(part)) left.push([inner, here]);
  }
}

/** Without its fragment; null: not an address. */
function resolved(reference: string, base: string): string | null {
  const url = URL.parse(reference, base);
  if (url === null) return null;
  url.hash = '';
  return url.href;
}
