/** The deployment log: what one entry says, what groups entries into a deployment, and what rotation takes. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { edit, type Fixture, migrated, move, never, refusal, removal, sha256 } from './fixtures.ts';

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

/** Entries one second apart, the newest of now; every fifth in a group of a hundred. */
const fill = (entries: number) =>
  db.sql(
    `WITH d AS (
       INSERT INTO deployments (created_at, group_key, deployer, deployer_verified, object_uid, object_generation, result)
       SELECT clock_timestamp() - (${entries} - n) * interval '1 s', CASE WHEN n % 5 = 0 THEN 'g' || n / 500 END,
         'd' || n % 7, true, 'u' || n, 1, 'accepted' FROM generate_series(1, ${entries}) AS n RETURNING id
     ) INSERT INTO deployment_changes SELECT id, 1, 'n', 'p', 'create' FROM d`,
  );
const entries = async () => (await db.sql('SELECT id FROM deployments')).length;
const hour = 3_600_000;

describe('rotateLog', () => {
  it('takes the oldest beyond the number, a batch at a time, with their changes, and then answers 0', async () => {
    await fill(10);
    const rotation = { maxEntries: 4, maxAgeMs: hour, batch: 4 };
    const newest = await db.sql('SELECT id FROM deployments ORDER BY id DESC LIMIT 4');
    const went: number[] = [];
    do went.push(await db.store.rotateLog(rotation, never));
    while (went.at(-1) !== 0);
    expect(went).toEqual([4, 2, 0]);
    expect(await db.sql('SELECT id FROM deployments ORDER BY id DESC')).toEqual(newest);
    expect(
      await db.sql('SELECT DISTINCT deployment_id AS id FROM deployment_changes ORDER BY 1 DESC'),
    ).toEqual(newest);
  });

  it('takes what is too old though there are few, and what is beyond the number though it is young', async () => {
    await fill(100);
    const keep = { maxEntries: 1_000, maxAgeMs: 49_500, batch: 1_000 };
    // A second may pass between two of our statements, on a slow machine.
    const old = await db.store.rotateLog(keep, never);
    expect(old).toBeGreaterThanOrEqual(50);
    expect(await entries()).toBe(100 - old);
    expect(await db.store.rotateLog({ ...keep, maxEntries: 5 }, never)).toBe(95 - old);
  });

  it('fills one batch from both rules and no more than that', async () => {
    await fill(20);
    const both = { maxEntries: 17, maxAgeMs: 12_500, batch: 5 };
    expect(await db.store.rotateLog(both, never)).toBe(5);
    expect(await entries()).toBe(15);
  });

  it('never touches a version', async () => {
    const e = fresh();
    await db.store.save(edit({ ...e, text: 'a' }), never);
    expect(await db.store.rotateLog({ maxEntries: 0, maxAgeMs: hour, batch: 9 }, never)).toBe(1);
    expect((await db.store.history(e.config, { limit: 9 }, never)).length).toBe(1);
  });

  it('does not wait for somebody else who rotates, but takes other entries', async () => {
    await fill(10);
    const rotation = { maxEntries: 4, maxAgeMs: hour, batch: 4 };
    const other = await db.hold("SELECT pawl.rotate_log(4, interval '1 h', 4)");
    expect(await db.store.rotateLog(rotation, never)).toBe(2);
    expect(await db.store.rotateLog(rotation, never)).toBe(0);
    await other.release();
    expect(await db.store.rotateLog(rotation, never)).toBe(4);
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
    ['beyond the number', "SELECT rotate_log(10000, interval '90 d', 500)"],
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
