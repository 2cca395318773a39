/** What the store does about restores: of itself under a newer cluster, and of a cluster under a newer store. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  brokenPromises,
  edit,
  type Fixture,
  limits,
  migrated,
  move,
  never,
  sha256,
  source,
} from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated();
});
afterAll(() => db[Symbol.asyncDispose]());
let config = limits;
let uid = '';
let count = 0;
beforeEach(() => {
  count += 1;
  uid = `object-${count}`;
  config = { namespace: 'payments', path: `restore/${count}.yaml` };
});

type E = Parameters<typeof edit>[0];
const save = (e: E) => db.store.save(edit({ config, uid, ...e }), never);
const look = (from = source()) => db.store.look({ config, source: from, baseVersion: null }, never);
const raise = (seen: bigint) => db.store.raiseFloor({ config, format: 'yaml', seen }, never);

describe('a number seen in a cluster', () => {
  it('is not used again: the next version comes after it, and the gap is the only one', async () => {
    await save({ text: 'a' });
    await raise(7n);
    expect((await look()).config?.lastVersion).toBe(7n);
    expect((await look()).head?.version).toBe(1n);
    expect((await look()).line?.supersededBy).toBeNull();
    expect(await save({ text: 'b', head: 1n, generation: 2 })).toMatchObject({ version: 8n });
    expect(await save({ text: 'c', head: 8n, generation: 3 })).toMatchObject({ version: 9n });
    expect((await db.store.history(config, { limit: 9 }, never)).map(v => v.version)).toEqual([9n, 8n, 1n]);
    expect(await brokenPromises(db)).toEqual([]);
  });

  it('is superseded by the version that really came next', async () => {
    await save({ text: 'a' });
    await raise(7n);
    await save({ text: 'b', head: 1n, source: source('other'), uid: `${uid}-b` });
    expect((await look()).line).toMatchObject({ version: 1n, supersededBy: 8n });
  });

  it('is kept for a config that the store has lost whole, in whatever format it comes back', async () => {
    await raise(3n);
    expect(await look()).toMatchObject({ config: { lastVersion: 3n }, head: null, line: null });
    expect(await save({ text: '{}', format: 'json' })).toMatchObject({ version: 4n });
  });

  it('changes nothing where the history is past it', async () => {
    await save({ text: 'a' });
    await save({ text: 'b', head: 1n, generation: 2 });
    await raise(2n);
    await raise(1n);
    expect(await save({ text: 'c', head: 2n, generation: 3 })).toMatchObject({ version: 3n });
  });

  it('is no way around the guards: floors only rise, and other numbers are not skipped', async () => {
    await save({ text: 'a' });
    await raise(7n);
    const where = `WHERE path = '${config.path}'`;
    for (const forbidden of [
      `UPDATE configs SET floor = 6 ${where}`,
      `UPDATE configs SET last_version = 9 ${where}`,
      `DELETE FROM configs ${where}`,
    ])
      await expect(db.sql(forbidden), forbidden).rejects.toMatchObject({ code: '23001' });
  });
});

describe('a line whose object was taken back to an earlier generation', () => {
  const rewind = (e: E, seen: { uid?: string; generation: bigint; text: string }) =>
    db.store.rewindLine(
      {
        config,
        proposal: edit({ config, uid, ...e }).proposal,
        actor: { name: 'ada', verified: true },
        seen: { uid: seen.uid ?? uid, generation: seen.generation, sha256: sha256(seen.text) },
      },
      never,
    );

  beforeEach(async () => {
    await save({ text: 'a' });
    await save({ text: 'ab', proposed: 'b', kind: 'merged', head: 1n, generation: 2 });
    await save({ text: 'c', head: 2n, generation: 3 });
  });

  it('says again what became of that generation, and nothing is saved', async () => {
    expect(await rewind({ text: 'a' }, { generation: 3n, text: 'c' })).toBe(true);
    expect((await look()).line).toMatchObject({
      generation: 1n,
      version: 1n,
      acceptedAs: 'Saved',
      supersededBy: 2n,
      actor: { name: 'ada', verified: true },
    });
    expect((await look()).head?.version).toBe(3n);
  });

  it('says again what it was merged into, with its own text as the next base', async () => {
    expect(await rewind({ text: 'b', generation: 2 }, { generation: 3n, text: 'c' })).toBe(true);
    expect((await look()).line).toMatchObject({ version: 2n, acceptedAs: 'Merged', sha256: sha256('b') });
    expect(await db.store.lineText(config, source(), never)).toBe('b');
  });

  it('stays at its version when the object says the same under another generation', async () => {
    expect(await rewind({ text: 'c', generation: 1 }, { generation: 3n, text: 'c' })).toBe(true);
    expect((await look()).line).toMatchObject({ generation: 1n, version: 3n });
  });

  it('is the version that says the very same, where that is all that is known', async () => {
    expect(await rewind({ text: 'ab', generation: 2 }, { generation: 3n, text: 'c' })).toBe(true);
    expect((await look()).line).toMatchObject({ generation: 2n, version: 2n, acceptedAs: 'Unchanged' });
  });

  it('is none when the object says something new: nobody knows what that was edited from', async () => {
    expect(await rewind({ text: 'new', generation: 3 }, { generation: 3n, text: 'c' })).toBe(true);
    expect((await look()).line).toBeNull();
    // A generation that was saved before may be saved with another text.
    expect(await save({ text: 'new', head: 3n, generation: 3 })).toMatchObject({ version: 4n });
    expect(await save({ text: 'new', head: 3n, generation: 3 })).toMatchObject({ version: 4n });
  });

  it('is that of an earlier object again, when that one is back', async () => {
    await save({ text: 'd', head: 3n, uid: `${uid}-second` });
    expect(
      await rewind({ text: 'c', generation: 3 }, { uid: `${uid}-second`, generation: 1n, text: 'd' }),
    ).toBe(true);
    expect((await look()).line).toMatchObject({ uid, generation: 3n, version: 3n, supersededBy: 4n });
  });

  it('stays as it is when it is another one by now', async () => {
    expect(await rewind({ text: 'a' }, { generation: 2n, text: 'b' })).toBe(false);
    expect((await look()).line).toMatchObject({ generation: 3n });
    await db.store.moveLine(move({ config, uid, text: 'c', generation: 4, head: 3n }, 3n), never);
    expect(await rewind({ text: 'a' }, { generation: 3n, text: 'c' })).toBe(false);
  });
});
