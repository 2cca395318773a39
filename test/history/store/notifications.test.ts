/** What notifiers are told: every event once, whatever the order in which transactions end and whoever reads. */
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresNotifications } from '../../../history/store/notifications.ts';
import type { HappenedEvent, NotificationToKeep } from '../../../history/words/notification.ts';
import { edit, type Fixture, migrated, never, refusal, removal, source } from './fixtures.ts';

let db: Fixture;
let notifications: PostgresNotifications;
let clients: pg.Client[];
beforeAll(async () => {
  db = await migrated();
  notifications = new PostgresNotifications(db.store);
  clients = [1, 2, 3].map(() => new pg.Client({ connectionString: db.url, options: '-c search_path=pawl' }));
  await Promise.all(clients.map(client => client.connect()));
});
afterAll(async () => {
  await Promise.all(clients.map(client => client.end()));
  await db[Symbol.asyncDispose]();
});

let count = 0;
const fresh = () => {
  count += 1;
  return {
    config: { namespace: 'told', path: `${count}` },
    uid: `uid-${count}`,
    source: source(`o-${count}`),
  };
};
const reasons = ['VersionConflict', 'ConfirmationRequired'];

async function readAll(from: string, limit = 100): Promise<{ events: HappenedEvent[]; position: string }> {
  const events: HappenedEvent[] = [];
  const until = await notifications.now(never);
  let position = from;
  for (let more = true; more; ) {
    const page = await notifications.after(position, until, { reasons, cluster: 'default', limit }, never);
    expect(page.lost).toBe(false);
    events.push(...page.events);
    ({ position, more } = page);
  }
  return { events, position };
}
const named = (events: readonly HappenedEvent[]) =>
  events.map(({ config, what }) =>
    what.kind === 'refused' ? `${what.reason} ${config.path}` : `${what.kind} ${config.path}@${what.version}`,
  );

/** A save of another connection, whose transaction stays open. */
const insert = (path: string, version: number) => `
  INSERT INTO config_versions (config_id, version, body_raw, body_json, documents, content_sha256, created_by, actor,
    actor_verified, comment, kind)
  SELECT id, ${version}, 'x', '"x"', 1, sha256('x'), '', '', false, '', 'direct' FROM configs
  WHERE namespace = 'told' AND path = '${path}'`;

