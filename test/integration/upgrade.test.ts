/**
 * An upgrade from each build whose state test/upgrade/ keeps: its database and its objects, as it left them, below today's
 * migrations, CRDs and operator. Own control plane, because the CRDs hold for the whole of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrationsFolder } from '../../history/store/schema-state.ts';
import { startControlPlane } from '../../local/control-plane.ts';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { crdFolder, installCrds } from '../../local/crds.ts';
import type { Operator } from '../../local/operator.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { metricOf } from '../setup/metrics.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

interface Item {
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    managedFields?: { manager: string; subresource?: string; fieldsV1: object }[];
    [field: string]: unknown;
  };
  spec?: object;
  status?: { conditions?: { type: string; reason: string; status: string }[]; [field: string]: unknown };
  data?: Record<string, string>;
}

interface State {
  objects: {
    namespaces: Record<string, string>;
    configNamespaces: Item[];
    configVersions: Item[];
    configMaps: Item[];
  };
  database: {
    tables: Record<string, object[]> & { migrations: { name: string }[] };
    sequences: { name: string; last: string }[];
  };
}

const states = join(import.meta.dirname, '..', 'upgrade');
const builds = readdirSync(states, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name);

describe.each(builds)('from build %s', build => {
  const folder = join(states, build);
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const state: State = { objects: read('objects.json'), database: read('database.json') };
  let plane: ControlPlane;
  let database: TestDatabase;
  let operator: Operator;
  let start: () => Promise<Operator>;
  /** As they are stored before the upgrade. */
  let before: Map<string, Item>;

  beforeAll(async () => {
    plane = await startControlPlane({ crds: join(folder, 'crds'), existing: null });
    database = await createTestDatabase();
    const uids = await putObjects(plane, state.objects);
    await putRows(database, state.database, uids);
    before = await stored(plane);
    await installCrds(plane, crdFolder);
    const env = { KUBECONFIG: plane.kubeconfig, DATABASE_URL: database.url };
    start = () => startOperator(env, { replicas: 1 });
    operator = await start();
    await untilLookedAt();
  });
  afterAll(async () => {
    await operator?.stop();
    await database?.[Symbol.asyncDispose]();
    await plane?.stop();
  });

  /** Every object was worked on once, and nothing is left to do. */
  const untilLookedAt = () =>
    until('every object being looked at', 60_000, async () => {
      const names = [
        'controller_runtime_reconcile_total',
        'workqueue_depth',
        'workqueue_unfinished_work_seconds',
      ];
      const [done = 0, ...left] = await Promise.all(names.map(name => metricOf(operator, name)));
      const { configNamespaces, configVersions } = state.objects;
      return done >= configNamespaces.length + configVersions.length && left.every(number => number === 0);
    });

  it('keeps every version, letter for letter, and migrates nothing a second time', async () => {
    const rows = await database.query(
      `SELECT c.namespace, c.path, v.version::int, v.body_raw, v.created_by, v.actor, v.kind, v.comment
         FROM pawl.config_versions v JOIN pawl.configs c ON c.id = v.config_id ORDER BY v.id`,
    );
    type Row = Record<string, unknown>;
    const configs = new Map((state.database.tables.configs as Row[]).map(config => [config.id, config]));
    expect(rows).toEqual(
      (state.database.tables.config_versions as Row[]).map(row => {
        const { namespace, path } = configs.get(row.config_id)!;
        const { version, body_raw, created_by, actor, kind, comment } = row;
        return { namespace, path, version, body_raw, created_by, actor, kind, comment };
      }),
    );
    const names = await database.query('SELECT name FROM pawl.migrations ORDER BY id');
    expect(names.length).toBeGreaterThan(state.database.tables.migrations.length);
  });

  it('leaves the answer to each object as it was, and what pods see', async () => {
    const after = await stored(plane);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [key, object] of after) {
      const earlier = before.get(key)!;
      expect([key, readyOf(object)]).toEqual([key, readyOf(earlier)]);
      expect(object.metadata.generation, key).toBe(earlier.metadata.generation);
      expect(object.data, key).toEqual(earlier.data);
      if (key.startsWith('configmap'))
        expect(object.metadata.resourceVersion, key).toBe(earlier.metadata.resourceVersion);
    }
  });

  it('writes no status more than twice, and none at a later start', async () => {
    const { configNamespaces, configVersions } = state.objects;
    const writes = await metricOf(operator, 'pawl_status_writes_total');
    expect(writes).toBeLessThanOrEqual(2 * (configVersions.length + configNamespaces.length));
    // What a slow API server made the first one try again may be left for the second.
    for (let starts = 1; ; starts += 1) {
      await operator.stop();
      const settled = versionsOf(await stored(plane));
      operator = await start();
      await untilLookedAt();
      const now = versionsOf(await stored(plane));
      if (starts === 3) expect(now).toEqual(settled);
      if (now.join() === settled.join()) return;
    }
  });

  it('takes every object of then again, by the schemas of today', async () => {
    for (const item of [...state.objects.configNamespaces, ...state.objects.configVersions]) {
      const { metadata, spec, ...rest } = item;
      const { name, namespace } = metadata;
      const object = { ...rest, status: undefined, metadata: { name, namespace }, spec };
      await plane.kubectl(['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify(object),
      });
    }
  });

  it('takes a confirmation of what waited, and the next edit', async () => {
    const at = ['--namespace', 'team-a'];
    const shown = async (has: string) => {
      const { stdout } = await plane.kubectl(['get', 'configmap', 'limits-eu.yaml', ...at, '-o', 'json']);
      return (JSON.parse(stdout) as Item).data!['eu.yaml']!.includes(has);
    };
    // A token names the object's UID, which is another one in this copy than it was.
    let sent = '';
    await until('the confirmed text being shown', 60_000, async () => {
      const { conflict } = (await stored(plane)).get('configversion team-a/waiting')!.status!;
      const { token = sent } = (conflict ?? {}) as { token?: string };
      if (token !== sent)
        await plane.kubectl([
          'annotate',
          'configversion',
          'waiting',
          ...at,
          '--overwrite',
          `pawl.dev/confirm=${token}`,
        ]);
      sent = token;
      return shown('new: 1');
    });
    const edit = [{ op: 'replace', path: '/spec/body', value: '# of the desk\ncap: 1\n\nfee: 1\n' }];
    const json = JSON.stringify([...edit, { op: 'replace', path: '/spec/baseVersion', value: 4 }]);
    await plane.kubectl(['patch', 'configversion', 'second', ...at, '--type=json', '-p', json]);
    await until('the edit being shown', 60_000, () => shown('cap: 1\n'));
  });
});

