/** The shapes of the clients are those of api/openapi.yaml. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { generateClients } from '../../clients/generate.ts';
import { shapesOf } from '../../clients/shapes.ts';

const clients = resolve(import.meta.dirname, '../../clients');
const java = 'java/pawl-client/src/main/java/dev/pawl/client/shapes';

it('the committed shapes are what `npm run generate` makes of api/openapi.yaml, and no others', () => {
  const made = generateClients();
  for (const [name, text] of Object.entries(made))
    expect(readFileSync(join(clients, name), 'utf8'), name).toBe(text);
  const files = Object.keys(made).filter(name => name.startsWith(java));
  expect(
    readdirSync(join(clients, java))
      .map(name => `${java}/${name}`)
      .sort(),
  ).toEqual(files.sort());
});

it('what a shape may be is known, and anything else is an error', () => {
  const record = {
    type: 'object',
    required: ['a', 'b'],
    properties: { a: { type: ['integer', 'null'] }, b: { type: 'string' } },
  };
  expect(shapesOf({ Record: record }, ['Record'])[0]!.fields).toMatchObject([
    { name: 'a', isOptional: true, type: { kind: 'integer' } },
    { name: 'b', isOptional: false, type: { kind: 'string' } },
  ]);
  const odd = { type: 'object', properties: { a: { type: 'number' } } };
  expect(() => shapesOf({ Odd: odd }, ['Odd'])).toThrow('OddA has the type number');
});
