/** Tenants take turns at the connections that requests read by, at every door that reads much. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withClient } from '../../local/postgres.ts';
import { root } from '../server/aggregated-world.ts';
import { type Api, everything, startApi } from '../setup/api.ts';
import { queryDatabase } from '../setup/database.ts';
import { until } from '../setup/until.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ frontProxy: 'api-server', store: { callTimeoutMs: 120_000 } });
  for (const body_raw of ['a: 1\n', 'a: 2\n'])
    await api.ask(`/configs/${api.namespace}/a.yaml`, {
      method: 'PUT',
      headers: { 'if-match': '*' },
      body: { body_raw },
    });
});
afterAll(() => api?.[Symbol.asyncDispose]());

/** Statements that wait because a table is locked. */
const waiting = async (): Promise<number> => {
  const sql = `SELECT count(*)::int AS many FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'`;
  const [row] = await queryDatabase<{ many: number }>(api.databaseUrl, sql);
  return row!.many;
};

it.each([
  ['the HTTP API lists', (namespace: string) => `/configs/${namespace}`],
  ['the HTTP API reads versions', (namespace: string) => `/configs/${namespace}/a.yaml?version=1`],
  ['the HTTP API compares', (namespace: string) => `/diff/${namespace}/a.yaml?from=1`],
  ['the HTTP API lists what waits for an approval', () => '/approvals'],
  ['kubectl lists', (namespace: string) => `${root}/namespaces/${namespace}/configs`],
  ['kubectl lists revisions', (namespace: string) => `${root}/namespaces/${namespace}/configrevisions`],
  ['kubectl compares', (namespace: string) => `${root}/namespaces/${namespace}/configs/a.yaml/diff?from=1`],
  [
    'kubectl begins to watch',
    (namespace: string) =>
      `${root}/namespaces/${namespace}/configs?watch=true&sendInitialEvents=true&timeoutSeconds=1`,
  ],
])('where %s, one tenant leaves connections to the others', async (_, url) => {
  const elsewhere = await api.kube.namespace('calm');
  api.know(elsewhere);
  const [eve, ada] = [await api.person([everything]), await api.person([everything], elsewhere)];
  const asked: Promise<unknown>[] = [];
  await withClient(api.databaseUrl, async client => {
    await client.query('BEGIN; LOCK TABLE pawl.configs, pawl.proposals IN ACCESS EXCLUSIVE MODE');
    for (let request = 0; request < 12; request += 1)
      asked.push(api.ask(url(api.namespace), { token: eve }).catch(() => undefined));
    await until('three of eve wait in the database', 30_000, async () => (await waiting()) >= 3);
    // What ada asks for is in none of the locked tables.
    expect(await api.ask(`/trash?namespace=${elsewhere}`, { token: ada })).toMatchObject({ status: 200 });
    // One more reads what watchers are told, for all of them.
    expect(await waiting()).toBeLessThanOrEqual(4);
    await client.query('ROLLBACK');
  });
  await Promise.all(asked);
});
