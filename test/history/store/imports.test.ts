/** Commits of a Git history as versions, settled on the real store: in order, once, and never over what somebody saved. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lawOfPolicy } from '../../../history/core/law.ts';
import { Imports } from '../../../history/settle/imports.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { PostgresHistory } from '../../../history/store/history.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import type { CommitToImport } from '../../../history/words/imports.ts';
import type { Policy } from '../../../history/words/policy.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { Offload } from '../../../runtime/offload.ts';
import { edit, type Fixture, migrated, never, sha256 } from './fixtures.ts';

const offload = new Offload({
  module: new URL('../../../history/settle/thinker-thread.ts', import.meta.url),
  ...{ clock: systemClock, taskCpuMs: 60_000, maxHeapMiB: 512, idleMs: 60_000 },
});
const thinker = new Thinker(offload, { maxBodyBytes: 1 << 20 });
const ann = { name: 'ann', verified: true };

let db: Fixture;
let imports: Imports;
let history: PostgresHistory;
let namespace = '';
let count = 0;
beforeAll(async () => {
  db = await migrated();
  imports = new Imports(db.store, new PostgresRequests(db.store), thinker);
  history = new PostgresHistory(db.store);
});
afterAll(async () => {
  await offload.close();
  await db[Symbol.asyncDispose]();
});
beforeEach(() => {
  count += 1;
  namespace = `imports-${count}`;
});

const commitName = (n: number) => n.toString(16).padStart(40, '0');

function commit(n: number, over: Partial<CommitToImport> & { path?: string } = {}): CommitToImport {
  const { path = 'a.yaml', ...rest } = over;
  return {
    ...{ config: { namespace, path }, format: null, text: `n: ${n}\n`, comment: `commit ${n}\n\nits body` },
    author: 'Ada Lovelace <ada@example.com>',
    authored: { at: new Date(Date.UTC(2020, 0, n, 10)), offsetMinutes: -210 },
    git: { commit: commitName(n), branch: 'main', path: `config/${path}` },
    ...{ after: 0n, parentSha256: null },
    ...rest,
  };
}

const run = (commits: CommitToImport[], policy: Policy = {}) =>
  imports.import({ namespace, commits, actor: ann, law: lawOfPolicy(policy) }, {}, never);
const versions = async (path = 'a.yaml') =>
  (await history.versions({ namespace, path }, { after: null, limit: 100 }, never)).items;

describe('an import', () => {
  it('passes over commits whose text holds a secret, where those are refused', async () => {
    const commits = [commit(1), commit(2, { text: 'n: 2\npassword: hunter2\n' }), commit(3)];
    const done = await run(commits, { secrets: 'Refuse' });
    expect(done).toMatchObject({
      answers: [
        { kind: 'imported', version: 1n },
        { kind: 'skipped', refusal: { kind: 'secret', found: { places: [{ line: 2 }] } } },
        { kind: 'imported', version: 2n },
      ],
    });
    const again = await run(commits, { secrets: 'Refuse' });
    expect(again).toMatchObject({ answers: [{ kind: 'known' }, { kind: 'skipped' }, { kind: 'known' }] });
  });

  it('keeps the author’s name and time beside the importer’s and the store’s', async () => {
    const before = Date.now();
    const done = await run([commit(1), commit(2)]);
    expect(done).toEqual({
      kind: 'written',
      answers: [
        { kind: 'imported', version: 1n },
        { kind: 'imported', version: 2n },
      ],
    });
    const [second, first] = await versions();
    expect(second).toMatchObject({
      ...{
        version: 2n,
        kind: 'imported',
        author: 'Ada Lovelace <ada@example.com>',
        actor: ann,
        baseVersion: 1n,
      },
      authored: { at: new Date('2020-01-02T10:00:00Z'), offsetMinutes: -210 },
      git: { commit: commitName(2), branch: 'main', path: 'config/a.yaml' },
      comment: 'commit 2\n\nits body',
    });
    expect(second!.createdAt.getTime()).toBeGreaterThanOrEqual(before - 1000);
    expect(first).toMatchObject({ version: 1n, baseVersion: null });
  });

  it('that is sent again answers with what is there, and writes nothing, not even into the log', async () => {
    await run([commit(1), commit(2)]);
    const logged = () =>
      db.sql('SELECT count(*)::int AS n FROM deployment_changes WHERE namespace = $1', [namespace]);
    const [before] = await logged();
    expect(await run([commit(1), commit(2)])).toMatchObject({
      answers: [
        { kind: 'known', version: 1n },
        { kind: 'known', version: 2n },
      ],
    });
    expect(await versions()).toHaveLength(2);
    expect(await logged()).toEqual([before]);
  });

  it('goes on after the last imported version, in the order given, also over several configs', async () => {
    await run([commit(1), commit(1, { path: 'b.yaml' }), commit(2)]);
    const more = await run([
      commit(3, { after: 2n }),
      commit(3, { path: 'b.yaml', after: 1n }),
      commit(4, { after: 2n }),
    ]);
    expect(more).toMatchObject({
      answers: [{ version: 3n }, { version: 2n }, { version: 4n }].map(one => ({ kind: 'imported', ...one })),
    });
    const page = await history.exported(namespace, { after: null, limit: 100 }, never);
    expect(page.items.map(({ config, text }) => `${config.path} ${text.trim()}`)).toEqual([
      ...['a.yaml n: 1', 'b.yaml n: 1', 'a.yaml n: 2'],
      ...['a.yaml n: 3', 'b.yaml n: 3', 'a.yaml n: 4'],
    ]);
  });

  it('is one entry of the log, with one step of each config', async () => {
    await run([commit(1), commit(2), commit(2, { path: 'b.yaml' })]);
    const { items } = await history.deployments({ namespace }, 'all', { after: null, limit: 10 }, never);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      deployer: ann,
      git: { commit: commitName(2), branch: 'main' },
      changes: [
        { config: { path: 'a.yaml' }, operation: 'create', oldVersion: null, newVersion: 2n },
        { config: { path: 'b.yaml' }, operation: 'create', newVersion: 1n },
      ],
    });
  });

  it('passes over a commit whose text cannot be read, and says where', async () => {
    const done = await run([commit(1), commit(2, { text: 'a: [\n' }), commit(3)]);
    expect(done).toMatchObject({
      answers: [
        { kind: 'imported', version: 1n },
        { kind: 'skipped', refusal: { kind: 'unreadable' } },
        { kind: 'imported', version: 2n },
      ],
    });
    expect(await run([commit(9, { text: 'nul \0', path: 'c.txt' })])).toMatchObject({
      answers: [{ kind: 'skipped' }],
    });
    expect(await history.namespace(namespace, never)).toMatchObject({ configs: 1 });
  });

  it('never goes on after a version that somebody saved, unless that is the text it followed in Git', async () => {
    const config = { namespace, path: 'a.yaml' };
    await db.store.save(edit({ config, text: 'n: 0\n', uid: `uid-${count}` }), never);
    const refused = { kind: 'refused', refusal: { kind: 'not-in-git', head: { version: 1n } } };
    expect(await run([commit(1, { after: 1n })])).toMatchObject(refused);
    expect(await run([commit(1)])).toMatchObject(refused);
    expect(await run([commit(1, { after: 1n, parentSha256: sha256('n: 1\n') })])).toMatchObject(refused);
    expect(await versions()).toHaveLength(1);
    expect(await run([commit(1, { after: 1n, parentSha256: sha256('n: 0\n') })])).toMatchObject({
      answers: [{ kind: 'imported', version: 2n }],
    });
  });

  it('that one config refuses leaves nothing of the others', async () => {
    await run([commit(1)]);
    const done = await run([commit(2, { path: 'new.yaml' }), commit(2, { after: 7n })]);
    expect(done).toMatchObject({ kind: 'refused', refusal: { kind: 'not-in-git', after: 7n } });
    expect(await versions('new.yaml')).toEqual([]);
  });

  it('keeps to the quotas of its namespace', async () => {
    const over = { kind: 'refused', refusal: { kind: 'over-quota', exceeded: { namespace, used: 0n } } };
    expect(await run([commit(1), commit(2)], { maxVersionsPerDay: 1 })).toMatchObject(over);
    expect(await run([commit(1), commit(2)], { maxBytes: 9 })).toMatchObject(over);
    expect(await history.namespace(namespace, never)).toBeNull();
    expect(await run([commit(1), commit(2)], { maxBytes: 10, maxVersionsPerDay: 2 })).toMatchObject({
      kind: 'written',
    });
  });

  it('of two importers at once makes each version once', async () => {
    const all = Array.from({ length: 40 }, (_, n) => commit(n + 1));
    const done = await Promise.all([run(all), run(all), run(all)]);
    expect(done.map(({ kind }) => kind)).toEqual(['written', 'written', 'written']);
    expect((await versions()).map(({ version }) => Number(version))).toEqual(
      Array.from({ length: 40 }, (_, n) => 40 - n),
    );
  });

  it('goes on with the numbers of a config that was deleted', async () => {
    await run([commit(1), commit(2)]);
    const gone = { config: { namespace, path: 'a.yaml' }, expectedHead: null, actor: ann, idempotency: null };
    await new PostgresRequests(db.store).deleteConfig(gone, never);
    expect(await run([commit(1), commit(2)])).toMatchObject({
      answers: [
        { kind: 'imported', version: 3n },
        { kind: 'imported', version: 4n },
      ],
    });
  });
});

describe('an export', () => {
  it('comes in pages that end where their texts are large, and forgets nothing', async () => {
    const text = `a: ${'x'.repeat(700_000)}\n`;
    for (let n = 1; n <= 5; n += 1)
      await run([commit(n, { text: text.replace('x', String(n)), after: BigInt(n - 1) })]);
    const found: bigint[] = [];
    let pages = 0;
    for (let after: string | null = null; pages === 0 || after !== null; pages += 1) {
      const page = await history.exported(namespace, { after, limit: 100 }, never);
      expect(page.items.length).toBeLessThanOrEqual(3);
      found.push(...page.items.map(({ version }) => version.version));
      after = page.next;
    }
    expect([found, pages]).toEqual([[1n, 2n, 3n, 4n, 5n], 3]);
  });
});
