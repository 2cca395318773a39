/** The hub gives every watcher every change once, whenever it joins and whatever it has seen before. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Changes } from '../../history/words/history.ts';
import { WatchHub } from '../../server/watch-hub.ts';
import type { Watched } from '../../server/watcher.ts';
import { FakeClock, settle } from '../runtime/fake-clock.ts';

/** A feed in memory; its cursors say nothing to anybody else. */
class Feed {
  readonly changes: Change[] = [];
  reads = 0;
  expireBefore = 0;
  failing = false;
  pageSize = 3;

  add(path: string): void {
    const version = BigInt(this.changes.length + 1);
    const config = { namespace: 'n', path };
    const at = new Date(0);
    this.changes.push({ kind: 'saved', config, version, at, cursor: `c${version}`, uid: null });
  }

  async changesAfter(cursor: string | null): Promise<Changes> {
    this.reads += 1;
    await settle();
    if (this.failing) throw new Error('away');
    const all = this.changes.length;
    if (cursor === null) return { kind: 'changes', changes: [], cursor: `c${all}`, more: false };
    const from = Number(cursor.slice(1));
    if (from < this.expireBefore) {
      // Without end, as of a feed that forgets what it has just given out.
      const next = Math.min(this.expireBefore, all);
      return { kind: 'expired', cursor: `c${next}` };
    }
    const changes = this.changes.slice(from, from + this.pageSize);
    return {
      kind: 'changes',
      changes,
      cursor: `c${from + changes.length}`,
      more: from + changes.length < all,
    };
  }
}

function hubOn(feed: Feed, maxWaiting = 100) {
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const limits = { everyMs: 100, bookmarkMs: 15_000, maxWaiting, maxWatchers: 3, maxWatchersEach: 2 };
  const hub = new WatchHub({ feed, clock, ...limits, failed: error => failures.push(error) });
  return { hub, clock, failures };
}

let tenants = 0;

/** Watches into a list, until stopped. */
function follow(
  hub: WatchHub,
  after: string | null,
  concerns: (change: Change) => boolean = () => true,
  tenant = `tenant ${++tenants}`,
) {
  const stop = new AbortController();
  const seen: Watched[] = [];
  const done = (async () => {
    for await (const one of hub.watch({ concerns, after, tenant, signal: stop.signal })) seen.push(one);
  })();
  const versions = () => seen.flatMap(one => (one.kind === 'change' ? [Number(one.change.version)] : []));
  const end = async () => {
    stop.abort();
    await done;
  };
  return { seen, versions, end, done };
}

const untilQuiet = async (clock: FakeClock) => {
  for (let round = 0; round < 12; round += 1) await clock.advance(100);
};

