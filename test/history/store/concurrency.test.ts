/** Many writers at once: whatever the interleaving, the numbers are dense and nothing accepted is lost. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresRequests } from '../../../history/store/requests.ts';
import { until } from '../../setup/until.ts';
import {
  brokenPromises,
  edit,
  type Fixture,
  migrated,
  never,
  removal,
  saving,
  source,
  storeOn,
} from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated({ max: 8 });
});
afterAll(async () => {
  expect(await brokenPromises(db)).toEqual([]);
  await db[Symbol.asyncDispose]();
});

let run = 0;

it('has exactly one winner for each number, and every accepted generation in exactly one version', async () => {
  const operation = fc.record({
    writer: fc.integer({ min: 0, max: 3 }),
    generation: fc.integer({ min: 1, max: 4 }),
    config: fc.integer({ min: 0, max: 1 }),
    // What the writer believes the head is: right, old, or ahead.
    offset: fc.constantFrom(0n, 0n, 0n, -1n, 1n),
    twice: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 24 }), async operations => {
      run += 1;
      const configs = [0, 1].map(c => ({ namespace: 'race', path: `${run}/${c}` }));
      const won = new Map<string, Set<bigint>>();
      await Promise.all(
        operations.map(async ({ writer, generation, config: c, offset, twice }) => {
          const config = configs[c]!;
          const uid = `${run}-${writer}-${c}`;
          const from = source(`w${writer}`);
          const view = await db.store.look({ config, source: from, baseVersion: null }, never);
          const head = (view.head?.version ?? 0n) + offset;
          const text = `${uid} ${generation}`;
          const input = edit({ config, text, head: head < 0n ? 0n : head, uid, generation, source: from });
          const answers = await Promise.all((twice ? [1, 2] : [1]).map(() => db.store.save(input, never)));
          for (const answer of answers) {
            if (answer.kind !== 'saved') continue;
            const key = `${uid}/${generation}`;
            won.set(key, (won.get(key) ?? new Set()).add(answer.version));
          }
        }),
      );
      const saved = await db.sql(
        `SELECT object_uid || '/' || object_generation AS key, version, object_generation, path
         FROM config_versions v JOIN configs c ON c.id = config_id
         WHERE namespace = 'race' AND path LIKE $1 ORDER BY config_id, version`,
        [`${run}/%`],
      );
      // Said to have been saved is saved, once; and nothing else is.
      expect([...won].map(([key, versions]) => [key, [...versions].map(String)]).sort()).toEqual(
        saved.map(row => [row.key, [row.version]]).sort(),
      );
      for (const config of configs) {
        const rows = saved.filter(row => row.path === config.path);
        expect(rows.map(row => row.version)).toEqual(rows.map((_, i) => String(i + 1)));
        // An older generation is never accepted after a newer one.
        for (const uid of new Set(rows.map(row => String(row.key).split('/')[0]))) {
          const generations = rows
            .filter(r => String(r.key).startsWith(`${uid}/`))
            .map(r => Number(r.object_generation));
          expect(generations).toEqual([...generations].sort((a, b) => a - b));
        }
      }
    }),
    { numRuns: 40 },
  );
});

it('lets every one of many writers in, one after the other, when each looks again after a lost race', async () => {
  const config = { namespace: 'race', path: 'queue' };
  const stores = [storeOn(db.url, { max: 6 }), storeOn(db.url, { max: 6 })];
  const writers = Array.from({ length: 12 }, (_, i) => i);
  await Promise.all(
    writers.map(async writer => {
      const store = stores[writer % 2]!;
      const from = source(`q${writer}`);
      for (const generation of [1, 2, 3]) {
        for (;;) {
          const view = await store.look({ config, source: from, baseVersion: null }, never);
          const head = view.head?.version ?? 0n;
          const input = edit({ config, text: `${writer} ${generation}`, head, source: from, generation });
          if ((await store.save(input, never)).kind === 'saved') break;
        }
      }
    }),
  );
  const history = await stores[0]!.history(config, { limit: 100 }, never);
  expect(history.map(v => v.version)).toEqual(Array.from({ length: 36 }, (_, i) => BigInt(36 - i)));
  // Versions are stamped after the lock: a later number is never an earlier time.
  const times = history.map(v => v.createdAt.getTime());
  expect(times).toEqual([...times].sort((a, b) => b - a));
  await Promise.all(stores.map(store => store.close()));
});

it('gives number 1 of a new config to exactly one of those who create it at the same moment', async () => {
  const config = { namespace: 'brand-new', path: 'a' };
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      db.store.save(edit({ config, text: `${i}`, source: source(`c${i}`) }), never),
    ),
  );
  expect(answers.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
});

it('has every number used once, and each delete take all there is, however deletes and saves interleave', async () => {
  const operation = fc.record({ writer: fc.integer({ min: 0, max: 3 }), remove: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 2, maxLength: 24 }), async operations => {
      run += 1;
      const config = { namespace: `deletes-${run}`, path: 'a' };
      const saved: bigint[] = [];
      const removed: number[] = [];
      await Promise.all(
        operations.map(async ({ writer, remove }, i) => {
          const from = source(`w${writer}`);
          const uid = `${run}-${i}`;
          if (remove) {
            const { head } = await db.store.look({ config, source: from, baseVersion: null }, never);
            const input = removal(config, uid, from, head?.version ?? 1n);
            removed.push((await db.store.deleteConfig(input, never)).versions);
            return;
          }
          const view = await db.store.look({ config, source: from, baseVersion: null }, never);
          const head = view.head?.version ?? 0n;
          const answer = await db.store.save(edit({ config, text: uid, head, uid, source: from }), never);
          if (answer.kind === 'saved') saved.push(answer.version);
        }),
      );
      const left = await db.store.history(config, { limit: 100 }, never);
      const numbers = saved.sort((a, b) => Number(a - b));
      expect(numbers).toEqual(numbers.map((_, i) => BigInt(i + 1)));
      expect(removed.reduce((sum, n) => sum + n, 0) + left.length).toBe(numbers.length);
      // The log tells the same story: what it begins with a create it ends with a delete, number by number.
      const log = await db.sql(
        `SELECT operation, old_version, new_version FROM deployment_changes WHERE namespace = $1
         ORDER BY deployment_id`,
        [config.namespace],
      );
      expect(log.filter(({ operation: o }) => o === 'delete').length).toBe(removed.filter(n => n > 0).length);
      let head: unknown = null;
      for (const entry of log) {
        expect(entry.old_version).toBe(head);
        expect(entry.operation).toBe(
          entry.new_version === null ? 'delete' : head === null ? 'create' : 'update',
        );
        head = entry.new_version;
      }
      expect(head).toBe(left[0] ? String(left[0].version) : null);
    }),
    { numRuns: 40 },
  );
});

it('keeps the newest entries of the log, all of them, while savers write and others rotate', async () => {
  const rotation = { maxEntries: 1_000, maxAgeMs: 1e10, batch: 3 };
  const logged = () =>
    db.sql(
      "SELECT deployment_id AS id FROM deployment_changes WHERE namespace = 'rotated' ORDER BY deployment_id DESC",
    );
  await db.sql(
    `WITH d AS (
       INSERT INTO deployments (created_at, deployer, deployer_verified, result)
       SELECT clock_timestamp() - interval '3 days', 'ann', true, 'accepted' FROM generate_series(1, 1010) RETURNING id
     ) INSERT INTO deployment_changes SELECT id, 1, 'rotated', 'earlier', 'update' FROM d`,
  );
  const writers = [0, 1, 2, 3].map(async writer => {
    for (const generation of [1, 2, 3, 4, 5]) {
      const config = { namespace: 'rotated', path: `${writer}-${generation}` };
      const input = edit({ config, text: 'a', uid: `rotated-${writer}`, generation });
      expect((await db.store.save(input, never)).kind).toBe('saved');
    }
  });
  const rotators = [0, 1, 2].map(async () => {
    for (let n = 0; n < 10; n += 1) {
      const before = await logged();
      expect(await db.store.rotateLog(rotation, never)).toBeLessThanOrEqual(3);
      const after = new Set((await logged()).map(row => row.id));
      // Those that were the newest may be older by now, but never gone while no thousand are newer.
      expect(before.slice(0, 1_000).filter(row => !after.has(row.id)).length).toBeLessThanOrEqual(
        [...after].filter(id => BigInt(String(id)) > BigInt(String(before[0]?.id ?? 0))).length,
      );
    }
  });
  await Promise.all([...writers, ...rotators]);
  while ((await db.store.rotateLog(rotation, never)) > 0);
  expect((await logged()).length).toBe(1_000);
  expect(
    await db.sql(
      "SELECT FROM config_versions v JOIN configs c ON c.id = config_id WHERE namespace = 'rotated'",
    ),
  ).toHaveLength(20);
});

it('a request for several configs gives way to the save of an object instead of waiting for it in a circle', async () => {
  const [made, there] = [
    { namespace: 'circle', path: 'made' },
    { namespace: 'later', path: 'there' },
  ];
  await db.store.save(edit({ config: there, text: 'a', uid: 'circle-there' }), never);
  // It waits for the lock as long as it takes others to do what is between.
  await using store = storeOn(db.url, { tries: 1, lockTimeoutMs: 120_000, callTimeoutMs: 150_000 });
  const requests = new PostgresRequests(store);
  const request = saving({ config: made, text: 'r' }, { config: there, text: 'r', head: 1n });
  const waiting = (n: number) =>
    until(`${n} wait for a lock`, 10_000, async () => {
      const rows = await db.sql(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length === n;
    });
  const holder = await db.hold("SELECT FROM configs WHERE namespace = 'later' FOR UPDATE");
  const asked = requests.saveTogether(request, never);
  asked.catch(() => undefined);
  await waiting(1);
  const saved = await Promise.race([
    db.store.save(edit({ config: made, text: 'o', uid: 'circle-made' }), never),
    waiting(2),
  ]);
  await holder.release();
  expect(saved).toMatchObject({ kind: 'saved', version: 1n });
  await expect(asked).rejects.toMatchObject({ sqlstate: '40001', transient: true });
  expect(await requests.saveTogether(request, never)).toMatchObject({ kind: 'raced' });
});

it('a request that is raced leaves no namespace behind', async () => {
  const requests = new PostgresRequests(db.store);
  const config = { namespace: 'taken', path: 'a' };
  await db.store.save(edit({ config, text: 'a', uid: 'taken' }), never);
  const raced = saving({ config: { namespace: 'left', path: 'a' }, text: 'r' }, { config, text: 'r' });
  expect(await requests.saveTogether(raced, never)).toMatchObject({ kind: 'raced' });
  expect(await db.sql("SELECT FROM namespaces WHERE name = 'left'")).toEqual([]);
  expect(await db.sql("SELECT FROM configs WHERE namespace = 'left'")).toEqual([]);
});
