/** Reading the history: pages that hold still while others save, folders, searches, the log, and who sees what. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresHistory } from '../../../history/store/history.ts';
import type { Page, PageRequest } from '../../../history/words/history.ts';
import type { ConfigId } from '../../../history/words/model.ts';
import { edit, type Fixture, migrated, never, refusal } from './fixtures.ts';

let db: Fixture;
let history: PostgresHistory;
beforeAll(async () => {
  db = await migrated();
  history = new PostgresHistory(db.store);
});
afterAll(() => db[Symbol.asyncDispose]());

let count = 0;
async function save(config: ConfigId, text = 'a', json = JSON.stringify(text)): Promise<void> {
  count += 1;
  const { head } = await db.store.look(
    { config, source: { cluster: '', namespace: '', name: '' }, baseVersion: null },
    never,
  );
  const e = edit({ config, uid: `uid-${count}`, text, json, head: head?.version ?? 0n });
  expect((await db.store.save(e, never)).kind).toBe('saved');
}

async function all<Item>(list: (page: PageRequest) => Promise<Page<Item>>, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<Item> = await list({ after, limit });
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
}

describe('configs of a namespace', () => {
  const list = (namespace: string, prefix: string, folders: boolean) => async (page: PageRequest) => {
    const { items, next } = await history.configs({ namespace, prefix, folders }, page, never);
    return { items: items.map(item => (item.kind === 'folder' ? item.path : item.record.config.path)), next };
  };

  it('are listed as folders and items, each once, in the order of bytes, in pages of any size', async () => {
    const segment = fc.constantFrom('a', 'b', 'a.b', 'A', '0', 'a-', 'zz');
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map(parts => parts.join('/'));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(path, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('', 'a', 'a/', 'a/b/', 'a.', 'zz'),
        fc.integer({ min: 1, max: 4 }),
        async (paths, prefix, limit) => {
          run += 1;
          const namespace = `run-${run}`;
          for (const one of paths) await save({ namespace, path: one });
          const below = paths.filter(one => one.startsWith(prefix));
          const item = (one: string) => {
            const slash = one.indexOf('/', prefix.length);
            return slash < 0 ? one : one.slice(0, slash + 1);
          };
          const byBytes = (names: string[]) =>
            [...new Set(names)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          expect(await all(list(namespace, prefix, false), limit)).toEqual(byBytes(below));
          expect(await all(list(namespace, prefix, true), limit)).toEqual(byBytes(below.map(item)));
        },
      ),
      { numRuns: 12 },
    );
  });

  it('show nobody twice and hide nobody that was there, whatever is saved between two pages', async () => {
    const path = (n: number) => `p${String(n).padStart(3, '0')}`;
    for (let n = 0; n < 10; n += 2) await save({ namespace: 'moving', path: path(n) });
    const seen: string[] = [];
    for (let after: string | null = null, n = 1; ; n += 2) {
      const page = await list('moving', '', false)({ after, limit: 2 });
      seen.push(...page.items);
      await save({ namespace: 'moving', path: path(n) });
      if (page.next === null) break;
      after = page.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([0, 2, 4, 6, 8].map(path)));
  });

  it('are gone from the list with their versions, and a cursor of another list is refused', async () => {
    await save({ namespace: 'gone', path: 'a' });
    await save({ namespace: 'gone', path: 'b' });
    const { next } = await history.configs(
      { namespace: 'gone', prefix: '', folders: false },
      { after: null, limit: 1 },
      never,
    );
    for (const after of [next, 'x', '', Buffer.from('["a"]').toString('base64url')]) {
      const listing = history.configs(
        { namespace: 'gone', prefix: 'b', folders: false },
        { after, limit: 1 },
        never,
      );
      await expect(listing).rejects.toMatchObject({ reason: 'InvalidCursor' });
    }
    await db.transaction(
      "UPDATE configs SET latest_version_id = NULL WHERE namespace = 'gone' AND path = 'a'",
      "DELETE FROM sources WHERE config_id = (SELECT id FROM configs WHERE namespace = 'gone' AND path = 'a')",
      "DELETE FROM config_versions WHERE config_id = (SELECT id FROM configs WHERE namespace = 'gone' AND path = 'a')",
    );
    expect(await all(list('gone', '', false), 9)).toEqual(['b']);
    expect(await history.head({ namespace: 'gone', path: 'a' }, never)).toEqual({
      record: null,
      lastVersion: 1n,
    });
    expect(await history.head({ namespace: 'gone', path: 'c' }, never)).toEqual({
      record: null,
      lastVersion: 0n,
    });
  });
});

describe('the latest of many configs, asked for at once', () => {
  it('is for each what it is alone, also where there is none, and one bad question is nobody else’s', async () => {
    const at = (path: string) => ({ namespace: 'heads', path });
    for (const path of ['b', 'a', 'with/folder']) await save(at(path), `text of ${path}`);
    await save(at('a'), 'second text');
    await save(at('long'), 'x'.repeat(100_000));
    const asked = ['a', 'none', 'b', 'with/folder', 'long', 'a', 'B', ''].flatMap(path => [path, path, path]);
    const alone = new Map<string, unknown>();
    for (const path of asked) alone.set(path, await history.head(at(path), never));
    const bad = history.head(at('nul\0'), never);
    await expect(bad).rejects.toMatchObject({ reason: 'Unstorable' });
    const together = await Promise.all(asked.map(path => history.head(at(path), never)));
    expect(together).toEqual(asked.map(path => alone.get(path)));
    expect(alone.get('a')).toMatchObject({ text: 'second text', record: { head: { version: 2n } } });
    expect(alone.get('none')).toEqual({ record: null, lastVersion: 0n });
  });
});

describe('versions', () => {
  const config = { namespace: 'versions', path: 'a' };
  beforeAll(async () => {
    for (let n = 1; n <= 20; n += 1) await save(config, `text ${n}`);
    await save({ namespace: 'versions', path: 'b' }, 'other');
  });

  it('come newest first in pages that hold still while more are saved', async () => {
    const seen: bigint[] = [];
    for (let after: string | null = null; ; ) {
      const page = await history.versions(config, { after, limit: 7 }, never);
      seen.push(...page.items.map(({ version }) => version));
      if (page.next === null) break;
      after = page.next;
      await save(config, `later ${after}`);
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => BigInt(20 - n)));
  });

  it('are read one by one with the head beside them, and backwards as far as somebody wants to', async () => {
    const read = await history.version(config, 3n, never);
    expect(read).toMatchObject({ text: 'text 3', version: { version: 3n, bytes: 6 } });
    expect(read?.record.head.version).toBeGreaterThan(19n);
    expect(await history.version(config, 999n, never)).toBeNull();
    expect(await history.texts(config, [2n, 999n], never)).toEqual(new Map([[2n, 'text 2']]));
    const texts: string[] = [];
    for await (const { text } of history.backwards(config, { to: 19n, limit: 15 }, never)) texts.push(text);
    expect(texts).toEqual(Array.from({ length: 15 }, (_, n) => `text ${19 - n}`));
  });

  it('of a whole namespace come config by config, newest first', async () => {
    const list = async (page: PageRequest) =>
      history.revisions({ namespace: 'versions', path: null }, page, never);
    const listed = (await all(list, 6)).map(({ config: { path }, version }) => `${path}@${version.version}`);
    const head = await history.head(config, never);
    const highest = Number(head.record?.head.version);
    expect(listed).toEqual([...Array.from({ length: highest }, (_, n) => `a@${highest - n}`), 'b@1']);
    const one = await all(page => history.revisions({ namespace: 'versions', path: 'b' }, page, never), 1);
    expect(one).toHaveLength(1);
  });

  it('of a whole namespace are all listed, whichever config a page ends with', async () => {
    const paths = ['a', 'b', 'c', 'd', 'e'];
    for (const path of paths) await save({ namespace: 'short', path }, 'one');
    for (const limit of [1, 2, 3, 4, 5]) {
      const list = (page: PageRequest) => history.revisions({ namespace: 'short', path: null }, page, never);
      expect((await all(list, limit)).map(({ config: { path } }) => path)).toEqual(paths);
    }
  });
});

describe('search', () => {
  beforeAll(async () => {
    const values = {
      'eu/limits.yaml': { limits: { cap: 1000, 'a"b.c': true, list: [{ name: 'x' }] } },
      'us/limits.yaml': { limits: { cap: 10 }, note: '50%_off' },
      'us/other_file': [{ limits: { cap: 1000.0 } }, { second: null }],
    };
    for (const [path, value] of Object.entries(values)) {
      await save({ namespace: 'shop', path }, path, JSON.stringify(value));
    }
    await save({ namespace: 'secret', path: 'eu/limits.yaml' }, 's', '{"limits":{"cap":1000}}');
    await save({ namespace: 'shop', path: 'changed' }, 'old', '{"was":1}');
    await save({ namespace: 'shop', path: 'changed' }, 'new', '{"is":1}');
  });
  const found = async (
    query: Parameters<PostgresHistory['search']>[0],
    visible: 'all' | string[] = ['shop'],
  ) =>
    (await all(page => history.search(query, visible, page, never), 2)).map(
      ({ config }) => `${config.namespace}/${config.path}`,
    );

  it.each([
    [{ path: 'LIMITS' }, ['eu/limits.yaml', 'us/limits.yaml']],
    [{ path: '_' }, ['us/other_file']],
    [{ path: '%' }, []],
    [{ prefix: 'us/' }, ['us/limits.yaml', 'us/other_file']],
    [{ key: ['limits', 'cap'] }, ['eu/limits.yaml', 'us/limits.yaml', 'us/other_file']],
    [{ key: ['limits', 'cap'], value: '1000' }, ['eu/limits.yaml', 'us/other_file']],
    [{ key: ['limits', 'a"b.c'], value: 'true' }, ['eu/limits.yaml']],
    [{ key: ['limits', 'list', 'name'], value: '"x"' }, ['eu/limits.yaml']],
    [{ key: ['*', 'cap'], value: '10' }, ['us/limits.yaml']],
    [{ key: ['**', 'name'] }, ['eu/limits.yaml']],
    [{ value: '"50%_off"' }, ['us/limits.yaml']],
    [{ value: 'null' }, ['us/other_file']],
    [{ key: ['was'] }, []],
    [{ key: ['is'], path: 'chang', value: '1' }, ['changed']],
    [{ key: ['$.limits ? (1 == 1)'] }, []],
  ])(
    '%j finds latest texts by path, place and value, and takes nothing of it for syntax',
    async (query, paths) => {
      expect(await found(query)).toEqual(paths.map(path => `shop/${path}`));
    },
  );

  it('shows no namespace the reader may not see', async () => {
    expect(await found({ key: ['limits', 'cap'], value: '1000' }, ['secret'])).toEqual([
      'secret/eu/limits.yaml',
    ]);
    expect(await found({ key: ['limits', 'cap'] }, [])).toEqual([]);
    expect(await found({ key: ['limits', 'cap'], value: '1000' }, 'all')).toHaveLength(3);
    const { items } = await history.namespaces(['shop', 'none'], { after: null, limit: 9 }, never);
    expect(items).toMatchObject([{ name: 'shop', configs: 4 }]);
  });

  it('goes on past many configs that do not match, a bounded number at a time', async () => {
    await db.sql("INSERT INTO namespaces (name) VALUES ('many')");
    await db.sql(
      "INSERT INTO configs (namespace, path, format) SELECT 'many', lpad(n::text, 5, '0'), 'yaml' FROM generate_series(1, 2100) n",
    );
    await db.sql(`INSERT INTO config_versions (config_id, version, body_raw, body_json, documents, content_sha256,
      created_by, actor, actor_verified, comment, kind) SELECT id, 1, 'x', jsonb_build_object('n', path::int), 1,
      sha256('x'), '', '', false, '', 'direct' FROM configs WHERE namespace = 'many'`);
    const first = await history.search(
      { key: ['n'], value: '2050' },
      ['many'],
      { after: null, limit: 5 },
      never,
    );
    expect(first.items).toEqual([]);
    expect(first.next).not.toBeNull();
    expect(await found({ key: ['n'], value: '2050' }, ['many'])).toEqual(['many/02050']);
  });
});

describe('deployments', () => {
  const page = { after: null, limit: 9 };
  it('are listed newest first, once each, with what the reader may see of them', async () => {
    await db.sql('DELETE FROM deployments');
    const e = (namespace: string, path: string, deploymentId?: string) =>
      edit({
        config: { namespace, path },
        uid: `d-${namespace}-${path}`,
        text: path,
        ...(deploymentId && { deploymentId }),
      });
    await db.store.save(e('log-a', 'one', 'run-1'), never);
    await db.store.save(e('log-b', 'one'), never);
    await db.store.save(e('log-b', 'two', 'run-1'), never);
    const refused = refusal(
      { config: { namespace: 'log-a', path: 'three' }, uid: 'r', text: 'x', deploymentId: 'run-1' },
      'InvalidBody',
      'no',
    );
    await db.store.logRefusal(refused, never);
    const { items } = await history.deployments({}, 'all', page, never);
    expect(items.map(({ group, entries, result }) => [group, entries, result])).toEqual([
      ['run-1', 3, 'refused'],
      [null, 1, 'accepted'],
    ]);
    expect(items[0]?.changes.map(({ config, refusal }) => [config.path, refusal?.reason])).toEqual([
      ['three', 'InvalidBody'],
      ['two', undefined],
      ['one', undefined],
    ]);
    const some = await history.deployments({}, ['log-b'], page, never);
    expect(
      some.items.map(({ changes, changeCount }) => [changes.map(({ config }) => config.path), changeCount]),
    ).toEqual([
      [['two'], 1],
      [['one'], 1],
    ]);
    const ids = (await all(one => history.deployments({}, 'all', one, never), 1)).map(({ id }) => id);
    expect(ids).toEqual(items.map(({ id }) => id));
  });

  it('are found by time, deployer, commit and path', async () => {
    const groups = async (filter: Parameters<PostgresHistory['deployments']>[0]) =>
      (await history.deployments(filter, 'all', page, never)).items.map(({ group }) => group);
    expect(await groups({ namespace: 'log-b', path: 'one' })).toEqual([null]);
    expect(await groups({ namespace: 'log-a', path: 'one' })).toEqual(['run-1']);
    expect(await groups({ commit: '3f2c', deployer: 'system:admin' })).toHaveLength(2);
    expect(await groups({ commit: 'none' })).toEqual([]);
    expect(await groups({ deployer: 'nobody' })).toEqual([]);
    const [first] = (await history.deployments({}, 'all', page, never)).items;
    expect(await groups({ from: new Date(first!.createdAt.getTime() + 1_000) })).toEqual([]);
    expect(await groups({ to: new Date(0) })).toEqual([]);
  });
});
