/**
 * `KUBECTL_EXTERNAL_DIFF`, as `kubectl diff` takes it: a program and its options, split at spaces and never seen by a
 * shell, called once with two folders, live and merged, that hold one file of the same name for each pair. Invariant:
 * the folders are nobody else's to read, and gone when it ends.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../text/sha256.ts';
import type { Context } from './context.ts';
import { CliError, codeOf, type Exit } from './errors.ts';
import type { ConfigId } from './workspace.ts';

export interface Pair {
  readonly config: ConfigId;
  readonly from: string;
  readonly to: string;
}

/** kubectl takes no other words as options. */
const option = /^[a-zA-Z0-9=-]+$/;

/** Null: the person has set none, or asks for JSON or YAML. */
export function externalDiffOf({ surroundings, structured }: Context): readonly string[] | null {
  const command = surroundings.env.KUBECTL_EXTERNAL_DIFF;
  return command && !structured ? command.split(' ') : null;
}

/** @returns the program's own verdict, 0 or 1. Throws CliError when it cannot be run or has trouble. */
export async function externalDiff(
  context: Context,
  [program = '', ...words]: readonly string[],
  pairs: readonly Pair[],
): Promise<Exit> {
  if (pairs.length === 0) return 0;
  const folders = ['LIVE-', 'MERGED-'].map(name => mkdtempSync(join(tmpdir(), name)));
  try {
    const [live = '', merged = ''] = folders;
    for (const { config, from, to } of pairs) {
      const name = fileNameOf(config);
      writeFileSync(join(live, name), from, { mode: 0o600 });
      writeFileSync(join(merged, name), to, { mode: 0o600 });
    }
    const code = await call(context, program, [live, merged, ...words.filter(word => option.test(word))]);
    if (code === 0 || code === 1) return code;
    throw new CliError('Usage', `KUBECTL_EXTERNAL_DIFF (${program}) ended with ${code}`);
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** In bytes; no file system takes longer names. Every character of a path is one byte. */
const longestName = 255;

/**
 * A different name for each config. A slash becomes a colon, which no path contains; no path contains a tilde either.
 */
export function fileNameOf({ namespace, path }: ConfigId): string {
  const whole = `${namespace}:${path.replaceAll('/', ':')}`;
  if (whole.length <= longestName) return whole;
  return `${whole.slice(0, 100)}~${sha256(whole).slice(0, 32)}~${whole.slice(-100)}`;
}

function call(
  { terminal, surroundings, signal }: Context,
  program: string,
  args: readonly string[],
): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    const env = surroundings.env as NodeJS.ProcessEnv;
    const out = terminal.shown ? 'inherit' : 'pipe';
    const child = spawn(program, args, { stdio: ['ignore', out, 'inherit'], env, signal });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => terminal.out(text));
    child.once('error', cause =>
      reject(
        signal.aborted
          ? signal.reason
          : new CliError('Usage', `KUBECTL_EXTERNAL_DIFF cannot be run: ${program}: ${codeOf(cause)}`, {
              cause,
            }),
      ),
    );
    child.once('close', (code, by) => resolve(code ?? by ?? 2));
  });
}
