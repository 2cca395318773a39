/** Quotas of a config namespace: what is counted, and that whatever does not fit leaves no trace. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Quotas } from '../../../history/settle/quotas.ts';
import { Requests } from '../../../history/settle/requests.ts';
import { Settler } from '../../../history/settle/settle.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import type { Policy, Quota } from '../../../history/words/policy.ts';
import type { Offload } from '../../../runtime/offload.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { until } from '../../setup/until.ts';
import { aProposal, law } from '../core/make.ts';
import { edit, type Fixture, migrated, never, removal, saving, source } from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated();
});
afterAll(() => db[Symbol.asyncDispose]());
let namespace = '';
let count = 0;
beforeEach(() => {
  count += 1;
  namespace = `n${count}`;
});

type E = Parameters<typeof edit>[0];
const at = (path = 'a.yaml') => ({ namespace, path });
const of = (limits: Partial<Quota>): Quota => ({ namespace, versionsPerDay: null, bytes: null, ...limits });
const save = (e: E) => db.store.save(edit({ config: at(), uid: `uid-${count}`, ...e }), never);
const usage = async () => {
  const [row] = await db.sql(
    'SELECT sum(bytes)::int AS bytes, sum(saved_that_day)::int AS versions FROM configs WHERE namespace = $1',
    [namespace],
  );
  return row;
};

// None of these texts is large.
const light = new Thinker(null as unknown as Offload, { maxBodyBytes: 1 << 20 });
const settler = () => new Settler(db.store, light);
const requests = () => new Requests(db.store, new PostgresRequests(db.store), light);
const under = (policy: Policy) => ({ ...law, policy });

describe('what is counted', () => {
  it('are the bytes of all texts, as UTF-8, and the versions of the day', async () => {
    await save({ text: 'aé' });
    await save({ text: 'b', head: 1n, generation: 2 });
    await db.store.save(edit({ config: at('b.yaml'), text: 'ccc', uid: `other-${count}` }), never);
    expect(await usage()).toEqual({ bytes: 7, versions: 3 });
  });

  it('is less by the bytes of what is deleted, and counts its versions all the same', async () => {
    await save({ text: 'aaaa' });
    await save({ text: 'bb', head: 1n, generation: 2 });
    const actor = { name: 'ann', verified: true };
    const gone = { config: at(), version: 1n, actor, idempotency: null };
    await new PostgresRequests(db.store).deleteVersion(gone, never);
    expect(await usage()).toEqual({ bytes: 2, versions: 2 });
    await db.store.deleteConfig(removal(at(), `uid-${count}`, source(), 2n), never);
    expect(await usage()).toEqual({ bytes: 0, versions: 2 });
  });

  it('is the day of today: another day begins with none', async () => {
    await save({ text: 'a' });
    await db.sql('UPDATE configs SET saved_on = saved_on - 1, saved_that_day = 99 WHERE namespace = $1', [
      namespace,
    ]);
    const quota = of({ versionsPerDay: 1 });
    expect(await save({ text: 'b', head: 1n, generation: 2, quota })).toMatchObject({ kind: 'saved' });
    expect(await usage()).toMatchObject({ versions: 1 });
  });
});

describe('a save that does not fit', () => {
  it('says which quota, how much it allows and what is used, and keeps nothing', async () => {
    await save({ text: 'aaa' });
    const full = { kind: 'exceeded', exceeded: { namespace, quota: 'versions', limit: 1n, used: 1n } };
    expect(await save({ text: 'b', head: 1n, generation: 2, quota: of({ versionsPerDay: 1 }) })).toEqual(
      full,
    );
    const large = { quota: 'bytes', limit: 4n, used: 3n };
    const quota = of({ bytes: 4 });
    expect(await save({ text: 'bb', head: 1n, generation: 2, quota })).toMatchObject({ exceeded: large });
    expect(await save({ text: 'b', head: 1n, generation: 2, quota })).toMatchObject({ version: 2n });
    expect(await usage()).toEqual({ bytes: 4, versions: 2 });
  });

  it('makes no config and no namespace', async () => {
    expect(await save({ text: 'aaa', quota: of({ bytes: 2 }) })).toMatchObject({ kind: 'exceeded' });
    expect(await db.sql('SELECT FROM configs WHERE namespace = $1', [namespace])).toEqual([]);
    expect(await db.sql('SELECT FROM namespaces WHERE name = $1', [namespace])).toEqual([]);
  });

  it('is told again what it saved before, whatever the quota is by now', async () => {
    await save({ text: 'a' });
    expect(await save({ text: 'a', quota: of({ versionsPerDay: 1 }) })).toMatchObject({ kind: 'saved' });
  });

  it('is one of several of a request, of which none is saved', async () => {
    const requested = new PostgresRequests(db.store);
    const two = [
      { config: at('a.yaml'), text: 'aa' },
      { config: at('b.yaml'), text: 'bb' },
    ];
    const quotas = [of({ bytes: 3 })];
    expect(await requested.saveTogether({ ...saving(...two), quotas }, never)).toMatchObject({
      exceeded: { quota: 'bytes', limit: 3n, used: 0n },
    });
    expect(await usage()).toMatchObject({ bytes: null });
    expect(await requested.saveTogether({ ...saving(two[0]!), quotas }, never)).toMatchObject({
      kind: 'saved',
    });
  });
});

describe('the policy of a namespace', () => {
  const proposed = (cap: number, policy: Policy, generation: number) => {
    const spec = { namespace, path: 'a.yaml', body: `cap: ${cap}\n` };
    return settler().settle(aProposal(spec, { generation, uid: `uid-${count}` }), under(policy), never);
  };
  const asked = (cap: number, policy: Policy, dryRun = false) => {
    const change = {
      ...{ config: at('b.yaml'), format: null, text: `cap: ${cap}\n`, baseVersion: null, confirm: null },
      ...{ unstated: 'overwrite' as const, mustExist: false, onStale: null, comment: '', promoted: false },
      law: under(policy),
    };
    const actor = { name: 'ann', verified: true };
    const request = { changes: [change], actor, author: '', git: {}, group: null, idempotency: null };
    return requests().write(request, { dryRun, place: {} }, never);
  };

  it('holds for objects: a refusal with its facts, and the version that is there stays', async () => {
    expect(await proposed(1, { maxVersionsPerDay: 1 }, 1)).toMatchObject({ saved: true });
    expect(await proposed(2, { maxVersionsPerDay: 1 }, 2)).toMatchObject({
      ...{ saved: false, head: { version: 1n } },
      refusal: { kind: 'over-quota', exceeded: { quota: 'versions', limit: 1n, used: 1n } },
    });
    expect(await proposed(1, { maxVersionsPerDay: 1 }, 3)).toMatchObject({
      line: { acceptedAs: 'Unchanged' },
    });
    expect(await proposed(2, {}, 4)).toMatchObject({ saved: true });
  });

  it('holds for requests, and a dry run says so, too', async () => {
    const policy = { maxBytes: 10 };
    expect(await asked(1, policy)).toMatchObject({ kind: 'written' });
    for (const dryRun of [true, false]) {
      expect(await asked(2, policy, dryRun)).toMatchObject({
        kind: 'refused',
        answers: [{ refusal: { kind: 'over-quota', exceeded: { quota: 'bytes', limit: 10n, used: 7n } } }],
      });
    }
    expect(await asked(1, policy)).toMatchObject({ answers: [{ kind: 'unchanged' }] });
  });
});

describe('the quota of the installation', () => {
  it('is checked in the saving statement of a namespace that came half-way, for objects and requests', async () => {
    const clock = new FakeClock();
    const raw = new PostgresRequests(db.store);
    const quotas = new Quotas({ preset: { versionsPerDay: 3, bytes: null }, requests: raw, clock });
    const settling = new Settler(db.store, light, undefined, quotas);
    const propose = (cap: number, generation: number) => {
      const spec = { namespace, path: 'a.yaml', body: `cap: ${cap}\n` };
      return settling.settle(aProposal(spec, { generation, uid: `uid-${count}` }), under({}), never);
    };
    for (const generation of [1, 2]) {
      expect(await propose(generation, generation)).toMatchObject({ saved: true });
      // It is looked at beside a save, and again after a while.
      await until('the look is over', 10_000, async () => {
        await clock.advance(10_000);
        return generation === 1 || quotas.quotaOf(namespace, {}) !== null;
      });
    }
    expect(await propose(3, 3)).toMatchObject({ saved: true });
    expect(await propose(4, 4)).toMatchObject({ saved: false, refusal: { kind: 'over-quota' } });
  });
});
