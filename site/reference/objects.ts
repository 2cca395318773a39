/** The page of Pawl's kinds of objects, from their CRDs. Invariant: every field of spec and status has a row. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../pages.ts';
import { code, opening, table } from './table.ts';

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly pattern?: string;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly shortNames?: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly selectableFields?: readonly { readonly jsonPath: string }[];
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** Kinds that have a page of their own, written for people. */
const guides: Readonly<Record<string, string>> = {
  ConfigVersion: '../configversion.md',
  ConfigNamespace: '../confignamespace.md',
  ConfigProjection: '../configprojection.md',
  ConfigSchema: '../rules.md#schemas',
};

export function objectsPage(): string {
  const folder = join(root, 'crds');
  const definitions = readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .map(name => parse(readFileSync(join(folder, name), 'utf8')) as Definition)
    .sort((a, b) => a.spec.names.kind.localeCompare(b.spec.names.kind));
  return `${opening('Fields of the objects', 'crds/*.yaml')}
Every field of Pawl's kinds, as the API server checks them; \`kubectl explain\` says the same. A dot goes into an object,
\`[]\` into a list, \`*\` into a map.

${definitions.map(kindSection).join('\n')}`;
}

function kindSection({ spec }: Definition): string {
  const { kind, plural, shortNames = [] } = spec.names;
  const version = spec.versions.find(({ storage }) => storage)!;
  const { openAPIV3Schema: schema } = version.schema;
  const guide = guides[kind];
  const facts = [
    `\`${spec.group}/${version.name}\`, ${spec.scope === 'Cluster' ? 'cluster-scoped' : 'namespaced'}`,
    `\`${plural}.${spec.group}\``,
    ...shortNames.map(name => `short name \`${name}\``),
  ];
  const selectors = version.selectableFields?.map(({ jsonPath }) => code(jsonPath.slice(1))) ?? [];
  return `## ${kind}

${facts.join(', ')}. ${schema.description ?? ''}${guide ? ` What it means: [${guide.slice(3)}](${guide}).` : ''}
${selectors.length > 0 ? `\nField selectors: ${selectors.join(', ')}.\n` : ''}
### ${kind} spec

${table(['field', 'type', 'default', 'meaning'], [...rows(schema.properties?.spec, '')])}

### ${kind} status

${table(['field', 'type', 'default', 'meaning'], [...rows(schema.properties?.status, '')])}
`;
}

function* rows(schema: Schema | undefined, prefix: string): Generator<string[]> {
  for (const [name, field] of Object.entries(schema?.properties ?? {})) {
    const path = `${prefix}${name}`;
    const required = schema?.required?.includes(name) ?? false;
    const preset =
      field.default === undefined ? (required ? 'required' : '–') : code(JSON.stringify(field.default));
    yield [code(path), typeOf(field), preset, [field.description ?? '', ...limitsOf(field)].join(' ')];
    yield* rows(field, `${path}.`);
    yield* rows(field.items, `${path}[].`);
    const { additionalProperties: values } = field;
    if (typeof values === 'object') yield* rows(values, `${path}.*.`);
  }
}

function typeOf({ type = 'any', enum: values, items, additionalProperties }: Schema): string {
  if (values) return values.map(value => code(String(value))).join(', ');
  if (items) return `list of ${typeOf(items)}`;
  if (typeof additionalProperties === 'object') return `map of ${typeOf(additionalProperties)}`;
  return type;
}

function limitsOf(schema: Schema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, maxProperties, pattern } = schema;
  const range = (from: number | undefined, to: number | undefined, what: string): string[] => {
    if (from === undefined && to === undefined) return [];
    if (to === undefined) return [`${from}${what} or more.`];
    return [from === undefined ? `At most ${to}${what}.` : `${from} to ${to}${what}.`];
  };
  return [
    ...range(minimum, maximum, ''),
    ...range(minLength, maxLength, ' characters'),
    ...range(minItems, maxItems, ' entries'),
    ...range(undefined, maxProperties, ' entries'),
    ...(pattern === undefined ? [] : [`Pattern ${code(pattern)}.`]),
    ...(schema['x-kubernetes-validations'] ?? []).map(
      ({ rule, message }) => `Rule: ${message ?? code(rule)}.`,
    ),
  ];
}
