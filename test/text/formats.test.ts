/**
 * What adding a format asks for. The project's types are checked on a copy in which `Format` has a made-up member: the
 * compiler must name each table, and nothing may take the new format for one of the old ones.
 */
import { execFile } from 'node:child_process';
import { cp, glob, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { extensionsOf, formatExtensions, formatNames, formatOfNew, formatOfPath } from '../../text/format.ts';
import { formats } from '../../text/formats.ts';

const root = join(import.meta.dirname, '..', '..');
const rooms = [
  'text',
  'merge',
  'schema',
  'history',
  'secret',
  'runtime',
  'observe',
  'server',
  'operator',
  'cli',
  'api',
];

/** Where a format is said in the words of api/openapi.yaml. */
const speakingHttp = new Set([
  ...['cli/commands/import-git.ts', 'cli/deployment.ts'],
  ...['export', 'links', 'promotions', 'saving'].map(route => `server/routes/${route}.ts`),
  'server/present.ts',
]);
/** Where one is taken out of an answer or a request. */
const readingHttp = [
  ...['cli/commands/promote.ts', 'cli/commands/save.ts', 'cli/survey.ts'],
  'server/routes/imports.ts',
];
/** What a value in the query of a search is. */
const searching = 'server/routes/configs.ts';
/** What a key of a ConfigMap is by the look of its text. */
const guessing = 'cli/config-map-guess.ts';

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'pawl-format-'));
  for (const name of [...rooms, 'package.json', 'crds'])
    await cp(join(root, name), join(copy, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const { compilerOptions } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  const options = { ...compilerOptions, tsBuildInfoFile: 'types.tsbuildinfo' };
  await writeFile(join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: rooms }));
});
afterAll(() => rm(copy, { recursive: true, force: true }));

/** What the compiler says when the formats are these: `file: code`. */
async function faults(...members: string[]): Promise<{ file: string; code: string; line: string }[]> {
  const file = join(copy, 'text', 'format.ts');
  const union = /^export type Format = .*;$/m;
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(union);
  await writeFile(
    file,
    text.replace(union, `export type Format = ${members.map(name => `'${name}'`).join(' | ')};`),
  );
  const said = await new Promise<string>(resolve => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    execFile(
      process.execPath,
      [tsc, '--noEmit', '--pretty', 'false'],
      { cwd: copy, maxBuffer: 2 ** 24 },
      (_, out) => resolve(out),
    );
  });
  return [...said.matchAll(/^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/gm)].map(
    ([, file = '', line = '', code = '', message = '']) => ({
      file,
      code,
      line: `${file}:${line} ${message}`,
    }),
  );
}

describe('adding a format', () => {
  it('fails to compile in each table, and nowhere else', async () => {
    const found = await faults(...formatNames, 'madeup');
    const missing = found.filter(({ line }) => line.includes("Property 'madeup' is missing"));
    expect(missing.map(({ file }) => file).sort()).toEqual([
      // What the merge makes of a text, and how its verifier reads it again.
      'merge/formats.ts',
      'merge/formats.ts',
      // The list of names, and what the format is.
      'text/format.ts',
      'text/formats.ts',
    ]);
    // The HTTP API's document has to name it, where answers and the command line's requests are made from it.
    const others = found.filter(one => !missing.includes(one));
    expect(new Set(others.map(({ file }) => file))).toEqual(speakingHttp);
  });

  it('leaves no place that asks whether a format is one of those of today', async () => {
    // With only the made-up one left, comparing a format with another's name, or choosing one, has no overlap.
    const found = await faults('madeup');
    const comparing = found.filter(({ code }) => code === 'TS2367' || code === 'TS2678');
    expect(comparing.map(({ line }) => line)).toEqual([]);
    const tables = ['text/formats.ts', 'merge/formats.ts'];
    // The table with what a new config without an extension is, and where the two documents are spoken.
    const speakingKubernetes = [
      'operator/object/terms.ts',
      'operator/reconcile/target.ts',
      'server/routes/preview.ts',
    ];
    const choosing = new Set(found.map(({ file }) => file).filter(file => !tables.includes(file)));
    expect(choosing).toEqual(
      new Set([
        'text/format.ts',
        ...speakingHttp,
        ...readingHttp,
        ...speakingKubernetes,
        searching,
        guessing,
      ]),
    );
  });

  it('leaves no file name looked at outside the table', async () => {
    const found: string[] = [];
    for (const room of rooms) {
      for await (const file of glob(join(root, room, '**', '*.ts'))) {
        const name = relative(root, file);
        if (name.endsWith('.gen.ts') || name === 'text/format.ts') continue;
        for (const line of (await readFile(file, 'utf8')).split('\n')) {
          if (/(endsWith|extname)\(.*['"]\.?(json|ya?ml)['"]|\\\.\(?(json|ya\??ml)/.test(line))
            found.push(`${name}: ${line.trim()}`);
        }
      }
    }
    expect(found).toEqual([]);
  });
});

describe('the names of formats', () => {
  it('are those of the custom resource', async () => {
    const crd = parse(await readFile(join(root, 'crds', 'pawl.dev_configversions.yaml'), 'utf8'));
    for (const { schema } of crd.spec.versions) {
      const { format, configMap } = schema.openAPIV3Schema.properties.spec.properties;
      expect([...format.enum].sort()).toEqual([...formatNames].sort());
      expect([...configMap.properties.format.enum].sort()).toEqual(
        ['Source', ...new Set(Object.values(formats).flatMap(({ rendersTo }) => rendersTo))].sort(),
      );
    }
  });

  it('are those of the HTTP API', async () => {
    const api = parse(await readFile(join(root, 'api', 'openapi.yaml'), 'utf8'));
    expect([...api.components.schemas.Format.enum].sort()).toEqual([...formatNames].sort());
  });
});

describe('the format of a path', () => {
  it.each([
    ['limits/eu.yaml', 'yaml'],
    ['limits/EU.YML', 'yaml'],
    ['limits/EU.JSON', 'json'],
    ['eu.json/limits', null],
    ['notes.txt', 'text'],
    ['limits', null],
    ['nginx.conf', null],
  ])('of %s is %s', (path, format) => {
    expect(formatOfPath(path)).toBe(format);
    expect(formatOfNew(path)).toBe(format ?? 'text');
  });

  it('is known by an extension that no other format has', () => {
    expect(new Set(formatExtensions).size).toBe(Object.values(extensionsOf).flat().length);
    for (const extension of formatExtensions) expect(extension).toMatch(/^\.[a-z0-9]+$/);
  });
});
