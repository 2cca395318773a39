/** What others save is told to whoever it concerns, also when the feed has holes. */
import { describe, expect, it } from 'vitest';
import type { Change, Changes } from '../history/words/history.ts';
import { proposedConfig } from '../operator/object/terms.ts';
import { followForEver } from '../operator/reconcile/follow.ts';
import type { Cluster } from '../operator/reconcile/ports.ts';
import { anObject } from './history/core/make.ts';
import { FakeClock } from './runtime/fake-clock.ts';

const object = anObject({}, { uid: 'seen' }, { observedGeneration: 1, version: '1' });
const config = proposedConfig(object);

type Step = Changes | Error;

/** Runs against the steps, one a look, and stops behind the last. */
async function follow(steps: Step[], { ours = true } = {}) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const woken: string[] = [];
  const asked: (string | null)[] = [];
  const sleeps: number[] = [];
  let all = 0;
  const cluster = {
    proposersOf: () => [object],
    configMap: () => undefined,
    isOurs: () => ours,
  } as unknown as Cluster;
  await followForEver(
    {
      store: {
        changesAfter: async cursor => {
          asked.push(cursor);
          const step = steps.shift()!;
          if (steps.length === 0) stop.abort();
          if (step instanceof Error) throw step;
          return step;
        },
      },
      cluster,
      wake: key => woken.push(key),
      isAtWork: () => false,
      changed: () => undefined,
      wakeAll: () => all++,
      clock: { ...clock, sleep: async (ms: number) => void sleeps.push(ms) } as unknown as FakeClock,
      failed: () => undefined,
    },
    100,
    stop.signal,
  );
  return { woken, all, asked, sleeps };
}

const page = (cursor: string, changes: Partial<Change>[] = [], more = false): Changes => ({
  kind: 'changes',
  changes: changes.map(change => ({
    ...{ kind: 'saved', config, version: 2n, at: new Date(0), cursor, uid: null },
    ...change,
  })) as Change[],
  cursor,
  more,
});
const expired: Changes = { kind: 'expired', cursor: 'new' };
const away = Object.assign(new Error('away'), { name: 'StoreError', reason: 'Unavailable' });
const invalid = Object.assign(new Error('no'), { name: 'StoreError', reason: 'InvalidCursor' });

describe('following', () => {
  it('wakes for a save by a request and for one by an object of another shard, not for our own', async () => {
    expect((await follow([page('a'), page('b', [{}])])).woken).toContain('payments/limits');
    expect((await follow([page('a'), page('b', [{ uid: 'seen' }])])).woken).toEqual([]);
    expect((await follow([page('a'), page('b', [{ uid: 'seen' }])], { ours: false })).woken).not.toEqual([]);
    expect((await follow([page('a'), page('b', [{ uid: 'elsewhere' }])])).woken).not.toEqual([]);
  });

  it('looks at everything once the first cursor is there, because what was saved before it was not told', async () => {
    expect(await follow([away, page('a'), page('b')])).toMatchObject({ all: 1, asked: [null, null, 'a'] });
  });

  it('looks at everything after a cursor that does not hold, more and more seldom while none does', async () => {
    const { all, sleeps } = await follow([page('a'), expired, expired, expired, page('b'), page('c')]);
    expect(all).toBe(4);
    expect(sleeps.slice(0, 5)).toEqual([200, 400, 800, 1600, 100]);
  });

  it('begins anew with a cursor that nobody can read', async () => {
    expect(await follow([page('a'), invalid, page('b'), page('c')])).toMatchObject({
      all: 2,
      asked: [null, 'a', null, 'b'],
    });
  });

  it('asks again at once where there is more', async () => {
    const { sleeps } = await follow([page('a'), page('b', [{}], true), page('c', [{}])]);
    expect(sleeps).toHaveLength(2);
  });
});
