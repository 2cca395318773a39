/** The front doors of the end-to-end tests: what they say without a cluster, and that they clean up after failures. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseArguments } from '../../local/e2e.ts';
import { imageNameOf } from '../../local/e2e-settings.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawl-e2e-test-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** @param env added to nothing but a PATH that holds only `folder` and the system's shell */
function runScript(script: string, env: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>(resolve =>
    execFile(
      process.execPath,
      [script],
      { cwd: root, env: { PATH: folder, TMPDIR: folder, ...env } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );
}

/** A program that notes its arguments in `calls` and fails when they begin with `failing`. */
async function fake(name: string, failing = 'nothing') {
  const text = `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\ncase "$*" in ${failing}*) exit 9;; esac\n`;
  await writeFile(join(folder, name), text, { mode: 0o755 });
}

const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');

it.each([
  ['pawl', { repository: 'pawl', tag: 'latest', digest: '' }],
  ['host:5000/a/pawl', { repository: 'host:5000/a/pawl', tag: 'latest', digest: '' }],
  ['localhost/pawl:dev', { repository: 'localhost/pawl', tag: 'dev', digest: '' }],
  ['host:5000/pawl:1@sha256:ab', { repository: 'host:5000/pawl', tag: '1', digest: 'sha256:ab' }],
  ['pawl@sha256:ab', { repository: 'pawl', tag: '', digest: 'sha256:ab' }],
])('reads the parts of the image name %s', (text, parts) => {
  expect(imageNameOf(text)).toEqual(parts);
});

it('keeps what is not its own for Vitest', () => {
  expect(parseArguments(['-t', 'x', '--postgres', '192.0.2.1', 'y'])).toEqual({
    postgres: '192.0.2.1',
    rest: ['-t', 'x', 'y'],
  });
  expect(() => parseArguments(['--postgres'])).toThrow('address');
});

it('runs no end-to-end test without a cluster, says what is missing, and exits 3', async () => {
  const { code, stderr, stdout } = await runScript('local/e2e.ts', { KUBECONFIG: '/nowhere' });
  expect(code).toBe(3);
  expect(stderr).toContain('PAWL_E2E_IMAGE, PAWL_E2E_DATABASE_URL are not set');
  expect(stdout).toBe('');
});

it('runs nothing on kind without a container engine, says so, and exits 3', async () => {
  const { code, stderr } = await runScript('local/kind.ts');
  expect(code).toBe(3);
  expect(stderr).toContain('docker: not installed');
  expect(stderr).toContain('podman: not installed');
});

it('runs nothing on kind when the engine does not answer', async () => {
  await fake('docker', 'info');
  const { code } = await runScript('local/kind.ts');
  expect(code).toBe(3);
  expect(await calls()).toEqual(['docker info']);
});

it('deletes the kind cluster when the tests cannot begin', async () => {
  await Promise.all([fake('podman'), fake('kind', 'load')]);
  const { code, stderr } = await runScript('local/kind.ts');
  expect(code).toBe(1);
  expect(stderr).toContain('kind load failed with 9');
  const verbs = (await calls()).map(call => call.split(' ').slice(0, 3).join(' '));
  expect(verbs).toEqual([
    'podman info',
    'podman build --tag',
    'podman save --output',
    expect.stringMatching(/^\S*kind create cluster/),
    expect.stringMatching(/^\S*kind load image-archive/),
    expect.stringMatching(/^\S*kind delete cluster/),
  ]);
});
