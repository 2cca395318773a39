/** Migrations, what the schema is, and what the operator's role may do. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { PostgresHistory } from '../../../history/store/history.ts';
import { migrate } from '../../../history/store/migrate.ts';
import { PostgresRequests } from '../../../history/store/requests.ts';
import { assertUsable, compareMigrations, usable } from '../../../history/store/schema-state.ts';
import { createStore } from '../../../history/store/store.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { createTestDatabase } from '../../setup/database.ts';
import {
  edit,
  limits,
  migrated,
  move,
  never,
  refusal,
  removal,
  sha256,
  source,
  storeOn,
} from './fixtures.ts';

describe('migrate', () => {
  it('is done once when several replicas start at once, and the others find it done', async () => {
    await using database = await createTestDatabase();
    await using store = storeOn(database.url);
    const before = await store.schemaState(never);
    expect(before).toMatchObject({ kind: 'older' });
    expect(() => assertUsable(before)).toThrow(/run the migrate command/);
    const ran = await Promise.all(
      Array.from({ length: 5 }, () => migrate({ database: database.url }, never)),
    );
    expect(ran.filter(names => names.length > 0)).toHaveLength(1);
    expect(ran.flat()[0]).toBe('000001_tables');
    expect(await store.schemaState(never)).toEqual({ kind: 'current' });
    expect(await migrate({ database: database.url }, never)).toEqual([]);
  });

  it('can use any schema, several in one database, and refuses a name it could not quote', async () => {
    await using database = await createTestDatabase();
    for (const schema of ['one', 'two']) {
      await migrate({ database: database.url, schema }, never);
      await using store = storeOn(database.url, { schema });
      expect(await store.save(edit({ text: schema }), never)).toMatchObject({ version: 1n });
    }
    await expect(migrate({ database: database.url, schema: 'a"b' }, never)).rejects.toThrow(
      /cannot be the name/,
    );
  });

  it('gives up waiting for another one when its signal says so', async () => {
    await using database = await createTestDatabase();
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(7246103985112)');
    const controller = new AbortController();
    const migrating = migrate({ database: database.url }, controller.signal);
    migrating.catch(() => undefined);
    for (;;) {
      const { rows } = await holder.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
      if (rows.length > 0) break;
    }
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(migrating).rejects.toBe(reason);
    await holder.end();
    expect((await migrate({ database: database.url }, never)).length).toBeGreaterThan(0);
  });

  it('refuses a schema that a later breaking build migrated, and works on one that it did not break', async () => {
    await using db = await migrated();
    await db.sql("INSERT INTO migrations (name, run_on) VALUES ('000900_more', now())");
    expect(await db.store.schemaState(never)).toEqual({
      kind: 'newer',
      unknown: ['000900_more'],
      breaking: false,
    });
    expect(await migrate({ database: db.url }, never)).toEqual([]);
    await db.sql("INSERT INTO migrations (name, run_on) VALUES ('000901_less_breaking', now())");
    await expect(migrate({ database: db.url }, never)).rejects.toMatchObject({ reason: 'SchemaMismatch' });
  });

  it('tells the states of a schema apart', () => {
    const as = (names: string[]) => names.map(name => ({ name, sha256: name }));
    const compare = (known: string[], applied: string[]) => compareMigrations(as(known), as(applied));
    const kind = (known: string[], applied: string[]) => compare(known, applied).kind;
    expect(kind(['1', '2'], ['1', '2'])).toBe('current');
    expect(kind(['1', '2'], ['1'])).toBe('older');
    expect(kind(['1'], ['1', '2'])).toBe('newer');
    expect(kind(['1', '2'], ['1', 'x', '3'])).toBe('foreign');
    expect(usable(compare(['1'], ['1', '2']))).toBe(true);
    expect(usable(compare(['1'], ['1', '2_breaking', '3']))).toBe(false);
    const edited = { name: '1', sha256: 'another' };
    expect(compareMigrations(as(['1', '2']), [edited])).toEqual({ kind: 'edited', edited: ['1'] });
    expect(compareMigrations(as(['1', '2']), [{ ...edited, sha256: null }]).kind).toBe('older');
  });

  it('is done again by a call that finds the schema gone, where that is allowed, once for all that find it so', async () => {
    await using db = await migrated();
    let made = 0;
    await using store = createStore(
      { database: db.url, baseMs: 1 },
      {
        ...{ clock: systemClock, random: Math.random, onError: () => undefined },
        remakeSchema: async signal => {
          made += 1;
          await migrate({ database: db.url }, signal);
        },
      },
    );
    expect(await store.save(edit({ text: 'a' }), never)).toMatchObject({ version: 1n });
    await db.sql('DROP SCHEMA pawl CASCADE');
    await expect(db.store.save(edit({ text: 'b', head: 1n, generation: 2 }), never)).rejects.toMatchObject({
      ...{ name: 'StoreError', reason: 'SchemaMismatch', answered: true },
    });
    const look = (name: string) =>
      store.look({ config: limits, source: source(name), baseVersion: null }, never);
    const views = await Promise.all(['a', 'b', 'c'].map(look));
    expect(views.map(view => view.head)).toEqual([null, null, null]);
    expect(made).toBe(1);
    expect(await store.save(edit({ text: 'b' }), never)).toMatchObject({ kind: 'saved' });
  });

  it('is named by a call on a schema that is not there', async () => {
    await using database = await createTestDatabase();
    await using store = storeOn(database.url);
    await expect(store.save(edit({ text: 'a' }), never)).rejects.toMatchObject({ reason: 'SchemaMismatch' });
  });

  it('is named by a call of a function that is not there', async () => {
    await using db = await migrated();
    await db.sql('DROP FUNCTION pawl.save_proposal CASCADE');
    await expect(db.store.save(edit({ text: 'a' }), never)).rejects.toMatchObject({
      ...{ reason: 'SchemaMismatch', sqlstate: '42883' },
      message: expect.stringContaining('run the migrate command'),
    });
  });
});

describe('the operator role', () => {
  const login = (url: string, options: string) => {
    const changed = new URL(url);
    changed.searchParams.set('options', options);
    return changed.href;
  };

  it('can do all that the store does, and neither change nor delete history', async () => {
    await using db = await migrated();
    const url = login(db.url, '-c role=pawl_operator -c search_path=pawl');
    await using store = storeOn(url);
    expect(await store.schemaState(never)).toEqual({ kind: 'current' });
    expect(await store.save(edit({ text: 'a' }), never)).toMatchObject({ kind: 'saved', version: 1n });
    expect(await store.save(edit({ text: 'b', head: 1n, generation: 2 }), never)).toMatchObject({
      version: 2n,
    });
    const line = move({ text: 'b', head: 2n, source: source('other') }, 2n);
    expect(await store.moveLine(line, never)).toMatchObject({ kind: 'moved' });
    expect((await store.history(line.config, { limit: 9 }, never)).map(v => v.sha256)).toEqual(
      ['b', 'a'].map(sha256),
    );
    await store.logRefusal(refusal({ text: 'c', generation: 3 }, 'InvalidBody'), never);
    expect(await store.registerCluster({ name: 'a', uid: 'k', staleMs: 1 }, never)).toEqual({
      kind: 'registered',
    });
    expect(await store.rotateLog({ maxEntries: 3, maxAgeMs: 1e9, batch: 9 }, never)).toBe(0);
    expect(await store.countConfigs('payments', never)).toBe(1);
    const config = { namespace: 'payments', path: 'deleted' };
    await store.save(edit({ config, text: 'a', uid: 'gone' }), never);
    expect(await store.deleteConfig(removal(config, 'gone'), never)).toMatchObject({ versions: 1 });
    const [requests, history] = [new PostgresRequests(store), new PostgresHistory(store)];
    const { cursor } = await history.changesAfter(null, 9, never);
    const actor = { name: 'ann', verified: true };
    const idempotency = { key: 'k', principal: 'ann', requestSha256: sha256('k') };
    expect(await requests.createNamespace({ name: 'mine', idempotency }, never)).toBe('created');
    expect(await requests.deleteNamespace({ name: 'mine', idempotency: null }, never)).toEqual({
      kind: 'deleted',
    });
    const first = { config: line.config, version: 1n, actor, idempotency: null };
    expect(await requests.deleteVersion(first, never)).toBe('deleted');
    const head = { config: line.config, expectedHead: null, actor, idempotency: null };
    expect(await requests.deleteConfig(head, never)).toMatchObject({ kind: 'deleted' });
    expect(await history.changesAfter(cursor, 9, never)).toMatchObject({
      changes: [{ kind: 'version-deleted' }, { kind: 'deleted' }],
    });
    const links = await history.links(
      { namespace: 'payments', path: null },
      { after: null, limit: 9 },
      never,
    );
    expect(links.items).toHaveLength(3);
    expect(await store.linkWaiting(9, never)).toBe(0);
    const forget = { keyMaxAgeMs: 0, maxChanges: 1, changeMaxAgeMs: 1e9, batch: 9 };
    expect(await requests.rotate(forget, never)).toMatchObject({ keys: 1 });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const forbidden of [
      'DELETE FROM namespaces',
      "INSERT INTO namespaces VALUES ('x')",
      `INSERT INTO config_versions (config_id, version, body_raw, body_json, documents, content_sha256, created_by,
         actor, actor_verified, comment, kind, created_at)
       VALUES (1, 3, 'x', '"x"', 1, sha256('x'), '', 'ann', true, '', 'direct', '2020-01-01')`,
      "INSERT INTO deployments (deployer, deployer_verified, result) VALUES ('ann', true, 'accepted')",
      'UPDATE configs SET floor = 9223372036854775806',
      'UPDATE configs SET latest_version_id = NULL',
      'UPDATE sources SET version = 1',
      "UPDATE clusters SET uid = 'mine'",
      'SELECT pawl.delete_in_deployment((SELECT max(id) FROM deployments), 77, 1)',
      "SELECT pawl.keep_key('ann', 'k', 'x', '{}')",
      'DELETE FROM version_links',
      "UPDATE version_links SET sha256 = sha256('x')",
      'DELETE FROM unlinked_configs',
      'DELETE FROM changes',
      'UPDATE changes SET version = 1',
      "INSERT INTO changes (system_id, transaction_id, config_id, kind, version) VALUES (1, '1', 1, 'saved', 1)",
      'UPDATE feed SET forgotten = NULL',
      'DELETE FROM idempotency_keys',
      'UPDATE idempotency_keys SET answer = NULL',
      "UPDATE config_versions SET comment = 'x'",
      'DELETE FROM config_versions',
      'TRUNCATE config_versions',
      'ALTER TABLE config_versions DISABLE TRIGGER ALL',
      "UPDATE configs SET path = 'x'",
      'DELETE FROM configs',
      'DELETE FROM sources',
      'DELETE FROM deployments',
      'DELETE FROM deployment_changes',
      'TRUNCATE deployments CASCADE',
      'DELETE FROM deletions',
      "INSERT INTO deletions VALUES (1, 'x')",
      'DELETE FROM clusters',
      'UPDATE deployments SET deployer = NULL',
      'DELETE FROM migrations',
      'CREATE TABLE pawl.mine ()',
      "SELECT pawl.grant_operator('pawl_operator')",
    ]) {
      await expect(client.query(forbidden), forbidden).rejects.toMatchObject({ code: '42501' });
    }
    await client.end();
  });

  it('cannot lend the functions that delete another schema, table or right than theirs', async () => {
    await using db = await migrated();
    await db.store.save(edit({ text: 'a' }), never);
    const client = new pg.Client({ connectionString: login(db.url, '-c role=pawl_operator') });
    await client.connect();
    // Whatever a caller puts in front of our tables, the functions find ours.
    await client.query('CREATE TEMPORARY TABLE configs AS SELECT * FROM pawl.configs');
    await client.query('CREATE TEMPORARY TABLE deletions AS SELECT * FROM pawl.deletions');
    await client.query('SET search_path = pg_temp, pawl');
    const { rows } = await client.query(
      "SELECT pawl.delete_config('payments', 'limits/eu.yaml', 'default', 'n', 'o', 'u', 'a', true) AS versions",
    );
    expect(rows).toEqual([{ versions: '1' }]);
    expect(await db.sql('SELECT object_uid FROM pawl.deletions')).toEqual([{ object_uid: 'u' }]);
    await client.end();
    // By the owner, too: to clear a head by hand is refused at the end of the transaction, if versions are left.
    await db.store.save(edit({ text: 'b', generation: 2 }), never);
    await expect(db.sql('UPDATE configs SET latest_version_id = NULL')).rejects.toMatchObject({
      code: '23001',
    });
    const definers = await db.sql(
      `SELECT proname, proconfig[1] AS config FROM pg_proc
       WHERE pronamespace = 'pawl'::regnamespace AND prosecdef ORDER BY proname`,
    );
    expect(definers).toEqual(
      [
        ...[
          'approve_proposal',
          'begin_notifier',
          'claim_notification',
          'create_namespace',
          'delete_config',
          'delete_config_by_request',
          'delete_config_keeping',
          'delete_for_object',
          'delete_in_deployment',
          'delete_namespace',
          'delete_own',
          'delete_own_keeping',
          'delete_version_by_request',
          'end_proposal',
          'exceeded_quota',
          'feed_epoch',
          'follow_renderings',
          'forget_notifier',
          'forget_proposals',
          'forget_trashed_proposals',
          'hold_namespace',
          'import_versions',
          'judge_object',
          'keep_proposal',
          'link_waiting',
          'log_refusal',
          'mark_links',
          'move_line',
          'move_line_to',
          'purge_config_by_request',
          'purge_version_by_request',
          'raise_floor',
          'recall_key',
          'register_cluster',
          'revive_notifications',
          'rewind_line',
          'rotate_changes',
          'rotate_keys',
          'rotate_log',
          'rotate_notifiers',
          'rotate_proposals',
          'rotate_rendering_events',
          'rotate_trash',
          'save_approved',
          'save_approved_together',
          'save_changes',
          'save_onto',
          'save_proposal',
          'save_proposals',
          'save_together',
          'save_together_keeping',
          'save_version',
          'save_version_onto',
          'set_stones',
          'settle_notification',
          'take_notifications',
          'tell_deleted',
          'tell_render_failed',
          'tell_rendered',
          'tell_saved',
          'tell_version_deleted',
          'undelete_config',
          'unfollow_renderings',
        ],
      ].map(proname => ({ proname, config: 'search_path=pawl, pg_temp' })),
    );
  });

  it('grants nothing to everybody', async () => {
    await using db = await migrated();
    const open = await db.sql(
      `SELECT relname AS name FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'pawl'::regnamespace AND grantee = 0
       UNION ALL SELECT proname FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
         WHERE pronamespace = 'pawl'::regnamespace AND grantee = 0
       UNION ALL SELECT nspname FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'pawl' AND grantee = 0`,
    );
    expect(open).toEqual([]);
  });

  it('is granted to no login by migrating, which names the GRANT until somebody has it', async () => {
    await using db = await createTestDatabase();
    const schema = `g${db.name.slice(-12)}`;
    const [role, login] = [`${schema}_operator`, `${schema}_login`];
    const warnings: string[] = [];
    const again = () => migrate({ database: db.url, schema, warn: line => warnings.push(line) }, never);
    try {
      await again();
      expect(warnings).toEqual([expect.stringContaining(`GRANT ${role} TO <the operator's role>`)]);
      await db.query(`CREATE ROLE ${login} LOGIN PASSWORD '${sha256(login)}'`);
      const url = new URL(db.url);
      Object.assign(url, { username: login, password: sha256(login) });
      await using store = storeOn(url.href, { schema });
      await expect(store.save(edit({ text: 'a' }), never)).rejects.toThrow(
        /lacks a right: .*GRANT pawl_operator TO/,
      );
      await db.query(`GRANT ${role} TO ${login}`);
      expect(await store.save(edit({ text: 'a' }), never)).toMatchObject({ version: 1n });
      await again();
      expect(warnings).toHaveLength(1);
    } finally {
      await db.query(`DROP SCHEMA ${schema} CASCADE`);
      await db.query(`DROP ROLE IF EXISTS ${login}, ${role}`);
    }
  });

  it('is given to the login that migrating is told of, by an owner without a right to create roles, too', async () => {
    await using db = await createTestDatabase();
    const name = new URL(db.url).pathname.slice(1);
    const [owner, login, schema] = [`${name}_owner`, `${name}_login`, `o${name.slice(-20)}`];
    const password = sha256(name);
    const as = (username: string) => Object.assign(new URL(db.url), { username, password }).href;
    await db.query(`CREATE ROLE ${owner} LOGIN PASSWORD '${password}'`);
    await db.query(`GRANT CREATE ON DATABASE ${name} TO ${owner}`);
    const warnings: string[] = [];
    const operator = { role: login, password: null };
    const letIn = () =>
      migrate({ database: as(owner), schema, operator, warn: line => warnings.push(line) }, never);
    try {
      // Not only a warning: the Job of the chart is deleted with its log when it succeeds.
      await expect(letIn()).rejects.toThrow(
        `there is no role ${login} to run the operator: create it with its password, then migrate again`,
      );
      await db.query(`CREATE ROLE ${login} LOGIN PASSWORD '${password}'`);
      warnings.length = 0;
      await letIn();
      expect(await letIn()).toEqual([]);
      expect(warnings).toEqual([]);
      await using store = storeOn(as(login), { schema });
      expect(await store.save(edit({ text: 'a' }), never)).toMatchObject({ version: 1n });
      const client = new pg.Client(as(login));
      await client.connect();
      await expect(client.query(`DELETE FROM ${schema}.sources`)).rejects.toMatchObject({ code: '42501' });
      await client.end();
    } finally {
      await db.query(`DROP OWNED BY ${owner} CASCADE`);
      await db.query(`DROP ROLE IF EXISTS ${owner}, ${login}`);
    }
  });

  it('is given to a login that is made for it, by any number of migrations at once', async () => {
    await using db = await createTestDatabase();
    const role = `${new URL(db.url).pathname.slice(1)}_app`;
    const letIn = (password: string) => migrate({ database: db.url, operator: { role, password } }, never);
    try {
      await Promise.all([letIn('one'), letIn('one'), letIn('one')]);
      await letIn("it's \\ another");
      const url = Object.assign(new URL(db.url), {
        username: role,
        password: encodeURIComponent("it's \\ another"),
      });
      await using store = storeOn(url.href);
      expect(await store.save(edit({ text: 'a' }), never)).toMatchObject({ version: 1n });
    } finally {
      await db.query(`DROP OWNED BY ${role}`);
      await db.query(`DROP ROLE ${role}`);
    }
  });

  it('is left out, with a warning, when whoever migrates must not create roles', async () => {
    await using db = await createTestDatabase();
    const admin = new pg.Client({ connectionString: db.url });
    await admin.connect();
    const name = new URL(db.url).pathname.slice(1);
    const password = sha256(name);
    await admin.query(`CREATE ROLE ${name}_owner LOGIN PASSWORD '${password}'`);
    await admin.query(`GRANT CREATE ON DATABASE ${name} TO ${name}_owner`);
    const url = new URL(db.url);
    url.username = `${name}_owner`;
    url.password = password;
    const log: string[] = [];
    const schema = `s${name.slice(-20)}`;
    try {
      await migrate({ database: url.href, schema, log: line => log.push(line) }, never);
      expect(log.join('\n')).toContain(`no right to create role ${schema}_operator`);
      expect(log.at(-1)).toContain(
        `CREATE ROLE ${schema}_operator NOLOGIN; SELECT ${schema}.grant_operator('${schema}_operator'); GRANT ${schema}_operator TO`,
      );
      await using store = storeOn(url.href, { schema });
      expect(await store.save(edit({ text: 'a' }), never)).toMatchObject({ version: 1n });
    } finally {
      await admin.query(`DROP OWNED BY ${name}_owner CASCADE`);
      await admin.query(`DROP ROLE ${name}_owner`);
      await admin.end();
    }
  });
});

it('is the schema of golden-schema.txt; write it anew with vitest -u when a migration means to change it', async () => {
  await using db = await migrated();
  const rows = await db.sql(await readFile(new URL('./golden-schema.sql', import.meta.url), 'utf8'));
  const schema = `${rows.map(row => row.line).join('\n')}\n`;
  await expect(schema).toMatchFileSnapshot('golden-schema.txt');
});
