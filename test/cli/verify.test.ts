/** `pawl verify` of files: the same verdict as with a server, without one. */
import { expect, test } from 'vitest';
import type { LinkedFacts, LinkedVersion } from '../../api/types.gen.ts';
import { linkOf } from '../../cli/chain.ts';
import { pawl, TestWorkspace } from './world.ts';

const facts: LinkedFacts = {
  ...{
    format: 'yaml',
    content_sha256: 'ab'.repeat(32),
    created_by: 'ada',
    actor: 'ada',
    actor_verified: true,
  },
  ...{
    confirmed_by: null,
    kind: 'direct',
    base_version: null,
    merged_onto: null,
    comment: '',
    git_commit: null,
  },
  ...{ git_branch: null, git_dirty: null, git_remote: null, git_path: null },
  ...{ created_at: '2026-03-02T09:14:05.120300Z', authored_at: null, authored_offset: null },
};

function chain(path: string, length: number): (LinkedVersion & { namespace: string })[] {
  let previous: string | null = null;
  return Array.from({ length }, (_, n) => {
    const place = { namespace: 'payments', path, version: n + 1 };
    const link = linkOf(previous, place, facts);
    previous = link.sha256;
    return { ...place, link, facts };
  });
}

const header = { form: 'pawl links 1', at: '2026-03-02T09:14:05.120Z' };
const written = (...lines: readonly object[]) => lines.map(line => `${JSON.stringify(line)}\n`).join('');

async function verify(text: string, ...args: string[]) {
  using workspace = new TestWorkspace();
  workspace.write('links.jsonl', text);
  return await pawl({ cwd: workspace.root }, 'verify', '--file', 'links.jsonl', ...args);
}

test('a chain that nobody broke is said to be as saved, with its head', async () => {
  const [one, other] = [chain('a.yaml', 3), chain('b.yaml', 1)];
  const { exit, out } = await verify(written(header, ...one, ...other));
  expect(exit).toBe(0);
  expect(out).toContain(`3:${one[2]?.link?.sha256}`);
  expect(out.match(/as saved/g)).toHaveLength(2);
});

test('a version that was changed is named with what differs and what to do, and the command exits with 3', async () => {
  const [first, second, third] = chain('a.yaml', 3);
  const forged = { ...second!, facts: { ...facts, created_by: 'mallory' } };
  const { exit, out, err } = await verify(written(header, first!, forged, third!));
  expect(exit).toBe(3);
  expect(out).toContain(
    'payments/a.yaml@2 was changed since it was saved: its author, requester or confirmer',
  );
  expect(out).not.toContain('@3');
  expect(err).toContain('docs/verify.md');
  const { out: json } = await verify(written(header, first!, forged, third!), '-o', 'json');
  expect(JSON.parse(json).configs[0].faults).toEqual([
    expect.objectContaining({ version: 2, kind: 'changed' }),
  ]);
});

test.each([
  ['', 'is empty'],
  ['{"form":"something else"}\n', 'line 1 of links.jsonl'],
  [`${written(header)}not JSON\n`, 'line 2 of links.jsonl'],
  [`${written(header)}{"path":"a.yaml"}\n`, 'line 2 of links.jsonl'],
  [
    `${written(header)}{"namespace":"n","path":"a.yaml","version":1,"link":{"sha256":7},"facts":[]}\n`,
    'line 2 of links.jsonl',
  ],
])('a file that no verify wrote is refused by its line: %j', async (text, message) => {
  const { exit, err } = await verify(text);
  expect(exit).toBe(2);
  expect(err).toContain(message);
});
