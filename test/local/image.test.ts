/** `npm run test:image`: which faults of an image it finds, in archives as `docker save` writes them, and how it builds. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readImageArchive } from '../../local/image-archive.ts';
import { MOST_BYTES, problemsOf } from '../../local/image-contents.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawl-image-test-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

interface Made {
  /** Beside what every image has. */
  files?: Readonly<Record<string, { mode?: number; text?: string }>>;
  user?: string;
  owner?: string;
  /** Of this file; of the others 0. */
  touched?: string;
  created?: string;
}

/** An archive of one layer with what the image needs, and more. */
async function archive(name: string, { files = {}, user, owner = '0', touched, created = '' }: Made = {}) {
  const at = join(folder, `${name}.files`);
  const all = {
    'usr/local/bin/node': { mode: 0o755 },
    'app/operator/main.ts': {},
    'app/LICENSE': {},
    'usr/lib/os-release': { text: 'ID=debian\n' },
    'var/lib/dpkg/status.d/libc6': {},
    ...files,
  };
  for (const [path, { mode = 0o644, text = '' }] of Object.entries<{ mode?: number; text?: string }>(all)) {
    await mkdir(dirname(join(at, path)), { recursive: true, mode: 0o755 });
    await writeFile(join(at, path), text);
    await chmod(join(at, path), mode);
  }
  await mkdir(join(at, 'etc'));
  await symlink('../usr/lib/os-release', join(at, 'etc/os-release'));
  execFileSync('find', [at, '-exec', 'touch', '-h', '-d', '@0', '{}', '+']);
  if (touched !== undefined) await utimes(join(at, touched), 1, 1);
  const same = ['--sort=name', `--owner=${owner}`, `--group=${owner}`, '--numeric-owner'];
  const layer = execFileSync('tar', ['-C', at, ...same, '-cf', '-', '.']);
  const config = JSON.stringify({
    config: { User: user ?? '65532:65532' },
    created,
    layer: createHash('sha256').update(layer).digest('hex'),
  });
  const manifest = JSON.stringify([{ Config: 'config.json', Layers: ['layer.tar'] }]);
  const parts = join(folder, `${name}.parts`);
  await mkdir(parts);
  await writeFile(join(parts, 'config.json'), config);
  await writeFile(join(parts, 'layer.tar'), layer);
  await writeFile(join(parts, 'manifest.json'), manifest);
  execFileSync('tar', ['-C', parts, '-cf', join(folder, `${name}.tar`), ...names]);
  return join(folder, `${name}.tar`);
}

const names = ['manifest.json', 'config.json', 'layer.tar'];

function testImage(args: readonly string[], path = process.env.PATH!) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>(resolve =>
    execFile(
      process.execPath,
      ['local/image.ts', ...args],
      { cwd: root, env: { PATH: path, TMPDIR: folder } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );
}

it('takes an image as promised, and a second one of the same id', async () => {
  const first = await archive('first');
  await cp(first, join(folder, 'second.tar'));
  const { code, stdout, stderr } = await testImage([first, join(folder, 'second.tar')]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/sha256:[0-9a-f]{64}/g)).toHaveLength(2);
});

it.each<[string, Made, RegExp]>([
  [
    'a setuid program',
    { files: { 'usr/bin/su': { mode: 0o4755 } } },
    /\/usr\/bin\/su is setuid or setgid\.\n\/usr\/bin\/su can be started\./,
  ],
  ['a shell', { files: { 'bin/sh': { mode: 0o755 } } }, /\/bin\/sh can be started/],
  [
    'a setgid file that nobody runs',
    { files: { 'var/x': { mode: 0o2644 } } },
    /\/var\/x is setuid or setgid/,
  ],
  ['a file that all may change', { files: { 'app/x.js': { mode: 0o666 } } }, /\/app\/x\.js can be changed/],
  ['files of a user', { owner: '65532' }, /\/app\/LICENSE belongs to 65532\/65532/],
  ['root as its user', { user: '' }, /runs as root/],
  ['the times of a build', { touched: 'app/LICENSE' }, /files have 2 times: .*1970-01-01 00:00:01/],
])('refuses an image with %s', async (name, made, message) => {
  const { code, stderr } = await testImage([await archive(name.replaceAll(' ', '-'), made)]);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});

it('names the files in which two builds differ', async () => {
  const builds = ['a', 'b'].map(text => archive(text, { files: { 'app/cache': { text } } }));
  const { code, stderr } = await testImage(await Promise.all(builds));
  expect(code).toBe(1);
  expect(stderr).toMatch(/another image.*\n.*one\/app\/cache and other\/app\/cache differ/);
});

it('says that two builds differ in what describes them only', async () => {
  const builds = ['2026-01-01', '2026-01-02'].map(created => archive(created, { created }));
  const { code, stderr } = await testImage(await Promise.all(builds));
  expect(code).toBe(1);
  expect(stderr).toContain('The files are the same');
});

it('refuses an image that is larger than promised, or lacks what it needs', async () => {
  const { entries } = readImageArchive(await archive('small'));
  expect(problemsOf(entries)).toEqual([]);
  const large = { path: '/app/x', kind: 'file', mode: 0o644, owner: '0/0', bytes: MOST_BYTES } as const;
  expect(problemsOf([...entries, { ...large, bytes: MOST_BYTES + 1 }])).toEqual([
    expect.stringMatching(/more than/),
  ]);
  expect(problemsOf(entries.filter(({ path }) => path !== '/etc/os-release'))).toEqual([
    '/etc/os-release is missing.',
  ]);
});

it('builds nothing without a container engine, says so, and exits 3', async () => {
  const { code, stderr } = await testImage([], folder);
  expect(code).toBe(3);
  expect(stderr).toContain('docker: not installed');
});

it.each([
  ['docker', '--build-arg SOURCE_DATE_EPOCH='],
  ['podman', '--timestamp '],
])('builds twice with %s, with no cache and the time of the commit', async (engine, timed) => {
  const ready = await archive('ready');
  const script = `#!/bin/sh
echo "$*" >> "${folder}/calls"
case "$1" in save) cp "${ready}" "$3";; esac
`;
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', engine), script, { mode: 0o755 });
  const { code } = await testImage([], `${join(folder, 'bin')}:/usr/bin:/bin`);
  expect(code).toBe(0);
  const calls = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
  expect(calls.map(call => call.split(' ')[0])).toEqual(['info', 'build', 'save', 'build', 'save']);
  for (const call of calls.filter(each => each.startsWith('build'))) {
    expect(call).toContain('--no-cache');
    expect(call).toContain(
      timed + execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root }).toString().trim(),
    );
  }
});
