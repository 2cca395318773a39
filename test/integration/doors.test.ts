/**
 * Writers at every door of the store at once, while the operator that serves them is killed and PostgreSQL and the
 * API server go away and come back. PAWL_TEST_DOORS_SECONDS, _WRITERS and _CONFIGS make it longer and wider,
 * PAWL_TEST_DOORS_SEED makes the same choices again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalApi, prepareApi } from '../../local/api.ts';
import { registerApiService } from '../../local/api-service.ts';
import { startControlPlane } from '../../local/control-plane.ts';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { crdFolder } from '../../local/crds.ts';
import { type Operator, startOperator } from '../../local/operator.ts';
import { type Postgres, startPostgres } from '../../local/postgres.ts';
import { chartServiceAccount } from '../setup/chart.ts';
import { queryDatabase } from '../setup/database.ts';
import { DoorClient } from '../setup/doors/client.ts';
import {
  expectLog,
  expectModel,
  Ledger,
  type LoggedChange,
  type SavedVersion,
  textOf,
} from '../setup/doors/model.ts';
import { type Doors, patienceMs, pick } from '../setup/doors/writer.ts';
import { nameOf, writeAll, writersOf } from '../setup/doors/writers.ts';
import { Kube } from '../setup/kube.ts';
import { randomOf } from '../setup/random.ts';
import { until } from '../setup/until.ts';

const settingOf = (name: string, preset: number) => Number(process.env[`PAWL_TEST_DOORS_${name}`] ?? preset);
const seconds = settingOf('SECONDS', 12);
const writerCount = settingOf('WRITERS', 12);
const configCount = settingOf('CONFIGS', 4);
const seed = settingOf('SEED', Date.now() % 2 ** 31);

let controlPlane: ControlPlane;
let postgres: Postgres;
let kube: Kube;
let databaseUrl: string;
let api: LocalApi;
let operator: Operator;
let start: (options?: { waitReady?: boolean }) => Promise<Operator>;
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  [controlPlane, postgres] = await Promise.all([
    startControlPlane({ existing: null, crds: crdFolder }),
    startPostgres({ url: null }),
  ]);
  const { kubeconfig } = controlPlane;
  kube = stack.use(await Kube.open(kubeconfig));
  databaseUrl = await postgres.createDatabase('doors');
  api = await prepareApi(controlPlane);
  const account = await chartServiceAccount({ kubeconfig, values: { server: { enabled: true } } });
  const env = {
    ...{ KUBECONFIG: account.kubeconfig, DATABASE_URL: databaseUrl, ...api.operator },
    PAWL_API_REQUESTS_PER_MINUTE: '1000000',
    PAWL_LOG_MAX_ENTRIES: '1000000',
    PAWL_TARGET_RETRY_SECONDS: '1',
  };
  start = options => startOperator(env, options);
  operator = await start();
  await (await registerApiService(controlPlane, api.service)).available();
}, 180_000);

afterAll(async () => {
  await operator?.stop();
  await stack.disposeAsync();
  await Promise.all([controlPlane?.stop(), postgres?.dispose()]);
}, 60_000);

const outage = (random: (below: number) => number) => delay(1_000 + random(2_000));

async function restartOperator(): Promise<void> {
  await operator.kill();
  operator = await start({ waitReady: false });
}

const faults = {
  async operator() {
    await restartOperator();
  },
  async postgres(random: (below: number) => number) {
    await (random(2) === 0 ? postgres.stop() : postgres.kill());
    await outage(random);
    if (random(3) === 0) await restartOperator();
    await postgres.start();
  },
  async apiServer(random: (below: number) => number) {
    await controlPlane.stopApiServer(random(2) === 0 ? 'SIGTERM' : 'SIGKILL');
    await outage(random);
    if (random(3) === 0) await restartOperator();
    await controlPlane.startApiServer();
  },
};
type Fault = keyof typeof faults;
const kinds = Object.keys(faults) as Fault[];

/** Every kind once, in some order, then `onceEach`, and on until told to stop; some saves between any two. */
async function breakThings(
  ledger: Ledger,
  { stop, onceEach, tell }: { stop: AbortSignal; onceEach: () => void; tell: (line: string) => void },
): Promise<void> {
  const random = randomOf(seed);
  const first = [...kinds];
  for (let last = first.length; last > 1; last -= 1) first.push(...first.splice(random(last), 1));
  const saves = () => ledger.attempts.filter(({ answer }) => answer?.kind === 'saved').length;
  for (let count = 0; !stop.aborted; count += 1) {
    const enough = saves() + 10 + random(20);
    await until('some more saves', patienceMs, () => stop.aborted || saves() >= enough);
    if (stop.aborted) return;
    const fault = first[count] ?? pick(random, kinds);
    tell(`${fault} broken after ${saves()} saves`);
    await faults[fault](random);
    await operator.ready();
    if (count + 1 === kinds.length) onceEach();
  }
}

