/**
 * Several releases on one PostgreSQL and one cluster, each working on its own label selector or in its own Kubernetes
 * namespaces: what they share comes to rest, and where they overlap nothing is done twice.
 */
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { type ChartServiceAccount, chartServiceAccount } from '../setup/chart.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { metricOf } from '../setup/metrics.ts';
import { startOperator, undisturbed } from '../setup/operator.ts';
import { Rules } from '../setup/rules.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let rules: Rules;
let database: TestDatabase;
const running: Operator[] = [];
const accounts: ChartServiceAccount[] = [];

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  rules = await Rules.open(inject('kubeconfig'));
  database = await createTestDatabase();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map(operator => operator.stop()));
  await Promise.all(accounts.splice(0).map(account => account[Symbol.asyncDispose]()));
});

afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await rules?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

/** A release of its own, with a Lease of its own. */
async function start(env: Record<string, string>, watch: object = {}): Promise<Operator> {
  const account = await chartServiceAccount({ values: { watch } });
  accounts.push(account);
  const operator = await startOperator(
    {
      KUBECONFIG: account.kubeconfig,
      DATABASE_URL: database.url,
      PAWL_LEASE_NAMESPACE: account.namespace,
      PAWL_LEASE_NAME: account.leaseName,
      ...env,
    },
    { as: 'given' },
  );
  running.push(operator);
  return operator;
}

const startIn = (...namespaces: string[]) =>
  start({ PAWL_WATCH_NAMESPACES: namespaces.join(',') }, { namespaces });

/** Runs `work` while nobody is killed of any of them: what they count is to be compared. */
function allUndisturbed<T>(operators: readonly Operator[], work: () => Promise<T>): Promise<T> {
  const [first, ...others] = operators;
  return first ? undisturbed(first, () => allUndisturbed(others, work)) : work();
}

const labelled = (shard: string) => ({ labels: { shard } });
const writesOf = async (operator: Operator) =>
  (await metricOf(operator, 'pawl_status_writes_total')) +
  (await metricOf(operator, 'pawl_configmap_writes_total'));

/** Neither process writes while everybody looks at everything again, several times over. */
function expectQuiet(operators: readonly Operator[], namespace: string): Promise<void> {
  return allUndisturbed(operators, () => expectQuietNow(operators, namespace));
}

async function expectQuietNow(operators: readonly Operator[], namespace: string): Promise<void> {
  const state = async () => ({
    statuses: (await kube.configVersions(namespace)).map(({ status }) => status),
    maps: await kube.configMaps(namespace),
    writes: await Promise.all(operators.map(writesOf)),
  });
  // What is under way ends; then nothing may move any more, however often it is looked at.
  let before = await state();
  await until('no write between two rounds of looks', 30_000, async () => {
    await lookAtAll(operators, namespace);
    const after = await state();
    const same = JSON.stringify(after) === JSON.stringify(before);
    before = after;
    return same;
  });
  for (let round = 0; round < 2; round++) {
    await lookAtAll(operators, namespace);
    expect(await state()).toEqual(before);
  }
}

/** Every object is reconciled once more by whoever works on it. */
async function lookAtAll(operators: readonly Operator[], namespace: string): Promise<void> {
  const reconciles = () =>
    Promise.all(operators.map(operator => metricOf(operator, 'controller_runtime_reconcile_total')));
  const before = await reconciles();
  for (const { metadata } of await kube.configVersions(namespace)) {
    await kube.annotate(namespace, metadata.name, { 'reconcile.fluxcd.io/requestedAt': String(++looks) });
  }
  await until('everybody looked', 30_000, async () =>
    (await reconciles()).every((count, index) => count > before[index]!),
  );
}
let looks = 0;

const versionsOf = (namespace: string) =>
  database.query<{ path: string; version: string; object_name: string; object_generation: string }>(
    `select c.path, v.version, v.object_name, v.object_generation
       from pawl.config_versions v join pawl.configs c on c.id = v.config_id
      where c.namespace = $1 order by c.path, v.version`,
    [namespace],
  );

/** Of the objects of this namespace it has worked on these and no others; what a killed process did counts too. */
async function workedOn(operator: Operator, namespace: string, names: readonly string[]): Promise<void> {
  const objects = async () => {
    const lines = (await operator.logs()).split('\n').filter(line => line.endsWith('}'));
    const keys = lines.map(line => (JSON.parse(line) as { object?: string }).object ?? '');
    return [...new Set(keys.filter(key => key.startsWith(`${namespace}/`)))].sort();
  };
  const all = names.map(name => `${namespace}/${name}`);
  await until(`${all} are worked on`, 30_000, async () => (await objects()).length >= all.length);
  expect(await objects()).toEqual(all);
}

