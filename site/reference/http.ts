/** The page of the HTTP API, from its OpenAPI document. Invariant: every operation and every schema has a section. */
import { openapi } from '../../api/openapi.gen.ts';
import { anchorOf } from '../markdown.ts';
import { code, opening, table } from './table.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

interface Body {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
}

const methods = ['get', 'head', 'put', 'post', 'patch', 'delete'];

interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
}

const routes: readonly Route[] = Object.entries(openapi.paths).flatMap(([path, item]) =>
  Object.entries(item as unknown as Record<string, Operation>)
    .filter(([method]) => methods.includes(method))
    .map(([method, operation]) => ({
      ...{ method: method.toUpperCase(), path, operation },
      parameters: [
        ...((item as { parameters?: readonly Parameter[] }).parameters ?? []),
        ...(operation.parameters ?? []),
      ],
    })),
);

export function httpPage(): string {
  const tags = (openapi.tags as readonly { name: string; description: string }[]).map(
    ({ name, description }) => {
      const own = routes.filter(({ operation }) => operation.tags[0] === name);
      return `## Operations: ${name}\n\n${description}\n\n${own.map(routeSection).join('\n')}`;
    },
  );
  const schemas = Object.entries(openapi.components.schemas as unknown as Record<string, Schema>)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, schema]) => schemaSection(name, schema));
  return `${opening('Operations of the HTTP API', 'api/openapi.yaml')}
Every operation of the [OpenAPI document](../../api/openapi.yaml), which the server serves at \`/openapi.json\`. How to turn the
API on, who may use it, and how saving works: [api.md](../api.md). Every refusal: [problems.md](../problems.md).

${tags.join('\n')}
## Schemas

${schemas.join('\n')}`;
}

function routeSection({ method, path, operation, parameters }: Route): string {
  const { operationId, summary, description = '', requestBody, responses } = operation;
  const asked = parameters.map(parameter => resolve(parameter, openapi.components.parameters));
  const answers = answersOf(responses);
  const parts = [
    `### ${method} ${path}\n`,
    `\`${operationId}\`: ${summary.replace(/[.]?$/, '.')} ${description}`.trim(),
  ];
  if (asked.length > 0)
    parts.push(
      '',
      table(
        ['parameter', 'in', 'type', 'meaning'],
        asked.map(({ name, in: where, required, schema, description: said = '' }) => [
          code(name),
          required ? `${where}, required` : where,
          typeOf(schema),
          said,
        ]),
      ),
    );
  if (requestBody)
    parts.push('', `Body: ${contentOf(requestBody.content)}. ${requestBody.description ?? ''}`.trim());
  parts.push('', table(['answer', 'body', 'meaning'], answers), '');
  return parts.join('\n');
}

/** One row for all answers that are alike, such as the refusals. */
function answersOf(responses: Operation['responses']): string[][] {
  const rows = Object.entries(responses).map(([status, response]) => {
    const { description = '', content } = resolve(response, openapi.components.responses);
    const isRefusal = response.$ref?.endsWith('/Problem') ?? false;
    const said = isRefusal ? 'Refused: [problems.md](../problems.md) lists every reason.' : description;
    return { status: status === 'default' ? 'any other' : status, body: contentOf(content), said };
  });
  const alike = Map.groupBy(rows, ({ body, said }) => `${body} ${said}`);
  return [...alike.values()].map(some => [
    some.map(({ status }) => status).join(', '),
    some[0]!.body,
    some[0]!.said,
  ]);
}

const contentOf = (content: Body['content'] = {}): string =>
  Object.entries(content)
    .map(([type, { schema }]) => (schema && type.includes('json') ? typeOf(schema) : code(type)))
    .join(', ') || '–';

function schemaSection(name: string, schema: Schema): string {
  const fields = fieldsOf(schema).map(({ name: field, schema: of, required }) => [
    code(field),
    typeOf(of),
    required ? 'always' : '',
    of.description ?? '',
  ]);
  const head = [`### Schema ${name}`, (schema.description ?? '').trim()]
    .filter(part => part !== '')
    .join('\n\n');
  if (fields.length === 0) return `${head}\n\nType: ${typeOf(schema)}\n`;
  return `${head}\n\n${table(['field', 'type', 'present', 'meaning'], fields)}\n`;
}

interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** With those of the schemas that it is put together from. */
function fieldsOf(schema: Schema): Field[] {
  const { properties = {}, required = [], allOf = [] } = schema;
  const own = Object.entries(properties).map(([name, of]) => ({
    ...{ name, schema: of },
    required: required.includes(name),
  }));
  return [...allOf.flatMap(part => fieldsOf(resolve(part, openapi.components.schemas))), ...own];
}

function typeOf(schema: Schema): string {
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return `[${name}](#${anchorOf(`Schema ${name}`)})`;
  }
  if (schema.enum) return schema.enum.map(value => code(JSON.stringify(value))).join(', ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  const parts = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (parts && !schema.properties)
    return [...new Set(parts.map(typeOf))].join(schema.allOf ? ' and ' : ' or ');
  if (typeof schema.additionalProperties === 'object') return `map of ${typeOf(schema.additionalProperties)}`;
  return [schema.type ?? 'any'].flat().join(' or ');
}

const nameOf = (ref: string): string => ref.split('/').at(-1)!;

function resolve<T extends { readonly $ref?: string }>(one: T, shared: object): T {
  return one.$ref ? (shared as Record<string, T>)[nameOf(one.$ref)]! : one;
}
