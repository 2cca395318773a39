/** The pages, as a reader follows them: in the shell that `npm run local` opens, with the real Pawl or before it is there. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../../site/pages.ts';
import { worlds } from '../../site/scenes.ts';

it.each(worlds)(
  'the commands of $pages do what the pages say, and print what they show',
  async ({ withPawl, pages }) => {
    const program = [join(root, 'site/run-pages.ts'), ...pages];
    const args = [
      join(root, 'local/run.ts'),
      ...(withPawl ? ['--operator'] : []),
      '--',
      process.execPath,
      ...program,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root }).catch(
      ({ stdout: out, stderr }: { stdout: string; stderr: string }) => expect.unreachable(`${out}${stderr}`),
    );
    for (const page of pages) expect(stdout).toMatch(new RegExp(`^${page}: ran \\d+ blocks$`, 'm'));
  },
  900_000,
);