describe('two releases with a selector each', () => {
  it('work on their own objects only, and take over an object whose label moves', async () => {
    const namespace = await kube.namespace('shards');
    const one = await start({ PAWL_WATCH_SELECTOR: 'shard=one' });
    await kube.propose(namespace, 'a', { path: 'a.yaml', body: 'edit: 1\n' }, labelled('one'));
    await kube.propose(namespace, 'b', { path: 'b.yaml', body: 'edit: 1\n' }, labelled('two'));
    await kube.untilShown(namespace, 'a.yaml', '1');
    const two = await start({ PAWL_WATCH_SELECTOR: 'shard in (two, three)' });
    await kube.untilShown(namespace, 'b.yaml', '1');
    await kube.untilReason(namespace, 'b', 'Saved');
    await workedOn(one, namespace, ['a']);
    await workedOn(two, namespace, ['b']);

    await two.stop();
    await kube.propose(namespace, 'b', { path: 'b.yaml', body: 'edit: 2\n' }, labelled('one'));
    await kube.untilShown(namespace, 'b.yaml', '2');
    await workedOn(one, namespace, ['a', 'b']);
    expect(await versionsOf(namespace)).toHaveLength(3);
  });

  it('share a config and its ConfigMap, with owners in both, and come to rest', async () => {
    const namespace = await kube.namespace('shared');
    const one = await start({ PAWL_WATCH_SELECTOR: 'shard=one' });
    const two = await start({ PAWL_WATCH_SELECTOR: 'shard!=one' });
    const spec = { path: 'limits.yaml', onStale: 'Merge' as const };
    const a = await kube.propose(
      namespace,
      'a',
      { ...spec, body: 'a: 1\n', configMap: { key: 'from-a', labels: { asked: 'a' } } },
      labelled('one'),
    );
    await kube.untilReason(namespace, 'a', 'Saved');
    const b = await kube.propose(
      namespace,
      'b',
      { ...spec, baseVersion: 1, body: 'a: 2\n', configMap: { key: 'from-b', labels: { asked: 'b' } } },
      labelled('two'),
    );
    await kube.untilShown(namespace, 'limits.yaml', '2');
    await kube.untilReason(namespace, 'b', 'Saved');
    const old = await until('a is history', 30_000, async () => {
      const object = await kube.configVersion(namespace, 'a');
      return object.status.supersededBy !== undefined && object;
    });
    expect(old.status.supersededBy).toBe('2');
    const map = await until('both own it', 30_000, async () => {
      const found = await kube.configMap(namespace, 'limits.yaml');
      const uids = (found?.metadata.ownerReferences ?? []).map(({ uid }) => uid).sort();
      return JSON.stringify(uids) === JSON.stringify([a.metadata.uid, b.metadata.uid].sort()) && found;
    });
    await expectQuiet([one, two], namespace);
    // The one that proposed the latest version says how it looks, whichever shard wrote it.
    expect((await kube.configMap(namespace, 'limits.yaml'))!.data).toEqual({ 'from-b': 'a: 2\n' });
    expect(map!.metadata.uid).toBe((await kube.configMap(namespace, 'limits.yaml'))!.metadata.uid);

    // Asks for another ConfigMap now: the one it leaves stays, because the other shard asks for it.
    await kube.propose(
      namespace,
      'b',
      { ...spec, baseVersion: 2, body: 'a: 3\n', configMap: { name: 'elsewhere' } },
      labelled('two'),
    );
    await kube.untilShown(namespace, 'elsewhere', '3');
    await kube.untilShown(namespace, 'limits.yaml', '3');
    await until('only a owns the first', 30_000, async () => {
      const owners = (await kube.configMap(namespace, 'limits.yaml'))?.metadata.ownerReferences ?? [];
      return owners.length === 1 && owners[0]!.uid === a.metadata.uid;
    });
    await expectQuiet([one, two], namespace);
  });

  it('keep a config whose deletion one asks for while the other still proposes it', async () => {
    const namespace = await kube.namespace('kept');
    await start({ PAWL_WATCH_SELECTOR: 'shard=one' });
    await start({ PAWL_WATCH_SELECTOR: 'shard=two' });
    const spec = { path: 'limits.yaml', body: 'a: 1\n', onStale: 'Merge' as const };
    await kube.propose(namespace, 'a', { ...spec, deletionPolicy: 'Delete' }, labelled('one'));
    await kube.untilReason(namespace, 'a', 'Saved');
    await kube.propose(namespace, 'b', { ...spec, baseVersion: 1 }, labelled('two'));
    await kube.untilReason(namespace, 'b', 'Unchanged');
    await kube.deleteConfigVersion(namespace, 'a');
    await rules.untilObjectGone(namespace, 'a');
    expect(await versionsOf(namespace)).toHaveLength(1);
    expect(await kube.configMap(namespace, 'limits.yaml')).not.toBeNull();
  });
});

