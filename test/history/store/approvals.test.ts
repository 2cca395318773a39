/** Requests that wait for an approval, and what the history tells of one, in PostgreSQL. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Law } from '../../../history/core/law.ts';
import type { Proposal } from '../../../history/core/proposal.ts';
import type { RequestedChange, WriteRequest } from '../../../history/settle/change.ts';
import { takenUp } from '../../../history/settle/keeping.ts';
import { Requests } from '../../../history/settle/requests.ts';
import { Settler } from '../../../history/settle/settle.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { PostgresHistory } from '../../../history/store/history.ts';
import { PostgresProposals } from '../../../history/store/proposals.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import type { Offload } from '../../../runtime/offload.ts';
import { aProposal, law, person } from '../core/make.ts';
import { edit, type Fixture, migrated, never } from './fixtures.ts';

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

const light = new Thinker(null as unknown as Offload, { maxBodyBytes: 1 << 20 });
const requests = () => new Requests(db.store, new PostgresRequests(db.store), light);
const kept = () => new PostgresProposals(db.store);
const history = () => new PostgresHistory(db.store);
const at = (path = 'a.yaml') => ({ namespace, path });
const under: Law = { ...law, policy: { approval: [{}] } };
const first = 'cap: 1\n';
const bob = { name: 'bob', at: new Date('2026-01-02T03:04:05Z') };

const asked = (
  text: string,
  { path = 'a.yaml', name = 'ada', base = 1n as bigint | null, of = under } = {},
) => {
  const change: RequestedChange = {
    ...{ config: at(path), format: null, text, baseVersion: base, unstated: 'latest', mustExist: false },
    ...{ onStale: null, confirm: null, law: of, comment: 'why', promoted: false },
  };
  const request: WriteRequest = {
    ...{ changes: [change], actor: person(name), author: name, git: {}, group: null, idempotency: null },
  };
  return request;
};
const write = (request: WriteRequest) => requests().write(request, { dryRun: false, place: {} }, never);
const waiting = async (request: WriteRequest) => {
  const written = await write(request);
  if (written.kind !== 'waiting') throw new Error(written.kind);
  return written;
};
/** As the API takes it up. */
const taken = async (id: string, token: string, ...by: (typeof bob)[]): Promise<WriteRequest> => {
  const { proposal, request } = (await kept().find(namespace, id, never))!;
  const { contentSha256, createdAt: proposedAt, proposer } = proposal;
  return {
    ...takenUp({ namespace, request }, () => under),
    ...{ actor: person(proposer), idempotency: null },
    waited: { id, contentSha256, proposedAt, approvals: { token, by } },
  };
};
const takeUp = async (...of: Parameters<typeof taken>) => write(await taken(...of));
const saved = () => db.store.save(edit({ config: at(), text: first, uid: `uid-${count}` }), never);
const approvalsOf = async (version: bigint) =>
  (await history().version(at(), version, never))!.version.approvals;

