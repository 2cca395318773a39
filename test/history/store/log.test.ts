/** The deployment log: what one entry says, what groups entries into a deployment, and what rotation takes. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresRequests } from '../../../history/store/requests.ts';
import { edit, type Fixture, migrated, move, never, refusal, removal, saving, sha256 } from './fixtures.ts';

let db: Fixture;
beforeAll(async () => {
  db = await migrated();
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.sql('DELETE FROM deployments'));

let count = 0;
/** A config and an object of its own for each test. */
const fresh = () => {
  count += 1;
  return { config: { namespace: 'payments', path: `${count}` }, uid: `uid-${count}` };
};

const deployer = (name: string, verified = true) => ({ name, verified });

/**
 * What the list of deployments will ask: the newest entry stands for its deployment, and has the others
 * gathered around it.
 */
const page = (before: string | null, limit: number) => `
  SELECT lead.id, lead.deployer, g.entries, g.result FROM deployments lead
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS entries, CASE WHEN bool_and(d.result = 'accepted') THEN 'accepted' ELSE 'refused' END AS result
    FROM deployments d WHERE d.id = lead.id OR (d.group_key = lead.group_key AND d.deployer = lead.deployer
      AND d.deployer_verified = lead.deployer_verified)
  ) g
  WHERE ${before === null ? 'true' : `lead.id < ${before}`} AND (lead.group_key IS NULL OR lead.id = (
    SELECT later.id FROM deployments later WHERE later.group_key = lead.group_key
      AND later.deployer = lead.deployer AND later.deployer_verified = lead.deployer_verified
    ORDER BY later.id DESC LIMIT 1))
  ORDER BY lead.id DESC LIMIT ${limit}`;

describe('an entry', () => {
  it('is written once for each (uid, generation, reason) that was refused, and says what was tried on what', async () => {
    const e = { ...fresh(), text: 'a' };
    await db.store.save(edit(e), never);
    const refused = { ...e, text: 'b', generation: 2, deploymentId: 'run-7' };
    for (const _ of [1, 2, 3])
      await db.store.logRefusal(refusal(refused, 'VersionConflict', 'clash at /cap'), never);
    await db.store.logRefusal(refusal(refused, 'ConfirmationRequired'), never);
    await db.store.logRefusal(refusal({ ...refused, generation: 3 }, 'VersionConflict'), never);
    const [, first, ...rest] = await db.sql(
      `SELECT group_key, deployer, object_name, object_generation, git_commit, result, reason, message,
         operation, old_version, new_version, encode(old_sha256, 'hex') AS old, encode(new_sha256, 'hex') AS new
       FROM deployments JOIN deployment_changes ON deployment_id = id ORDER BY id`,
    );
    expect(first).toEqual({
      ...{ group_key: 'run-7', deployer: 'system:admin', object_name: 'limits', object_generation: '2' },
      ...{ git_commit: '3f2c', result: 'refused', reason: 'VersionConflict', message: 'clash at /cap' },
      ...{ operation: 'update', old_version: '1', new_version: null, old: sha256('a'), new: sha256('b') },
    });
    expect(rest.map(row => [row.reason, row.object_generation])).toEqual([
      ['ConfirmationRequired', '2'],
      ['VersionConflict', '3'],
    ]);
  });

  it('is written once when several replicas refuse at the same moment', async () => {
    const input = refusal({ ...fresh(), text: 'a' }, 'InvalidBody');
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => db.store.logRefusal(input, never)));
    const entries = 'SELECT operation FROM deployments JOIN deployment_changes ON deployment_id = id';
    expect(await db.sql(entries)).toEqual([{ operation: 'create' }]);
  });

  it('fails no proposal for what is said beside it: an annotation of any length, a quoted NUL', async () => {
    const e = {
      ...fresh(),
      deploymentId: `\0${Array.from({ length: 1_000 }, () => crypto.randomUUID()).join()}`,
    };
    expect((await db.store.save(edit({ ...e, text: 'a' }), never)).kind).toBe('saved');
    const refused = { ...e, text: 'b', generation: 2 };
    await db.store.logRefusal(refusal(refused, 'InvalidBody', 'found \0 and \uD800'), never);
    const keys = await db.sql('SELECT group_key, message FROM deployments ORDER BY id');
    expect(keys[1]?.message).toBe('found \uFFFD and \uFFFD');
    expect(keys[1]?.group_key).toBe(keys[0]?.group_key);
  });
});

