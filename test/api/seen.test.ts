/** Lists of objects that a reader may see only some of: each of the others costs the API server a question. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Gate } from '../../server/gate.ts';
import { seenBy } from '../../server/seen.ts';
import { Turns } from '../../server/turns.ts';

const { signal } = new AbortController();
const candidates = Array.from({ length: 1_000 }, (_, index) => ({
  key: `payments/object-${String(index).padStart(4, '0')}`,
  deed: { verb: 'get', namespace: 'payments', path: `${index}` } as const,
  letters: 10,
  item: () => index,
}));

function world(may: (path: string) => boolean) {
  const seen = { questions: 0, atOnce: 0 };
  let underWay = 0;
  const gate = {
    may: async (_: unknown, { path }: { path: string }) => {
      seen.questions += 1;
      underWay += 1;
      seen.atOnce = Math.max(seen.atOnce, underWay);
      await setImmediate();
      underWay -= 1;
      return may(path);
    },
  } as unknown as Gate;
  const lookThroughs = new Turns({ atOnce: 4, waitingEach: 8 });
  const principal = { name: 'eve', uid: '1', groups: [], extra: {} };
  const ask = (cursor?: string, name = 'eve') =>
    seenBy(
      {
        ...{ gate, lookThroughs, signal, principal: { ...principal, name }, tenant: name },
        query: { limit: 500, ...(cursor !== undefined && { cursor }) },
      },
      candidates,
    );
  return { ask, seen };
}

it('one request asks about at most 100 of them that may not be seen, and goes on from there', async () => {
  const { ask, seen } = world(path => path === '150');
  const first = await ask();
  expect([first.items, seen.questions]).toEqual([[], 100]);
  const second = await ask(first.next!);
  expect([second.items, seen.questions]).toEqual([[150], 201]);
  let { next } = second;
  while (next !== null) ({ next } = await ask(next));
  expect(seen.questions).toBe(1_000);
});

it('one tenant has one such request under way, and keeps nobody else waiting', async () => {
  const { ask, seen } = world(() => false);
  await Promise.all([ask(), ask(), ask(), ask()]);
  expect(seen.atOnce).toBe(1);
  await Promise.all([ask(), ask(), ask(undefined, 'ada')]);
  expect(seen.atOnce).toBe(2);
});
