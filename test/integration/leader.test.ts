/**
 * Several processes and one Lease: one works, the others stand by with their caches full, and who takes over finds
 * nothing to write. A leader that was paused does no harm when it wakes up.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { type ChartServiceAccount, chartServiceAccount } from '../setup/chart.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { Leases, type StoredLease } from '../setup/leases.ts';
import { metricOf } from '../setup/metrics.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let leases: Leases;
let database: TestDatabase;
let namespace: string;
/** The only Lease it may hold is that of its own release: one for each test. */
let account: ChartServiceAccount;
const running: Operator[] = [];

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  leases = await Leases.open(inject('kubeconfig'));
  database = await createTestDatabase();
});

beforeEach(async () => {
  account = await chartServiceAccount();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map(operator => operator.stop()));
  await account?.[Symbol.asyncDispose]();
});

afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await leases?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

/** Seconds: of leases that are to run out, and of one that a busy machine must not let run out. */
const short = { duration: '3', renew: '2', retry: '1' };
const long = { duration: '60', renew: '40', retry: '1' };

/** One process: it is this file that stops, pauses and kills them. */
async function start(lease = short): Promise<Operator> {
  const operator = await startOperator(
    {
      KUBECONFIG: account.kubeconfig,
      DATABASE_URL: database.url,
      PAWL_LEADER_ELECT: 'true',
      PAWL_LEASE_NAMESPACE: account.namespace,
      PAWL_LEASE_NAME: account.leaseName,
      PAWL_LEASE_DURATION_SECONDS: lease.duration,
      PAWL_LEASE_RENEW_SECONDS: lease.renew,
      PAWL_LEASE_RETRY_SECONDS: lease.retry,
    },
    { as: 'given', replicas: 1 },
  );
  running.push(operator);
  return operator;
}

const lease = (): Promise<StoredLease> => leases.get(account.namespace, account.leaseName);
const leads = async (operator: Operator) =>
  operator.running && (await metricOf(operator, 'leader_election_master_status')) === 1;
const untilLeads = (operator: Operator) => until('the other leads', 30_000, () => leads(operator));

const writesOf = async (operator: Operator) =>
  (await metricOf(operator, 'pawl_status_writes_total')) +
  (await metricOf(operator, 'pawl_configmap_writes_total'));

const versionsOf = (path: string) =>
  database.query<{ version: string; body_raw: string; object_generation: string }>(
    `select v.version, v.body_raw, v.object_generation
       from pawl.config_versions v join pawl.configs c on c.id = v.config_id
      where c.namespace = $1 and c.path = $2 order by v.version`,
    [namespace, path],
  );

describe('of several replicas', () => {
  it('one works and tells so; one that stands by is ready, and writes nothing when it takes over', async () => {
    namespace = await kube.namespace('leader');
    const first = await start(long);
    await untilLeads(first);
    const second = await start(long);
    expect((await fetch(`http://${second.httpAddr}/readyz`)).status).toBe(200);
    for (const name of ['a', 'b', 'c']) {
      await kube.propose(namespace, name, { path: `${name}.yaml`, body: 'edit: 1\n' });
      await kube.untilReason(namespace, name, 'Saved');
    }
    // Counted when they are answered, a moment after they can be seen.
    await until('the writes are counted', 30_000, async () => (await writesOf(first)) >= 6);
    expect(await metricOf(second, 'controller_runtime_reconcile_total')).toBe(0);
    const before = await kube.configVersions(namespace);
    const held = await lease();
    expect(held.spec).toMatchObject({ leaseDurationSeconds: 60, leaseTransitions: 0 });
    expect(held.spec.renewTime).toMatch(/\.\d{6}Z$/);

    expect((await first.stop()).code).toBe(0);
    await untilLeads(second);
    await until('everything looked at', 30_000, async () => {
      return (await metricOf(second, 'controller_runtime_reconcile_total')) >= 3;
    });
    expect(await writesOf(second)).toBe(0);
    expect(await kube.configVersions(namespace)).toEqual(before);
    expect((await lease()).spec).toMatchObject({ leaseTransitions: 1 });

    await kube.propose(namespace, 'a', { path: 'a.yaml', body: 'edit: 2\n' });
    await kube.untilShown(namespace, 'a.yaml', '2');
  });

  it('the next takes over when the leader is killed, and finishes what it had begun', async () => {
    namespace = await kube.namespace('killed');
    const first = await start();
    await untilLeads(first);
    const second = await start();
    const names = Array.from({ length: 30 }, (_, index) => `c${index}`);
    await Promise.all(
      names.map(name => kube.propose(namespace, name, { path: `${name}.yaml`, body: 'edit: 1\n' })),
    );
    await first.kill();
    for (const name of names) await kube.untilShown(namespace, `${name}.yaml`, '1', 30_000);
    // The first may have been quick enough to leave nothing to do.
    await untilLeads(second);
    for (const name of names) expect(await versionsOf(`${name}.yaml`)).toHaveLength(1);
  });

  it('the leader releases the lease when it is told to stop, so that nobody waits for it to run out', async () => {
    namespace = await kube.namespace('release');
    const only = await start();
    await untilLeads(only);
    await only.stop();
    expect((await lease()).spec).toMatchObject({
      holderIdentity: '',
      leaseDurationSeconds: 1,
    });
  });

  it('none works against the Lease of another hand, and a leader it is taken from stands by again', async () => {
    namespace = await kube.namespace('taken');
    const operator = await start();
    await untilLeads(operator);
    await leases.take(account.namespace, account.leaseName, 'somebody-else');
    await until('it stands by', 30_000, async () => !(await leads(operator)));
    expect(operator.running).toBe(true);
    expect((await fetch(`http://${operator.httpAddr}/readyz`)).status).toBe(200);
    await untilLeads(operator);
    await kube.propose(namespace, 'a', { path: 'a.yaml', body: 'edit: 1\n' });
    await kube.untilShown(namespace, 'a.yaml', '1');
  });
});