describe('a deployment', () => {
  it('is one entry, or all entries of one deployer with one id, refused when one of them is', async () => {
    const by = (name: string, verified: boolean, deploymentId?: string) => {
      const input = edit({ ...fresh(), text: 'a', ...(deploymentId && { deploymentId }) });
      return { ...input, version: { ...input.version, actor: deployer(name, verified) } };
    };
    const first = by('ci', true, 'run-7');
    await db.store.save(first, never);
    await db.store.save(by('ann', true), never);
    await db.store.save(by('ann', true), never);
    await db.store.save(by('bob', true, 'run-7'), never);
    // A name that any client can choose does not get into somebody's deployment.
    await db.store.save(by('ci', false, 'run-7'), never);
    const refused = refusal({ ...fresh(), text: 'x', deploymentId: 'run-7' }, 'InvalidBody');
    await db.store.logRefusal({ ...refused, actor: deployer('ci') }, never);
    const again = move({ ...first, text: 'a', head: 1n, uid: 'again', deploymentId: 'run-7' }, 1n);
    await db.store.moveLine({ ...again, config: first.config, actor: deployer('ci') }, never);
    await db.store.deleteConfig(removal(first.config), never);
    const rows = await db.sql(page(null, 9));
    expect(rows.map(({ deployer, entries, result }) => [deployer, entries, result])).toEqual([
      ['system:admin', 1, 'accepted'],
      ['ci', 3, 'refused'],
      ['ci', 1, 'accepted'],
      ['bob', 1, 'accepted'],
      ['ann', 1, 'accepted'],
      ['ann', 1, 'accepted'],
    ]);
    const [, second] = rows;
    expect((await db.sql(page(String(second?.id), 2))).map(row => row.deployer)).toEqual(['ci', 'bob']);
  });
});

/** Entries one second apart, the newest of so many days ago; every fifth in a group of a hundred. */
const fill = (entries: number, { days = 3, namespace = 'n', operation = 'create' } = {}) =>
  db.sql(
    `WITH d AS (
       INSERT INTO deployments (created_at, group_key, deployer, deployer_verified, object_uid, object_generation, result)
       SELECT clock_timestamp() - interval '1 day' * ${days} - (${entries} - n) * interval '1 s',
         CASE WHEN n % 5 = 0 THEN 'g' || n / 500 END, 'd' || n % 7, true, 'u' || n, 1, 'accepted'
       FROM generate_series(1, ${entries}) AS n RETURNING id
     ) INSERT INTO deployment_changes SELECT id, 1, '${namespace}', 'p', '${operation}' FROM d`,
  );
const entries = async (namespace = 'n') =>
  (await db.sql('SELECT FROM deployment_changes WHERE namespace = $1', [namespace])).length;
const day = 86_400_000;

describe('rotateLog', () => {
  it('takes the oldest of a namespace beyond the number, a batch at a time, and then answers 0', async () => {
    await fill(1_010);
    const rotation = { maxEntries: 1_004, maxAgeMs: 90 * day, batch: 4 };
    const newest = await db.sql('SELECT id FROM deployments ORDER BY id DESC LIMIT 1004');
    const went: number[] = [];
    do went.push(await db.store.rotateLog(rotation, never));
    while (went.at(-1) !== 0);
    expect(went).toEqual([4, 2, 0]);
    expect(await db.sql('SELECT id FROM deployments ORDER BY id DESC')).toEqual(newest);
    expect(
      await db.sql('SELECT DISTINCT deployment_id AS id FROM deployment_changes ORDER BY 1 DESC'),
    ).toEqual(newest);
  });

  it('lets no namespace push out the entries of another, nor a delete, nor what is younger than a day', async () => {
    await fill(3, { namespace: 'quiet' });
    await fill(3, { operation: 'delete' });
    await fill(1_020);
    await fill(5, { days: 0, namespace: 'young' });
    const rotation = { maxEntries: 1_000, maxAgeMs: 90 * day, batch: 5_000 };
    expect(await db.store.rotateLog(rotation, never)).toBe(20);
    expect(await entries('quiet')).toBe(3);
    expect(await entries()).toBe(1_003);
    await fill(1_500, { days: 0, namespace: 'young' });
    expect(await db.store.rotateLog(rotation, never)).toBe(0);
  });

  it('keeps an entry as long as one of its changes stays', async () => {
    await fill(1);
    await db.sql("INSERT INTO deployment_changes SELECT id, 2, 'quiet', 'p', 'create' FROM deployments");
    await fill(1_000);
    const rotation = { maxEntries: 1_000, maxAgeMs: 90 * day, batch: 5_000 };
    expect(await db.store.rotateLog(rotation, never)).toBe(1);
    expect(await entries('quiet')).toBe(1);
    expect(await db.sql('SELECT FROM deployments')).toHaveLength(1_001);
  });

  it('takes what is too old though there are few, in batches', async () => {
    await fill(10, { days: 20 });
    await fill(5, { days: 3 });
    const keep = { maxEntries: 1_000, maxAgeMs: 10 * day, batch: 6 };
    for (const went of [6, 4, 0]) expect(await db.store.rotateLog(keep, never)).toBe(went);
    expect(await entries()).toBe(5);
  });

  it('leaves a thousand of each namespace and a week, whoever asks for less', async () => {
    await fill(1_003);
    const all = { maxEntries: 0, maxAgeMs: 0, batch: 5_000 };
    expect(await db.store.rotateLog(all, never)).toBe(3);
    expect(await entries()).toBe(1_000);
    await fill(2, { days: 8, namespace: 'old' });
    expect(await db.store.rotateLog(all, never)).toBe(2);
  });

  it('never touches a version', async () => {
    const e = fresh();
    await db.store.save(edit({ ...e, text: 'a' }), never);
    await db.sql(
      "ALTER TABLE deployments DISABLE TRIGGER USER; UPDATE deployments SET created_at = '2020-01-01'; ALTER TABLE deployments ENABLE TRIGGER USER",
    );
    expect(await db.store.rotateLog({ maxEntries: 0, maxAgeMs: day, batch: 9 }, never)).toBe(1);
    expect((await db.store.history(e.config, { limit: 9 }, never)).length).toBe(1);
  });

  it('does not wait for somebody else who rotates, but takes other entries', async () => {
    await fill(1_006);
    const rotation = { maxEntries: 1_000, maxAgeMs: 90 * day, batch: 4 };
    const other = await db.hold("SELECT pawl.rotate_log(1000, interval '90 days', 4)");
    expect(await db.store.rotateLog(rotation, never)).toBe(2);
    expect(await db.store.rotateLog(rotation, never)).toBe(0);
    await other.release();
    expect(await db.store.rotateLog(rotation, never)).toBe(4);
  });
});

