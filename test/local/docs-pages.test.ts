/** The tutorial and the guides, as a reader follows them: in the shell that `npm run local` opens, with the real Pawl. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../../site/pages.ts';

const pages = ['docs/tutorial.md', 'docs/answers.md', 'docs/review.md', 'docs/verify.md'];

it('the commands of the tutorial and the guides print what the pages show', async () => {
  const program = [join(root, 'site/run-pages.ts'), ...pages];
  const args = [join(root, 'local/run.ts'), '--operator', '--', process.execPath, ...program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root }).catch(
    ({ stdout: out, stderr }: { stdout: string; stderr: string }) => expect.unreachable(`${out}${stderr}`),
  );
  for (const page of pages) expect(stdout).toMatch(new RegExp(`^${page}: ran \\d+ blocks$`, 'm'));
}, 900_000);
