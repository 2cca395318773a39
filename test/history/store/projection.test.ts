/** What a projection reads: many configs as of one moment, no more than asked for, and no text that is not wanted. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresRequests } from '../../../history/store/requests.ts';
import type { ProjectionLook } from '../../../history/words/projection.ts';
import { edit, type Fixture, migrated, never, saving, sha256 } from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated();
});
afterAll(() => db?.[Symbol.asyncDispose]());

let count = 0;
async function save(namespace: string, path: string, text = path, head = 0n): Promise<void> {
  count += 1;
  const e = edit({ config: { namespace, path }, uid: `uid-${count}`, text, head });
  expect((await db.store.save(e, never)).kind).toBe('saved');
}

const look = (facts: Partial<ProjectionLook>) =>
  db.store.projected({ configs: [], folders: [], most: 100, maxTextBytes: 0, ...facts }, never);

describe('a folder', () => {
  it('has the configs at its path and below it, by whole segments, in the order of bytes', async () => {
    const segment = fc.constantFrom('a', 'b', 'a.b', 'A', '0', 'a-', 'a=');
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map(parts => parts.join('/'));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(path, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('', 'a', 'a/b', 'A', 'zz', 'a-'),
        async (paths, prefix) => {
          run += 1;
          const namespace = `folders-${run}`;
          for (const each of paths) await save(namespace, each);
          const { folders } = await look({ folders: [{ namespace, prefix }] });
          const inside = paths.filter(
            each => prefix === '' || each === prefix || each.startsWith(`${prefix}/`),
          );
          expect(folders[0]!.map(({ config }) => config.path)).toEqual(inside.sort());
        },
      ),
      { numRuns: 25 },
    );
  });

  it('gives no more than asked for, and says that there is more', async () => {
    for (const path of ['a', 'b', 'c']) await save('many', path);
    const folders = [{ namespace: 'many', prefix: '' }];
    expect(await look({ folders, most: 3 })).toMatchObject({ isCut: false });
    const cut = await look({ folders, most: 2 });
    expect(cut.isCut).toBe(true);
    expect(cut.folders[0]).toHaveLength(2);
  });
});

describe('a config', () => {
  it('is the latest or the version asked for, and tells whether it is the version or the config that is missing', async () => {
    await save('one', 'a', 'first');
    await save('one', 'a', 'second', 1n);
    const config = { namespace: 'one', path: 'a' };
    const none = { namespace: 'one', path: 'none' };
    const { configs } = await look({
      configs: [
        { config, version: null },
        { config, version: 1n },
        { config, version: 3n },
        { config: none, version: null },
        { config: none, version: 1n },
      ],
    });
    expect(configs.map(({ shown, head }) => [shown?.version ?? null, shown?.sha256, head])).toEqual([
      [2n, sha256('second'), 2n],
      [1n, sha256('first'), 2n],
      [null, undefined, 2n],
      [null, undefined, null],
      [null, undefined, null],
    ]);
  });
});

it('texts are read where they are wanted, and none where all together are too many bytes', async () => {
  for (const path of ['a', 'b']) await save('texts', path, 'x'.repeat(100));
  const folders = [{ namespace: 'texts', prefix: '' }];
  const textsOf = async (maxTextBytes: number) =>
    (await look({ folders, maxTextBytes })).folders[0]!.map(({ text, bytes }) => [
      text?.length ?? null,
      bytes,
    ]);
  expect(await textsOf(0)).toEqual([
    [null, 100],
    [null, 100],
  ]);
  expect(await textsOf(199)).toEqual([
    [null, 100],
    [null, 100],
  ]);
  expect(await textsOf(200)).toEqual([
    [100, 100],
    [100, 100],
  ]);
});

it('configs that are saved together are never seen apart', async () => {
  const requests = new PostgresRequests(db.store);
  const configs = ['a', 'b', 'c'].map(path => ({ namespace: 'together', path }));
  let isOver = false;
  const writing = (async () => {
    for (let round = 0n; round < 60n; round++) {
      const edits = configs.map(config => ({ config, head: round, text: `round: ${round}\n` }));
      expect(await requests.saveTogether(saving(...edits), never)).toMatchObject({ kind: 'saved' });
    }
    isOver = true;
  })();
  let seen = 0;
  while (!isOver) {
    const view = await look({
      configs: configs.slice(0, 2).map(config => ({ config, version: null })),
      folders: [{ namespace: 'together', prefix: 'c' }],
      maxTextBytes: 1_000,
    });
    const texts = [
      ...view.configs.map(({ shown }) => shown?.text),
      ...view.folders[0]!.map(({ text }) => text),
    ];
    if (view.folders[0]!.length === 0) expect(texts).toEqual([undefined, undefined]);
    else expect(new Set(texts).size).toBe(1);
    seen += 1;
  }
  await writing;
  expect(seen).toBeGreaterThan(10);
});
