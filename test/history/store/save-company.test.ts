/** Saves that go together against the same saves one by one: the outcomes, and every row they leave. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, type PostgresStore } from '../../../history/store/store.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { brokenPromises, type Edit, edit, type Fixture, migrated, never, source } from './fixtures.ts';

let db: Fixture;
let alone: Fixture;
/** Of a process with a backlog. */
let store: PostgresStore;
beforeAll(async () => {
  [db, alone] = await Promise.all([migrated(), migrated()]);
  const dependencies = { clock: systemClock, random: Math.random, onError: () => undefined };
  store = createStore({ database: db.url, baseMs: 1 }, { ...dependencies, isBusy: () => true });
});
afterAll(async () => {
  await store?.close();
  await Promise.all([db, alone].map(each => each?.[Symbol.asyncDispose]()));
});
let round = 0;
const configOf = (n: number) => ({ namespace: `ns-${n % 3}`, path: `${round}/${n}.yaml` });

/** What is in the tables, but for numbers and times that a database gives out. */
const rowsOf = async (fixture: Fixture) => [
  await fixture.sql(`SELECT c.namespace, c.path, c.format, c.last_version, c.bytes, c.saved_that_day, v.version, body_raw,
    body_json, documents, content_sha256, created_by, v.actor, v.actor_verified, comment, kind, v.base_version,
    confirmed_by, merged_onto, merged_paths, git_commit, git_dirty, object_cluster, object_namespace, object_name,
    object_uid, object_generation, proposal_sha256, v.id = c.latest_version_id AS latest
    FROM configs c LEFT JOIN config_versions v ON v.config_id = c.id ORDER BY c.namespace, path, v.version`),
  await fixture.sql(`SELECT c.namespace AS at, path, s.cluster, s.namespace, name, uid, generation, accepted_sha256,
    accepted_text, base_version, version, content_sha256, accepted_as, actor, actor_verified, text_version_id IS NULL AS own
    FROM sources s JOIN configs c ON c.id = config_id ORDER BY 1, 2, 3, 4, 5`),
  await fixture.sql(`SELECT namespace, path, ordinal, operation, old_version, new_version, old_sha256, new_sha256,
    group_key, deployer, deployer_verified, object_uid, object_generation, git_commit, git_dirty, result
    FROM deployment_changes JOIN deployments d ON d.id = deployment_id ORDER BY 1, 2, 6 NULLS FIRST, object_uid`),
  await fixture.sql(`SELECT c.namespace, c.path, kind, version FROM changes JOIN configs c ON c.id = config_id
    ORDER BY changes.config_id IN (SELECT id FROM configs), 1, 2, 4`),
  await fixture.sql('SELECT name FROM namespaces ORDER BY 1'),
];

/** Of a few configs, so that some are saved again, on the right version or on another. */
const edits = fc.array(
  fc.record({
    n: fc.nat({ max: 9 }),
    head: fc.nat({ max: 3 }).map(BigInt),
    generation: fc.integer({ min: 1, max: 4 }),
    by: fc.constantFrom('limits', 'other'),
    text: fc.constantFrom('a', 'b', 'ü: "\\', 'null'),
    proposed: fc.option(fc.constantFrom('p', 'q'), { nil: undefined }),
    kind: fc.constantFrom('direct' as const, 'merged' as const),
    mergedPaths: fc.constantFrom([], ['/a', '/b "c"']),
    deploymentId: fc.option(fc.constant('run'), { nil: undefined }),
    expectedActor: fc.option(fc.constantFrom('system:admin', 'somebody'), { nil: null }),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('saves that are ready together', () => {
  it('come to what each would have come to alone, and leave the same rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edits, { minLength: 1, maxLength: 4 }), async rounds => {
        round += 1;
        for (const asked of rounds) {
          // Two of one config are in no order when they go at the same time.
          const inputs = [...new Map(asked.map(each => [each.n, each])).values()].map(
            ({ n, by, deploymentId, proposed, expectedActor, ...rest }) => {
              const own = { config: configOf(n), source: source(by), uid: `uid-${round}-${n}-${by}` };
              const some: Edit = {
                ...{ ...own, ...rest },
                ...(deploymentId !== undefined && { deploymentId }),
                ...(proposed !== undefined && { proposed }),
              };
              return { ...edit(some), expectedActor };
            },
          );
          const together = await Promise.all(inputs.map(input => store.save(input, never)));
          const oneByOne = [];
          for (const input of inputs) oneByOne.push(await alone.store.save(input, never));
          const facts = (outcome: (typeof together)[number]) =>
            outcome.kind === 'saved' ? { version: outcome.version, line: outcome.line } : outcome;
          expect(together.map(facts)).toEqual(oneByOne.map(facts));
        }
      }),
      { numRuns: 40 },
    );
    expect(await rowsOf(db)).toEqual(await rowsOf(alone));
    expect(await brokenPromises(db)).toEqual([]);
  });

  it('are one transaction, whatever each of them is', async () => {
    round += 1;
    const inputs = Array.from({ length: 8 }, (_, n) =>
      edit({ text: `${n}`, config: configOf(n), uid: `u-${round}-${n}` }),
    );
    const saved = await Promise.all(inputs.map(input => store.save(input, never)));
    expect(saved.map(({ kind }) => kind)).toEqual(Array(8).fill('saved'));
    const [row] = await db.sql(
      `SELECT count(DISTINCT transaction_id) AS transactions FROM changes JOIN configs c ON c.id = config_id
       WHERE c.path LIKE $1`,
      [`${round}/%`],
    );
    expect(row).toEqual({ transactions: '1' });
  });

  it('do not wait for one whose config somebody else is at', async () => {
    round += 1;
    const input = (n: number, head: bigint) =>
      edit({
        text: `${head}`,
        config: configOf(n),
        head,
        uid: `u-${round}-${n}`,
        generation: Number(head) + 1,
      });
    const all = [0, 1, 2, 3];
    await Promise.all(all.map(n => store.save(input(n, 0n), never)));
    const held = await db.hold(`SELECT FROM configs WHERE path = '${round}/2.yaml' FOR UPDATE`);
    const saving = all.map(n => store.save(input(n, 1n), never));
    let isWaiting = true;
    void saving[2]!.then(() => {
      isWaiting = false;
    });
    for (const n of [0, 1, 3]) expect(await saving[n]).toMatchObject({ kind: 'saved', version: 2n });
    expect(isWaiting).toBe(true);
    await held.release();
    expect(await saving[2]).toMatchObject({ kind: 'saved', version: 2n });
  });

  it('are saved although one of them cannot be', async () => {
    round += 1;
    const input = (n: number, json?: string) =>
      edit({ text: 'x', config: configOf(n), uid: `u-${round}-${n}`, ...(json !== undefined && { json }) });
    const [one, other, third] = [input(0), input(1, '"\\u0000"'), input(2)].map(each =>
      store.save(each, never),
    );
    await expect(other).rejects.toMatchObject({ reason: 'Unstorable' });
    expect(await one).toMatchObject({ kind: 'saved' });
    expect(await third).toMatchObject({ kind: 'saved' });
  });

  it('say the same again when they are asked once more, after an answer that got lost', async () => {
    round += 1;
    const inputs = [0, 1, 2].map(n => edit({ text: `${n}`, config: configOf(n), uid: `u-${round}-${n}` }));
    const first = await Promise.all(inputs.map(input => store.save(input, never)));
    expect(await Promise.all(inputs.map(input => store.save(input, never)))).toEqual(first);
  });
});
