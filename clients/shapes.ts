/**
 * The schemas of openapi.yaml as a list of records, whatever language they are written in then. Invariant: what is not
 * understood is an error here, and never a shape that is almost right.
 */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

export type Type =
  | { readonly kind: 'string' | 'integer' | 'boolean' | 'time' }
  /** A string that today is one of these. */
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'record'; readonly name: string }
  | { readonly kind: 'list'; readonly of: Type };

export interface Field {
  /** As it stands in JSON. */
  readonly name: string;
  readonly type: Type;
  /** It may be left out or be null. */
  readonly isOptional: boolean;
  readonly description: string;
}

export interface Shape {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly Field[];
}

/** The records named, and all that are in them, in alphabetical order. */
export function shapesOf(schemas: Readonly<Record<string, Schema>>, roots: readonly string[]): Shape[] {
  const found = new Map<string, Shape>();
  const visit = (name: string, schema: Schema): void => {
    if (found.has(name)) return;
    const shape = { name, description: oneLine(schema.description), fields: [] as Field[] };
    found.set(name, shape);
    for (const [field, property] of Object.entries(schema.properties ?? {})) {
      const at = { schemas, visit, name: `${name}${pascal(field).replace(/s$/, '')}` };
      const target = resolved(schemas, property);
      shape.fields.push({
        name: field,
        type: typeOf(property, at),
        isOptional: !schema.required?.includes(field) || [target.type].flat().includes('null'),
        description: oneLine(property.description ?? target.description),
      });
    }
  };
  for (const root of roots) visit(root, schemas[root]!);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface At {
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly visit: (name: string, schema: Schema) => void;
  /** Of a record without a name of its own. */
  readonly name: string;
}

function typeOf(schema: Schema, at: At): Type {
  const target = resolved(at.schemas, schema);
  const [kind, ...rest] = [target.type].flat().filter(one => one !== 'null');
  if (kind === undefined || rest.length > 0) throw new Error(`${at.name} has no single type`);
  switch (kind) {
    case 'object': {
      const name = schema.$ref === undefined ? at.name : nameIn(schema.$ref);
      at.visit(name, target);
      return { kind: 'record', name };
    }
    case 'array':
      return { kind: 'list', of: typeOf(target.items!, at) };
    case 'string':
      if (target.enum !== undefined) return { kind: 'words', words: target.enum };
      return { kind: target.format === 'date-time' ? 'time' : 'string' };
    case 'integer':
    case 'boolean':
      return { kind };
    default:
      throw new Error(`${at.name} has the type ${kind}, which nobody writes yet`);
  }
}

function resolved(schemas: Readonly<Record<string, Schema>>, schema: Schema): Schema {
  return schema.$ref === undefined ? schema : resolved(schemas, schemas[nameIn(schema.$ref)]!);
}

const nameIn = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

const oneLine = (text = ''): string => text.trim().replace(/\s+/g, ' ');

/** `latest_version` → `LatestVersion` */
export function pascal(name: string): string {
  return name.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

/** `latest_version` → `latestVersion` */
export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Lines of at most so many letters. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else if (word !== '') lines.push(word);
  }
  return lines;
}
