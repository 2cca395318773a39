/**
 * Programs from PyPI, for tests that compare the HTTP API with what other tools make of api/openapi.yaml. Invariant: an
 * environment in the user's cache is whole, even if several processes install it at the same time and some of them are
 * killed.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { userCache } from './binaries.ts';
import { withLock } from './lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** There is no Python, or PyPI cannot be reached: nothing can run, and nothing is wrong with Pawl. */
export class NoPython extends Error {
  override readonly name = 'NoPython';
}

/**
 * @param requirements with their versions, such as `schemathesis==4.32.5`
 * @returns the folder of their programs
 */
export async function installed(requirements: readonly string[], signal: AbortSignal): Promise<string> {
  const wanted = requirements.join(' ');
  const folder = join(userCache(), wanted.replaceAll('==', '-').replaceAll(' ', '+'));
  const bin = join(folder, 'bin');
  const done = join(folder, 'installed');
  if (existsSync(done)) return bin;
  await mkdir(userCache(), { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(done)) return;
    process.stderr.write(`pawl: installing ${wanted} …\n`);
    const run = promisify(execFile);
    try {
      await run('python3', ['-m', 'venv', '--clear', folder], { signal });
      const quietly = ['install', '--quiet', '--disable-pip-version-check'];
      await run(join(bin, 'pip'), [...quietly, ...requirements], { signal });
    } catch (cause) {
      signal.throwIfAborted();
      const { code, stderr } = cause as { code?: unknown; stderr?: string };
      const why = code === 'ENOENT' ? 'there is no python3' : stderr?.trim() || `${cause}`;
      throw new NoPython(`${wanted} needs Python 3.11 and PyPI, and nothing ran: ${why}`, { cause });
    }
    await writeFile(done, '');
  });
  return bin;
}

/** Runs to its end, in the project's folder and on our terminal. */
export async function runHere(
  command: string,
  args: readonly string[],
  { signal, env }: { readonly signal: AbortSignal; readonly env?: object },
): Promise<number> {
  const child = spawn(command, args, {
    ...{ cwd: root, stdio: 'inherit', signal },
    env: { ...process.env, ...env },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject);
  child.once('exit', code => resolve(code ?? 1));
  return promise;
}

/** A program's end: its exit status, 3 when Python is missing, 1 when it was interrupted or broke. */
export async function endWith(main: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.abort(new Error(`${signal} received`)));
  }
  try {
    process.exitCode = await main(interrupted.signal);
  } catch (error) {
    process.stderr.write(`pawl: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = error instanceof NoPython ? 3 : 1;
  }
}
