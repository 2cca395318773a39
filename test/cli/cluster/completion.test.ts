/** Names that only the server knows, completed through kubectl's own mechanism. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBinaries } from '../../../local/binaries.ts';
import { type PawlServer, startPawlServer } from '../e2e/pawl-server.ts';

let server: PawlServer;
let folder: string;
let kubectl: string;
beforeAll(async () => {
  server = await startPawlServer();
  ({ kubectl } = await findBinaries(['kubectl']));
  folder = mkdtempSync(join(tmpdir(), 'pawl-complete-'));
  // What `npm install --global` puts on the PATH.
  for (const [name, main] of [
    ['kubectl-pawl', 'main.ts'],
    ['kubectl_complete-pawl', 'complete-main.ts'],
  ] as const) {
    const script = join(import.meta.dirname, '../../../cli', main);
    writeFileSync(join(folder, name), `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`);
    chmodSync(join(folder, name), 0o755);
  }
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** What the shell is given, and cobra's directive. */
async function completed(env: Record<string, string>, ...words: string[]): Promise<string> {
  const PATH = `${folder}:${env.PATH}`;
  const { stdout } = await promisify(execFile)(kubectl, ['__complete', 'pawl', ...words], {
    env: { ...env, PATH },
    cwd: folder,
  });
  return stdout;
}

test('namespaces and paths are completed a step at a time, and a server that is away completes nothing', async () => {
  await server.save('bob', 'limits/eu.yaml', 'a: 1\n');
  await server.save('bob', 'fees.yaml', 'a: 1\n');
  await server.save('bob', 'other.yaml', 'a: 1\n', 'shop');
  const env = server.env();
  expect(await completed(env, 'show', '-n', '')).toBe('payments\nshop\n:4\n');
  expect(await completed(env, 'show', '-n', 'payments', '')).toBe('fees.yaml\nlimits/\n:6\n');
  expect(await completed(env, 'show', '-n', 'payments', 'limits/')).toBe('limits/eu.yaml\n:4\n');
  expect(await completed(env, 'namespaces', 'delete', 's')).toBe('shop\n:4\n');
  const away = { ...env, PAWL_SERVER: 'https://127.0.0.1:1' };
  expect(await completed(away, 'show', '-n', 'payments', '')).toBe(':4\n');
  expect(await completed(server.env('nobody'), 'show', '-n', '')).toBe(':4\n');
});
