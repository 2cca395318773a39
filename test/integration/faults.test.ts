/**
 * What faults must not do: a killed operator, a stopped API server and a stopped PostgreSQL under a stream of
 * edits. Each test has a control plane and a database of its own to break.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startControlPlane } from '../../local/control-plane.ts';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { crdFolder } from '../../local/crds.ts';
import type { Operator } from '../../local/operator.ts';
import { type Postgres, startPostgres } from '../../local/postgres.ts';
import { queryDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { isReplicated, startOperator } from '../setup/operator.ts';
import { randomOf } from '../setup/random.ts';
import { until } from '../setup/until.ts';

let controlPlane: ControlPlane;
let postgres: Postgres;
let kube: Kube;

beforeAll(async () => {
  [controlPlane, postgres] = await Promise.all([
    startControlPlane({ crds: crdFolder }),
    startPostgres({ url: null }),
  ]);
  kube = await Kube.open(controlPlane.kubeconfig);
});

afterAll(async () => {
  await kube?.[Symbol.asyncDispose]();
  await Promise.all([controlPlane?.stop(), postgres?.dispose()]);
});

const start = (url: string): Promise<Operator> =>
  startOperator({ KUBECONFIG: controlPlane.kubeconfig, DATABASE_URL: url });

interface SavedVersion {
  path: string;
  version: string;
  body_raw: string;
  object_generation: string;
}

const historyOf = (url: string) =>
  queryDatabase<SavedVersion>(
    url,
    `select c.path, v.version, v.body_raw, v.object_generation
       from pawl.config_versions v join pawl.configs c on c.id = v.config_id order by 1, v.version`,
  );

/** Edits a config again and again until told to stop; returns the generations the API server accepted. */
async function edit(namespace: string, name: string, stop: AbortSignal): Promise<number> {
  let generation = 0;
  for (let edit = 1; !stop.aborted; edit++) {
    const object = await kube.propose(namespace, name, { path: `${name}.yaml`, body: `edit: ${edit}\n` });
    generation = object.metadata.generation;
    await until('the edit is seen', 60_000, async () => {
      const { status } = await kube.configVersion(namespace, name);
      return stop.aborted || status.observedGeneration === generation;
    });
  }
  return generation;
}

/** With replicas it is all of them at once, and their leaders are killed between. */
const kills = isReplicated ? 5 : 20;

describe('kill -9 of the operator at random moments under a stream of edits', () => {
  // Each step has a deadline of its own; how long all of them take is the machine's.
  it('loses nothing: one version per accepted generation, no gaps, every ConfigMap shows the head', {
    timeout: 1_200_000,
  }, async ({ signal, onTestFinished }) => {
    const work = loseNothing(signal);
    // Also when time has run out: an operator left behind would answer the next test's objects from another database.
    onTestFinished(() => work.catch(() => undefined));
    await work;
  });
});

async function loseNothing(signal: AbortSignal): Promise<void> {
  const namespace = await kube.namespace('kill');
  const url = await postgres.createDatabase('kill');
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const stop = new AbortController();
  const random = randomOf(inject('seed'));
  let operator = await start(url);
  try {
    const ended = AbortSignal.any([signal, stop.signal]);
    const edits = Promise.all(names.map(name => edit(namespace, name, ended)));
    edits.catch(() => stop.abort());
    for (let kill = 0; kill < kills && !ended.aborted; kill++) {
      const enough = (await historyOf(url)).length + random(12);
      await until(
        'some more versions',
        60_000,
        async () => ended.aborted || (await historyOf(url)).length >= enough,
      );
      await operator.kill();
      operator = await start(url);
    }
    signal.throwIfAborted();
    stop.abort();
    const generations = await edits;
    for (const [index, name] of names.entries()) {
      await until(`${name} is settled`, 30_000, async () => {
        const { status } = await kube.configVersion(namespace, name);
        return status.observedGeneration === generations[index];
      });
    }
    await operator.stop();

    const history = await historyOf(url);
    for (const [index, name] of names.entries()) {
      const versions = history.filter(({ path }) => path === `${name}.yaml`);
      expect(versions.map(({ version }) => Number(version))).toEqual(
        versions.map((_, position) => position + 1),
      );
      expect(versions.map(({ object_generation }) => Number(object_generation))).toEqual(
        Array.from({ length: generations[index]! }, (_, position) => position + 1),
      );
      const head = versions.at(-1)!;
      const shown = await kube.configMap(namespace, `${name}.yaml`);
      expect(shown?.metadata.annotations?.['pawl.dev/version']).toBe(head.version);
      expect(shown?.data).toEqual({ [`${name}.yaml`]: head.body_raw });
    }
  } finally {
    stop.abort();
    await operator.dispose();
  }
}

describe('an outage of 30 seconds', () => {
  let namespace: string;
  let url: string;
  let operator: Operator;

  beforeAll(async () => {
    namespace = await kube.namespace('outage');
    url = await postgres.createDatabase('outage');
    operator = await start(url);
  });

  afterAll(async () => {
    await operator?.stop();
  });

  /** The outage lasts as long as the issue asks for; this is its length, not a wait for something. */
  const outage = () => new Promise(resolve => setTimeout(resolve, 30_000));

  it('of PostgreSQL shows StoreUnavailable, is never False, and passes without a restart', async () => {
    for (const name of ['one', 'two'])
      await kube.propose(namespace, name, { path: `${name}.yaml`, body: 'edit: 1\n' });
    for (const name of ['one', 'two']) await kube.untilReason(namespace, name, 'Saved');
    const untouched = await kube.configVersion(namespace, 'two');

    await postgres.stop();
    await kube.propose(namespace, 'one', { path: 'one.yaml', body: 'edit: 2\n' });
    await kube.propose(namespace, 'three', { path: 'three.yaml', body: 'edit: 1\n' });
    for (const name of ['one', 'three']) {
      const object = await kube.untilReason(namespace, name, 'StoreUnavailable');
      const conditions = Object.fromEntries(
        object.status.conditions!.map(({ type, status }) => [type, status]),
      );
      expect(conditions).toEqual({ Ready: 'Unknown', Reconciling: 'True' });
    }
    await outage();
    await kube.deleteConfigMap(namespace, 'two.yaml');
    await postgres.start();

    expect((await kube.untilReason(namespace, 'one', 'Saved', 20_000)).status.version).toBe('2');
    expect((await kube.untilReason(namespace, 'three', 'Saved')).status.version).toBe('1');
    await kube.untilShown(namespace, 'two.yaml', '1');
    expect((await kube.configVersion(namespace, 'two')).status).toEqual(untouched.status);
    expect(operator.running).toBe(true);
  });

  it('of the API server passes without a restart, and nothing is lost', async () => {
    await kube.propose(namespace, 'four', { path: 'four.yaml', body: 'edit: 1\n' });
    await kube.untilReason(namespace, 'four', 'Saved');
    await kube.propose(namespace, 'four', { path: 'four.yaml', body: 'edit: 2\n' });
    await controlPlane.stopApiServer();
    await outage();
    await controlPlane.startApiServer();
    expect((await kube.untilReason(namespace, 'four', 'Saved', 60_000)).status.version).toBe('2');
    await kube.untilShown(namespace, 'four.yaml', '2');
    await kube.propose(namespace, 'four', { path: 'four.yaml', body: 'edit: 3\n' });
    expect((await kube.untilReason(namespace, 'four', 'Saved', 60_000)).status.version).toBe('3');
    expect(operator.running).toBe(true);
  });
});
