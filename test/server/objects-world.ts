/**
 * The operator as it is deployed, with its API, and people with rights on ConfigVersion objects: for what the API says of
 * objects.
 */
import { inject } from 'vitest';
import { type LocalApi, prepareApi } from '../../local/api.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import type { ConfigVersionSpec } from '../../operator/object/config-version.ts';
import { makeAccount, tokenOf } from '../setup/account.ts';
import { askJson, type JsonQuestion, type JsonReply } from '../setup/ask-json.ts';
import { adminKubectl, chartServiceAccount } from '../setup/chart.ts';
import { createTestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

export class ObjectsWorld implements AsyncDisposable {
  readonly kube: Kube;
  readonly kubectl: Kubectl;
  readonly databaseUrl: string;
  readonly #api: LocalApi;
  readonly #stack: AsyncDisposableStack;
  /** Of the test at hand. */
  namespace = '';

  private constructor(
    parts: Pick<ObjectsWorld, 'kube' | 'kubectl' | 'databaseUrl'>,
    api: LocalApi,
    stack: AsyncDisposableStack,
  ) {
    ({ kube: this.kube, kubectl: this.kubectl, databaseUrl: this.databaseUrl } = parts);
    this.#api = api;
    this.#stack = stack;
  }

  /** @param cluster name of the cluster in sources */
  static async start(cluster: string): Promise<ObjectsWorld> {
    const stack = new AsyncDisposableStack();
    const kube = stack.use(await Kube.open(inject('kubeconfig')));
    const database = stack.use(await createTestDatabase());
    const kubectl = await adminKubectl();
    const api = await prepareApi({ kubectl });
    const account = stack.use(await chartServiceAccount({ values: { server: { enabled: true } } }));
    const env = {
      ...{ KUBECONFIG: account.kubeconfig, DATABASE_URL: database.url, PAWL_CLUSTER: cluster },
      ...{ PAWL_LEASE_NAMESPACE: account.namespace, PAWL_LEASE_NAME: account.leaseName },
      ...api.operator,
    };
    stack.use(await startOperator(env, { as: 'given' }));
    return new ObjectsWorld({ kube, kubectl, databaseUrl: database.url }, api, stack);
  }

  /** How a client finds the API, in its environment. */
  get client(): LocalApi['client'] {
    return this.#api.client;
  }

  /** For registerApiService. */
  get service(): LocalApi['service'] {
    return this.#api.service;
  }

  ask(url: string, asked: JsonQuestion = {}): Promise<JsonReply> {
    return askJson(this.#api.client, url, asked);
  }

  /** A watch tells of a namespace that was just made. */
  async known(namespace: string): Promise<void> {
    await until(`${namespace} is known`, 20_000, async () => {
      return (await this.ask(`/namespaces/${namespace}`)).status === 200;
    });
  }

  /** Somebody with these rights in the namespace, on ConfigVersions where a rule says nothing else, and their token. */
  async person(name: string, ...rules: readonly Rule[]): Promise<string> {
    const { namespace } = this;
    const whole = rules.map(rule => ({ apiGroups: ['pawl.dev'], resources: ['configversions'], ...rule }));
    await makeAccount(this.kubectl, { namespace, name, rules: whole });
    return tokenOf(this.kubectl, { namespace, name });
  }

  /** Applies it, and waits until it is accepted. */
  async saved(name: string, spec: Omit<ConfigVersionSpec, 'format'>): Promise<void> {
    await this.kube.propose(this.namespace, name, spec);
    await until(`${name} is accepted`, 20_000, async () => {
      const { metadata, status } = await this.kube.configVersion(this.namespace, name);
      return status.observedGeneration === metadata.generation && status.version !== undefined;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
