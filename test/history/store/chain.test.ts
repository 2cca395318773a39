/** The hash chain: what PostgreSQL links, calculated anew, and what is found of what was changed past Pawl. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LinkedFacts } from '../../../api/types.gen.ts';
import { ChainCheck, type ChainVerdict, linkOf } from '../../../cli/chain.ts';
import { PostgresHistory } from '../../../history/store/history.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import { linkedOf } from '../../../server/routes/links.ts';
import { edit, type Fixture, migrated, never, saving } from './fixtures.ts';

let db: Fixture;
let history: PostgresHistory;
let requests: PostgresRequests;
beforeAll(async () => {
  db = await migrated();
  history = new PostgresHistory(db.store);
  requests = new PostgresRequests(db.store);
});
afterAll(() => db[Symbol.asyncDispose]());
let namespace = '';
let count = 0;
beforeEach(() => {
  count += 1;
  namespace = `chain-${count}`;
});

const actor = { name: 'ann', verified: true };
const at = (path: string) => ({ namespace, path });
const idempotency = (key: string) => ({ key, principal: `p${count}`, requestSha256: '00' });

async function save(path: string, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    const { head } = await db.store.look(
      { config: at(path), source: edit({ text }).proposal.source, baseVersion: null },
      never,
    );
    await requests.saveTogether(
      saving({ config: at(path), text, head: head?.version ?? 0n, comment: `why ${text}` }),
      never,
    );
  }
}

async function verdicts(limit = 100): Promise<ChainVerdict[]> {
  const checks = new Map<string, ChainCheck>();
  let after: string | null = null;
  do {
    const page = await history.links({ namespace, path: null }, { after, limit }, never);
    for (const record of page.items) {
      const { path } = record.config;
      const check = checks.get(path) ?? new ChainCheck(namespace, path);
      checks.set(path, check);
      check.add(linkedOf(record));
    }
    after = page.next;
  } while (after !== null);
  return [...checks.values()].map(check => check.verdict());
}
const verdictOf = async (path: string) => (await verdicts()).find(verdict => verdict.path === path)!;

/** As somebody who may do everything in the database, and turns its triggers off. */
const past = (...statements: string[]) =>
  db.transaction('SET LOCAL session_replication_role = replica', ...statements);
const row = (path: string, version: number) =>
  `config_id = (SELECT id FROM configs WHERE namespace = '${namespace}' AND path = '${path}') AND version = ${version}`;

