/** What runs in the repository host's own machines: pinned, with no more rights than it needs, by commands that exist. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { workflowsIn } from '../site/lint-workflows.ts';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, '.github/workflows');
const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<
  string,
  string
>;

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

describe.each(readdirSync(folder))('%s', file => {
  const text = readFileSync(join(folder, file), 'utf8');
  const { permissions, jobs } = parse(text) as {
    permissions: Record<string, string>;
    jobs: Record<string, Job>;
  };
  const steps = Object.values(jobs).flatMap(job => job.steps);

  it('uses actions by commit, with the version beside it', () => {
    const lines = text.split('\n').filter(line => /^\s*(- )?uses:/.test(line));
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    expect(lines.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
  });

  it('writes nothing unless the job says what', () => {
    expect(Object.values(permissions).filter(right => right !== 'read')).toEqual([]);
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(90);
  });

  it('leaves no credentials in the work tree, and puts no input into a shell', () => {
    for (const { uses, with: given } of steps)
      if (uses?.startsWith('actions/checkout@'))
        expect(given).toMatchObject({ 'persist-credentials': false });
    for (const { run } of steps) expect(run ?? '').not.toContain('${{');
  });

  it('runs scripts that the project has', () => {
    const named = steps.flatMap(({ run }) => [...(run ?? '').matchAll(/npm run ([\w:-]+)/g)]);
    expect(named.map(match => match[1]!).filter(name => !(name in scripts))).toEqual([]);
  });
});

it('workflows that pages show are linted with ours', () => {
  const page =
    'Text.\n\n```yaml\n# .github/workflows/a.yaml\non: push\n```\n\n```yaml\napiVersion: v1\n```\n';
  expect(workflowsIn('docs/a.md', page)).toEqual([
    { name: 'docs-a.md-3.yaml', text: '# .github/workflows/a.yaml\non: push\n' },
  ]);
});
