/**
 * What the writers at all doors write to, so that every part of it can be broken: a control plane, a PostgreSQL behind a
 * proxy, and two replicas that share a Lease and serve the API, one to its clients and one behind the API server.
 * Invariant: ready() answers only when all of it is whole.
 */
import { type LocalApi, prepareApi } from '../../../local/api.ts';
import { registerApiService } from '../../../local/api-service.ts';
import { startControlPlane } from '../../../local/control-plane.ts';
import type { ControlPlane } from '../../../local/control-plane-interface.ts';
import { crdFolder } from '../../../local/crds.ts';
import { type Operator, type OperatorEnv, startOperator } from '../../../local/operator.ts';
import { type Postgres, startPostgres } from '../../../local/postgres.ts';
import { freePort } from '../../../local/wait.ts';
import { type FaultyProxy, proxyTo } from '../../history/store/proxy.ts';
import { chartServiceAccount } from '../chart.ts';
import { Kube } from '../kube.ts';
import { metricOf } from '../metrics.ts';
import { patienceMs } from './writer.ts';

/** Of each replica's log. */
const storyLines = 40;

/** One process, which comes back with the settings it had. */
export class Replica {
  readonly #env: OperatorEnv;
  #operator: Operator;

  private constructor(env: OperatorEnv, operator: Operator) {
    this.#env = env;
    this.#operator = operator;
  }

  static async start(env: OperatorEnv): Promise<Replica> {
    return new Replica(env, await startOperator(env));
  }

  get pid(): number {
    return this.#operator.pid;
  }

  async leads(): Promise<boolean> {
    return (await metricOf(this.#operator, 'leader_election_master_status').catch(() => 0)) === 1;
  }

  /** What is needed to see why it did not do what it should have done. */
  async story(): Promise<string> {
    const { httpAddr } = this.#operator;
    const asked = await fetch(`http://${httpAddr}/metrics`)
      .then(answer => answer.text())
      .catch(String);
    const telling =
      /^(leader_election|workqueue_(depth|unfinished|longest)|pawl_(dependency_up|parked_objects))/;
    const metrics = asked.split('\n').filter(line => telling.test(line));
    const log = (await this.#operator.logs()).trimEnd().split('\n');
    return [`replica ${httpAddr}:`, ...metrics, ...log.slice(-storyLines)].join('\n');
  }

  ready(): Promise<void> {
    return this.#operator.ready({ timeoutMs: patienceMs });
  }

  /** SIGKILL, and started again: it need not get ready, as long as PostgreSQL is away. */
  async killAndStart(): Promise<void> {
    await this.#operator.kill();
    this.#operator = await startOperator(this.#env, { waitReady: false });
  }

  async stop(): Promise<void> {
    await this.#operator.stop();
  }
}

export class Stage implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly postgres: Postgres;
  readonly proxy: FaultyProxy;
  /** Not by way of the proxy. */
  readonly databaseUrl: string;
  readonly kube: Kube;
  readonly api: LocalApi;
  /** Where each replica serves the API. */
  readonly addresses: readonly string[];
  readonly replicas: readonly [Replica, Replica];
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Omit<Stage, 'ready' | 'story' | 'leader' | 'killAndStartAll' | typeof Symbol.asyncDispose>,
    stack: AsyncDisposableStack,
  ) {
    this.controlPlane = parts.controlPlane;
    this.postgres = parts.postgres;
    this.proxy = parts.proxy;
    this.databaseUrl = parts.databaseUrl;
    this.kube = parts.kube;
    this.api = parts.api;
    this.addresses = parts.addresses;
    this.replicas = parts.replicas;
    this.#stack = stack;
  }

  /** @param lifeMs for how long it is used at most */
  static async open({ lifeMs }: { lifeMs: number }): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const [controlPlane, postgres] = await Promise.all([
      startControlPlane({ existing: null, crds: crdFolder }),
      startPostgres({ url: null }),
    ]);
    stack.defer(() => controlPlane.stop());
    stack.use(postgres);
    const { kubeconfig } = controlPlane;
    const kube = stack.use(await Kube.open(kubeconfig, { lifeMs }));
    const [databaseUrl, api, account] = await Promise.all([
      postgres.createDatabase('doors'),
      prepareApi(controlPlane),
      chartServiceAccount({ kubeconfig, values: { server: { enabled: true } } }),
    ]);
    const proxy = stack.use(await proxyTo(databaseUrl));
    const env = {
      ...{ KUBECONFIG: account.kubeconfig, DATABASE_URL: proxy.url, ...api.operator },
      PAWL_API_REQUESTS_PER_MINUTE: '1000000',
      PAWL_LOG_MAX_ENTRIES: '1000000',
      PAWL_TARGET_RETRY_SECONDS: '1',
      ...{ PAWL_LEADER_ELECT: 'true', PAWL_LEASE_RETRY_SECONDS: '1' },
      ...{ PAWL_LEASE_NAMESPACE: account.namespace, PAWL_LEASE_NAME: account.leaseName },
      ...{ PAWL_LEASE_DURATION_SECONDS: '3', PAWL_LEASE_RENEW_SECONDS: '2' },
    };
    const port = await freePort();
    const start = async (own: OperatorEnv) => {
      const replica = await Replica.start(own);
      stack.defer(() => replica.stop());
      return replica;
    };
    const [first, second] = await Promise.all([
      start(env),
      start({ ...env, PAWL_API_ADDR: `127.0.0.1:${port}` }),
    ]);
    await (await registerApiService(controlPlane, { ...api.service, port })).available();
    return new Stage(
      {
        ...{ controlPlane, postgres, proxy, databaseUrl, kube, api },
        addresses: [api.client.PAWL_SERVER, `https://127.0.0.1:${port}`],
        replicas: [first, second],
      },
      stack.move(),
    );
  }

  async ready(): Promise<void> {
    await Promise.all(this.replicas.map(replica => replica.ready()));
  }

  /** Of all replicas. */
  async story(): Promise<string> {
    return (await Promise.all(this.replicas.map(replica => replica.story()))).join('\n\n');
  }

  async leader(): Promise<Replica | undefined> {
    for (const replica of this.replicas) if (await replica.leads()) return replica;
    return undefined;
  }

  async killAndStartAll(): Promise<void> {
    await Promise.all(this.replicas.map(replica => replica.killAndStart()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