describe('a watcher', () => {
  it('gets every change once and in order, whatever it had seen, whenever it came', async () => {
    const step = fc.constantFrom('save', 'read', 'join-now', 'join-old', 'come-back') as fc.Arbitrary<string>;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
        const feed = new Feed();
        const { hub, clock } = hubOn(feed);
        const all: { watcher: ReturnType<typeof follow>; from: number | null }[] = [];
        const join = (from: number | null) => {
          if (hub.watchers >= 3) return;
          all.push({ watcher: follow(hub, from === null ? null : `c${from}`), from });
        };
        for (const one of steps) {
          if (one === 'save') feed.add('a');
          else if (one === 'read') await clock.advance(100);
          else if (one === 'join-now') join(null);
          else if (one === 'join-old') join(0);
          else join(Math.floor(feed.changes.length / 2));
        }
        await untilQuiet(clock);
        feed.add('a');
        await untilQuiet(clock);
        for (const { watcher, from } of all) {
          const versions = watcher.versions();
          const first = from === null ? (versions[0] ?? 1) : from + 1;
          const expected = Array.from(
            { length: feed.changes.length - first + 1 },
            (_, index) => first + index,
          );
          expect(versions).toEqual(expected);
          await watcher.end();
        }
        expect(hub.watchers).toBe(0);
        await hub.close();
      }),
      { numRuns: 150 },
    );
  });

  it('is told only what concerns it', async () => {
    const feed = new Feed();
    const { hub, clock } = hubOn(feed);
    const watcher = follow(hub, null, ({ config }) => config.path === 'b');
    await untilQuiet(clock);
    for (const path of ['a', 'b', 'a', 'b']) feed.add(path);
    await untilQuiet(clock);
    expect(watcher.versions()).toEqual([2, 4]);
    await watcher.end();
    await hub.close();
  });

  it('that is too slow is let go, with what it has seen as the place to go on', async () => {
    const feed = new Feed();
    const { hub, clock } = hubOn(feed, 5);
    const stop = new AbortController();
    const slow = hub.watch({
      ...{ concerns: () => true, after: null, tenant: 'slow', signal: stop.signal },
    });
    expect((await slow.next()).value).toMatchObject({ kind: 'bookmark' });
    void slow.next();
    await untilQuiet(clock);
    for (let i = 0; i < 30; i += 1) feed.add('a');
    await untilQuiet(clock);
    const rest: Watched[] = [];
    for await (const one of slow) rest.push(one);
    expect(rest.length).toBeLessThan(10);
    await hub.close();
  });

  it('hears that what it missed is not remembered', async () => {
    const feed = new Feed();
    for (let i = 0; i < 6; i += 1) feed.add('a');
    feed.expireBefore = 4;
    const { hub, clock } = hubOn(feed);
    const watcher = follow(hub, 'c1');
    await untilQuiet(clock);
    expect(watcher.seen[0]).toEqual({ kind: 'expired', cursor: 'c4' });
    expect(watcher.versions()).toEqual([5, 6]);
    await watcher.end();
    await hub.close();
  });

  it('of a feed that forgets again and again costs few readings, and goes on once it does not', async () => {
    const feed = new Feed();
    for (let i = 0; i < 6; i += 1) feed.add('a');
    feed.expireBefore = Number.POSITIVE_INFINITY;
    const { hub, clock } = hubOn(feed);
    const early = follow(hub, null);
    const late = follow(hub, 'c1');
    for (let second = 0; second < 60; second += 1) await clock.advance(1_000);
    expect(feed.reads).toBeLessThan(30);
    expect(late.seen.length).toBeLessThan(30);
    feed.expireBefore = 0;
    feed.add('b');
    for (let second = 0; second < 30; second += 1) await clock.advance(1_000);
    feed.add('b');
    await untilQuiet(clock);
    expect(early.versions().at(-1)).toBe(8);
    expect(late.versions().at(-1)).toBe(8);
    await Promise.all([early.end(), late.end()]);
    await hub.close();
  });

  it('gets a bookmark when nothing changes, and nobody reads the feed when nobody watches', async () => {
    const feed = new Feed();
    const { hub, clock } = hubOn(feed);
    await clock.advance(10_000);
    expect(feed.reads).toBe(0);
    const watcher = follow(hub, null);
    await clock.advance(20_000);
    expect(watcher.seen.filter(({ kind }) => kind === 'bookmark')).toHaveLength(2);
    await watcher.end();
    await clock.advance(1_000);
    const { reads } = feed;
    await clock.advance(10_000);
    expect(feed.reads).toBe(reads);
    await hub.close();
  });

  it('misses nothing while the feed cannot be read', async () => {
    const feed = new Feed();
    const { hub, clock, failures } = hubOn(feed);
    const watcher = follow(hub, null);
    await untilQuiet(clock);
    feed.failing = true;
    feed.add('a');
    await untilQuiet(clock);
    feed.failing = false;
    await untilQuiet(clock);
    expect(failures.length).toBeGreaterThan(0);
    expect(watcher.versions()).toEqual([1]);
    await watcher.end();
    await hub.close();
  });
});

describe('a tenant', () => {
  it('has no more watches than their share, however many others there may be', async () => {
    const { hub, clock } = hubOn(new Feed());
    const open = [follow(hub, null, undefined, 'eve'), follow(hub, null, undefined, 'eve')];
    await expect(follow(hub, null, undefined, 'eve').done).rejects.toMatchObject({ mine: true });
    const ada = follow(hub, null, undefined, 'ada');
    await untilQuiet(clock);
    expect(hub.watchers).toBe(3);
    await open[0]!.end();
    const again = follow(hub, null, undefined, 'eve');
    await untilQuiet(clock);
    expect(hub.watchers).toBe(3);
    await Promise.all([open[1]!.end(), ada.end(), again.end()]);
    await hub.close();
  });
});