it(
  `${writerCount} writers through all doors on ${configCount} configs for ${seconds} s, with faults: numbers have no gap, every acknowledged save is there once, and no other one half`,
  async () => {
    const namespace = await kube.namespace('doors');
    const paths = Array.from({ length: configCount }, (_, index) => `config-${index}.yaml`);
    const writers = writersOf(writerCount, Math.max(1, Math.floor(writerCount / 12)));
    using direct = await DoorClient.direct(api);
    using aggregated = await DoorClient.aggregated(controlPlane.kubeconfig);
    const ledger = new Ledger();
    const ended = new AbortController();
    const doors: Doors = {
      ...{ kube, kubeconfig: controlPlane.kubeconfig, api, direct, aggregated },
      ...{ namespace, paths, ledger, stop: ended.signal },
    };
    const body_raw = textOf(new Map(writers.map((_, index) => [nameOf(index), 0])));
    for (const path of paths) {
      const made = await direct.ask(`/configs/${namespace}/${path}`, { method: 'POST', body: { body_raw } });
      expect(made?.status).toBe(201);
    }

    const story: string[] = [`seed ${seed}`];
    const onceEach = Promise.withResolvers<void>();
    const writing = writeAll(doors, writers, seed);
    const breaking = breakThings(ledger, {
      ...{ stop: ended.signal, onceEach: onceEach.resolve },
      tell: line => story.push(line),
    });
    // The length is what was asked for. Whatever fails first ends the rest, and is told below.
    const wanted = Promise.all([delay(seconds * 1_000), onceEach.promise]);
    await Promise.race([wanted, writing, breaking]).catch(() => {});
    ended.abort();
    const done = await Promise.allSettled([writing, breaking]);
    const told = story.join('; ');
    if (seconds > 12) console.log(told, ledger.counts());
    for (const one of done) if (one.status === 'rejected') throw new Error(told, { cause: one.reason });

    const [saved, log] = await Promise.all([historyOf(namespace), logOf(namespace)]);
    const heads = expectModel(ledger.attempts, saved, told);
    expectLog(ledger.attempts, saved, log, told);
    expect([...heads.keys()].sort(), told).toEqual(paths);
    for (const [path, { version, body_raw: text }] of heads) {
      const shown = await kube.untilShown(namespace, path, version, 30_000);
      expect(shown.data, `${told}: the ConfigMap of ${path}`).toEqual({ [path]: text });
    }
  },
  (seconds + 300) * 1_000,
);

const historyOf = (namespace: string) =>
  queryDatabase<SavedVersion>(
    databaseUrl,
    `select c.path, v.version, v.body_raw from pawl.config_versions v join pawl.configs c on c.id = v.config_id
      where c.namespace = $1 order by c.path, v.version`,
    [namespace],
  );

const logOf = (namespace: string) =>
  queryDatabase<LoggedChange>(
    databaseUrl,
    `select d.deployment_id, d.path, d.operation, d.old_version, d.new_version, d.new_sha256 = v.content_sha256 as same_text
       from pawl.deployment_changes d join pawl.deployments e on e.id = d.deployment_id
       left join pawl.configs c on c.namespace = d.namespace and c.path = d.path
       left join pawl.config_versions v on v.config_id = c.id and v.version = d.new_version
      where d.namespace = $1 and e.result = 'accepted'`,
    [namespace],
  );
