/**
 * api/openapi.yaml as the server uses it: its operations, and checks of requests and answers made from its schemas.
 * Invariant: what the OpenAPI document says about a request is checked from its schemas, and nowhere else.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type OperationId, openapi } from '../api/openapi.gen.ts';
import { wordsOf } from './fault-words.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface OperationItem {
  readonly operationId: OperationId;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly security?: readonly unknown[];
  readonly responses: Readonly<Record<string, Content & { readonly $ref?: string }>>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What is wrong with a request, as the `errors` of a problem. */
export interface Fault {
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly name?: string;
  readonly detail: string;
}

export type ParameterValues = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Operation {
  readonly id: OperationId;
  readonly method: Method;
  /** As in the OpenAPI document, such as `/configs/{namespace}/{path}`. */
  readonly path: string;
  /** Whether it needs a token. */
  readonly secured: boolean;
  readonly takesBody: boolean;
  /** Parameters of one kind, with the types and defaults of the OpenAPI document; or what is wrong with them. */
  read(
    place: 'query' | 'header' | 'path',
    raw: Readonly<Record<string, unknown>>,
  ): { values: ParameterValues; faults: readonly Fault[] };
  checkBody(body: unknown): readonly Fault[];
  /**
   * Null: the answer is one that the OpenAPI document promises. For tests: a server's own answers are its own business.
   */
  checkAnswer(status: number, contentType: string | undefined, body: unknown): string | null;
}

const schemaRoot = 'pawl:';
/**
 * The same schemas, for answers as this server gives them: without any field that the OpenAPI document does not name.
 */
const answerRoot = 'pawl-answers:';
const document = openapi as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

const ajv = new Ajv2020({ strict: false, allErrors: false, useDefaults: true, verbose: true });
(addFormats as unknown as (target: Ajv2020, formats: string[]) => void)(ajv, ['date-time', 'uri', 'int64']);
ajv.addSchema({ $id: schemaRoot, $defs: relocated(document.components.schemas, schemaRoot) });
ajv.addSchema({ $id: answerRoot, $defs: closed(relocated(document.components.schemas, answerRoot)) });

export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  (['get', 'post', 'put', 'delete'] as const)
    .filter(method => item[method] !== undefined)
    .map(method => {
      const shared = (item.parameters ?? []) as Parameter[];
      return operationOf(path, method.toUpperCase() as Method, shared, item[method] as OperationItem);
    }),
);

function operationOf(
  path: string,
  method: Method,
  shared: readonly Parameter[],
  item: OperationItem,
): Operation {
  const parameters = [...shared, ...(item.parameters ?? [])].map(one => resolve<Parameter>(one));
  const readers = {
    path: readerOf('path', parameters),
    query: readerOf('query', parameters),
    header: readerOf('header', parameters),
  };
  const bodySchema = item.requestBody?.content?.['application/json']?.schema;
  const checkBody = bodySchema && compile(bodySchema);
  return {
    id: item.operationId,
    method,
    path,
    secured: item.security === undefined,
    takesBody: bodySchema !== undefined,
    read: (place, raw) => readers[place](raw),
    checkBody(body) {
      if (!checkBody || checkBody(body)) return [];
      return faultsOf('body', checkBody.errors);
    },
    checkAnswer: answerChecker(item),
  };
}

function readerOf(place: 'path' | 'query' | 'header', all: readonly Parameter[]) {
  const mine = all.filter(parameter => parameter.in === place);
  // Any request may have headers that do not concern us; an unknown query parameter is a typing error.
  const keyOf = ({ name }: Parameter) => (place === 'header' ? name.toLowerCase() : name);
  const types = new Map(mine.map(parameter => [keyOf(parameter), resolve<Schema>(parameter.schema).type]));
  const check = compile({
    type: 'object',
    additionalProperties: place === 'header',
    required: mine.filter(({ required }) => required).map(keyOf),
    properties: Object.fromEntries(mine.map(parameter => [keyOf(parameter), parameter.schema])),
  } as Schema);
  return (raw: Readonly<Record<string, unknown>>) => {
    const names =
      place === 'header' ? [...types.keys()].filter(name => raw[name] !== undefined) : Object.keys(raw);
    const values = Object.fromEntries(names.map(name => [name, typed(raw[name], types.get(name))]));
    const faults = check(values) ? [] : faultsOf(place, check.errors);
    return { values: values as ParameterValues, faults };
  };
}

/** One spelling for each value: no spaces, signs, exponents or leading zeros. */
function typed(value: unknown, type: string | undefined): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'integer' && /^(0|-?[1-9][0-9]{0,15})$/.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function answerChecker({ responses }: OperationItem): Operation['checkAnswer'] {
  const compiled = new Map<string, ValidateFunction>();
  return (status, contentType, body) => {
    const key = responses[status] ? String(status) : 'default';
    if (!responses[key]) return `status ${status} is not in the document`;
    const { content } = resolve<Content>(responses[key]);
    if (!content) return body === undefined ? null : `status ${status} has no content in the document`;
    const type = contentType?.split(';')[0] ?? '';
    if (!content[type]) return `status ${status} has no content of type ${contentType} in the document`;
    const { schema } = content[type];
    if (!schema || !/json/.test(type)) return null;
    const id = `${key} ${type}`;
    const check = compiled.get(id) ?? ajv.compile(closed(relocated(schema, answerRoot)) as object);
    compiled.set(id, check);
    return check(body) ? null : `status ${status}: ${ajv.errorsText(check.errors)}`;
  };
}

function faultsOf(place: Fault['in'], errors: readonly ErrorObject[] | null | undefined): Fault[] {
  return (errors ?? []).slice(0, 8).map(error => {
    const { instancePath, params } = error;
    const inside = (params as { missingProperty?: string; additionalProperty?: string }) ?? {};
    const extra = inside.missingProperty ?? inside.additionalProperty;
    const pointer = extra === undefined ? instancePath : `${instancePath}/${extra.slice(0, 64)}`;
    const name = place === 'body' ? pointer : pointer.slice(1);
    return { in: place, ...(name && { name }), detail: wordsOf(error) };
  });
}

function compile(schema: Schema): ValidateFunction {
  return ajv.compile(relocated(schema, schemaRoot) as object);
}

/** The OpenAPI document's references into its components, as references into one of the schemas ajv knows. */
function relocated(schema: unknown, root: string): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', `"${root}#/$defs/`));
}

/**
 * The OpenAPI document lets answers have new fields, so that clients are ready for them; this server may not send one
 * the document forgot.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isObject = inside.type === 'object' && inside.properties !== undefined;
  return isObject ? { additionalProperties: false, ...inside } : inside;
}

function resolve<T>(value: { readonly $ref?: string }): T {
  if (value.$ref === undefined) return value as T;
  const [, , kind = '', name = ''] = value.$ref.split('/');
  return document.components[kind]?.[name] as T;
}
