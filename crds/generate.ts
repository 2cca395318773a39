/**
 * Writes operator/api/config-version.gen.ts from the CRD, so that the hand-written CRD stays the one
 * source of the API. With --check it writes nothing and exits 1 when the checked-in file differs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { parse } from 'yaml';

const crdFile = fileURLToPath(new URL('./pawl.dev_configversions.yaml', import.meta.url));
const typesFile = fileURLToPath(new URL('../operator/api/config-version.gen.ts', import.meta.url));

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: unknown;
  maxItems?: number;
  default?: unknown;
}

/** The TypeScript text for the CRD's stored version. */
export async function generateTypes(): Promise<string> {
  const crd = parse(await readFile(crdFile, 'utf8'));
  const version = crd.spec.versions.find((candidate: { storage: boolean }) => candidate.storage);
  const { spec, status } = version.schema.openAPIV3Schema.properties;
  const schema = {
    title: 'ConfigVersionSchema',
    description: version.schema.openAPIV3Schema.description,
    type: 'object',
    required: ['spec'],
    properties: { spec: tidy(spec), status: tidy(status) },
  };
  const text = await compile(schema as never, 'ConfigVersionSchema', {
    additionalProperties: false,
    bannerComment: '// Generated from crds/pawl.dev_configversions.yaml by `npm run generate`. Do not edit.',
    format: false,
    ignoreMinAndMaxItems: true,
  });
  return text;
}

/** Closes objects as the API server prunes them, and drops defaults, which are the server's matter. */
function tidy(schema: Schema): Schema {
  const { default: _, ...rest } = schema;
  const out: Schema = rest;
  if (schema.properties) {
    out.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, tidy(property)]),
    );
    out.additionalProperties = false;
  }
  if (schema.items) out.items = tidy(schema.items);
  return out;
}

if (import.meta.main) {
  const text = await generateTypes();
  if (!process.argv.includes('--check')) {
    await writeFile(typesFile, text);
  } else if ((await readFile(typesFile, 'utf8').catch(() => '')) !== text) {
    console.error('operator/api/config-version.gen.ts differs from the CRD; run `npm run generate`.');
    process.exit(1);
  }
}
