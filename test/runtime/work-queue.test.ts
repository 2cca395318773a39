import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Lane, WorkQueue, type WorkQueueHooks } from '../../runtime/work-queue.ts';
import { FakeClock, settle } from './fake-clock.ts';

function newQueue(hooks: WorkQueueHooks = {}, clock = new FakeClock()) {
  return { clock, queue: new WorkQueue({ clock, random: () => 0.5, hooks }) };
}

async function takeAll(queue: WorkQueue): Promise<string[]> {
  const taken: string[] = [];
  while (queue.stats().depth.new + queue.stats().depth.resync > 0) {
    const key = (await queue.take())!;
    taken.push(key);
    queue.done(key);
  }
  return taken;
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const lane = fc.constantFrom<Lane>('new', 'resync');
const operation = fc.oneof(
  fc.record({ op: fc.constant('add' as const), key, lane }),
  fc.record({ op: fc.constant('addAfter' as const), key, lane, ms: fc.integer({ min: 0, max: 500 }) }),
  fc.record({ op: fc.constant('retry' as const), key }),
  fc.record({ op: fc.constant('forget' as const), key }),
  fc.record({ op: fc.constant('take' as const) }),
  fc.record({ op: fc.constant('done' as const), index: fc.nat() }),
  fc.record({ op: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 300 }) }),
);