describe('a request that waits', () => {
  it('is saved once with its approvals beside it, however often it is approved at the same moment', async () => {
    await saved();
    const { proposal, token } = await waiting(asked('cap: 2\n'));
    expect((await takeUp(proposal.id, token)).kind).toBe('unapproved');
    const approved = await taken(proposal.id, token, bob);
    const both = await Promise.all([write(approved), write(approved)]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(['gone', 'written']);
    expect(await approvalsOf(2n)).toEqual([
      { kind: 'proposed', name: 'ada', at: proposal.createdAt, reason: null },
      { kind: 'approved', ...bob, reason: null },
    ]);
    expect(await approvalsOf(1n)).toEqual([]);
    expect(
      (await history().versions(at(), { after: null, limit: 9 }, never)).items[0]!.approvals,
    ).toHaveLength(2);
    expect(await kept().find(namespace, proposal.id, never)).toBeNull();
  });

  it('is there once, and keeps its approvals only as long as it is the same', async () => {
    const one = await waiting(asked(first, { base: 0n }));
    const { proposal, token } = one;
    expect(await kept().approve(proposal, { token, by: [bob] }, never)).toBe(true);
    // Somebody else was faster.
    expect(await kept().approve(proposal, { token, by: [bob] }, never)).toBe(false);
    const again = await waiting(asked(first, { base: 0n }));
    expect(again.proposal).toEqual({ ...proposal, approvals: { token, by: [bob] } });
    expect(again.approvers).toEqual([bob]);
    const edited = await waiting(asked('cap: 3\n', { base: 0n }));
    expect(edited.proposal).toMatchObject({ id: proposal.id, approvals: null });
    expect((await takeUp(proposal.id, token, bob)).kind).toBe('unapproved');
    expect((await waiting(asked(first, { base: 0n, name: 'eve' }))).proposal.id).not.toBe(proposal.id);
    const list = await kept().list({ namespace, path: 'a.yaml' }, { after: null, limit: 1 }, never);
    expect([list.items.length, list.next]).toEqual([1, expect.any(String)]);
    const rest = await kept().list({ namespace, path: 'a.yaml' }, { after: list.next, limit: 1 }, never);
    expect([rest.items[0]!.proposer, rest.next]).toEqual(['eve', null]);
  });

  it('is on the version that was the latest when it came, where it named none', async () => {
    await saved();
    const { proposal, token } = await waiting(
      asked('cap: 2\nfee: 1\n', {
        base: null,
        of: { ...under, policy: { ...under.policy, requireBaseVersion: false } },
      }),
    );
    await db.store.save(
      edit({ config: at(), text: 'cap: 9\n', head: 1n, generation: 2, uid: `uid-${count}` }),
      never,
    );
    expect(await takeUp(proposal.id, token, bob)).toMatchObject({
      ...{ kind: 'refused', answers: [{ refusal: { kind: 'clash' } }] },
    });
  });

  it('that is rejected goes, and the log says by whom and why', async () => {
    await saved();
    const { proposal } = await waiting(asked('cap: 2\n'));
    const why = { actor: person('bob'), reason: 'Rejected', message: 'Rejected by bob: too high' };
    expect(await kept().end(proposal, why, never)).toBe(true);
    expect(await kept().end(proposal, why, never)).toBe(false);
    const page = { after: null, limit: 9 };
    const log = await history().deployments({ namespace, result: 'refused' }, 'all', page, never);
    expect(log.items).toMatchObject([
      {
        ...{ deployer: person('bob'), result: 'refused' },
        changes: [{ config: at(), operation: 'update', oldVersion: 1n, refusal: { message: why.message } }],
      },
    ]);
  });

  it('is forgotten after its time, and with a version whose text it has', async () => {
    await saved();
    const old = await waiting(asked('cap: 2\n'));
    await waiting(asked(first, { path: 'b.yaml', base: 0n }));
    expect(await kept().rotate({ maxAgeMs: 3_600_000, batch: 100 }, never)).toBe(0);
    await db.sql("UPDATE proposals SET created_at = now() - interval '31 days' WHERE id = $1", [
      old.proposal.id,
    ]);
    expect(await kept().rotate({ maxAgeMs: 30 * 86_400_000, batch: 100 }, never)).toBe(1);
    await waiting(asked('cap: 7\n'));
    await db.store.save(
      edit({ config: at(), text: 'cap: 7\n', head: 1n, generation: 2, uid: `uid-${count}` }),
      never,
    );
    await db.store.save(
      edit({ config: at(), text: 'cap: 8\n', head: 2n, generation: 3, uid: `uid-${count}` }),
      never,
    );
    const gone = { config: at(), version: 2n, actor: person('ann'), idempotency: null };
    await new PostgresRequests(db.store).deleteVersion(gone, never);
    const list = await kept().list({ namespace, path: null }, { after: null, limit: 9 }, never);
    expect(list.items.map(({ paths }) => paths)).toEqual([['b.yaml']]);
  });

  it('is forgotten when its text goes to the trash or is purged there, and not when the time there is up', async () => {
    const trash = (namespace: string, keep: string) =>
      db.sql(
        "SELECT delete_config_keeping($1, 'a.yaml', NULL, 'ann', true, NULL, NULL, NULL, $2::interval)",
        [...[namespace, keep]],
      );
    const waitingNow = async () =>
      (await kept().list({ namespace, path: 'a.yaml' }, { after: null, limit: 9 }, never)).items.length;
    await saved();
    await waiting(asked('cap: 2\n'));
    const restore = asked(first, { base: 1n, name: 'eve' });
    await db.store.save(
      edit({ config: at(), text: 'cap: 9\n', head: 1n, generation: 2, uid: `uid-${count}` }),
      never,
    );
    await waiting({ ...restore, changes: restore.changes.map(one => ({ ...one, baseVersion: 2n })) });
    expect(await waitingNow()).toBe(2);
    await trash(namespace, '7 days');
    expect(await waitingNow()).toBe(1);
    await waiting(asked(first, { base: 0n, name: 'eve' }));
    const gone = { config: at(), version: 1n, actor: person('ann'), reason: 'a password', idempotency: null };
    await new PostgresRequests(db.store).purgeVersion(gone, never);
    expect(await waitingNow()).toBe(1);
    await waiting(asked('cap: 9\n', { base: 0n, name: 'eve' }));
    await db.sql('UPDATE trash SET kept_until = now() WHERE namespace = $1', [namespace]);
    expect(await db.sql('SELECT rotate_trash(100) AS gone')).toEqual([{ gone: 1 }]);
    expect(await waitingNow()).toBe(2);
  });

  it('takes no more room than one person, or one namespace, may', async () => {
    const limits = { count: 3, bytes: 100, ofOne: 2 };
    const keep = (paths: string[], proposer: string, request = 'x') =>
      new PostgresRequests(db.store).keep(
        { namespace, paths, proposer, sha256s: [], request, contentSha256: 'ab'.repeat(32), limits },
        never,
      );
    expect([await keep(['a'], 'ada'), await keep(['b'], 'ada')]).toMatchObject([
      { kind: 'kept' },
      { kind: 'kept' },
    ]);
    expect(await keep(['c'], 'ada')).toEqual({ kind: 'full', of: 'proposer' });
    expect(await keep(['a'], 'ada')).toMatchObject({ kind: 'kept' });
    expect(await keep(['c'], 'eve', 'x'.repeat(99))).toEqual({ kind: 'full', of: 'namespace' });
    expect(await keep(['c'], 'eve')).toMatchObject({ kind: 'kept' });
    expect(await keep(['d'], 'eve')).toEqual({ kind: 'full', of: 'namespace' });
  });
});

const judge = ({ uid, generation }: Proposal, token: string, name: string, rejected: string | null = null) =>
  kept().judge({ uid, generation, token, name, rejected }, never);
/** An object that waits for an approval. */
const awaited = async (body: string, baseVersion: number) => {
  const more = { uid: `object-${count}` };
  const made = aProposal({ namespace, path: 'a.yaml', body, baseVersion }, more);
  const object = { ...made, actor: person('cem') };
  const settler = new Settler(db.store, light);
  const found = await settler.settle(object, under, never);
  if (typeof found === 'string' || found.refusal?.kind !== 'unapproved') throw new Error('it does not wait');
  return { object, settler, token: found.refusal.token };
};
/** The store, where something happens at a save. */
const savingBy = (save: typeof db.store.save): typeof db.store =>
  new Proxy(db.store, {
    get: (store, name) => (name === 'save' ? save : Reflect.get(store, name).bind(store)),
  });
const namesOf = async (object: Proposal) =>
  (await db.store.judged(object, never)).approvals?.by.map(({ name }) => name) ?? [];

describe('what people said to an object', () => {
  it('is about one change of one generation: what was said to another one goes', async () => {
    await saved();
    const { object, token } = await awaited('cap: 2\n', 1);
    await judge(object, token, 'bob');
    await judge(object, token, 'bob');
    await judge(object, token, 'eve');
    expect(await namesOf(object)).toEqual(['bob', 'eve']);
    const [said] = await kept().judged([object.uid], never);
    expect(said).toMatchObject([object.uid, { generation: object.generation, approvals: { token } }]);
    await judge(object, 'another', 'bob');
    expect((await db.store.judged(object, never)).approvals).toMatchObject({ token: 'another', by: [{}] });
    await judge(object, token, 'eve', 'too high');
    expect(await db.store.judged(object, never)).toMatchObject({
      ...{ approvals: null, rejection: { token, name: 'eve', reason: 'too high' } },
    });
    await judge(object, token, 'bob');
    expect((await db.store.judged(object, never)).rejection).toBeNull();
    const later = { ...object, generation: object.generation + 1n };
    expect(await namesOf(later)).toEqual([]);
    await judge(later, token, 'eve');
    expect([await namesOf(object), await namesOf(later)]).toEqual([[], ['eve']]);
  });

  it('saves it only while it holds, and what the caller was told is not enough', async () => {
    await saved();
    const { object, token, settler } = await awaited('cap: 2\n', 1);
    await judge(object, token, 'bob');
    const late = savingBy(async (...of) => {
      await judge(object, token, 'eve', 'wait');
      return db.store.save(...of);
    });
    expect(await new Settler(late, light).settle(object, under, never)).toBe('raced');
    expect(await settler.settle(object, under, never)).toMatchObject({
      refusal: { kind: 'unapproved', approvers: [], rejection: { name: 'eve' } },
    });
  });

  it('is used up by one save, and a second call after a lost answer says what the first one did', async () => {
    await saved();
    const { object, token } = await awaited('cap: 2\n', 1);
    await judge(object, token, 'bob');
    const twice = savingBy(async (...of) => {
      await db.store.save(...of);
      return db.store.save(...of);
    });
    expect(await new Settler(twice, light).settle(object, under, never)).toMatchObject({ saved: true });
    expect(await approvalsOf(2n)).toMatchObject([{ name: 'bob' }]);
    expect(await namesOf(object)).toEqual([]);
  });

  it('is bounded, and forgotten after its time', async () => {
    await saved();
    const { object, token } = await awaited('cap: 2\n', 1);
    for (let n = 0; n < 33; n += 1) await judge(object, token, `p${n}`);
    expect(await namesOf(object)).toHaveLength(32);
    expect(await kept().rotate({ maxAgeMs: 3_600_000, batch: 100 }, never)).toBe(0);
    await db.sql("UPDATE judgements SET at = now() - interval '31 days' WHERE object_uid = $1", [object.uid]);
    expect(await kept().rotate({ maxAgeMs: 30 * 86_400_000, batch: 30 }, never)).toBe(30);
    expect(await kept().rotate({ maxAgeMs: 30 * 86_400_000, batch: 30 }, never)).toBe(2);
  });
});

describe('what the history tells', () => {
  it('of a bypass is who and why, and of an object is who approved it', async () => {
    await saved();
    const bypassed = { ...under, bypassed: 'incident 12' };
    expect(await write(asked('cap: 2\n', { of: bypassed }))).toMatchObject({ kind: 'written' });
    expect(await approvalsOf(2n)).toMatchObject([{ kind: 'bypassed', name: 'ada', reason: 'incident 12' }]);
    const { object, token, settler } = await awaited('cap: 3\n', 2);
    await judge(object, token, 'bob');
    expect(await settler.settle(object, under, never)).toMatchObject({ saved: true });
    expect(await approvalsOf(3n)).toEqual([
      { kind: 'approved', name: 'bob', at: expect.any(Date), reason: null },
    ]);
    expect(await db.store.judged(object, never)).toEqual({ approvals: null, rejection: null });
  });

  it('of a bypass in a deployment that also deletes, which keeps what it deletes in the trash', async () => {
    await saved();
    const deployment = asked('b: 1\n', {
      path: 'b.yaml',
      base: 0n,
      of: { ...under, bypassed: 'incident 12' },
    });
    const gone = { kind: 'delete', config: at(), baseVersion: 1n, law, remark: '' } as const;
    const writing = new Requests(
      db.store,
      new PostgresRequests({ calls: db.store.calls, trashMs: 86_400_000 }),
      light,
    );
    const both = { ...deployment, changes: [...deployment.changes, gone] };
    expect(await writing.write(both, { dryRun: false, place: {} }, never)).toMatchObject({ kind: 'written' });
    expect(
      await db.sql('SELECT last_version::int AS v FROM trash WHERE namespace = $1', [namespace]),
    ).toEqual([{ v: 1 }]);
    expect((await history().version(at('b.yaml'), 1n, never))!.version.approvals).toMatchObject([
      { kind: 'bypassed' },
    ]);
  });

  it('is told to the role of the operator, and goes with its version', async () => {
    await saved();
    await write(asked('cap: 2\n', { of: { ...under, bypassed: 'incident 12' } }));
    await write(asked('cap: 3\n', { base: 2n, of: { ...under, bypassed: 'incident 12' } }));
    const gone = { config: at(), version: 2n, actor: person('ann'), idempotency: null };
    await new PostgresRequests(db.store).deleteVersion(gone, never);
    const [row] = await db.sql(
      "SELECT count(*)::int AS n FROM approvals WHERE reason = 'incident 12' AND version_id NOT IN (SELECT id FROM config_versions)",
      [],
    );
    expect(row).toEqual({ n: 0 });
  });
});
