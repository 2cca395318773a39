/** Writes by request, settled on the real store: one transaction each, all or nothing, and once however often sent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lawOfPolicy } from '../../../history/core/law.ts';
import { type Refusal, reasonOf } from '../../../history/core/refusal.ts';
import type { RequestedChange, RequestedDelete, WriteRequest } from '../../../history/settle/change.ts';
import { Requests, type Written } from '../../../history/settle/requests.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { PostgresHistory } from '../../../history/store/history.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import type { PostgresStore } from '../../../history/store/store.ts';
import type { ConfigId, Version } from '../../../history/words/model.ts';
import type { Policy } from '../../../history/words/policy.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { Offload } from '../../../runtime/offload.ts';
import type { History, Writing } from '../../../server/ports.ts';
import { until } from '../../setup/until.ts';
import { brokenPromises, edit, type Fixture, migrated, never, sha256, storeOn } from './fixtures.ts';
import { proxyTo } from './proxy.ts';

const offload = new Offload({
  module: new URL('../../../history/settle/thinker-thread.ts', import.meta.url),
  clock: systemClock,
  taskCpuMs: 60_000,
  maxHeapMiB: 512,
  idleMs: 60_000,
});
const thinker = new Thinker(offload, { maxBodyBytes: 1_048_576 });

function writingOn(store: PostgresStore): { requests: Requests; raw: PostgresRequests } {
  const raw = new PostgresRequests(store);
  return { requests: new Requests(store, raw, thinker), raw };
}

let db: Fixture;
let requests: Requests;
// Typed as the server sees them: the compiler checks that its ports are filled.
let raw: PostgresRequests & Omit<Writing, 'write' | 'import'>;
let history: PostgresHistory & History;
beforeAll(async () => {
  db = await migrated();
  ({ requests, raw } = writingOn(db.store));
  history = new PostgresHistory(db.store);
});
afterAll(async () => {
  await offload.close();
  await db[Symbol.asyncDispose]();
});

let count = 0;
const fresh = (): ConfigId => {
  count += 1;
  return { namespace: 'payments', path: `requests/${count}.yaml` };
};
const ann = { name: 'ann', verified: true };
// Most saves here are about something else than their base.
const law = lawOfPolicy({ requireBaseVersion: false });

function change(config: ConfigId, text: string, over: Partial<RequestedChange> = {}): RequestedChange {
  return {
    ...{ config, format: null, text, baseVersion: null, unstated: 'latest', onStale: null, confirm: null },
    ...{ mustExist: false, law, comment: '', promoted: false, ...over },
  };
}
function removal(config: ConfigId, baseVersion: Version | null = null): RequestedDelete {
  return { kind: 'delete', config, baseVersion, law, remark: '' };
}
function request(
  changes: (RequestedChange | RequestedDelete)[],
  over: Partial<WriteRequest> = {},
): WriteRequest {
  return { changes, actor: ann, author: 'ada', git: {}, group: null, idempotency: null, ...over };
}
const write = (changes: (RequestedChange | RequestedDelete)[], over: Partial<WriteRequest> = {}) =>
  requests.write(request(changes, over), { dryRun: false, place: {} }, never);
const key = (name: string, asks = name) => ({ key: name, principal: 'ann', requestSha256: sha256(asks) });
const kinds = (written: Written) =>
  'answers' in written ? written.answers.map(({ kind }) => kind) : [written.kind];
const headOf = async (config: ConfigId) => {
  const head = await history.head(config, never);
  return head.record ? { version: head.record.head.version, text: head.text } : null;
};
const refusalOf = (written: Written, index = 0) => {
  const answer = 'answers' in written ? written.answers[index] : undefined;
  if (answer?.kind !== 'refused') throw new Error(`${written.kind} is no refusal`);
  return answer.refusal;
};

describe('a save by request', () => {
  it('is kept with who asked, on what, how, and without a line', async () => {
    const config = fresh();
    const git = { commit: 'abcdef1', branch: 'main', dirty: true };
    const created = await write([change(config, 'a: 1\n', { baseVersion: 0n, comment: 'first' })], { git });
    expect(created).toMatchObject({
      kind: 'written',
      replayed: false,
      answers: [
        { kind: 'saved', operation: 'create', version: 1n, previous: null, sha256: sha256('a: 1\n') },
      ],
    });
    const second = await write([change(config, 'a: 2\n', { baseVersion: 1n, promoted: true })]);
    expect(second).toMatchObject({ answers: [{ operation: 'update', version: 2n, previous: 1n }] });
    await write([change(config, 'a: 3\n')]);
    const { items } = await history.versions(config, { after: null, limit: 9 }, never);
    expect(items.map(({ version, kind, baseVersion }) => [version, kind, baseVersion])).toEqual([
      [3n, 'direct', null],
      [2n, 'promoted', 1n],
      [1n, 'direct', 0n],
    ]);
    expect(items[2]).toMatchObject({
      actor: ann,
      author: 'ada',
      comment: 'first',
      git,
      object: null,
      bytes: 5,
    });
    expect(await db.sql('SELECT FROM sources')).toEqual([]);
  });

  it('changes nothing when it is the latest text already', async () => {
    const config = fresh();
    await write([change(config, 'a: 1\n')]);
    expect(kinds(await write([change(config, 'a: 1\n', { baseVersion: 1n })]))).toEqual(['unchanged']);
    expect(await headOf(config)).toMatchObject({ version: 1n });
  });

  it('is shown before it is merged, and a token saves exactly what was shown, by name', async () => {
    const config = fresh();
    await write([change(config, 'a: 1\nb: 1\nc: 1\n')]);
    await write([change(config, 'a: 1\nb: 1\nc: 2\n', { baseVersion: 1n })]);
    const mine = change(config, 'a: 2\nb: 1\nc: 1\n', { baseVersion: 1n });
    const asked = refusalOf(await write([mine]));
    expect(asked).toMatchObject({
      kind: 'unconfirmed',
      stale: { base: { record: { version: 1n } } },
      ...{ head: { version: 2n }, merged: 'a: 2\nb: 1\nc: 2\n' },
    });
    const tokenOf = (refusal: Refusal) => (refusal.kind === 'unconfirmed' ? refusal.token : '');
    const token = tokenOf(asked);
    // Somebody was there meanwhile: what was shown is not what would be saved.
    await write([change(config, 'a: 1\nb: 1\nc: 3\n', { baseVersion: 2n })]);
    const again = refusalOf(await write([{ ...mine, confirm: token }]));
    expect(again.kind).toBe('unconfirmed');
    expect(tokenOf(again)).not.toBe(token);
    const saved = await write([{ ...mine, confirm: tokenOf(again) }]);
    expect(saved).toMatchObject({ answers: [{ kind: 'saved', version: 4n, versionKind: 'confirmed' }] });
    expect(await headOf(config)).toEqual({ version: 4n, text: 'a: 2\nb: 1\nc: 3\n' });
    const { items } = await history.versions(config, { after: null, limit: 1 }, never);
    expect(items[0]).toMatchObject({
      mergedOnto: 3n,
      mergedPaths: ['/a'],
      confirmedBy: 'ann',
      baseVersion: 1n,
    });
  });

  it('is refused at a real clash, with the places, who made them, and a marked text', async () => {
    const config = fresh();
    await write([change(config, 'a: 1\nb: 1\n')]);
    await write([change(config, 'a: 2\nb: 1\n', { baseVersion: 1n })], { author: 'bob' });
    await write([change(config, 'a: 2\nb: 2\n', { baseVersion: 2n })], { author: 'eve' });
    const refusal = refusalOf(
      await write([change(config, 'a: 9\nb: 1\n', { baseVersion: 1n, onStale: 'Merge' })]),
    );
    expect(refusal).toMatchObject({
      kind: 'clash',
      places: [{ pointer: '/a', by: { version: 2n, author: 'bob' } }],
      marked: expect.stringContaining('<<<<<<<'),
    });
    const reject = change(config, 'a: 2\nb: 9\n', { baseVersion: 2n, onStale: 'Reject' });
    expect(refusalOf(await write([reject]))).toMatchObject({ kind: 'rejected' });
  });

  it('decides everything and writes nothing in a dry run', async () => {
    const config = fresh();
    const dry = (one: RequestedChange) => requests.write(request([one]), { dryRun: true, place: {} }, never);
    expect(await dry(change(config, 'a: 1\n'))).toMatchObject({
      kind: 'dry-run',
      answers: [{ kind: 'ready', version: 1n, text: 'a: 1\n' }],
    });
    expect(await headOf(config)).toBeNull();
    expect(refusalOf(await dry(change(config, 'a: [\n')))).toMatchObject({
      kind: 'unreadable',
      problem: { line: 2 },
    });
  });

  it('gets no gap and no double number beside saves of objects on the same config', async () => {
    const config = fresh();
    await write([change(config, 'n: 0\n')]);
    const byRequest = async (name: string) => {
      for (let n = 0; n < 10; n += 1) {
        const written = await write([change(config, `by: ${name}-${n}\n`)]);
        expect(kinds(written)).toEqual(['saved']);
      }
    };
    const byObject = async () => {
      for (let n = 1; n <= 10; ) {
        const { head } = await db.store.look(
          { config, source: { cluster: 'c', namespace: 'n', name: 'o' }, baseVersion: null },
          never,
        );
        const e = edit({
          config,
          uid: 'o',
          generation: n,
          text: `by: object-${n}\n`,
          head: head?.version ?? 0n,
        });
        if ((await db.store.save(e, never)).kind === 'saved') n += 1;
      }
    };
    await Promise.all([byRequest('a'), byRequest('b'), byRequest('c'), byObject()]);
    const { items } = await history.versions(config, { after: null, limit: 100 }, never);
    expect(items.map(({ version }) => version)).toEqual(Array.from({ length: 41 }, (_, n) => BigInt(41 - n)));
    expect(await brokenPromises(db)).toEqual([]);
  });
});

describe('a deployment', () => {
  it('is one entry of the log with all its changes, in one moment', async () => {
    const [one, two, three] = [fresh(), fresh(), fresh()];
    await write([change(two, 'same: 1\n')]);
    const written = await write(
      [change(three, 'c: 1\n'), change(two, 'same: 1\n', { baseVersion: 1n }), change(one, 'a: 1\n')],
      { group: 'release-7', git: { commit: 'abcdef1' } },
    );
    expect(kinds(written)).toEqual(['saved', 'unchanged', 'saved']);
    const page = await history.deployments({ commit: 'abcdef1' }, 'all', { after: null, limit: 1 }, never);
    expect(page.items[0]).toMatchObject({
      group: 'release-7',
      deployer: ann,
      result: 'accepted',
      entries: 1,
      changeCount: 3,
    });
    expect(page.items[0]?.changes.map(({ config, operation }) => [config.path, operation])).toEqual([
      [three.path, 'create'],
      [two.path, 'unchanged'],
      [one.path, 'create'],
    ]);
  });

  it('saves nothing when one change is refused, and tells the answer of each', async () => {
    const [good, bad] = [fresh(), fresh()];
    const entries = async () => (await db.sql('SELECT FROM deployments')).length;
    const before = await entries();
    const written = await write([change(good, 'a: 1\n'), change(bad, 'a: [\n'), change(good, 'a: 2\n')]);
    expect(kinds(written)).toEqual(['ready', 'refused', 'refused']);
    expect(await headOf(good)).toBeNull();
    expect(await entries()).toBe(before);
  });

  it('loses no edit of anybody when all edit the same version of the same configs at once', async () => {
    const configs = [fresh(), fresh()];
    const lines = (mine = -1) =>
      Array.from({ length: 8 }, (_, n) => `key${n}: ${n === mine ? 'mine' : 0}\n`).join('');
    await write(configs.map(config => change(config, lines())));
    const deploy = (mine: number) =>
      write(configs.map(config => change(config, lines(mine), { baseVersion: 1n, onStale: 'Merge' })));
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => deploy(n)));
    expect(all.map(({ kind }) => kind)).toEqual(all.map(() => 'written'));
    for (const config of configs) {
      const text = Array.from({ length: 8 }, (_, n) => `key${n}: mine\n`).join('');
      expect(await headOf(config)).toEqual({ version: 9n, text });
    }
  });

  it('deletes and saves in one entry of the log, and goes on with the numbers of what it deleted', async () => {
    const [old, kept] = [fresh(), fresh()];
    await write([change(old, 'a: 1\n')]);
    await db.store.save(edit({ config: old, uid: `line-${old.path}`, text: 'a: 2', head: 1n }), never);
    const together = [removal(old, 2n), change(kept, 'b: 1\n')];
    const git = { commit: 'de1e7ed' };
    const written = await write(together, { git, idempotency: key('prune') });
    expect(written).toMatchObject({
      answers: [
        { kind: 'deleted', config: old, previous: 2n, sha256: sha256('a: 2') },
        { kind: 'saved', config: kept, version: 1n },
      ],
    });
    expect(await history.head(old, never)).toEqual({ record: null, lastVersion: 2n });
    expect(await db.sql(`SELECT FROM pawl.sources WHERE uid = 'line-${old.path}'`)).toEqual([]);
    const page = await history.deployments({ commit: git.commit }, 'all', { after: null, limit: 9 }, never);
    expect(page.items).toMatchObject([
      {
        entries: 1,
        changes: [
          { config: old, operation: 'delete', oldVersion: 2n, newVersion: null, oldSha256: sha256('a: 2') },
          { config: kept, operation: 'create', newVersion: 1n },
        ],
      },
    ]);
    expect(await write([change(old, 'a: 3\n')])).toMatchObject({ answers: [{ version: 3n }] });
    // Sent again: it is done, and what came later is not its business.
    const again = await write(together, { git, idempotency: key('prune') });
    expect(again).toEqual({ ...written, replayed: true });
    expect(await headOf(old)).toMatchObject({ version: 3n });
  });

  it('deletes nothing that somebody saved since, and nothing at all when one change is refused', async () => {
    const [stale, fine, other, none] = [fresh(), fresh(), fresh(), fresh()];
    await write([stale, fine].map(config => change(config, 'a: 1\n')));
    await write([change(stale, 'a: 2\n')], { author: 'bob' });
    const written = await write([removal(stale, 1n), removal(fine, 1n), change(other, 'b: 1\n')]);
    expect(kinds(written)).toEqual(['refused', 'deletable', 'ready']);
    expect(refusalOf(written)).toMatchObject({
      kind: 'moved',
      head: { version: 2n, author: 'bob' },
    });
    expect(kinds(await write([removal(fine), removal(none)]))).toEqual(['deletable', 'missing']);
    expect(kinds(await write([removal(fine), change(fine, 'a: 9\n')]))).toEqual(['deletable', 'refused']);
    for (const config of [stale, fine]) expect(await headOf(config)).not.toBeNull();
    expect(await headOf(other)).toBeNull();
    const dry = await requests.write(request([removal(fine, 1n)]), { dryRun: true, place: {} }, never);
    expect(dry).toMatchObject({ kind: 'dry-run', answers: [{ kind: 'deletable', version: 1n }] });
    expect(await headOf(fine)).toMatchObject({ version: 1n });
  });

  it('follows the policies of the namespace when it deletes', async () => {
    const config = fresh();
    await write([change(config, 'a: 1\n')]);
    const under = (policy: Policy) => ({ ...removal(config), law: lawOfPolicy(policy) });
    expect(reasonOf(refusalOf(await write([under({ requireGitCommit: true })])))).toBe('MissingGitCommit');
    expect(reasonOf(refusalOf(await write([under({ requireBaseVersion: true })])))).toBe(
      'BaseVersionRequired',
    );
    const named = { ...under({ requireBaseVersion: true }), baseVersion: 1n };
    expect(kinds(await write([named]))).toEqual(['deleted']);
  });

  it('of deletes beside saves of the same configs leaves each either deleted whole or saved whole', async () => {
    const configs = [fresh(), fresh(), fresh()];
    await write(configs.map(config => change(config, 'by: nobody\n')));
    const rounds = 6;
    const saver = async (name: string) => {
      for (let n = 0; n < rounds; n += 1) {
        const written = await write(
          [...configs].reverse().map(config => change(config, `by: ${name}-${n}\n`)),
        );
        expect(written.kind).toBe('written');
      }
    };
    const remover = async () => {
      for (let n = 0; n < rounds; n += 1) {
        const written = await write(configs.map(config => removal(config)));
        expect(['written', 'refused']).toContain(written.kind);
      }
    };
    await Promise.all([saver('a'), remover(), saver('b'), remover()]);
    // Deployments are one moment: all three have a head or none has, and the same one.
    const heads = await Promise.all(configs.map(async config => (await headOf(config))?.text ?? null));
    expect(new Set(heads).size).toBe(1);
    expect(await brokenPromises(db)).toEqual([]);
  });

  it('is all or nothing while others save the same configs, in any order', async () => {
    const configs = [fresh(), fresh(), fresh(), fresh()];
    await write(configs.map(config => change(config, 'by: nobody\n')));
    const rounds = 8;
    const deploy = async (name: string, order: ConfigId[]) => {
      for (let n = 0; n < rounds; n += 1) {
        const written = await write(order.map(config => change(config, `by: ${name}-${n}\n`)));
        expect(written.kind).toBe('written');
      }
    };
    const other = async () => {
      for (let n = 0; n < rounds; n += 1) await write([change(configs[n % 4]!, `alone: ${n}\n`)]);
    };
    await Promise.all([
      deploy('a', configs),
      deploy('b', [...configs].reverse()),
      deploy('c', [configs[2]!, configs[0]!, configs[3]!, configs[1]!]),
      other(),
    ]);
    expect(await brokenPromises(db)).toEqual([]);
    // Every deployment is in the history of every config, in the same order.
    const orders = await Promise.all(
      configs.map(async config => {
        const names: string[] = [];
        for await (const { text } of history.backwards(config, { to: 1_000n, limit: 100 }, never)) {
          if (text.startsWith('by:')) names.push(text);
        }
        return names;
      }),
    );
    expect(orders[0]).toHaveLength(3 * rounds + 1);
    for (const order of orders) expect(order).toEqual(orders[0]);
  });
});

describe('an idempotency key', () => {
  it('gives the same answer to the same request also when the world moved on, and none to another one', async () => {
    const config = fresh();
    const first = await write([change(config, 'a: 1\n')], { idempotency: key('k1') });
    await write([change(config, 'a: 2\n')]);
    const again = await write([change(config, 'a: 1\n')], { idempotency: key('k1') });
    expect(again).toEqual({ ...first, replayed: true });
    expect(await headOf(config)).toEqual({ version: 2n, text: 'a: 2\n' });
    const other = await write([change(config, 'a: 3\n')], { idempotency: key('k1', 'something else') });
    expect(other).toEqual({ kind: 'key-reused' });
    // Somebody else's key is another one.
    const theirs = { ...key('k1'), principal: 'bob' };
    expect(kinds(await write([change(config, 'a: 3\n')], { idempotency: theirs }))).toEqual(['saved']);
  });

  it('deletes once when the same request comes many times at once', async () => {
    const config = fresh();
    await write([change(config, 'a: 1\n')]);
    const one = () => write([removal(config, 1n)], { idempotency: key('gone once') });
    const all = await Promise.all(Array.from({ length: 8 }, one));
    for (const written of all) expect(kinds(written)).toEqual(['deleted']);
    expect(all.filter(written => 'replayed' in written && !written.replayed)).toHaveLength(1);
    const page = await history.deployments(config, 'all', { after: null, limit: 9 }, never);
    expect(page.items.map(({ changes }) => changes[0]?.operation)).toEqual(['delete', 'create']);
  });

  it('saves once when the same request comes many times at once', async () => {
    const configs = [fresh(), fresh()];
    const all = await Promise.all(
      Array.from({ length: 8 }, () =>
        write(
          configs.map(config => change(config, 'a: 1\n')),
          { idempotency: key('many') },
        ),
      ),
    );
    const [first] = all;
    for (const one of all) expect({ ...one, replayed: false }).toEqual({ ...first, replayed: false });
    expect(all.filter(one => 'replayed' in one && !one.replayed)).toHaveLength(1);
    for (const config of configs) expect(await headOf(config)).toMatchObject({ version: 1n });
  });

  it('never lets a request be refused for what its own twin did', async () => {
    const config = fresh();
    const one = () => write([change(config, 'a: 1\n', { baseVersion: 0n })], { idempotency: key('twins') });
    const all = await Promise.all(Array.from({ length: 8 }, one));
    expect(all.map(kinds)).toEqual(all.map(() => ['saved']));
    expect(await headOf(config)).toMatchObject({ version: 1n });
  });

  it.each(['cut-reply', 'cut-request'] as const)('saves once when the connection is lost: %s', async mode => {
    await using proxy = await proxyTo(db.url);
    await using store = storeOn(proxy.url);
    const through = writingOn(store);
    const config = fresh();
    await store.ping(never);
    proxy.arm(mode, 'save_together');
    const asked = request([change(config, 'a: 1\n', { baseVersion: 0n })], {
      idempotency: key(`lost ${mode}`),
    });
    const written = await through.requests.write(asked, { dryRun: false, place: {} }, never);
    expect(proxy.seen).toBe(1);
    const answers = [{ version: 1n, operation: 'create' }];
    expect(written).toMatchObject({ kind: 'written', answers, replayed: mode === 'cut-reply' });
    expect(await headOf(config)).toEqual({ version: 1n, text: 'a: 1\n' });
  });

  it('without one, a lost answer is never taken for a refusal: the caller is told that nobody knows', async () => {
    await using proxy = await proxyTo(db.url);
    await using store = storeOn(proxy.url);
    const through = writingOn(store);
    const config = fresh();
    await store.ping(never);
    proxy.arm('cut-reply', 'save_together');
    const writing = through.requests.write(
      request([change(config, 'a: 1\n', { baseVersion: 0n })]),
      { dryRun: false, place: {} },
      never,
    );
    await expect(writing).rejects.toMatchObject({ reason: 'Unavailable', message: /not known whether/ });
  });

  it('is forgotten after its time, a batch at a time', async () => {
    await write([change(fresh(), 'a: 1\n')], { idempotency: key('old') });
    const limits = { maxChanges: 1e9, changeMaxAgeMs: 1e12, batch: 2 };
    expect((await raw.rotate({ ...limits, keyMaxAgeMs: 1e9 }, never)).keys).toBe(0);
    let gone = 0;
    for (let last = -1; last !== 0; gone += last)
      last = (await raw.rotate({ ...limits, keyMaxAgeMs: 0 }, never)).keys;
    expect(gone).toBeGreaterThan(2);
    expect(await raw.recall(key('old'), never)).toEqual({ kind: 'unknown' });
  });
});

describe('deletes', () => {
  const remove = (config: ConfigId, expectedHead: Version | null = null, name?: string) =>
    raw.deleteConfig({ config, expectedHead, actor: ann, idempotency: name ? key(name) : null }, never);

  it('takes a config with all its versions and lines, keeps its counter, and is logged', async () => {
    const config = fresh();
    await write([change(config, 'a: 1\n')]);
    await db.store.save(edit({ config, uid: 'line', text: 'a: 2', head: 1n }), never);
    expect(await remove(config, 1n)).toEqual({ kind: 'moved', head: 2n });
    expect(await remove(config, 2n, 'remove')).toEqual({ kind: 'deleted', versions: 2, lastVersion: 2n });
    expect(await history.head(config, never)).toEqual({ record: null, lastVersion: 2n });
    expect(await remove(config)).toEqual({ kind: 'missing' });
    expect(await write([change(config, 'a: 3\n', { baseVersion: 0n })])).toMatchObject({
      answers: [{ version: 3n }],
    });
    // Sent again: it is done, and what came later is not its business.
    expect(await remove(config, 2n, 'remove')).toEqual({ kind: 'replayed' });
    expect(await headOf(config)).toMatchObject({ version: 3n });
    const { items } = await history.deployments(
      { namespace: 'payments', path: config.path },
      'all',
      { after: null, limit: 9 },
      never,
    );
    expect(items.map(({ changes }) => changes[0]?.operation)).toEqual([
      'create',
      'delete',
      'update',
      'create',
    ]);
  });

  it('takes one version that is not the head, and the base it was is then gone', async () => {
    const config = fresh();
    for (const n of [1, 2, 3]) await write([change(config, `a: ${n}\n`)]);
    const one = (version: Version) =>
      raw.deleteVersion({ config, version, actor: ann, idempotency: null }, never);
    expect(await one(3n)).toBe('head');
    expect(await one(2n)).toBe('deleted');
    expect(await one(2n)).toBe('gone');
    expect(await one(9n)).toBe('gone');
    expect(reasonOf(refusalOf(await write([change(config, 'a: 4\n', { baseVersion: 2n })])))).toBe(
      'BaseVersionGone',
    );
    expect(reasonOf(refusalOf(await write([change(config, 'a: 4\n', { baseVersion: 9n })])))).toBe(
      'BaseVersionAhead',
    );
  });

  it('takes a namespace only when it is empty, also when somebody saves at that moment', async () => {
    const config = { namespace: 'short', path: 'a.yaml' };
    const create = (name?: string) =>
      raw.createNamespace({ name: 'short', idempotency: name ? key(name) : null }, never);
    const removeIt = () => raw.deleteNamespace({ name: 'short', idempotency: null }, never);
    expect([await create('ns'), await create('ns'), await create()]).toEqual([
      'created',
      'replayed',
      'exists',
    ]);
    await write([change(config, 'a: 1\n')]);
    expect(await removeIt()).toEqual({ kind: 'in-use', configs: 1 });
    await remove(config);
    expect(await removeIt()).toEqual({ kind: 'deleted' });
    expect(await removeIt()).toEqual({ kind: 'missing' });
    for (let n = 0; n < 10; n += 1) {
      const [saved, removed] = await Promise.all([write([change(config, `a: ${n}\n`)]), removeIt()]);
      expect(kinds(saved)).toEqual(['saved']);
      expect(['missing', 'in-use', 'deleted']).toContain(removed.kind);
      expect(await history.namespace('short', never)).toMatchObject({ configs: 1 });
      await remove(config);
    }
  });
});

describe('a namespace asked for twice at once under one key', () => {
  const twin = (name: string) => `'ann', '${name}', '\\x${sha256(name)}'`;
  const waiting = () =>
    until('it waits for its twin', 10_000, async () => {
      const rows = await db.sql(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length > 0;
    });
  /** What it comes to when these statements, in one transaction, are just before it. */
  async function behind<T>(statements: string, ask: () => Promise<T>): Promise<T> {
    const holder = await db.hold(statements);
    const asked = ask();
    asked.catch(() => undefined);
    await waiting().finally(() => holder.release('COMMIT'));
    return asked;
  }
  const create = (name: string, idempotency: ReturnType<typeof key> | null = key(`make ${name}`)) =>
    raw.createNamespace({ name, idempotency }, never);
  const remove = (name: string, idempotency: ReturnType<typeof key> | null = key(`drop ${name}`)) =>
    raw.deleteNamespace({ name, idempotency }, never);
  const made = (name: string) => `SELECT FROM create_namespace('${name}', ${twin(`make ${name}`)})`;
  const dropped = (name: string) => `SELECT FROM delete_namespace('${name}', ${twin(`drop ${name}`)})`;

  it('is made once, and the one that waited for the other is told so', async () => {
    expect(await behind(made('twin-1'), () => create('twin-1'))).toBe('replayed');
    // Only its twin: to anybody else it exists, and the key of another request is taken.
    expect(await behind(made('twin-2'), () => create('twin-2', null))).toBe('exists');
    const theirs = { ...key('make twin-3'), principal: 'bob' };
    expect(await behind(made('twin-3'), () => create('twin-3', theirs))).toBe('exists');
    const other = key('make twin-4', 'something else');
    expect(await behind(made('twin-4'), () => create('twin-4', other))).toBe('key-reused');
  });

  it('is deleted once, and the one that waited for the other is told so', async () => {
    for (const n of [5, 6, 7, 8]) await create(`twin-${n}`);
    expect(await behind(dropped('twin-5'), () => remove('twin-5'))).toEqual({ kind: 'replayed' });
    expect(await behind(dropped('twin-6'), () => remove('twin-6', null))).toEqual({ kind: 'missing' });
    const theirs = { ...key('drop twin-7'), principal: 'bob' };
    expect(await behind(dropped('twin-7'), () => remove('twin-7', theirs))).toEqual({ kind: 'missing' });
    const other = key('drop twin-8', 'something else');
    expect(await behind(dropped('twin-8'), () => remove('twin-8', other))).toEqual({ kind: 'key-reused' });
  });

  it('is deleted, and not refused for what was saved there after that', async () => {
    // Others' saves cannot be before the count and after the first look at the key, unless the count has to wait.
    const config = { namespace: 'twin-9', path: 'a.yaml' };
    await write([change(config, 'a: 1\n')]);
    const [{ id } = {}] = await db.sql("SELECT id FROM configs WHERE namespace = 'twin-9'");
    const head = `(SELECT max(id) FROM config_versions WHERE config_id = ${id})`;
    const away = `UPDATE configs SET latest_version_id = NULL WHERE id = ${id}`;
    const back = `INSERT INTO namespaces (name) VALUES ('twin-9'); UPDATE configs SET latest_version_id = ${head} WHERE id = ${id}`;
    const statements = `${away}; ${dropped('twin-9')}; LOCK TABLE configs; ${back}`;
    expect(await behind(statements, () => remove('twin-9'))).toEqual({ kind: 'replayed' });
    expect(await remove('twin-9', null)).toEqual({ kind: 'in-use', configs: 1 });
  });
});
