/** Small makers of ConfigSchemas. */
import type { SchemaSet } from '../../history/words/schema.ts';
import type { ConfigSchema, ConfigSchemaSpec } from '../../operator/object/config-schema.ts';
import { SchemaBook } from '../../operator/object/schema-book.ts';

export function aSchema(name: string, schema: object, spec: Partial<ConfigSchemaSpec> = {}): ConfigSchema {
  return {
    metadata: { name, uid: `uid-${name}`, generation: 1, resourceVersion: '1' },
    spec: { schema: schema as ConfigSchemaSpec['schema'], ...spec },
    status: {},
  };
}

export const setOf = (schema: object): SchemaSet =>
  new SchemaBook([aSchema('limits', schema)]).named('limits')!.set;
