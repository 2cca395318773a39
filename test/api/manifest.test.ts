/** The manifest that a preview takes is the one the API server takes: api/openapi.yaml says it again, for generators. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openapi } from '../../api/openapi.gen.ts';
import { authorPattern } from '../../text/words.ts';

const crd = parse(readFileSync(join(import.meta.dirname, '../../crds/pawl.dev_configversions.yaml'), 'utf8'));
const { spec } = crd.spec.versions[0].schema.openAPIV3Schema.properties;
const schemas = openapi.components.schemas as unknown as Record<string, Schema>;

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** What generators make types of: names, types, choices, and what may not be left out. */
function shapeOf(schema: Schema): object {
  const { $ref } = schema;
  if ($ref !== undefined) return shapeOf(schemas[$ref.split('/').at(-1)!]!);
  const { type, enum: choices, required, properties } = schema;
  return {
    type,
    ...(choices && { choices: [...choices].sort() }),
    ...(required && { required: [...required].sort() }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, shapeOf(property)]),
      ),
    }),
  };
}

describe('the manifest of a preview', () => {
  it('has the fields of the CRD, and no others', () => {
    expect(shapeOf(schemas.ManifestSpec!)).toEqual(shapeOf(spec));
  });

  it('takes the same authors, by a pattern that tools of other languages know', () => {
    const { pattern } = openapi.components.schemas.Author;
    expect(openapi.components.schemas.ManifestSpec.properties.author.pattern).toBe(pattern);
    const [here, there] = [new RegExp(pattern, 'u'), new RegExp(authorPattern, 'u')];
    for (let point = 0; point < 0x11_0000; point += 1) {
      const letter = String.fromCodePoint(point);
      if (here.test(letter) !== there.test(letter)) expect.fail(`U+${point.toString(16)}`);
    }
  });
});
