/** Names that only the server knows, completed through kubectl's own mechanism. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBinaries } from '../../../local/binaries.ts';
import { until } from '../../setup/until.ts';
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

/** At one time: a server that takes longer than a person waits for names completes nothing. */
const offers = (expected: string, env: Record<string, string>, ...words: string[]) =>
  until(`${words.join(' ')} to be completed`, 120_000, async () => {
    expect(await completed(env, ...words)).toBe(expected);
    return true;
  });

test('namespaces and paths are completed a step at a time, and a server that is away completes nothing', async () => {
  await server.save('bob', 'limits/eu.yaml', 'a: 1\n');
  await server.save('bob', 'fees.yaml', 'a: 1\n');
  await server.save('bob', 'other.yaml', 'a: 1\n', 'shop');
  const env = server.env();
  await offers('payments\nshop\n:4\n', env, 'show', '-n', '');
  await offers('fees.yaml\nlimits/\n:6\n', env, 'show', '-n', 'payments', '');
  await offers('limits/eu.yaml\n:4\n', env, 'show', '-n', 'payments', 'limits/');
  await offers('shop\n:4\n', env, 'namespaces', 'delete', 's');
  const away = { ...env, PAWL_SERVER: 'https://127.0.0.1:1' };
  expect(await completed(away, 'show', '-n', 'payments', '')).toBe(':4\n');
  expect(await completed(server.env('nobody'), 'show', '-n', '')).toBe(':4\n');
});
