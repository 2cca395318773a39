/** `npm run lint:workflows`: actionlint over this project's workflows, and over those that pages tell readers to copy. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf, nameOf } from './blocks.ts';
import { allPages, root } from './pages.ts';

const actionlint = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.8';
const ours = join(root, '.github', 'workflows');

/** Page's workflows, each under a name that says where it stands. */
export const workflowsIn = (page: string, text: string): { name: string; text: string }[] =>
  blocksOf(text)
    .filter(block => nameOf(block.text).startsWith('# .github/workflows/'))
    .map(block => ({ name: `${page.replaceAll('/', '-')}-${block.line}.yaml`, text: block.text }));

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), 'pawl-workflows-'));
  try {
    const files = readdirSync(ours).map(file => join(ours, file));
    for (const page of allPages()) {
      for (const { name, text } of workflowsIn(page, readFileSync(join(root, page), 'utf8'))) {
        files.push(join(folder, name));
        writeFileSync(files.at(-1)!, text);
      }
    }
    const { status, error } = spawnSync('go', ['run', actionlint, ...files], { cwd: root, stdio: 'inherit' });
    if (error) throw error;
    process.exitCode = status ?? 1;
    if (status === 0) console.log(`actionlint: ${files.length} workflows, no finding`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
