/**
 * `npm run test:clients`: generates a Python client from api/openapi.yaml with openapi-python-client, which must find
 * nothing to complain of, and runs test/clients/story.py with it on a real server. The generator is installed once,
 * into a virtual environment in the user's cache. Exit status: 0 when all is as promised; 3: there is no Python or
 * the generator cannot be had, nothing ran.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { userCache } from './binaries.ts';
import { withLock } from './lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const GENERATOR = 'openapi-python-client==0.29.1';
/** Without it, generated code is handed to formatters that need not be there. */
const SETTINGS = 'package_name_override: pawl_client\npost_hooks: []\n';

const tell = (line: string) => process.stderr.write(`pawl: ${line}\n`);

class NoGenerator extends Error {}

/** @returns the folder of its programs */
async function findGenerator(signal: AbortSignal): Promise<string> {
  const folder = join(userCache(), GENERATOR.replace('==', '-'));
  const bin = join(folder, 'bin');
  const done = join(folder, 'installed');
  if (existsSync(done)) return bin;
  await mkdir(userCache(), { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(done)) return;
    tell(`installing ${GENERATOR} …`);
    const run = promisify(execFile);
    try {
      await run('python3', ['-m', 'venv', '--clear', folder], { signal });
      await run(join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', GENERATOR], {
        signal,
      });
    } catch (cause) {
      signal.throwIfAborted();
      const { code, stderr } = cause as { code?: unknown; stderr?: string };
      const why = code === 'ENOENT' ? 'there is no python3' : stderr?.trim() || `${cause}`;
      throw new NoGenerator(`the generated client needs Python 3.11 and PyPI, and nothing ran: ${why}`, {
        cause,
      });
    }
    await writeFile(done, '');
  });
  return bin;
}

/** Runs to its end, on our terminal. */
async function run(command: string, args: readonly string[], more: { signal: AbortSignal; env?: object }) {
  const { signal, env } = more;
  const child = spawn(command, args, {
    ...{ cwd: root, stdio: 'inherit', signal },
    env: { ...process.env, ...env },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject);
  child.once('exit', code => resolve(code ?? 1));
  return promise;
}

async function main(signal: AbortSignal): Promise<number> {
  const bin = await findGenerator(signal);
  const folder = await mkdtemp(join(tmpdir(), 'pawl-clients-'));
  try {
    const [settings, client] = [join(folder, 'settings.yaml'), join(folder, 'client')];
    await writeFile(settings, SETTINGS);
    const generated = await run(
      join(bin, 'openapi-python-client'),
      [
        ...['generate', '--path', 'api/openapi.yaml', '--output-path', client],
        ...['--config', settings, '--fail-on-warning'],
      ],
      { signal },
    );
    if (generated !== 0) throw new Error('the generator finds fault with api/openapi.yaml');
    const story = [join(bin, 'python'), '-B', 'test/clients/story.py'];
    const local = fileURLToPath(new URL('./run.ts', import.meta.url));
    return await run(process.execPath, [local, '--operator', '--', ...story], {
      signal,
      env: { PYTHONPATH: client },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.abort(new Error(`${signal} received`)));
  }
  try {
    process.exitCode = await main(interrupted.signal);
  } catch (error) {
    tell(error instanceof Error ? error.message : `${error}`);
    process.exitCode = error instanceof NoGenerator ? 3 : 1;
  }
}
