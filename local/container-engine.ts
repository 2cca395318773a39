/** docker or podman on this machine. Invariant: an engine that is installed and does not answer is not taken. */
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));

export type Engine = 'docker' | 'podman';

export const tell = (line: string) => process.stderr.write(`pawl: ${line}\n`);

/** The first engine that is there and answers; otherwise what each of them said. */
export async function findEngine(): Promise<{ engine: Engine } | { problems: string[] }> {
  const problems: string[] = [];
  for (const engine of ['docker', 'podman'] as const) {
    try {
      await promisify(execFile)(engine, ['info']);
      return { engine };
    } catch (error) {
      const { code, stderr } = error as { code?: unknown; stderr?: string };
      problems.push(`${engine}: ${code === 'ENOENT' ? 'not installed' : stderr?.trim() || `${error}`}`);
    }
  }
  return { problems };
}

/** Runs to its end, in the project's folder and on our terminal; a failure is an error. An abort ends it first. */
export async function run(command: string, args: readonly string[], signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  tell(`${command} ${args.join(' ')}`);
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...(signal && { signal }) });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('error', reject);
  child.once('exit', (code, killedBy) =>
    code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} failed with ${code ?? killedBy}`)),
  );
  await promise;
}