describe('events', () => {
  it('are saves, merges, deletes and the refusals that are asked for, each with an id of its own', async () => {
    const start = await notifications.now(never);
    const one = fresh();
    const { path } = one.config;
    await db.store.save(edit({ ...one, text: 'a: 1\n' }), never);
    await db.store.save(edit({ ...one, text: 'a: 2\n', head: 1n, generation: 2, kind: 'merged' }), never);
    await db.store.logRefusal(
      refusal({ ...one, text: 'a: 3\n', generation: 3 }, 'VersionConflict', 'said'),
      never,
    );
    await db.store.logRefusal(refusal({ ...one, text: 'a: 4\n', generation: 4 }, 'InvalidBody'), never);
    await db.store.deleteConfig(removal(one.config, one.uid, one.source, 2n), never);
    const { events } = await readAll(start);
    expect(named(events)).toEqual([
      ...[`saved ${path}@1`, `saved ${path}@2`, `deleted ${path}@2`, `VersionConflict ${path}`],
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    // What came of it is read when it is sent; of a version that is gone, nothing.
    const [, , deleted, refused] = events;
    expect(await notifications.versionWithFormer(one.config, 2n, never)).toBeNull();
    expect(await notifications.deletedBy(deleted!.config, 2n, never)).toEqual({
      name: 'system:admin',
      verified: true,
    });
    if (refused?.what.kind !== 'refused') throw new Error(refused?.what.kind);
    expect(await notifications.refusal(refused.what.entry, never)).toMatchObject({
      ...{ deployer: { name: 'system:admin', verified: true }, object: { name: one.source.name } },
      ...{ reason: 'VersionConflict', message: 'said', latest: 2n },
    });
    // Read again from the same position, they have the same ids.
    expect((await readAll(start)).events.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });

  it('have the text before them, which the first has not', async () => {
    const one = fresh();
    await db.store.save(edit({ ...one, text: 'a: 1\n' }), never);
    await db.store.save(edit({ ...one, text: 'a: 2\n', head: 1n, generation: 2 }), never);
    expect(await notifications.versionWithFormer(one.config, 1n, never)).toMatchObject({
      text: 'a: 1\n',
      former: null,
    });
    const second = await notifications.versionWithFormer(one.config, 2n, never);
    expect(second).toMatchObject({
      text: 'a: 2\n',
      former: 'a: 1\n',
      format: 'yaml',
      record: { version: 2n },
    });
  });

  it('are each read exactly once, in whatever order transactions end, in pages of any size', async () => {
    const paths = await Promise.all(
      clients.map(async () => {
        const one = fresh();
        await db.store.save(edit({ ...one, text: 'a: 1\n' }), never);
        return one.config.path;
      }),
    );
    const versions = paths.map(() => 1);
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), who: fc.nat(2) }),
      fc.record({ do: fc.constantFrom('commit' as const, 'rollback' as const), who: fc.nat(2) }),
      fc.record({ do: fc.constant('read' as const), who: fc.integer({ min: 1, max: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async steps => {
        const open = clients.map(() => 0);
        const expected: string[] = [];
        const seen: string[] = [];
        let position = await notifications.now(never);
        const end = async (who: number, how: 'commit' | 'rollback') => {
          if (open[who] === 0) return;
          await clients[who]!.query(how);
          if (how === 'commit') {
            for (let n = 1; n <= open[who]!; n += 1)
              expected.push(`saved ${paths[who]}@${versions[who]! + n}`);
            versions[who]! += open[who]!;
          }
          open[who] = 0;
        };
        const read = async (limit: number) => {
          const page = await readAll(position, limit);
          seen.push(...named(page.events));
          ({ position } = page);
        };
        for (const { do: what, who } of steps) {
          if (what === 'read') await read(who);
          else if (what === 'write') {
            if (open[who] === 0) await clients[who]!.query('BEGIN');
            open[who]! += 1;
            await clients[who]!.query(insert(paths[who]!, versions[who]! + open[who]!));
          } else await end(who, what);
        }
        for (const who of clients.keys()) await end(who, 'commit');
        await read(2);
        expect(seen.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 25 },
    );
  });

  it('of transactions whose numbers were given out again after a crash are not taken for read ones', async () => {
    const start = await notifications.now(never);
    const one = fresh();
    await db.store.save(edit({ ...one, text: 'a: 1\n' }), never);
    const { events, position } = await readAll(start);
    expect(named(events)).toEqual([`saved ${one.config.path}@1`]);
    // As a server that lost the end of its log does: a later row with the number of a transaction that was seen to end.
    await db.sql(
      `INSERT INTO changes (system_id, transaction_id, config_id, kind, version)
       SELECT system_id, transaction_id, config_id, 'saved', 1 FROM changes ORDER BY id DESC LIMIT 1`,
    );
    expect(named((await readAll(position)).events)).toEqual([`saved ${one.config.path}@1`]);
  });

  it('that the feed forgot before they were read are told to be lost', async () => {
    const start = await notifications.now(never);
    const one = fresh();
    await db.store.save(edit({ ...one, text: 'a: 1\n' }), never);
    const { position } = await readAll(start);
    await db.sql(`SELECT rotate_changes(0, '1 day', 10000)`);
    const until = await notifications.now(never);
    const asked = { reasons, cluster: 'default', limit: 10 };
    expect(await notifications.after(start, until, asked, never)).toMatchObject({ events: [], lost: true });
    expect(await notifications.after(position, until, asked, never)).toMatchObject({
      events: [],
      lost: false,
    });
  });
});

const name = (uid: string) => ({ cluster: 'default', namespace: 'told', name: `n-${uid}`, uid });
const toKeep = (event: string): NotificationToKeep => ({
  ...{
    event,
    kind: 'Saved',
    config: { namespace: 'told', path: 'a' },
    version: 1n,
    entry: null,
    at: new Date(),
  },
});
async function begun(uid: string, position = 'p0') {
  return notifications.begin({ ...name(uid), position }, never);
}
const keep = (notifier: string, from: string, to: string, ...events: string[]) =>
  notifications.take({ notifier, from, to, lost: false, keep: events.map(toKeep) }, never);
const stateOf = async (id: string) => (await notifications.states([id], never)).get(id)!;

describe('a notifier', () => {
  it('begins where it is told to, goes on from there, and begins anew as another object of its name', async () => {
    const { id, position } = await begun('begin');
    expect(position).toBe('p0');
    expect(await keep(id, 'p0', 'p1', 'a')).toBe(true);
    expect(await begun('begin', 'p9')).toEqual({ id, position: 'p1' });
    const other = await notifications.begin({ ...name('begin'), uid: 'another', position: 'p9' }, never);
    expect(other).toEqual({ id, position: 'p9' });
    expect(await stateOf(id)).toMatchObject({ waiting: 0, dueInMs: null });
  });

  it('is moved by one of several leaders only, and what it is told is kept once', async () => {
    const { id } = await begun('race');
    const moved = await Promise.all([1, 2, 3].map(() => keep(id, 'p0', 'p1', 'a', 'b')));
    expect(moved.filter(Boolean)).toHaveLength(1);
    expect(await stateOf(id)).toMatchObject({ waiting: 2 });
  });

  it('has each of its notifications sent by one, in their order, and no more once it was delivered', async () => {
    const { id } = await begun('claim');
    await keep(id, 'p0', 'p1', 'a', 'b');
    const claimed = await Promise.all([1, 2, 3].map(() => notifications.claim(id, 60_000, never)));
    expect(claimed.flatMap(each => each?.event ?? []).toSorted()).toEqual(['a', 'b']);
    for (const each of claimed) if (each) await notifications.settle(each, { kind: 'delivered' }, never);
    expect(await notifications.claim(id, 60_000, never)).toBeNull();
    expect(await stateOf(id)).toMatchObject({ waiting: 0, oldest: null, worst: null, dead: 0 });
  });

  it('has one sent again whose sender was not heard of, and a late word of that sender changes nothing', async () => {
    const { id } = await begun('late');
    await keep(id, 'p0', 'p1', 'a');
    const first = (await notifications.claim(id, 0, never))!;
    const second = (await notifications.claim(id, 60_000, never))!;
    expect(second).toMatchObject({ event: 'a', attempts: 2 });
    await notifications.settle(first, { kind: 'dead', reason: 'too late' }, never);
    expect(await stateOf(id)).toMatchObject({ waiting: 1, dead: 0 });
    // But that it was delivered is true, whoever says so.
    await notifications.settle(first, { kind: 'delivered' }, never);
    expect(await stateOf(id)).toMatchObject({ waiting: 0 });
  });

  it('tells what failed, and counts what was given up until it is sent again', async () => {
    const { id } = await begun('dead');
    await keep(id, 'p0', 'p1', 'a', 'b');
    const a = (await notifications.claim(id, 60_000, never))!;
    await notifications.settle(a, { kind: 'later', waitMs: 60_000, reason: 'it answered 503' }, never);
    const b = (await notifications.claim(id, 60_000, never))!;
    await notifications.settle(b, { kind: 'dead', reason: 'it answered 410' }, never);
    expect(await notifications.claim(id, 60_000, never)).toBeNull();
    expect(await stateOf(id)).toMatchObject({
      ...{ waiting: 1, worst: { attempts: 1, reason: 'it answered 503' } },
      ...{ dead: 1, lastDead: { event: 'b', reason: 'it answered 410' } },
    });
    expect(await notifications.revive(id, never)).toBe(1);
    expect(await stateOf(id)).toMatchObject({ waiting: 2, dead: 0, lastDead: null });
    expect(await notifications.claim(id, 60_000, never)).toMatchObject({ event: 'b', attempts: 1 });
  });

  it('gives up what is more than may wait, and keeps only the newest of it', async () => {
    const { id } = await begun('full');
    const take = (from: string, to: string, most: number, mostDead: number, ...events: string[]) =>
      db.sql(`SELECT take_notifications($1, $2, $3, false, $4, $5, $6, $6, $7, $7, $8, $9, $10) AS answer`, [
        ...[id, from, to, events, events.map(() => 'Saved'), events.map(() => 'x'), events.map(() => null)],
        ...[events.map(() => new Date()), most, mostDead],
      ]);
    await take('p0', 'p1', 3, 2, 'a', 'b');
    await take('p1', 'p2', 3, 2, 'c', 'd', 'e', 'f');
    expect(await stateOf(id)).toMatchObject({
      ...{ waiting: 3, dead: 3, lastDead: { event: 'f', reason: 'Overflow' } },
    });
    const kept = await db.sql('SELECT event FROM notifications WHERE notifier_id = $1 ORDER BY id', [id]);
    expect(kept.map(({ event }) => event)).toEqual(['a', 'b', 'c', 'e', 'f']);
  });

  it('is forgotten with its object, or when nobody has asked about it for long', async () => {
    const { id } = await begun('gone');
    await keep(id, 'p0', 'p1', 'a');
    await notifications.forget({ ...name('gone'), uid: 'another' }, never);
    expect(await stateOf(id)).toBeDefined();
    await notifications.forget(name('gone'), never);
    expect(await stateOf(id)).toBeUndefined();
    const { id: old } = await begun('old');
    await db.sql(`UPDATE notifiers SET asked_at = asked_at - interval '31 days' WHERE id = $1`, [old]);
    expect(await notifications.rotate({ maxAgeMs: 30 * 86_400_000, batch: 100 }, never)).toBe(1);
    expect(await stateOf(old)).toBeUndefined();
  });
});
