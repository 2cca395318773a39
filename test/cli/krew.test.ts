/**
 * The template of the manifest for krew's index, filled in as a release would, against what krew asks of one: its
 * documented fields and the checks it makes itself
 * (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest).
 */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const text = (properties: object = {}) => ({ type: 'string', minLength: 1, ...properties });
const closed = (required: string[], properties: object) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const selector = {
  ...closed([], {
    matchLabels: { type: 'object', minProperties: 1, propertyNames: { enum: ['os', 'arch'] } },
    matchExpressions: {
      type: 'array',
      minItems: 1,
      items: closed(['key', 'operator'], {
        key: { enum: ['os', 'arch'] },
        operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
        values: { type: 'array', items: text() },
      }),
    },
  }),
  minProperties: 1,
};
const platform = closed(['selector', 'uri', 'sha256', 'bin'], {
  selector,
  uri: text({ pattern: '^https://.+[.](tar[.]gz|zip)$' }),
  sha256: text({ pattern: '^[a-f0-9]{64}$' }),
  bin: text(),
  files: { type: 'array', minItems: 1, items: closed(['from', 'to'], { from: text(), to: text() }) },
});
const manifest = closed(['apiVersion', 'kind', 'metadata', 'spec'], {
  apiVersion: { const: 'krew.googlecontainertools.github.com/v1alpha2' },
  kind: { const: 'Plugin' },
  metadata: closed(['name'], { name: text({ pattern: '^[\\w-]+$' }) }),
  spec: closed(['version', 'shortDescription', 'homepage', 'platforms'], {
    version: text({ pattern: '^v(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)$' }),
    // As the index asks for.
    shortDescription: text({ maxLength: 50, pattern: '^[^\\r\\n]+$' }),
    description: text(),
    caveats: text(),
    homepage: text({ pattern: '^https://' }),
    platforms: { type: 'array', minItems: 1, items: platform },
  }),
});

const release = {
  VERSION: 'v1.2.3',
  SHA256: 'a'.repeat(64),
  URL: 'https://example.com/pawl.tar.gz',
} as const;
const filled = (): string => {
  const template = readFileSync(new URL('../../cli/krew.yaml', import.meta.url), 'utf8');
  return template.replace(/\b(VERSION|SHA256|URL)\b/g, word => release[word as keyof typeof release]);
};

test('filled in, it is a manifest that krew takes', () => {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  ajv.validate(manifest, parse(filled()));
  expect(ajv.errors).toBeNull();
  expect(parse(filled()).metadata.name).toBe('pawl');
});
