/**
 * Schemas as ajv compiles them, kept by their hash. Invariant: nothing is fetched; what a schema refers to is among the
 * documents that came with it, or the schema is wrong. Runs in a worker thread, because a pattern may take for ever.
 */
import { type Ajv, Ajv as Ajv07, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { SchemaSet } from '../history/words/schema.ts';

/** Compiled schemas kept; each may take some MiB. */
const maxKept = 32;

const options: Options = {
  // People write keywords of their editors into schemas, and JSON Schema says to pass over them.
  strict: false,
  allErrors: true,
  verbose: true,
  logger: false,
};

/** Making one costs a tenth of a second, so all schemas of a draft are checked by the same. */
const checkers = new Map<string, Ajv>();

const draft2020 = 'https://json-schema.org/draft/2020-12/schema';
const draft07 = 'http://json-schema.org/draft-07/schema';

const makers: Readonly<Record<string, (options: Options) => Ajv>> = {
  [draft2020]: given => new Ajv2020(given) as unknown as Ajv,
  [draft07]: given => new Ajv07(given),
};

/** A schema that cannot be used; the message says why. */
export class WrongSchema extends Error {
  override readonly name = 'WrongSchema';
  readonly reason = 'WrongSchema';
}

const kept = new Map<string, ValidateFunction>();

/** Throws WrongSchema. */
export function compiled(set: SchemaSet): ValidateFunction {
  const known = kept.get(set.sha256);
  kept.delete(set.sha256);
  const validate = known ?? compile(set);
  kept.set(set.sha256, validate);
  if (kept.size > maxKept) kept.delete(kept.keys().next().value!);
  return validate;
}

function compile({ root, documents }: SchemaSet): ValidateFunction {
  const parsed = documents.map(({ json, ...rest }) => {
    if (json === '') throw new WrongSchema(`${rest.name} is nested too deep`);
    return { ...rest, schema: JSON.parse(json) as object };
  });
  const main = parsed.find(({ name }) => name === root)!;
  const draft = draftOf(main.schema);
  const ajv = makers[draft]!({ ...options, validateSchema: false });
  (addFormats as unknown as (target: Ajv) => void)(ajv);
  const failing = (name: string) => (error: unknown) => {
    const whose = name === root ? '' : `in ${name}: `;
    throw new WrongSchema(`${whose}${messageOf(error)}`, { cause: error });
  };
  for (const { name, id, schema } of parsed) {
    if (draftOf(schema) !== draft) throw new WrongSchema(`it refers to ${name}, which is of another draft`);
    const fault = attempt(() => faultOf(schema, draft), failing(name));
    if (fault !== null) failing(name)(new Error(fault));
    attempt(() => ajv.addSchema({ ...schema, $id: id }), failing(name));
  }
  const validate = attempt(() => ajv.getSchema(main.id), failing(root));
  if (!validate) throw new WrongSchema('it cannot be compiled');
  if ('$async' in validate) throw new WrongSchema('$async is not a keyword of JSON Schema');
  return validate as ValidateFunction;
}

/** What the draft's own schema has against it; null: nothing. */
function faultOf(schema: object, draft: string): string | null {
  const checker = checkers.get(draft) ?? makers[draft]!(options);
  checkers.set(draft, checker);
  return checker.validateSchema(schema) ? null : checker.errorsText(checker.errors, { dataVar: 'schema' });
}

function draftOf(schema: object): string {
  const { $schema = draft2020 } = schema as { $schema?: unknown };
  const draft = String($schema).replace(/#$/, '');
  if (Object.hasOwn(makers, draft)) return draft;
  throw new WrongSchema(`$schema is ${draft.slice(0, 80)}; use ${draft2020} or ${draft07}`);
}

function attempt<T>(deed: () => T, failed: (error: unknown) => never): T {
  try {
    return deed();
  } catch (error) {
    return failed(error);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deep';
  const { missingRef } = error as { missingRef?: string };
  if (missingRef !== undefined)
    return `$ref ${missingRef.slice(0, 100)} names no ConfigSchema; nothing is fetched over the network`;
  return error instanceof Error ? error.message.slice(0, 200) : String(error);
}
