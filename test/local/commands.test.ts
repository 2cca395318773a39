/** The commands that `npm run local`, the demo and the pages' tests have on their PATH: they are this work tree's own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { writeCommands } from '../../local/commands.ts';

it.each([
  ['pawl', 'pawl'],
  ['kubectl-pawl', 'kubectl pawl'],
])('%s names itself as its user has called it', async (command, name) => {
  const folder = await mkdtemp(join(tmpdir(), 'pawl-commands-'));
  try {
    const { stdout } = await promisify(execFile)(join(await writeCommands(folder), command), ['--help']);
    expect(stdout).toMatch(new RegExp(`^Usage: ${name} `));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
