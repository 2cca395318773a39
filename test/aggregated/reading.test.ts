/** How much one answer may hold: counted on a history of any size, which no test would want to save first. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { VersionDetail } from '../../history/words/history.ts';
import { Reading } from '../../server/aggregated/reading.ts';
import type { History } from '../../server/ports.ts';

const megabyte = 1 << 20;
const signal = new AbortController().signal;
const selected = { name: null, path: null, matches: () => true };

/** Configs 0 … n-1, each with a text of that many bytes as its version says. */
function historyOf(n: number, bytes: number, cursors: readonly string[] = []) {
  const positions = [...cursors];
  const seen = { texts: 0, largestPage: 0, atOnce: 0 };
  let underWay = 0;
  const head = { version: 1n, bytes, createdAt: new Date(0) } as VersionDetail;
  const history: Partial<History> = {
    changesAfter: async () => ({
      kind: 'changes',
      changes: [],
      cursor: positions.shift() ?? '7',
      more: false,
    }),
    configs: async ({ namespace }, { after, limit }) => {
      seen.largestPage = Math.max(seen.largestPage, limit);
      const from = Number(after ?? 0);
      const items = Array.from({ length: Math.max(0, Math.min(limit, n - from)) }, (_, index) => {
        const config = { namespace, path: String(from + index) };
        const record = { config, id: config.path, format: 'yaml', createdAt: new Date(0), head } as const;
        return { kind: 'config', record } as const;
      });
      return { items, next: from + limit < n ? String(from + limit) : null };
    },
    texts: async (_, versions) => {
      seen.texts += 1;
      underWay += 1;
      seen.atOnce = Math.max(seen.atOnce, underWay);
      await setImmediate();
      underWay -= 1;
      return new Map(versions.map(version => [version, 'text']));
    },
  };
  return { reading: new Reading(history as History), seen };
}

it('ends a page of texts after 8 MiB, however many were asked for, reads them by one connection, and goes on from there', async () => {
  const { reading, seen } = historyOf(100, megabyte);
  const ask = (after: string | null) =>
    reading.list(
      'configs',
      'payments',
      { limit: 500, continue: after, selected, exactly: null },
      true,
      signal,
    );
  const first = await ask(null);
  expect([first.entries.length, first.next]).toEqual([20, '20']);
  expect(seen).toEqual({ texts: 20, largestPage: 20, atOnce: 1 });
  const rest = [first];
  while (rest.at(-1)!.next !== null) rest.push(await ask(rest.at(-1)!.next));
  const paths = rest.flatMap(({ entries }) => entries.map(({ config }) => config.path));
  expect(paths).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
});

it('reads no text where none is shown', async () => {
  const { reading, seen } = historyOf(100, megabyte);
  const listed = await reading.list(
    'configs',
    'a',
    { limit: null, continue: null, selected, exactly: null },
    false,
    signal,
  );
  expect([listed.entries.length, listed.next, seen.texts]).toEqual([100, null, 0]);
});

it('ends after 5,000 items, also without a limit', async () => {
  const { reading } = historyOf(5_001, 1);
  const ask = (after: string | null) =>
    reading.list('configs', 'a', { limit: null, continue: after, selected, exactly: null }, false, signal);
  const { entries, next, resourceVersion } = await ask(null);
  expect([entries.length, next, resourceVersion]).toEqual([5_000, '5000', '7']);
  expect(await ask(next)).toMatchObject({ entries: { length: 1 }, next: null });
});

it('lists as of one position only what it is there, before and after', async () => {
  const asOf = (exactly: string, ...cursors: string[]) => {
    const { reading } = historyOf(2, 1, cursors);
    const options = { limit: null, continue: null, selected, exactly };
    return reading.list('configs', 'a', options, false, signal);
  };
  expect(await asOf('7', '7', '7', '7')).toMatchObject({ entries: { length: 2 }, resourceVersion: '7' });
  const expired = expect.objectContaining({ status: 410, message: expect.stringContaining('list again') });
  await expect(asOf('1', '7')).rejects.toThrow(expired);
  await expect(asOf('7', '7', '7', '8')).rejects.toThrow(expired);
});