describe('the work queue', () => {
  test('never hands out a key twice at once, never loses a wake-up, hands out nothing that was not asked for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 80 }), async operations => {
        const { clock, queue } = newQueue();
        /** Keys that must be handed out again from now on. */
        const owed = new Set<string>();
        /** Earliest moment at which a delayed key is owed. */
        const due = new Map<string, number>();
        const processing: string[] = [];
        const pass = () => {
          for (const [delayed, at] of due) {
            if (at > clock.monotonic()) continue;
            due.delete(delayed);
            owed.add(delayed);
          }
        };
        const later = (delayed: string, ms: number) => {
          const at = clock.monotonic() + ms;
          if (ms === 0) owed.add(delayed);
          else due.set(delayed, Math.min(at, due.get(delayed) ?? Number.POSITIVE_INFINITY));
        };
        const take = async () => {
          const available = [...owed].filter(wanted => !processing.includes(wanted));
          const { depth } = queue.stats();
          expect(depth.new + depth.resync).toBe(available.length);
          if (available.length === 0) return;
          const taken = (await queue.take())!;
          expect(available).toContain(taken);
          owed.delete(taken);
          processing.push(taken);
        };
        for (const step of operations) {
          if (step.op === 'add') {
            queue.add(step.key, step.lane);
            owed.add(step.key);
          } else if (step.op === 'addAfter') {
            queue.addAfter(step.key, step.ms, step.lane);
            later(step.key, step.ms);
          } else if (step.op === 'retry') {
            later(step.key, queue.addRateLimited(step.key));
          } else if (step.op === 'forget') {
            queue.forget(step.key);
          } else if (step.op === 'take') {
            await take();
          } else if (step.op === 'done' && processing.length > 0) {
            const [given] = processing.splice(step.index % processing.length, 1);
            queue.done(given!);
          } else if (step.op === 'advance') {
            await clock.advance(step.ms);
            pass();
          }
          expect(queue.stats().processing).toBe(processing.length);
        }
        await clock.advance(3_600_000);
        pass();
        for (const given of processing.splice(0)) queue.done(given);
        while (owed.size > 0) {
          await take();
          queue.done(processing.pop()!);
        }
        expect(queue.stats()).toMatchObject({ depth: { new: 0, resync: 0 }, delayed: 0, processing: 0 });
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('takes what is new before what is a second look, and moves a key that is both', async () => {
    const { queue } = newQueue();
    queue.add('old-1', 'resync');
    queue.add('old-2', 'resync');
    queue.add('new-1');
    queue.add('old-2', 'new');
    queue.add('new-1', 'resync');
    expect(await takeAll(queue)).toEqual(['new-1', 'old-2', 'old-1']);
  });

  test('takes every eighth key from the slow lane while both are busy', async () => {
    const { queue } = newQueue();
    for (let i = 0; i < 40; i += 1) {
      queue.add(`new-${i}`);
      queue.add(`old-${i}`, 'resync');
    }
    const taken = (await takeAll(queue)).slice(0, 40);
    expect(taken.map((name, i) => (name.startsWith('old') ? i : -1)).filter(i => i >= 0)).toEqual([
      7, 15, 23, 31, 39,
    ]);
  });

  test('works on no more second looks at a time than told, and on the next when one is given back', async () => {
    const queue = new WorkQueue({ clock: new FakeClock(), random: () => 0.5, resyncAtOnce: 2 });
    for (const name of ['old-1', 'old-2', 'old-3']) queue.add(name, 'resync');
    expect([await queue.take(), await queue.take()]).toEqual(['old-1', 'old-2']);
    const [third, fourth] = [queue.take(), queue.take()];
    queue.add('new-1');
    expect(await third).toBe('new-1');
    expect(queue.stats().depth.resync).toBe(1);
    queue.done('new-1');
    expect(queue.stats()).toMatchObject({ depth: { resync: 1 }, processing: 2 });
    queue.done('old-1');
    expect(await fourth).toBe('old-3');
    // One that somebody changed meanwhile is new, whatever it was looked at for.
    const fifth = queue.take();
    queue.add('old-3');
    queue.done('old-3');
    expect(await fifth).toBe('old-3');
    expect(queue.stats()).toMatchObject({ depth: { new: 0, resync: 0 }, processing: 2 });
  });

  test('works on fewer second looks at a time while keys become new, and on more again when none did for a second', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, random: () => 0.5, resyncAtOnce: 3, resyncBeside: 1 });
    for (const name of ['old-1', 'old-2', 'old-3', 'old-4', 'old-5']) queue.add(name, 'resync');
    queue.add('new-1');
    expect([await queue.take(), await queue.take()]).toEqual(['new-1', 'old-1']);
    const taken: (string | null)[] = [];
    for (let worker = 0; worker < 4; worker++) void queue.take().then(key => taken.push(key));
    await clock.advance(999);
    queue.done('old-1');
    await settle();
    expect(taken).toEqual(['old-2']);
    await clock.advance(1);
    queue.done('old-2');
    await settle();
    expect(taken).toEqual(['old-2', 'old-3', 'old-4', 'old-5']);
  });

  test('lets second looks rest while keys become new, three times as long as the last one took, and not at all when it is calm', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, random: () => 0.5, resyncBeside: 1, resyncRest: 3 });
    for (const name of ['old-1', 'old-2', 'old-3', 'old-4']) queue.add(name, 'resync');
    queue.add('new-1');
    expect([await queue.take(), await queue.take()]).toEqual(['new-1', 'old-1']);
    const taken: (string | null)[] = [];
    for (let worker = 0; worker < 4; worker++) void queue.take().then(key => taken.push(key));
    await clock.advance(10);
    queue.done('old-1');
    await clock.advance(29);
    expect(taken).toEqual([]);
    // What is new waits for nobody's rest.
    queue.add('new-2');
    await settle();
    expect(taken).toEqual(['new-2']);
    await clock.advance(1);
    expect(taken).toEqual(['new-2', 'old-2']);
    await clock.advance(998);
    queue.done('old-2');
    // Not three seconds: somebody else was slow.
    await clock.advance(50);
    expect(taken).toEqual(['new-2', 'old-2', 'old-3', 'old-4']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('hands a second look that becomes new to a worker that waits, though no second look may begin', async () => {
    const queue = new WorkQueue({ clock: new FakeClock(), random: () => 0.5, resyncAtOnce: 1 });
    queue.add('a', 'resync');
    queue.add('b', 'resync');
    expect(await queue.take()).toBe('a');
    const waiting = queue.take();
    queue.add('b', 'new');
    expect(queue.stats()).toMatchObject({ depth: { new: 0, resync: 0 }, processing: 2 });
    expect(await waiting).toBe('b');
  });

  test('keeps of several delays the one that ends first', async () => {
    const { clock, queue } = newQueue();
    queue.addAfter('a', 500);
    queue.addAfter('a', 100, 'new');
    queue.addAfter('a', 900);
    await clock.advance(99);
    expect(queue.stats().depth).toEqual({ new: 0, resync: 0 });
    await clock.advance(1);
    expect(queue.stats()).toMatchObject({ depth: { new: 1, resync: 0 }, delayed: 0 });
  });

  test('doubles the delay of a failing key up to five minutes, and starts over once it is forgotten', () => {
    const { queue } = newQueue();
    const delays = Array.from({ length: 2_000 }, () => queue.addRateLimited('a'));
    expect(delays.slice(0, 4)).toEqual([200, 400, 800, 1600]);
    expect(Math.max(...delays)).toBe(300_000);
    expect(queue.addRateLimited('b')).toBe(200);
    queue.forget('a');
    expect(queue.addRateLimited('a')).toBe(200);
  });

  test('wakes the worker that has waited longest', async () => {
    const { queue } = newQueue();
    const [first, second] = [queue.take(), queue.take()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  });

  test('on shutdown lets idle workers go, forgets what waits, and resolves when the work in hand is given back', async () => {
    const { clock, queue } = newQueue();
    queue.add('busy');
    const busy = (await queue.take())!;
    const idle = queue.take();
    queue.add('busy');
    queue.addAfter('later', 10);
    let drained = false;
    const stopping = queue.shutdown().then(() => {
      drained = true;
    });
    expect(await idle).toBeNull();
    queue.add('too late');
    await clock.advance(1_000);
    expect(drained).toBe(false);
    queue.done(busy);
    await stopping;
    expect(await queue.take()).toBeNull();
    expect(queue.stats()).toMatchObject({ depth: { new: 0, resync: 0 }, delayed: 0, processing: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  test('tells how long keys waited, how long work took, and what runs longest', async () => {
    const seen: unknown[] = [];
    const { clock, queue } = newQueue({
      added: lane => seen.push(['added', lane]),
      taken: (lane, ms) => seen.push(['taken', lane, ms]),
      finished: ms => seen.push(['finished', ms]),
      retried: () => seen.push(['retried']),
    });
    queue.add('a', 'resync');
    await clock.advance(5);
    queue.add('a');
    await queue.take();
    await clock.advance(7);
    expect(queue.stats()).toMatchObject({ unfinishedMs: 7, longestRunningMs: 7 });
    queue.done('a');
    queue.addRateLimited('a');
    expect(seen).toEqual([['added', 'resync'], ['taken', 'new', 5], ['finished', 7], ['retried']]);
  });

  test('does 50,000 keys in either lane with a constant number of steps each', async () => {
    const { queue } = newQueue();
    const count = 50_000;
    for (let i = 0; i < count; i += 1) queue.add(`k${i}`, 'resync');
    // Moving all of them from the middle of one lane to the end of the other is the worst case.
    for (let i = count - 1; i >= 0; i -= 1) queue.add(`k${i}`, 'new');
    for (let i = 0; i < count; i += 1) {
      const taken = (await queue.take())!;
      expect(taken === `k${count - 1 - i}`).toBe(true);
      queue.done(taken);
    }
  });
});
