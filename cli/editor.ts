/**
 * Opens a text in the person's own editor. Invariant: the text is in a file of its own, which stays when anything
 * goes wrong and is named, so that no edit is lost.
 */
import { spawn } from 'node:child_process';
import { CliError, codeOf } from './errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** As kubectl and Git choose it. */
export function editorOf(env: Env): string {
  return (
    env.KUBE_EDITOR ||
    env.GIT_EDITOR ||
    env.VISUAL ||
    env.EDITOR ||
    (process.platform === 'win32' ? 'notepad' : 'vi')
  );
}

/** Resolves when the editor is closed. The setting is a command line, as Git and kubectl take it: `code --wait`. */
export function openEditor(file: string, env: Env): Promise<void> {
  const command = editorOf(env);
  return new Promise((resolve, reject) => {
    const [program, args] =
      process.platform === 'win32'
        ? [command, [file]]
        : // The person's own setting is a shell's words by convention; the file's name is not part of them.
          ['/bin/sh', ['-c', `${command} "$1"`, 'sh', file]];
    const child = spawn(program!, args as string[], { stdio: 'inherit', env: env as NodeJS.ProcessEnv });
    const failed = (why: string, cause?: unknown) =>
      reject(new CliError('File', `the editor ${command} ${why}. Your text is in ${file}`, { cause }));
    child.once('error', cause => failed(`cannot be run: ${codeOf(cause)}`, cause));
    child.once('close', (code, signal) =>
      code === 0 ? resolve() : failed(`ended with ${signal ?? `exit ${code}`}`),
    );
  });
}
