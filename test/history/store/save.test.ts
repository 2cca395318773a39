/** Saving and reading back, one writer at a time. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyView } from '../core/make.ts';
import { edit, type Fixture, limits, migrated, move, never, removal, sha256, source } from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated();
});
afterAll(() => db[Symbol.asyncDispose]());
let config = limits;
let count = 0;
beforeEach(() => {
  count += 1;
  config = { namespace: 'payments', path: `limits/${count}.yaml` };
});

/** Each test has a config of its own, and so an object of its own. */
const save = (e: Parameters<typeof edit>[0]) =>
  db.store.save(edit({ config, uid: `uid-${count}-${e.source?.name ?? ''}`, ...e }), never);
const moveLine = (e: Parameters<typeof edit>[0], version: bigint) =>
  db.store.moveLine(move({ config, uid: `uid-${count}-${e.source?.name ?? ''}`, ...e }, version), never);
const look = (baseVersion: bigint | null = null, from = source()) =>
  db.store.look({ config, source: from, baseVersion }, never);
const others = (from = source()) => db.store.others(config, from, never);
const idOf = async () => (await look()).config?.id ?? 'none';

describe('save', () => {
  it('answers a view of nothing for a config never saved', async () => {
    expect(await look(1n)).toEqual(emptyView);
    expect(await db.store.texts(config, [1n], never)).toEqual(new Map());
    expect(await db.store.lineText(config, source(), never)).toBeNull();
    expect(await db.store.history(config, { limit: 5 }, never)).toEqual([]);
  });

  it('gives dense numbers from 1, and everything said about a version is read back', async () => {
    expect(await save({ text: 'a' })).toMatchObject({ kind: 'saved', version: 1n });
    expect(
      await save({ text: 'b', head: 1n, generation: 2, baseVersion: 1n, comment: 'ü 🦊' }),
    ).toMatchObject({
      kind: 'saved',
      version: 2n,
    });
    const view = await look(1n);
    expect(view.head).toEqual({
      version: 2n,
      sha256: sha256('b'),
      kind: 'direct',
      baseVersion: 1n,
      author: 'ada@example.com',
      actor: { name: 'system:admin', verified: true },
      comment: 'ü 🦊',
      git: { commit: '3f2c', dirty: false },
      createdAt: expect.any(Date),
    });
    expect(view.base).toMatchObject({ version: 1n, sha256: sha256('a') });
    expect(view.config).toMatchObject({ format: 'yaml', lastVersion: 2n });
    expect(view.line).toMatchObject({ generation: 2n, version: 2n, acceptedAs: 'Saved', supersededBy: null });
    expect((await db.store.history(config, { limit: 1 }, never)).map(v => v.version)).toEqual([2n]);
    expect((await db.store.history(config, { limit: 9, before: 2n }, never)).map(v => v.version)).toEqual([
      1n,
    ]);
  });

  it('answers with the line it wrote, as a look reads it: a save, a merge, a repetition, a move', async () => {
    const lineOf = (answer: object) => (answer as { line: unknown }).line;
    const [first, merge] = [
      { text: 'a', baseVersion: 0n },
      { text: 'merged', proposed: 'mine', kind: 'merged', head: 1n, generation: 2, baseVersion: 1n },
    ] as const;
    expect(lineOf(await save(first))).toEqual((await look()).line);
    for (const _ of [1, 2]) expect(lineOf(await save(merge))).toEqual((await look()).line);
    expect((await look()).line).toMatchObject({ acceptedAs: 'Merged', version: 2n, baseVersion: 1n });
    for (const [version, supersededBy] of [
      [2n, null],
      [1n, 2n],
    ] as const) {
      const from = source(`moved-to-${version}`);
      const moved = await moveLine({ text: 'a', head: 2n, source: from }, version);
      const { line } = await look(null, from);
      expect(lineOf(moved)).toEqual(line);
      expect(line).toMatchObject({ acceptedAs: 'Unchanged', version, supersededBy });
    }
  });

  it('tells whose versions keep an accepted text from being live: of a merge the one it was made onto, and the first later one', async () => {
    await save({ text: 'a' });
    expect(await others()).toEqual({ later: null, mixedWith: null });
    const bob = source('bob');
    await save({ text: 'b', head: 1n, source: bob });
    const signed = (version: bigint) => ({
      ...{ version, author: 'ada@example.com', actor: { name: 'system:admin', verified: true } },
      createdAt: expect.any(Date),
    });
    expect(await others()).toEqual({ later: signed(2n), mixedWith: null });
    await save({
      text: 'merged',
      proposed: 'mine',
      kind: 'merged',
      head: 2n,
      generation: 2,
      baseVersion: 1n,
    });
    expect(await others()).toEqual({ later: null, mixedWith: signed(2n) });
    await save({ text: 'c', head: 3n, source: bob, generation: 2 });
    expect(await others()).toEqual({ later: signed(4n), mixedWith: signed(2n) });
    // What holds an edit already may say more, and no merge says whose that is.
    const cem = source('cem');
    await moveLine({ text: 'part of c', head: 4n, source: cem }, 4n);
    expect(await others(cem)).toEqual({ later: null, mixedWith: signed(4n) });
  });

  it('refuses by raced when the head is another one, and changes nothing then', async () => {
    await save({ text: 'a' });
    for (const head of [0n, 2n])
      expect(await save({ text: 'b', head, generation: 2 })).toEqual({ kind: 'raced' });
    expect((await look()).config?.lastVersion).toBe(1n);
    expect((await look()).line?.generation).toBe(1n);
  });

  it('onto a text, for who knows the head from elsewhere, refuses another text under the same number, or of another person', async () => {
    await save({ text: 'a' });
    const next = edit({ config, uid: `uid-${count}-`, text: 'b', head: 1n, generation: 2 });
    const onto = (text: string, expectedActor?: string) =>
      db.store.save({ ...next, expectedSha256: sha256(text), expectedActor }, never);
    expect(await onto('of a backup')).toEqual({ kind: 'raced' });
    expect((await look()).config?.lastVersion).toBe(1n);
    expect(await onto('a', 'somebody else')).toEqual({ kind: 'raced' });
    expect(await onto('a', 'system:admin')).toMatchObject({ kind: 'saved', version: 2n });
    // An answer that got lost is said again, here as to every other save.
    expect(await onto('a')).toMatchObject({ kind: 'saved', version: 2n });
    expect(await onto('of a backup')).toMatchObject({ kind: 'saved', version: 2n });
    expect((await look()).head).toMatchObject({ version: 2n, sha256: sha256('b') });
  });

  it('leaves no trace of a config when the expected head of a new one is not none', async () => {
    expect(await save({ text: 'a', head: 3n })).toEqual({ kind: 'raced' });
    expect(await db.sql('SELECT FROM configs WHERE path = $1', [config.path])).toEqual([]);
  });

  it('answers the same call again with what it saved, as long as that is the head', async () => {
    const first = await save({ text: 'a' });
    expect(await save({ text: 'a' })).toEqual(first);
    await save({ text: 'b', head: 1n, source: source('other') });
    expect(await save({ text: 'a' })).toEqual({ kind: 'raced' });
    expect((await look()).line).toMatchObject({ version: 1n, supersededBy: 2n });
  });

  it('answers raced when this generation was accepted with another text', async () => {
    await save({ text: 'a' });
    expect(await save({ text: 'other', head: 1n })).toEqual({ kind: 'raced' });
  });

  it('refuses a generation older than the accepted one', async () => {
    await save({ text: 'a', generation: 5 });
    expect(await save({ text: 'b', head: 1n, generation: 4 })).toEqual({ kind: 'raced' });
    expect(await moveLine({ text: 'a', head: 1n, generation: 4 }, 1n)).toEqual({ kind: 'raced' });
  });

  it('accepts generation 1 of a re-created object', async () => {
    await save({ text: 'a', generation: 5 });
    const again = await save({ text: 'b', head: 1n, uid: `second-${count}` });
    expect(again).toMatchObject({ kind: 'saved', version: 2n });
    // The first object comes back with what was saved before: no look can tell that it was.
    expect(await save({ text: 'a', head: 2n, generation: 5 })).toEqual({ kind: 'taken' });
  });

  it('keeps the proposal of a merge as the line, beside the text that was saved', async () => {
    await save({ text: 'merged', proposed: 'mine', kind: 'merged' });
    expect((await look()).line).toMatchObject({
      acceptedAs: 'Merged',
      sha256: sha256('mine'),
      contentSha256: sha256('merged'),
    });
    expect(await db.store.lineText(config, source(), never)).toBe('mine');
    expect(await db.store.texts(config, [1n, 7n], never)).toEqual(new Map([[1n, 'merged']]));
  });

  it('keeps a text once: the line refers to the version that says the same', async () => {
    await save({ text: 'a' });
    const lines =
      'SELECT accepted_text, text_version_id IS NOT NULL AS refers FROM sources WHERE config_id = $1';
    expect(await db.sql(lines, [await idOf()])).toEqual([{ accepted_text: null, refers: true }]);
    expect(await db.store.lineText(config, source(), never)).toBe('a');
  });

  it('keeps what a merge was made onto and took over, and nothing of it for a direct save', async () => {
    await save({ text: 'a' });
    const mergedPaths = ['/caps/eu "x"', '/a,b{}', '\\', ''];
    await save({
      ...{ text: 'merged', proposed: 'mine', head: 1n, source: source('b'), kind: 'confirmed' },
      mergedPaths,
    });
    const merges =
      'SELECT merged_onto, merged_paths FROM config_versions WHERE config_id = $1 ORDER BY version';
    expect(await db.sql(merges, [await idOf()])).toEqual([
      { merged_onto: null, merged_paths: [] },
      { merged_onto: '1', merged_paths: mergedPaths },
    ]);
  });

  it('logs each save as a deployment with its change', async () => {
    await save({ text: 'a' });
    await save({ text: 'b', head: 1n, generation: 2 });
    const log = await db.sql(
      `SELECT operation, old_version, new_version, encode(old_sha256, 'hex') AS old, deployer, result
       FROM deployment_changes JOIN deployments ON id = deployment_id WHERE path = $1 ORDER BY id`,
      [config.path],
    );
    const common = { deployer: 'system:admin', result: 'accepted' };
    expect(log).toEqual([
      { ...common, operation: 'create', old_version: null, new_version: '1', old: null },
      { ...common, operation: 'update', old_version: '1', new_version: '2', old: sha256('a') },
    ]);
  });
});

