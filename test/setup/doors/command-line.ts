/**
 * A writer with a Git workspace: every command is a process of its own, as at a terminal. Whatever a command could
 * not do, its files are thrown away and pulled again, which is what a person does who is not sure any more.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DeploymentResult } from '../../../api/types.gen.ts';
import { until } from '../../../local/wait.ts';
import { TestWorkspace } from '../../cli/world.ts';
import { withMark } from './model.ts';
import { answerOfItems, type Doors, patienceMs, pick, type Writer } from './writer.ts';

const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));

export function commandLine(through: 'direct' | 'aggregated'): Writer {
  return async (doors, writer, random) => {
    const { ledger, namespace, stop } = doors;
    using workspace = new TestWorkspace(`folders:\n  config: ${namespace}\n`);
    workspace.commit('first');
    const env = { PATH: process.env.PATH, ...accessOf(doors, through) };
    const pawl = (...args: string[]) => run(workspace.root, env, args);
    const sure = new Set<string>();
    while (!stop.aborted) {
      const path = pick(random, doors.paths);
      const file = `config/${path}`;
      // Half of the edits are made on what the last deployment left here, whatever was saved since.
      if (!sure.has(path) || random(2) === 0) {
        if (sure.has(path)) workspace.remove(file);
        await until(
          `${file} is pulled`,
          async () => ((await pawl('pull', file)).exit === 0 ? true : undefined),
          { timeoutMs: patienceMs, everyMs: 200 },
        );
      }
      const attempt = ledger.begin(writer, `command line ${through}`, [path]);
      workspace.write(file, withMark(workspace.read(file), writer, attempt.mark));
      workspace.commit(`mark ${attempt.mark}`);
      const { exit, out, err } = await pawl('deploy', file, '--yes', '-o', 'json');
      if (exit === 0) attempt.answer = answerOfItems((JSON.parse(out) as DeploymentResult).items);
      else if (exit === 3) attempt.answer = { kind: 'refused', reason: 'VersionConflict', words: err };
      if (exit === 0) sure.add(path);
      else {
        sure.delete(path);
        workspace.remove(file);
      }
    }
  };
}

function accessOf({ api, kubeconfig }: Doors, through: 'direct' | 'aggregated'): Record<string, string> {
  return through === 'direct' ? { ...api.client } : { KUBECONFIG: kubeconfig };
}

function run(
  cwd: string,
  env: Record<string, string | undefined>,
  args: readonly string[],
): Promise<{ exit: number | null; out: string; err: string }> {
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { cwd, env, timeout: patienceMs },
      (_, out, err) => resolve({ exit: child.exitCode, out, err }),
    );
  });
}