describe('a chain that nobody broke', () => {
  it('is calculated from what is read just as PostgreSQL calculated it, whatever a version says', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 }).filter(one => !one.includes('\0'));
    const some = fc.option(text);
    const link = fc.record({
      ...{ path: text, comment: text, author: text, actor: text, verified: fc.boolean(), confirmed: some },
      ...{ commit: some, remote: some, dirty: fc.option(fc.boolean()), base: fc.option(fc.nat()) },
    });
    await fc.assert(
      fc.asyncProperty(link, some, async (one, before) => {
        const previous = before === null ? null : '0f'.repeat(32);
        const moment = '2026-03-02T09:14:05.120300Z';
        const [answer] = await db.sql(
          `SELECT encode(sha256, 'hex') AS sha256, encode(hints, 'hex') AS hints FROM link_of(decode($1, 'hex'), 'n', $2, 7,
            'yaml', decode($3, 'hex'), $4, $5, $6, $7, 'direct', $8, NULL, $9, $10, NULL, $11, $12, NULL, $13, NULL, NULL)`,
          [
            ...[
              previous,
              one.path,
              'ab'.repeat(32),
              one.author,
              one.actor,
              one.verified,
              one.confirmed,
              one.base,
            ],
            ...[one.comment, one.commit, one.dirty, one.remote, moment],
          ],
        );
        const facts: LinkedFacts = {
          ...{ format: 'yaml', content_sha256: 'ab'.repeat(32), created_by: one.author, actor: one.actor },
          ...{
            actor_verified: one.verified,
            confirmed_by: one.confirmed,
            kind: 'direct',
            base_version: one.base,
          },
          ...{ merged_onto: null, comment: one.comment, git_commit: one.commit, git_branch: null },
          ...{ git_dirty: one.dirty, git_remote: one.remote, git_path: null, created_at: moment },
          ...{ authored_at: null, authored_offset: null },
        };
        expect(answer).toEqual(linkOf(previous, { namespace: 'n', path: one.path, version: 7 }, facts));
      }),
      { numRuns: 20 },
    );
  });

  it('has a link for each version, whichever door saved it, in one statement or many', async () => {
    const objects = Array.from({ length: 6 }, (_, n) => ({ config: at(`o/${n}`), uid: `${namespace}-${n}` }));
    for (const generation of [1, 2, 3])
      await Promise.all(
        objects.map(one =>
          db.store.save(
            edit({ ...one, text: `text ${generation}`, generation, head: BigInt(generation - 1) }),
            never,
          ),
        ),
      );
    await save('request', 'a', 'b');
    await requests.saveTogether(
      saving({ config: at('x'), text: 'x' }, { config: at('y'), text: 'y' }),
      never,
    );
    const found = await verdicts();
    expect(found.flatMap(({ faults, notes }) => [...faults, ...notes])).toEqual([]);
    expect(found.map(({ path, versions, head }) => [path, versions, head?.version])).toEqual([
      ...objects.map(({ config }) => [config.path, 3, 3]),
      ...[
        ['request', 2, 2],
        ['x', 1, 1],
        ['y', 1, 1],
      ],
    ]);
    // In pages of every size, each that ends within a config or at its end.
    for (const limit of [1, 2, 3, 4, 7]) expect(await verdicts(limit)).toEqual(found);
  });

  it('goes on over versions that Pawl deleted or purged, and says who did that and why', async () => {
    await save('c', 'a', 'b', 'secret', 'd', 'e');
    await requests.deleteVersion(
      { config: at('c'), version: 2n, actor, idempotency: idempotency('d') },
      never,
    );
    const reason = 'held a password';
    await requests.purgeVersion(
      { config: at('c'), version: 3n, reason, actor, idempotency: idempotency('p') },
      never,
    );
    const day = new Date().toISOString().slice(0, 4);
    expect(await verdictOf('c')).toMatchObject({
      ...{ versions: 3, faults: [], head: { version: 5 } },
      notes: [
        { versions: '2', message: expect.stringMatching(`^deleted by ann on ${day}`) },
        { versions: '3', message: expect.stringMatching(/^purged by ann on .*: held a password$/) },
      ],
    });
  });

  it('goes on where a config was deleted and saved again', async () => {
    await save('c', 'a', 'b');
    await requests.deleteConfig({ config: at('c'), expectedHead: 2n, actor, idempotency: null }, never);
    const deleted = await verdictOf('c');
    expect(deleted).toMatchObject({ versions: 0, faults: [], notes: [{ versions: '1-2' }] });
    await save('c', 'c');
    expect(await verdictOf('c')).toMatchObject({ versions: 1, faults: [], head: { version: 3 } });
  });

  it('goes on after numbers that a restore lost', async () => {
    await save('c', 'a', 'b');
    await db.store.raiseFloor({ config: at('c'), format: 'yaml', seen: 6n }, never);
    await save('c', 'c');
    expect(await verdictOf('c')).toMatchObject({
      ...{ versions: 3, faults: [], head: { version: 7 } },
      notes: [{ versions: '3-6', message: expect.stringContaining('a restore lost') }],
    });
  });

  it('has a version that comes back under the link that it had', async () => {
    await save('c', 'a', 'b', 'c');
    const before = await verdictOf('c');
    const kept = `kept_${count}`;
    await db.transaction(
      `CREATE TABLE ${kept} AS SELECT * FROM config_versions WHERE ${row('c', 2)}`,
      `DELETE FROM config_versions WHERE ${row('c', 2)}`,
    );
    expect((await verdictOf('c')).faults).toMatchObject([{ version: 2, kind: 'missing' }]);
    // The head does not move to what comes back.
    await db.transaction(
      'ALTER TABLE config_versions DISABLE TRIGGER versions_advance_the_head',
      `INSERT INTO config_versions OVERRIDING SYSTEM VALUE SELECT * FROM ${kept}`,
      'ALTER TABLE config_versions ENABLE TRIGGER versions_advance_the_head',
      `DROP TABLE ${kept}`,
    );
    expect(await verdictOf('c')).toEqual(before);
  });
});

describe('versions saved before there were links', () => {
  const unlink = () =>
    past(
      `INSERT INTO unlinked_configs SELECT id FROM configs WHERE namespace = '${namespace}'`,
      `DELETE FROM version_links WHERE config_id IN (SELECT id FROM configs WHERE namespace = '${namespace}')`,
    );

  /** Calls of the upkeep until nothing waits. */
  async function upkeep(batch: number): Promise<number> {
    for (let calls = 0; ; calls += 1) if ((await db.store.linkWaiting(batch, never)) === 0) return calls;
  }

  it('wait, with what is saved of their config meanwhile, and are linked by the upkeep a few at a time', async () => {
    for (const path of ['a', 'b', 'c']) await save(path, '1', '2', '3', '4', '5');
    await unlink();
    await save('a', '6');
    for (const verdict of await verdicts())
      expect(verdict).toMatchObject({
        head: null,
        faults: [],
        notes: [{ message: expect.stringContaining('not linked yet') }],
      });
    expect(await db.store.linkWaiting(2, never)).toBe(2);
    await save('a', '7');
    const halfway = await verdictOf('a');
    expect(halfway).toMatchObject({ head: { version: 2 }, faults: [], versions: 7 });
    expect(halfway.notes).toMatchObject([{ versions: '1-2' }, { versions: '3-7' }]);
    expect(await upkeep(4)).toBeGreaterThan(2);
    await save('a', '8');
    expect((await verdicts()).map(({ faults, head }) => [faults, head?.version])).toEqual([
      [[], 8],
      [[], 5],
      [[], 5],
    ]);
    // Of what was saved since, nothing is late.
    expect((await verdictOf('a')).notes).toMatchObject([
      { versions: '1-7', message: expect.stringContaining('after they were saved') },
    ]);
  });
});