describe('between', () => {
  const between = async (from: bigint, to: bigint, limit = 9) =>
    (await db.store.between(config, { from, to, limit }, never)).map(({ record, text }) => [
      ...[record.version, text],
    ]);

  it('answers texts and records after the first and up to the last, oldest first, the newest of too many', async () => {
    expect(await between(0n, 9n)).toEqual([]);
    for (const n of [1, 2, 3, 4]) await save({ text: `v${n}`, head: BigInt(n - 1), generation: n });
    expect(await between(1n, 3n)).toEqual([
      [2n, 'v2'],
      [3n, 'v3'],
    ]);
    expect(await between(0n, 9n, 2)).toEqual([
      [3n, 'v3'],
      [4n, 'v4'],
    ]);
    expect(await between(3n, 3n)).toEqual([]);
    expect(await between(3n, 1n)).toEqual([]);
    const [{ record } = { record: null }] = await db.store.between(
      config,
      { from: 3n, to: 2n ** 63n - 1n, limit: 1 },
      never,
    );
    expect(record).toEqual((await look()).head);
  });
});

describe('moveLine', () => {
  it('moves the line and saves nothing, once or twice the same', async () => {
    await save({ text: 'a' });
    for (const _ of [1, 2]) {
      expect(await moveLine({ text: 'a', head: 1n, source: source('b') }, 1n)).toMatchObject({
        kind: 'moved',
      });
    }
    expect((await look(null, source('b'))).line).toMatchObject({ version: 1n, acceptedAs: 'Unchanged' });
    expect((await look()).config?.lastVersion).toBe(1n);
    const moved = await db.sql(
      `SELECT old_version, new_version, encode(new_sha256, 'hex') AS new, object_name, git_commit, result
       FROM deployment_changes JOIN deployments ON id = deployment_id
       WHERE path = $1 AND operation = 'unchanged'`,
      [config.path],
    );
    expect(moved).toEqual([
      {
        ...{ old_version: '1', new_version: '1', new: sha256('a') },
        ...{ object_name: 'b', git_commit: '3f2c', result: 'accepted' },
      },
    ]);
  });

  it('is raced by another head, an unknown version, and an unknown config', async () => {
    expect(await moveLine({ text: 'a' }, 1n)).toEqual({ kind: 'raced' });
    await save({ text: 'a' });
    expect(await moveLine({ text: 'a', head: 0n, generation: 2 }, 1n)).toEqual({ kind: 'raced' });
    expect(await moveLine({ text: 'a', head: 1n, generation: 2 }, 2n)).toEqual({ kind: 'raced' });
  });

  it('remembers who made a proposal that became no version, as of one that did', async () => {
    const actor = { name: 'system:admin', verified: true };
    await save({ text: 'a' });
    expect((await look()).line).toMatchObject({ acceptedAs: 'Saved', actor });
    const moved = await moveLine({ text: 'a', head: 1n, generation: 2 }, 1n);
    expect(moved).toMatchObject({ line: { acceptedAs: 'Unchanged', actor } });
    expect((await look()).line).toMatchObject({ generation: 2n, acceptedAs: 'Unchanged', actor });
  });

  it('keeps a text of its own when the version says something else', async () => {
    await save({ text: 'merged', proposed: 'mine', kind: 'merged' });
    expect(await moveLine({ text: 'mine', head: 1n, generation: 2 }, 1n)).toMatchObject({ kind: 'moved' });
    expect(await db.store.lineText(config, source(), never)).toBe('mine');
    expect((await look()).line?.contentSha256).toBe(sha256('merged'));
  });
});