describe('a text that its deployer deployed just before', () => {
  const changesOf = (path: string) =>
    db.sql('SELECT operation FROM deployment_changes WHERE path = $1 ORDER BY deployment_id', [path]);

  it('is not logged again, by a request or by its object, and is again after somebody else', async () => {
    const requests = new PostgresRequests(db.store);
    const { config, uid } = fresh();
    const head = { kind: 'unchanged', config, expectedHead: 1n, sha256: sha256('a') } as const;
    const again = (name: string) =>
      requests.saveTogether({ ...saving(), changes: [head], actor: { name, verified: true } }, never);
    await requests.saveTogether(saving({ config, text: 'a' }), never);
    for (const _ of [1, 2, 3])
      expect(await again('ann')).toMatchObject({ changes: [{ operation: 'unchanged' }] });
    expect(await changesOf(config.path)).toEqual([{ operation: 'create' }]);
    for (const name of ['bob', 'bob', 'ann']) await again(name);
    expect(await changesOf(config.path)).toHaveLength(3);
    for (const generation of [1, 2, 3])
      await db.store.moveLine(move({ config, uid, text: 'a', head: 1n, generation }, 1n), never);
    expect(await changesOf(config.path)).toHaveLength(4);
    // Beside a change that is new, what is unchanged is told.
    const next = saving({ config: { ...config, path: `${config.path}.b` }, text: 'b' });
    await requests.saveTogether(
      { ...next, changes: [...next.changes, head], actor: { name: 'system:admin', verified: true } },
      never,
    );
    expect(await changesOf(config.path)).toHaveLength(5);
  });
});

describe('with 20,000 entries', () => {
  beforeEach(async () => {
    await fill(20_000);
    await db.sql('ANALYZE deployments, deployment_changes');
  });

  /** Whole-table scans that a statement makes, also inside of functions. */
  const scans = async (statement: string) => {
    const counts = `SELECT sum(seq_scan)::int AS scans, sum(seq_tup_read)::int AS rows
      FROM pg_stat_xact_user_tables WHERE relname IN ('deployments', 'deployment_changes')`;
    // The counts may still hold what this connection did before.
    const [, before, , after] = await db.several('BEGIN', counts, statement, counts, 'ROLLBACK');
    return {
      scans: Number(after?.[0]?.scans) - Number(before?.[0]?.scans),
      rows: Number(after?.[0]?.rows) - Number(before?.[0]?.rows),
    };
  };
  const none = { scans: 0, rows: 0 };

  it('counts a scan when there is one', async () => {
    expect(await scans("SELECT FROM deployments WHERE message = 'x'")).toEqual({ scans: 1, rows: 20_000 });
  });

  it.each([
    ['beyond the number', "SELECT rotate_log(10000, interval '90 days', 500)"],
    ['by age', "SELECT rotate_log(100000, interval '1 h', 500)"],
    ['with nothing to do', "SELECT rotate_log(100000, interval '90 d', 500)"],
    [
      'a refusal',
      `SELECT log_refusal('n', 'p', 'c', 'n', 'o', 'u9', 2, sha256('x'), 'a', true, NULL, NULL, NULL, NULL, NULL,
         'g1', 'InvalidBody', '')`,
    ],
    ['a page of deployments', page(null, 50)],
    ['a later page of deployments', page('(SELECT max(id) - 15000 FROM deployments)', 50)],
    ['by commit', "SELECT id FROM deployments WHERE git_commit = '3f2c' ORDER BY id DESC LIMIT 50"],
    ['by deployer', "SELECT id FROM deployments WHERE deployer = 'd3' ORDER BY id DESC LIMIT 50"],
  ])('reads by an index: %s', async (_, statement) => {
    expect(await scans(statement)).toEqual(none);
  });
});