describe('a leader that is paused in the middle of its work', () => {
  it('wakes up to stand by: no version goes down, none is saved twice, every status is right', async () => {
    namespace = await kube.namespace('paused');
    const first = await start();
    await untilLeads(first);
    const second = await start();
    const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
    const bodies = new Map(names.map(name => [name, 0]));
    const edit = async (name: string) => {
      bodies.set(name, bodies.get(name)! + 1);
      await kube.propose(namespace, name, { path: `${name}.yaml`, body: `edit: ${bodies.get(name)}\n` });
    };
    const shown = new Map<string, bigint>();
    const watching = new AbortController();
    /** What a pod would see, again and again. */
    const pod = (async () => {
      while (!watching.signal.aborted) {
        for (const { metadata } of await kube.configMaps(namespace)) {
          const version = BigInt(metadata.annotations!['pawl.dev/version']!);
          const before = shown.get(metadata.name) ?? 0n;
          if (version < before) throw new Error(`${metadata.name} went from ${before} to ${version}`);
          shown.set(metadata.name, version);
        }
      }
    })();
    pod.catch(() => {});

    for (let round = 0; round < 2; round++) {
      const [leader, standby] = (await leads(first)) ? [first, second] : [second, first];
      // Stopped anywhere between seeing the edits and having written the last status.
      const edits = Promise.all(names.map(edit));
      if (round > 0) await edits;
      process.kill(leader.pid, 'SIGSTOP');
      try {
        await edits;
        await untilLeads(standby);
        for (const name of names) await edit(name);
        await settled(bodies);
      } finally {
        process.kill(leader.pid, 'SIGCONT');
      }
      await until('the paused one stands by', 30_000, async () => !(await leads(leader)));
      await settled(bodies);
    }
    watching.abort();
    await pod;

    const quiet = await kube.configVersions(namespace);
    for (const name of names) {
      const versions = await versionsOf(`${name}.yaml`);
      expect(versions.map(({ version }) => Number(version))).toEqual(versions.map((_, index) => index + 1));
      const generations = versions.map(({ object_generation }) => object_generation);
      expect(new Set(generations).size).toBe(generations.length);
      expect(versions.at(-1)!.body_raw).toBe(`edit: ${bodies.get(name)}\n`);
    }
    expect(await kube.configVersions(namespace)).toEqual(quiet);
  });

  async function settled(bodies: ReadonlyMap<string, number>): Promise<void> {
    await until('every edit is shown and told', 30_000, async () => {
      const objects = await kube.configVersions(namespace);
      const maps = new Map((await kube.configMaps(namespace)).map(map => [map.metadata.name, map]));
      return objects.every(({ metadata: { name, generation }, status }) => {
        const map = maps.get(`${name}.yaml`);
        return (
          status.observedGeneration === generation &&
          status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True' &&
          map?.metadata.annotations?.['pawl.dev/version'] === status.version &&
          map?.data?.[`${name}.yaml`] === `edit: ${bodies.get(name)}\n`
        );
      });
    });
  }
});
