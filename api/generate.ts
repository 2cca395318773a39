/**
 * Writes api/*.gen.ts from api/openapi.yaml: the document itself, so that nobody needs a YAML parser to serve it,
 * and the types of its schemas and operations. With --check it writes nothing and exits 1 when a checked-in file
 * differs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { parse } from 'yaml';

const note = '// Generated from api/openapi.yaml by `npm run generate`. Do not edit.';
const refRoot = '#/components/schemas/';

/** Name of the file in api/ → its text. */
export async function generateApi(): Promise<Record<string, string>> {
  const document = parse(await readFile(new URL('openapi.yaml', import.meta.url), 'utf8'));
  return {
    'openapi.gen.ts': documentModule(document),
    'types.gen.ts': await typesModule(document.components.schemas),
  };
}

function documentModule(document: { paths: Record<string, Record<string, { operationId?: string }>> }) {
  const ids = Object.values(document.paths)
    .flatMap(item => Object.values(item))
    .flatMap(({ operationId }) => operationId ?? []);
  return [
    note,
    '',
    `export type OperationId =\n${ids.map(id => `  | '${id}'`).join('\n')};`,
    '',
    `export const openapi = ${JSON.stringify(document, null, 2)} as const;`,
    '',
  ].join('\n');
}

async function typesModule(schemas: Record<string, unknown>): Promise<string> {
  const definitions = JSON.parse(JSON.stringify(schemas).replaceAll(refRoot, '#/definitions/'));
  const root = { title: 'Api', type: 'object', additionalProperties: false, properties: {}, definitions };
  const text = await compile(root as never, 'Api', {
    additionalProperties: false,
    bannerComment: note,
    format: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
  });
  return text;
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(await generateApi())) {
    const path = fileURLToPath(new URL(name, import.meta.url));
    if (!process.argv.includes('--check')) {
      await writeFile(path, text);
    } else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
      console.error(`api/${name} differs from api/openapi.yaml; run \`npm run generate\`.`);
      process.exitCode = 1;
    }
  }
}
