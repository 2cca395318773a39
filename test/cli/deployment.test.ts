/** A deployment into configs that others keep saving, and what is done after it, when bringing the files fails. */
import { expect, test } from 'vitest';
import type { DeploymentItem } from '../../api/types.gen.ts';
import type { Client } from '../../cli/client.ts';
import type { Context } from '../../cli/context.ts';
import { type Change, sendChanges, settleFiles } from '../../cli/deployment.ts';
import { Refusal } from '../../cli/refusal.ts';
import type { Base, StateFile } from '../../cli/state.ts';
import { inParallel } from '../../cli/survey.ts';
import { Unreachable } from '../../cli/transport.ts';
import { sha256 } from '../../text/sha256.ts';

function changeOf(path: string, text: string): Change {
  const config = { namespace: 'payments', path };
  const local = { config, file: path, text, sha256: sha256(text) };
  return {
    ...{ text, baseVersion: 1 },
    entry: {
      format: 'yaml',
      config,
      file: path,
      standing: 'changed-here',
      local,
      base: { version: 1, sha256: sha256('') },
      head: null,
    },
  } as unknown as Change;
}

test('what was saved is said and remembered, whatever keeps the texts from being read back', async () => {
  const told: string[] = [];
  const learned = new Map<string, Base | null>();
  const context = {
    terminal: { tell: (text: string) => told.push(text) },
    signal: new AbortController().signal,
    command: (...words: string[]) => words.join(' '),
    workspace: { root: '/nowhere' },
  } as unknown as Context;
  let asked = 0;
  const client = {
    read: async () => {
      asked += 1;
      throw new Unreachable('no answer', { sent: true, cause: null });
    },
  } as unknown as Client;
  const state = {
    update: (bases: Map<string, Base | null>) => {
      for (const [name, base] of bases) learned.set(name, base);
    },
  } as unknown as StateFile;
  const changes = ['a.yaml', 'b.yaml', 'c.yaml'].map(path => changeOf(path, `${path}: 1\n`));
  const items = changes.map(({ entry }, index) => ({
    ...{ ...entry.config, new_version: 3 + index },
    // The first two were merged; the third was saved as it was.
    content_sha256: index < 2 ? 'f'.repeat(64) : entry.local.sha256,
  })) as unknown as DeploymentItem[];
  await settleFiles(context, client, state, changes, { items, bring: true });
  expect(told).toEqual([
    'warning: no answer. It is saved as version 3: pull a.yaml',
    'warning: no answer. It is saved as version 4: pull b.yaml',
  ]);
  expect(asked).toBe(1);
  expect([...learned]).toEqual([['payments/c.yaml', { version: 5, sha256: changes[2]!.entry.local.sha256 }]]);
  // Left as they are, files are remembered as merged into the version, and nobody is asked for a text.
  learned.clear();
  const { behind } = await settleFiles(context, client, state, changes, { items, bring: false });
  expect(behind).toEqual([
    { file: 'a.yaml', version: 3 },
    { file: 'b.yaml', version: 4 },
  ]);
  expect(asked).toBe(1);
  expect(learned.get('payments/a.yaml')).toMatchObject({
    version: changes[0]!.entry.base!.version,
    taken: { sha256: changes[0]!.entry.local.sha256, version: 3 },
  });
});

test('after a failure nothing more is begun, and what was begun ends before it is told', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const slow = Promise.withResolvers<void>();
  const all = inParallel([...Array(100).keys()], async item => {
    begun.push(item);
    if (item === 3) throw new Error('no');
    await slow.promise;
    ended.push(item);
  });
  let over = false;
  all.catch(() => {
    over = true;
  });
  await Promise.resolve();
  expect(over).toBe(false);
  slow.resolve();
  await expect(all).rejects.toThrow('no');
  expect(begun).toHaveLength(8);
  expect(ended).toHaveLength(7);
});

/** A server where somebody saves a further version while each answer is on its way. */
async function deployAmongOthers(how: { yes: boolean; onStale?: 'merge' }) {
  const asked: unknown[] = [];
  let version = 1;
  const client = {
    deploy: async ({ changes: [change] }: { changes: { on_stale: string; confirm?: string }[] }) => {
      const { on_stale: onStale, confirm } = change!;
      asked.push({ onStale, confirm });
      version += 1;
      if (onStale === 'merge') return { items: [] };
      const problem = {
        ...{ type: '/problems/confirmation-required', title: '', status: 409, detail: '' },
        ...{ base_version: 1, current_version: version, merged_diff: '+cap: 1\n', token: `of ${version}` },
      };
      const items = [{ namespace: 'payments', path: 'a.yaml', problem }];
      const type = '/problems/deployment-refused';
      throw new Refusal({ type, title: '', status: 409, detail: '', items } as never);
    },
  } as unknown as Client;
  const context = {
    terminal: {
      ...{ tell: () => undefined, progress: () => undefined, done: () => undefined, interactive: true },
      ...{ paint: (_: string, text: string) => text, confirm: async () => true },
    },
    signal: new AbortController().signal,
    structured: false,
  } as unknown as Context;
  const sending = { onStale: undefined, ...how, dryRun: false } as Parameters<typeof sendChanges>[3];
  const ended = await sendChanges(context, client, [changeOf('a.yaml', 'cap: 1\n')], sending).then(
    () => 'saved',
    error => (error as Error).message,
  );
  return { asked, ended };
}

test('--yes shows two merges, and is not overtaken for ever: the third time it leaves the merge to the server', async () => {
  const { asked, ended } = await deployAmongOthers({ yes: true });
  expect(ended).toBe('saved');
  expect(asked).toEqual([
    { onStale: 'confirm', confirm: undefined },
    { onStale: 'confirm', confirm: 'of 2' },
    { onStale: 'merge', confirm: 'of 3' },
  ]);
});

test('a person who reads each merge gets exactly what was shown, or nothing', async () => {
  const { asked, ended } = await deployAmongOthers({ yes: false });
  expect(ended).toContain('others keep saving while you confirm');
  expect(asked.length).toBeGreaterThan(3);
  expect(asked).not.toContainEqual(expect.objectContaining({ onStale: 'merge' }));
});