describe('two releases whose selectors overlap', () => {
  it('save every generation once, without a gap, and come to rest', async () => {
    const namespace = await kube.namespace('overlap');
    const one = await start({ PAWL_WATCH_SELECTOR: 'app' });
    const two = await start({ PAWL_WATCH_SELECTOR: 'app!=nothing' });
    const names = ['a', 'b', 'c'];
    const edits = 6;
    for (let edit = 1; edit <= edits; edit++) {
      await Promise.all(
        names.map(async name => {
          const body = `edit: ${edit}\n`;
          const object = await kube.propose(
            namespace,
            name,
            { path: `${name}.yaml`, body },
            { labels: { app: name } },
          );
          await until(`${name} is answered`, 30_000, async () => {
            const { status } = await kube.configVersion(namespace, name);
            return status.observedGeneration === object.metadata.generation;
          });
        }),
      );
    }
    for (const name of names) await kube.untilShown(namespace, `${name}.yaml`, String(edits));
    for (const name of names) await kube.untilReason(namespace, name, 'Saved');
    const versions = await versionsOf(namespace);
    for (const name of names) {
      const own = versions.filter(({ path }) => path === `${name}.yaml`);
      const numbers = Array.from({ length: edits }, (_, index) => String(index + 1));
      expect(own.map(({ version }) => version)).toEqual(numbers);
      expect(own.map(({ object_generation }) => object_generation)).toEqual(numbers);
    }
    await expectQuiet([one, two], namespace);
  });
});

describe('two releases with Kubernetes namespaces each', () => {
  it('need rights to write only in their own, and never touch the others', async () => {
    const [mine, yours, nobodys] = await Promise.all(
      ['mine', 'yours', 'nobodys'].map(prefix => kube.namespace(prefix)),
    );
    const one = await startIn(mine!);
    const two = await startIn(yours!);
    for (const namespace of [mine!, yours!, nobodys!]) {
      await kube.propose(namespace, 'a', { path: 'a.yaml', body: 'edit: 1\n' });
    }
    await kube.untilShown(mine!, 'a.yaml', '1');
    await kube.untilShown(yours!, 'a.yaml', '1');
    await kube.untilReason(mine!, 'a', 'Saved');
    await kube.untilReason(yours!, 'a', 'Saved');
    await workedOn(one, mine!, ['a']);
    await workedOn(one, yours!, []);
    await workedOn(two, yours!, ['a']);
    await workedOn(two, mine!, []);
    expect((await kube.configVersion(nobodys!, 'a')).status.version).toBeUndefined();
    expect(await kube.configMap(nobodys!, 'a.yaml')).toBeNull();

    await kube.deleteConfigMap(mine!, 'a.yaml');
    await kube.untilShown(mine!, 'a.yaml', '1');
  });

  it('one process watches several, each with a watch of its own', async () => {
    const namespaces = await Promise.all(['first', 'second'].map(prefix => kube.namespace(prefix)));
    await startIn(...namespaces);
    for (const edit of [1, 2]) {
      for (const namespace of namespaces) {
        await kube.propose(namespace, 'a', { path: 'a.yaml', body: `edit: ${edit}\n` });
        await kube.untilShown(namespace, 'a.yaml', String(edit));
      }
    }
    await kube.deleteConfigVersion(namespaces[0]!, 'a');
    await until('its ConfigMap goes with it', 30_000, async () => {
      return (await kube.configMap(namespaces[0]!, 'a.yaml')) === null;
    });
    expect(await kube.configMap(namespaces[1]!, 'a.yaml')).not.toBeNull();
    expect(await versionsOf(namespaces[1]!)).toHaveLength(2);
  });
});

describe('a selector that is none', () => {
  it('is told at the start, and nothing is begun', async () => {
    const operator = await startOperator(
      {
        KUBECONFIG: inject('kubeconfig'),
        DATABASE_URL: database.url,
        PAWL_WATCH_SELECTOR: 'shard in one',
      },
      { waitReady: false },
    );
    expect((await operator.ended()).code).toBe(1);
    expect(await operator.logs()).toContain('PAWL_WATCH_SELECTOR');
    await operator.dispose();
  });
});

describe('a watched namespace that is gone', () => {
  it('keeps nobody from the others when the operator starts, is said, and is taken up when it comes back', async () => {
    const [here, gone] = await Promise.all([kube.namespace('here'), kube.namespace('gone')]);
    const account = await chartServiceAccount({ values: { watch: { namespaces: [gone, here] } } });
    accounts.push(account);
    await kube.deleteNamespace(gone);
    const operator = await startOperator(
      {
        KUBECONFIG: account.kubeconfig,
        DATABASE_URL: database.url,
        PAWL_LEASE_NAMESPACE: account.namespace,
        PAWL_LEASE_NAME: account.leaseName,
        PAWL_WATCH_NAMESPACES: `${gone},${here}`,
      },
      { as: 'given' },
    );
    running.push(operator);
    await kube.propose(here, 'limits', { path: 'limits.yaml', body: 'a: 1\n' });
    await kube.untilShown(here, 'limits.yaml', '1');
    await undisturbed(operator, async () => {
      expect(await metricOf(operator, 'pawl_watched_namespaces_missing')).toBe(1);
      expect(await metricOf(operator, 'pawl_dependency_up{dependency="api"}')).toBe(1);
    });
    expect(await operator.logs()).toContain('a watched namespace does not exist');

    await kube.createNamespace(gone);
    await account.grantAgain();
    await kube.propose(gone, 'limits', { path: 'limits.yaml', body: 'a: 1\n' });
    await kube.untilShown(gone, 'limits.yaml', '1', 60_000);
    expect(await metricOf(operator, 'pawl_watched_namespaces_missing')).toBe(0);
  });
});