function readyOf({ status }: Item): string | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready && `${ready.status} ${ready.reason}`;
}

const versionsOf = (objects: Map<string, Item>) =>
  [...objects].map(([key, { metadata }]) => `${key} ${metadata.resourceVersion}`).sort();

async function stored({ kubectl }: ControlPlane): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  for (const kind of ['configversion', 'confignamespace', 'configmap']) {
    const { stdout } = await kubectl(['get', kind, '--all-namespaces', '-o', 'json']);
    for (const item of (JSON.parse(stdout) as { items: Item[] }).items) {
      const { name, namespace = '' } = item.metadata;
      const isOurs = kind !== 'configmap' || JSON.stringify(item).includes('pawl.dev/version');
      if (isOurs) found.set(`${kind} ${namespace}/${name}`, item);
    }
  }
  return found;
}

/** As the API server and the operator of then stored them. Answers with each UID of then, and the one it has now. */
async function putObjects(
  { kubectl }: ControlPlane,
  { namespaces, configNamespaces, configVersions, configMaps }: State['objects'],
): Promise<Map<string, string>> {
  const uids = new Map<string, string>();
  for (const [name, uid] of Object.entries(namespaces)) {
    if (name !== 'kube-system') await kubectl(['create', 'namespace', name]);
    const { stdout } = await kubectl(['get', 'namespace', name, '-o', 'jsonpath={.metadata.uid}']);
    uids.set(uid, stdout);
  }
  const apply = async (object: object, manager: string, ...flags: string[]) => {
    const args = ['apply', '--server-side', `--field-manager=${manager}`, ...flags, '-o', 'json', '-f', '-'];
    return JSON.parse((await kubectl(args, { input: JSON.stringify(object) })).stdout) as Item;
  };
  for (const { status, ...item } of [...configNamespaces, ...configVersions]) {
    const { name, namespace, labels, annotations, finalizers, uid } = item.metadata;
    const head = { ...item, metadata: { name, namespace } };
    const given = { ...item, metadata: { name, namespace, labels, annotations } };
    const made = await apply(given, 'kubectl');
    uids.set(uid, made.metadata.uid);
    if (finalizers)
      await apply({ ...head, spec: undefined, metadata: { name, namespace, finalizers } }, 'pawl');
    await apply({ ...head, spec: undefined, status }, 'pawl', '--subresource=status');
  }
  for (const { metadata, ...item } of configMaps) {
    const { name, namespace, labels, annotations, ownerReferences } = metadata;
    const owners = (ownerReferences as { uid: string }[] | undefined)?.map(owner => ({
      ...owner,
      uid: uids.get(owner.uid) ?? owner.uid,
    }));
    const given = { name, namespace, labels, annotations, ...(owners && { ownerReferences: owners }) };
    await apply({ ...item, metadata: given }, 'pawl');
  }
  return uids;
}

/** The migrations of then, which are ours, and the rows. */
async function putRows(
  { url }: TestDatabase,
  { tables, sequences }: State['database'],
  uids: Map<string, string>,
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE SCHEMA pawl; SET search_path = pawl;
    CREATE TABLE migrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL)`);
  for (const { name } of tables.migrations) {
    const sql = await readFile(`${migrationsFolder}${name}.sql`, 'utf8');
    await client.query(`BEGIN; SET LOCAL search_path = pawl; ${sql}; COMMIT`);
  }
  // As a restored dump: triggers and references were checked when the rows were written.
  await client.query('SET search_path = pawl; SET session_replication_role = replica');
  // Migrations write rows as well.
  await client.query(`TRUNCATE ${Object.keys(tables).join(', ')}`);
  for (const [table, rows] of Object.entries(tables)) {
    let text = JSON.stringify(rows);
    for (const [then, now] of uids) text = text.replaceAll(then, now);
    const { rows: columns } = await client.query<{ list: string }>(
      `SELECT string_agg(quote_ident(column_name), ', ') AS list FROM information_schema.columns
        WHERE table_schema = 'pawl' AND table_name = $1 AND is_generated = 'NEVER'`,
      [table],
    );
    const { list } = columns[0]!;
    await client.query(
      `INSERT INTO ${table} (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM json_populate_recordset(NULL::${table}, $1)`,
      [text],
    );
  }
  for (const { name, last } of sequences) await client.query('SELECT setval($1, $2)', [`pawl.${name}`, last]);
  await client.end();
}