describe('what was done past Pawl is found', () => {
  const setText = `body_raw = 'evil', content_sha256 = sha256('evil')`;
  it.each<[string, (path: string) => string[], readonly object[]]>([
    [
      'a text that was changed, with its hash',
      path => [`UPDATE config_versions SET ${setText} WHERE ${row(path, 2)}`],
      [{ version: 2, kind: 'changed', message: 'was changed since it was saved: its text' }],
    ],
    [
      'another author',
      path => [`UPDATE config_versions SET created_by = 'mallory' WHERE ${row(path, 3)}`],
      [
        {
          version: 3,
          kind: 'changed',
          message: expect.stringMatching(/: its author, requester or confirmer$/),
        },
      ],
    ],
    [
      'another time and comment, of the latest',
      path => [`UPDATE config_versions SET comment = '', created_at = now() WHERE ${row(path, 5)}`],
      [
        {
          version: 5,
          kind: 'changed',
          message: expect.stringMatching(/: its comment, kind or base; its time$/),
        },
      ],
    ],
    [
      'another number',
      path => [`UPDATE config_versions SET version = 9 WHERE ${row(path, 3)}`],
      [
        { version: 3, kind: 'missing', message: 'is missing, and Pawl did not delete it' },
        { version: 9, kind: 'moved', message: 'was saved as version 3, and has another number now' },
      ],
    ],
    [
      'a version in the middle that was removed',
      path => [`DELETE FROM config_versions WHERE ${row(path, 3)}`],
      [{ version: 3, kind: 'missing' }],
    ],
    [
      'a version that was removed with its link',
      path => [
        `DELETE FROM config_versions WHERE ${row(path, 3)}`,
        `DELETE FROM version_links WHERE ${row(path, 3)}`,
      ],
      [
        {
          version: 4,
          kind: 'broken',
          message: expect.stringContaining('does not follow the link before it'),
        },
      ],
    ],
    [
      'two versions that were exchanged',
      path => [
        `UPDATE config_versions SET version = 99 WHERE ${row(path, 2)}`,
        `UPDATE config_versions SET version = 2 WHERE ${row(path, 3)}`,
        `UPDATE config_versions SET version = 3 WHERE ${row(path, 99)}`,
      ],
      [
        { version: 2, kind: 'moved', message: 'was saved as version 3, and has another number now' },
        { version: 3, kind: 'moved', message: 'was saved as version 2, and has another number now' },
      ],
    ],
    [
      'a version without a link',
      path => [`DELETE FROM version_links WHERE ${row(path, 5)}`],
      [{ version: 5, kind: 'unlinked' }],
    ],
    [
      'a link that was calculated anew for one version alone',
      path => [
        `UPDATE config_versions SET ${setText} WHERE ${row(path, 2)}`,
        `UPDATE version_links SET sha256 = sha256('x'), hints = hints WHERE ${row(path, 2)}`,
      ],
      [
        { version: 2, kind: 'changed' },
        { version: 3, kind: 'broken' },
      ],
    ],
  ])('%s', async (_what, statements, faults) => {
    await save('c', 'a', 'b', 'c', 'd', 'e');
    await save('other', 'a', 'b');
    expect((await verdictOf('c')).faults).toEqual([]);
    await past(...statements('c'));
    expect((await verdictOf('c')).faults).toMatchObject(faults);
    expect((await verdictOf('other')).faults).toEqual([]);
  });

  it('a version deleted by hand, with the role that did it', async () => {
    await save('c', 'a', 'b', 'c');
    await db.sql(`DELETE FROM config_versions WHERE ${row('c', 2)}`);
    expect((await verdictOf('c')).faults).toMatchObject([
      {
        version: 2,
        kind: 'missing',
        message: expect.stringMatching(/^was deleted past Pawl at .* by database role /),
      },
    ]);
  });
});

describe('a link', () => {
  it.each([
    ["UPDATE version_links SET sha256 = sha256('x')", /never changes/],
    ['DELETE FROM version_links', /kept for good/],
    ['TRUNCATE version_links', /kept for good/],
  ])('is not to be changed: %s', async (statement, message) => {
    await save('c', 'a');
    await expect(db.sql(statement)).rejects.toThrow(message);
  });
});
