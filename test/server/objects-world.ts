/**
 * The operator as it is deployed, with its API, and people with rights on ConfigVersion objects: for what the API says of
 * objects.
 */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { inject } from 'vitest';
import { type LocalApi, prepareApi } from '../../local/api.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import type { ConfigVersionSpec } from '../../operator/object/config-version.ts';
import { adminKubectl } from '../setup/chart.ts';
import { createTestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a document holds is for the test to say
export type Reply = { status: number; json: any };

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
    const KUBECONFIG = inject('kubeconfig');
    const kube = stack.use(await Kube.open(KUBECONFIG));
    const database = stack.use(await createTestDatabase());
    const kubectl = await adminKubectl();
    const api = await prepareApi({ kubectl });
    const env = { KUBECONFIG, DATABASE_URL: database.url, PAWL_CLUSTER: cluster, ...api.operator };
    // As test/server/program.test.ts does: the account of the tests has no rights to serve the API.
    stack.use(await startOperator(env, { replicas: 1, as: 'given' }));
    return new ObjectsWorld({ kube, kubectl, databaseUrl: database.url }, api, stack);
  }

  /** How a client finds the API, in its environment. */
  get client(): LocalApi['client'] {
    return this.#api.client;
  }

  async ask(
    url: string,
    { token = this.#api.client.PAWL_TOKEN, body }: { token?: string | undefined; body?: object } = {},
  ): Promise<Reply> {
    const { PAWL_CA, PAWL_SERVER } = this.#api.client;
    const ca = await readFile(PAWL_CA, 'utf8');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return new Promise<Reply>((resolve, reject) => {
      const method = body ? 'POST' : 'GET';
      const asking = request(
        `${PAWL_SERVER}${url}`,
        { method, ca, headers, agent: false },
        async response => {
          let answer = '';
          for await (const chunk of response) answer += String(chunk);
          resolve({ status: response.statusCode ?? 0, json: answer === '' ? null : JSON.parse(answer) });
        },
      );
      asking.on('error', reject);
      asking.end(body && JSON.stringify(body));
    });
  }

  /** Somebody with these rights in the namespace, on ConfigVersions where a rule says nothing else, and their token. */
  async person(name: string, ...rules: readonly Rule[]): Promise<string> {
    const { namespace } = this;
    const metadata = { name, namespace };
    const group = 'rbac.authorization.k8s.io';
    const whole = rules.map(rule => ({ apiGroups: ['pawl.dev'], resources: ['configversions'], ...rule }));
    const items = [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules: whole },
      {
        ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
        roleRef: { apiGroup: group, kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    ];
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await this.kubectl(['apply', '-f', '-'], { input });
    const { stdout } = await this.kubectl(['create', 'token', name, '-n', namespace, '--audience', 'pawl']);
    return stdout.trim();
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
