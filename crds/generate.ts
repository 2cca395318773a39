/**
 * Writes operator/object/*.gen.ts and the chart's copies from the CRDs, so that the hand-written CRDs stay the one
 * source of the API, and the table of values in the chart's README. With --check it writes nothing and exits 1 when a checked-in file differs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { parse } from 'yaml';
import { withValues } from './chart-readme.ts';

/** Kind → the CRD's file and the file of its types. */
const generated = {
  ConfigVersion: { crd: 'pawl.dev_configversions.yaml', types: 'config-version.gen.ts' },
  ConfigSchema: { crd: 'pawl.dev_configschemas.yaml', types: 'config-schema.gen.ts' },
  ConfigNamespace: { crd: 'pawl.dev_confignamespaces.yaml', types: 'config-namespace.gen.ts' },
  ConfigNotifier: { crd: 'pawl.dev_confignotifiers.yaml', types: 'config-notifier.gen.ts' },
  ConfigProjection: { crd: 'pawl.dev_configprojections.yaml', types: 'config-projection.gen.ts' },
} as const;

type Kind = keyof typeof generated;

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: unknown;
  maxItems?: number;
  default?: unknown;
  'x-kubernetes-preserve-unknown-fields'?: true;
}

/** The TypeScript text for the stored version of a CRD. */
export async function generateTypes(kind: Kind = 'ConfigVersion'): Promise<string> {
  const file = generated[kind].crd;
  const crd = parse(await readFile(new URL(file, import.meta.url), 'utf8'));
  const version = crd.spec.versions.find((candidate: { storage: boolean }) => candidate.storage);
  const { spec, status } = version.schema.openAPIV3Schema.properties;
  const title = `${kind}Schema`;
  const schema = {
    title,
    description: version.schema.openAPIV3Schema.description,
    type: 'object',
    required: ['spec'],
    properties: { spec: tidy(spec), status: tidy(status) },
  };
  return compile(schema as never, title, {
    additionalProperties: false,
    bannerComment: `// Generated from crds/${file} by \`npm run generate\`. Do not edit.`,
    format: false,
    ignoreMinAndMaxItems: true,
  });
}

/** The text of a CRD for the chart: Helm reads nothing outside of a chart's folder. */
export async function copyForChart(file: string): Promise<string> {
  const text = await readFile(new URL(file, import.meta.url), 'utf8');
  return `# Copied from crds/${file} by \`npm run generate\`. Do not edit.\n${text.replace(/^(#.*\n)+/, '')}`;
}

/** Path in the project → what has to be in it. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const kind of Object.keys(generated) as Kind[]) {
    const { crd, types } = generated[kind];
    files.set(`operator/object/${types}`, await generateTypes(kind));
    files.set(`charts/pawl/definitions/${crd}`, await copyForChart(crd));
  }
  const chart = new URL('../charts/pawl/', import.meta.url);
  const [readme, values] = await Promise.all(
    ['README.md', 'values.yaml'].map(file => readFile(new URL(file, chart), 'utf8')),
  );
  files.set('charts/pawl/README.md', withValues(readme!, values!));
  return files;
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
  } else if (schema['x-kubernetes-preserve-unknown-fields']) out.additionalProperties = true;
  if (schema.items) out.items = tidy(schema.items);
  return out;
}

if (import.meta.main) {
  for (const [file, text] of await generatedFiles()) {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
    if (!process.argv.includes('--check')) {
      await writeFile(path, text);
    } else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
      console.error(`${file} differs from its CRD; run \`npm run generate\`.`);
      process.exitCode = 1;
    }
  }
}