describe('a deleted config', () => {
  it('keeps its id and counter, loses its head, and goes on with the next number in any format', async () => {
    await save({ text: 'a' });
    await save({ text: 'b', head: 1n, generation: 2 });
    const id = await idOf();
    expect(await db.store.deleteConfig(removal(config, undefined, source(), 2n), never)).toMatchObject({
      versions: 2,
    });
    expect(await look(2n)).toEqual({
      config: { id, format: 'yaml', lastVersion: 2n },
      ...{ head: null, line: null, base: null, match: null, headIsOwn: false },
    });
    expect(await db.store.lineText(config, source(), never)).toBeNull();
    expect(await save({ text: 'c', head: 0n, generation: 3, format: 'json' })).toMatchObject({
      version: 3n,
      configId: id,
    });
    expect((await look()).config).toEqual({ id, format: 'json', lastVersion: 3n });
  });

  it('takes the text of a version from its line when that alone is deleted, and leaves it what it became', async () => {
    await save({ text: 'a' });
    await save({ text: 'b', head: 1n, source: source('other') });
    await db.sql('DELETE FROM config_versions WHERE config_id = $1 AND version = 1', [await idOf()]);
    expect(await db.store.lineText(config, source(), never)).toBeNull();
    const view = await look(1n);
    expect(view.base).toBeNull();
    expect(view.line).toMatchObject({
      version: 1n,
      contentSha256: sha256('a'),
      supersededBy: 2n,
      textGone: true,
    });
    // Applied again, unchanged, by a re-created object: the line may go on naming what it became.
    const again = await moveLine({ text: 'a', head: 2n, uid: `again-${count}` }, 1n);
    expect(again).toMatchObject({ kind: 'moved' });
    expect(await db.store.lineText(config, source(), never)).toBe('a');
  });
});

