/** Many writers at once: whatever the interleaving, the numbers are dense and nothing accepted is lost. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { brokenPromises, edit, type Fixture, migrated, never, source, storeOn } from './fixtures.ts';

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
