import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Cache } from '../../operator/kube/cache.ts';
import { FakeClock, settle } from '../runtime/fake-clock.ts';

interface Thing {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly color: string;
}

const thing = (resourceVersion: string | number, fields: Partial<Thing> = {}): Thing => ({
  namespace: 'a',
  name: 'b',
  uid: 'u1',
  resourceVersion: String(resourceVersion),
  color: 'red',
  ...fields,
});

let clock: FakeClock;
let cache: Cache<Thing>;
let changes: [string | undefined, string | undefined][];

beforeEach(() => {
  clock = new FakeClock();
  cache = new Cache<Thing>({ clock, identity: entry => entry, indexes: { color: entry => [entry.color] } });
  changes = [];
  cache.onChange((_, before, after) => changes.push([before?.resourceVersion, after?.resourceVersion]));
});

const seen = () => cache.get('a/b')?.resourceVersion;
const write = (answer: Thing) =>
  cache.writeThrough(
    'a/b',
    async () => answer,
    written => written,
  );

describe('a cache', () => {
  test('knows its newest entry, of all or of one namespace, by number and not by letters', () => {
    expect(cache.newest()).toBeUndefined();
    cache.upsert(thing(9));
    cache.upsert(thing(10, { name: 'c' }));
    cache.upsert(thing(99, { namespace: 'other' }));
    expect(cache.newest()?.resourceVersion).toBe('99');
    expect(cache.newest('a/')?.resourceVersion).toBe('10');
    expect(cache.newest('none/')).toBeUndefined();
    cache.remove(thing(11, { name: 'c' }));
    expect(cache.newest('a/')?.resourceVersion).toBe('9');
  });

  test('keeps its indexes equal to its entries, whatever happens', () => {
    const entry = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      color: fc.constantFrom('red', 'green'),
      resourceVersion: fc.nat(5).map(String),
    });
    const step = fc.oneof(
      fc.record({ op: fc.constantFrom('upsert' as const, 'remove' as const), entry }),
      fc.record({ op: fc.constant('replace' as const), entries: fc.array(entry, { maxLength: 4 }) }),
    );
    fc.assert(
      fc.property(fc.array(step), steps => {
        const cache = new Cache<Thing>({
          clock,
          identity: each => each,
          indexes: { color: each => [each.color] },
        });
        const mirror = new Map<string, Thing>();
        cache.onChange((key, before, after) => {
          expect(mirror.get(key)).toBe(before);
          if (after === undefined) mirror.delete(key);
          else mirror.set(key, after);
        });
        for (const each of steps) {
          if (each.op === 'replace')
            cache.replace(
              each.entries.map(fields => thing(0, fields)),
              cache.mark(),
            );
          else cache[each.op](thing(0, each.entry));
          expect([...mirror.values()]).toEqual(expect.arrayContaining([...cache.values()]));
          expect(mirror.size).toBe(cache.size);
          for (const color of ['red', 'green']) {
            const expected = [...cache.values()].filter(held => held.color === color);
            expect(new Set(cache.byIndex('color', color))).toEqual(new Set(expected));
          }
        }
      }),
    );
  });

  test('hands out entries nobody can change', () => {
    cache.upsert(thing(1));
    expect(() => Object.assign(cache.get('a/b')!, { color: 'blue' })).toThrow(TypeError);
  });

  test('goes on when a handler throws', () => {
    const failed: string[] = [];
    const guarded = new Cache<Thing>({
      clock,
      identity: each => each,
      onHandlerError: (_, key) => failed.push(key),
    });
    let heard = 0;
    guarded.onChange(() => {
      throw new Error('handler');
    });
    guarded.onChange(() => {
      heard += 1;
    });
    guarded.upsert(thing(1));
    expect([failed, heard, guarded.size]).toEqual([['a/b'], 1, 1]);
  });

  test('drops older news after our own write until the watch delivers exactly that write', async () => {
    cache.upsert(thing(1));
    await write(thing(10));
    cache.upsert(thing(8));
    cache.upsert(thing(9));
    expect(seen()).toBe('10');
    cache.upsert(thing(10));
    cache.upsert(thing(11));
    expect(seen()).toBe('11');
  });

  test('does not go back when the watch delivered our write and a later one before the answer came', async () => {
    cache.upsert(thing(1));
    const { promise, resolve } = Promise.withResolvers<Thing>();
    const writing = cache.writeThrough(
      'a/b',
      () => promise,
      written => written,
    );
    await settle();
    cache.upsert(thing(10));
    cache.upsert(thing(11));
    resolve(thing(10));
    await writing;
    expect(seen()).toBe('11');
    cache.upsert(thing(12));
    expect(seen()).toBe('12');
  });

  test('expects nothing after a write that changed nothing', async () => {
    cache.upsert(thing(5));
    await write(thing(5));
    cache.upsert(thing(6));
    expect(seen()).toBe('6');
  });

  test('lets a delete through, but not that of an earlier object of the name', async () => {
    cache.upsert(thing(1, { uid: 'u0' }));
    await write(thing(10));
    cache.remove(thing(9, { uid: 'u0' }));
    expect(seen()).toBe('10');
    cache.remove(thing(12));
    expect(seen()).toBeUndefined();
    cache.upsert(thing(13, { uid: 'u2' }));
    expect(seen()).toBe('13');
  });

  test('does not bring back what we deleted, and takes a new object of the name', async () => {
    cache.upsert(thing(1));
    await cache.deleteThrough('a/b', 'u1', async () => ({ gone: true }));
    cache.upsert(thing(2));
    expect(seen()).toBeUndefined();
    cache.upsert(thing(9, { uid: 'u2' }));
    expect(seen()).toBe('9');
  });

  test('tells its handlers which changes are answers to our own writes, and nothing twice', async () => {
    const owns: boolean[] = [];
    cache.onChange((_key, _before, _after, own) => owns.push(own));
    const { promise, resolve } = Promise.withResolvers<Thing>();
    const writing = cache.writeThrough(
      'a/b',
      () => promise,
      written => written,
    );
    await settle();
    for (const version of [9, 10, 11]) cache.upsert(thing(version));
    resolve(thing(10));
    await writing;
    await write(thing(12));
    cache.upsert(thing(12));
    expect(changes.map(([, after]) => after)).toEqual(['10', '11', '12']);
    expect(owns).toEqual([true, false, true]);
  });

  test('takes what it held to be older after all when the expected never comes', async () => {
    await write(thing(10));
    cache.replace([thing(11)], cache.mark() - 1);
    expect(seen()).toBe('10');
    await clock.advance(30_000);
    expect(seen()).toBe('11');
  });

  test('tells what the watch told during a write that failed', async () => {
    const failing = cache.writeThrough(
      'a/b',
      async () => {
        cache.upsert(thing(3));
        throw new Error('no');
      },
      (written: Thing) => written,
    );
    await expect(failing).rejects.toThrow('no');
    expect(seen()).toBe('3');
  });

  test('does not bring back what we deleted when a list, not the watch, tells that it is gone', async () => {
    cache.upsert(thing(1));
    const mark = cache.mark();
    await cache.deleteThrough('a/b', 'u1', async () => ({ gone: true }));
    cache.upsert(thing(2));
    cache.replace([], mark);
    await clock.advance(30_000);
    expect(seen()).toBeUndefined();
  });

  test('stops expecting after thirty seconds', async () => {
    await write(thing(10));
    await clock.advance(29_999);
    cache.upsert(thing(8));
    expect(seen()).toBe('10');
    await clock.advance(1);
    expect(seen()).toBe('8');
    cache.upsert(thing(12));
    expect(seen()).toBe('12');
  });

  test('takes over a list, but not over a write that was answered after the list was asked for', async () => {
    cache.upsert(thing(1, { name: 'gone' }));
    await write(thing(5));
    const mark = cache.mark();
    await cache.writeThrough(
      'a/c',
      async () => thing(7, { name: 'c' }),
      written => written,
    );
    expect(cache.replace([thing(6)], mark)).toBe(2);
    expect([...cache.keys()].sort()).toEqual(['a/b', 'a/c']);
    expect(seen()).toBe('6');
    cache.upsert(thing(3, { name: 'c' }));
    expect(cache.get('a/c')?.resourceVersion).toBe('7');
  });

  test('runs writes of one object one after another, also after one failed', async () => {
    const order: string[] = [];
    const slow = Promise.withResolvers<Thing>();
    const first = cache.writeThrough(
      'a/b',
      () => {
        order.push('first');
        return slow.promise;
      },
      written => written,
    );
    const second = cache.writeThrough(
      'a/b',
      async () => {
        order.push('second');
        return thing(2);
      },
      written => written,
    );
    await settle();
    expect(order).toEqual(['first']);
    slow.reject(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await second;
    expect([order, seen()]).toEqual([['first', 'second'], '2']);
  });
});
