/** A workspace of Git whose one file is version 1 on the server, and whose committer is a robot. */
import { expect } from 'vitest';
import { pawl, TestWorkspace } from '../world.ts';
import type { PawlServer } from './pawl-server.ts';

export const firstText = 'cap: 1000\nburst: 10\nregion: eu\n';

/** @param folder of config namespace `payments`; its file is eu.yaml */
export async function deployedWorkspace(
  server: PawlServer,
  folder: string,
): Promise<TestWorkspace & { env: Record<string, string> }> {
  const workspace = new TestWorkspace(`folders:\n  config/payments/${folder}: payments/${folder}\n`);
  const env = server.env();
  workspace.write(`config/payments/${folder}/eu.yaml`, firstText);
  workspace.commit('first');
  expect(await pawl({ cwd: workspace.root, env }, 'deploy')).toMatchObject({ exit: 0 });
  workspace.git('config', 'user.name', 'Robot');
  workspace.git('config', 'user.email', 'robot@example.com');
  return Object.assign(workspace, { env });
}