describe('values', () => {
  it('keeps every digit of numbers JavaScript cannot hold', async () => {
    const text = '{"big": 12345678901234567890, "huge": 1e400, "fine": 0.1000, "__proto__": {"x": 1}}';
    await save({ text, json: text, format: 'json' });
    const [row] = await db.sql(
      `SELECT body_json->>'big' AS big, length(body_json->>'huge') AS huge, body_json->>'fine' AS fine,
        body_json ? '__proto__' AS proto, body_raw FROM config_versions WHERE config_id = $1`,
      [await idOf()],
    );
    expect(row).toEqual({
      big: '12345678901234567890',
      huge: 401,
      fine: '0.1000',
      proto: true,
      body_raw: text,
    });
  });

  it('keeps a text byte for byte', async () => {
    const text = '\uFEFFa: "\u0001\u2028🦊"\r\n\t# $1 \\ \' "\n\n';
    await save({ text });
    expect((await db.store.texts(config, [1n], never)).get(1n)).toBe(text);
  });

  it('names what PostgreSQL cannot store, and has nothing of it stored', async () => {
    const unstorable = [
      { text: 'a\0b' },
      { text: 'a\uD800b' },
      { text: 'a', proposed: 'a\0' },
      { text: 'a', mergedPaths: ['a\0b'] },
      { text: 'a', json: '"\\u0000"' },
      { text: 'a', json: '"\\ud800"' },
      { text: 'a', json: '1e200000' },
      { text: 'a', json: '{"a":' },
      { text: 'a', json: '['.repeat(100_000) + ']'.repeat(100_000) },
      {
        text: 'a',
        config: { namespace: 'payments', path: Array.from({ length: 9000 }, (_, i) => i).join('/') },
      },
    ];
    for (const e of unstorable) await expect(save(e)).rejects.toMatchObject({ reason: 'Unstorable' });
    expect(await look()).toMatchObject({ config: null });
  });

  it('keeps a version whatever is said beside it: what PostgreSQL cannot hold of that is replaced', async () => {
    await save({ text: 'a', comment: 'a\0b\uD800' });
    expect((await look()).head).toMatchObject({ comment: 'a\uFFFDb\uFFFD' });
  });

  it('refuses a text that is not the one its hash was made of', async () => {
    const input = edit({ config, text: 'a' });
    const lie = { ...input.version.body, text: 'b' };
    const saving = db.store.save({ ...input, version: { ...input.version, body: lie } }, never);
    await expect(saving).rejects.toMatchObject({ reason: 'Internal', sqlstate: '23514' });
  });
});
