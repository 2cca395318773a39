/** What the operator does beside reconciling, and how deleting goes on over outages, on real parts. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator, undisturbed } from '../setup/operator.ts';
import { Rules } from '../setup/rules.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let rules: Rules;
let database: TestDatabase;
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  rules = await Rules.open(inject('kubeconfig'));
});

afterAll(async () => {
  await rules?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  [namespace, database] = await Promise.all([kube.namespace(), createTestDatabase()]);
  return () => database[Symbol.asyncDispose]();
});

const path = 'limits/eu.yaml';
const start = (env: Record<string, string> = {}) =>
  startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url, ...env });
const takeName = (uid: string) =>
  database.query("UPDATE pawl.clusters SET uid = $1, seen_at = now() WHERE name = 'default'", [uid]);

/** A way to PostgreSQL that can be shut: who is in is thrown out, who comes is turned away. */
async function doorTo(databaseUrl: string) {
  const url = new URL(databaseUrl);
  const { hostname, port } = url;
  const sockets = new Set<Socket>();
  let isShut = false;
  const server = createServer(client => {
    if (isShut) return void client.destroy();
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(from);
      from
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as { port: number }).port);
  const shut = () => {
    isShut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    shut,
    open: () => {
      isShut = false;
    },
    async [Symbol.asyncDispose]() {
      shut();
      server.close();
      await once(server, 'close');
    },
  };
}

describe("a cluster's name", () => {
  it('that another live cluster uses keeps the operator from starting, and says what to set', async () => {
    await (await start()).stop();
    await takeName('another');
    const operator = await startOperator(
      { KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url },
      { waitReady: false },
    );
    expect(await operator.ended()).toMatchObject({ code: 1 });
    const logs = await operator.logs();
    expect(logs).toContain('ClusterNameTaken');
    expect(logs).toContain('PAWL_CLUSTER');
    await operator.dispose();
  });

  it('is free again when that cluster was not seen for five heartbeats', async () => {
    await (await start()).stop();
    await takeName('another');
    await database.query("UPDATE pawl.clusters SET seen_at = now() - interval '6 minutes'");
    await (await start()).stop();
  });

  it('that another cluster took while this one could not be seen ends the operator', async () => {
    await using operator = await start({ PAWL_HEARTBEAT_SECONDS: '1' });
    await undisturbed(operator, async () => {
      await takeName('another');
      expect(await operator.ended()).toMatchObject({ code: 1 });
      expect(await operator.logs()).toContain('ClusterNameTaken');
    });
  });
});

describe('the deployment log', () => {
  it('is cut to its limit when the operator starts, and no version with it', async () => {
    const first = await start();
    await database.query(
      `WITH d AS (
         INSERT INTO pawl.deployments (created_at, deployer, deployer_verified, result)
         SELECT now() - interval '3 days', 'ann', true, 'accepted' FROM generate_series(1, 1500) RETURNING id
       ) INSERT INTO pawl.deployment_changes SELECT id, 1, $1, 'other', 'update' FROM d`,
      [namespace],
    );
    for (const body of ['a: 1\n', 'a: 2\n', 'a: 3\n']) {
      const { metadata } = await kube.propose(namespace, 'limits', { path, body });
      await until('it is saved', 30_000, async () => {
        const { status } = await kube.configVersion(namespace, 'limits');
        return status.observedGeneration === metadata.generation && status.version;
      });
    }
    await first.stop();
    // Versions of other tests' objects are in this database, too: the watches see the whole cluster.
    const ours =
      'FROM pawl.config_versions v JOIN pawl.configs c ON c.id = v.config_id WHERE c.namespace = $1';
    await using _ = await start({ PAWL_LOG_MAX_ENTRIES: '1000' });
    await until('a thousand changes are left', 30_000, async () => {
      const [row] = await database.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM pawl.deployment_changes WHERE namespace = $1',
        [namespace],
      );
      return row?.count === 1_000;
    });
    expect(await database.query(`SELECT count(*)::int AS count ${ours}`, [namespace])).toEqual([
      { count: 3 },
    ]);
  });
});

describe('an object that waits to be deleted with its config', () => {
  const propose = async () => {
    await kube.propose(namespace, 'limits', { path, body: 'a: 1\n', deletionPolicy: 'Delete' });
    await kube.untilReason(namespace, 'limits', 'Saved');
  };

  it('goes when an operator comes back', async () => {
    const first = await start();
    await propose();
    await first.kill();
    await kube.deleteConfigVersion(namespace, 'limits');
    expect(await rules.object(namespace, 'limits')).not.toBeNull();
    await using _ = await start();
    await rules.untilObjectGone(namespace, 'limits');
  });

  it('and its ConfigNamespace wait for PostgreSQL, say so, and go as soon as it answers', async () => {
    await using door = await doorTo(database.url);
    await using operator = await start({ DATABASE_URL: door.url });
    await rules.apply(namespace, {});
    await propose();
    await rules.untilReason(namespace, 'InForce');
    door.shut();
    await kube.deleteConfigVersion(namespace, 'limits');
    await rules.delete(namespace);
    await rules.untilReason(namespace, 'StoreUnavailable');
    expect(await rules.object(namespace, 'limits')).not.toBeNull();
    door.open();
    await rules.untilObjectGone(namespace, 'limits');
    await rules.untilGone(namespace);
    expect(operator.running).toBe(true);
  });
});
