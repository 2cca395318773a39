/**
 * Two tenants of one cluster, alice who works and eve who attacks her, each with all rights in a Kubernetes namespace of
 * her own and none elsewhere, and the operator with the chart's rights. Invariant: what alice has is the same after every
 * attack; `untouched` says what is not.
 */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { type LocalApi, prepareApi } from '../../../local/api.ts';
import { type Kubectl, KubectlError } from '../../../local/kubectl.ts';
import { type Operator, startOperator } from '../../../local/operator.ts';
import { type Ask, type Reply, send } from '../api.ts';
import { adminKubectl, chartServiceAccount } from '../chart.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { Kube } from '../kube.ts';
import { untilTaken } from '../taken.ts';
import { until } from '../until.ts';

export interface Tenant {
  /** Of the Kubernetes namespace and of its config namespace. */
  readonly namespace: string;
  readonly token: string;
  /** As the API server calls her. */
  readonly user: string;
}

const path = 'limits.yaml';
const text = 'cap: 1000\n# of alice\n';

export class AttackWorld implements AsyncDisposable {
  readonly kube: Kube;
  readonly alice: Tenant;
  readonly eve: Tenant;
  readonly operator: Operator;
  readonly database: TestDatabase;
  readonly #kubectl: Kubectl;
  readonly #server: { port: number; ca: string };
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<AttackWorld, 'kube' | 'alice' | 'eve' | 'operator' | 'database'>,
    kubectl: Kubectl,
    server: { port: number; ca: string },
    stack: AsyncDisposableStack,
  ) {
    this.kube = parts.kube;
    this.alice = parts.alice;
    this.eve = parts.eve;
    this.operator = parts.operator;
    this.database = parts.database;
    this.#kubectl = kubectl;
    this.#server = server;
    this.#stack = stack;
  }

  static async open(kubeconfig: string): Promise<AttackWorld> {
    await using stack = new AsyncDisposableStack();
    const kube = stack.use(await Kube.open(kubeconfig));
    const kubectl = await adminKubectl(kubeconfig);
    const database = stack.use(await createTestDatabase());
    const api = await prepareApi({ kubectl });
    const account = stack.use(await chartServiceAccount({ values: { server: { enabled: true } } }));
    const env = {
      ...{ KUBECONFIG: account.kubeconfig, DATABASE_URL: database.url, ...api.operator },
      PAWL_CLUSTER: account.namespace,
      // As in the chart: 60 % of a limit of 512 MiB.
      NODE_OPTIONS: '--max-old-space-size=307',
    };
    const operator = stack.use(await startOperator(env));
    const [alice, eve] = [await tenantOf(kube, kubectl, 'alice'), await tenantOf(kube, kubectl, 'eve')];
    const world = new AttackWorld(
      { kube, alice, eve, operator, database },
      kubectl,
      { port: Number(new URL(api.client.PAWL_SERVER).port), ca: await caOf(api) },
      stack.move(),
    );
    await world.#begin();
    return world;
  }

  /** As eve, unless said otherwise. */
  ask(url: string, { token = this.eve.token, ...rest }: Ask = {}): Promise<Reply> {
    return send({ ...this.#server, path: url, token, ...rest });
  }

  /** As eve, who comes again when she is told when to: what earlier attacks have used up of her share is not this one's answer. */
  askInTime(url: string, ask: Ask = {}): Promise<Reply> {
    return untilTaken(url, 120_000, [429], () => this.ask(url, ask));
  }

  /** The status of a watch that is held until the signal is aborted. */
  beginWatch(url: string, token: string, signal: AbortSignal): Promise<number> {
    const options = { ...this.#server, host: '127.0.0.1', path: url, agent: false, signal };
    return new Promise((resolve, reject) => {
      const asking = request({ ...options, headers: { authorization: `Bearer ${token}` } }, response => {
        response.on('error', () => undefined).resume();
        resolve(response.statusCode ?? 0);
      });
      asking.on('error', reject);
      asking.end();
    });
  }

  /** `kubectl` as eve; what it printed, on whichever stream. */
  async kubectlAsEve(args: readonly string[], input = ''): Promise<string> {
    try {
      const { stdout } = await this.#kubectl([...args, '--as', this.eve.user], { input });
      return stdout;
    } catch (error) {
      if (error instanceof KubectlError) return error.stderr;
      throw error;
    }
  }

  /** Applies an object of eve's and waits until it has an answer. */
  async proposeAsEve(name: string, spec: object, metadata: object = {}): Promise<string> {
    const object = {
      ...{ apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigVersion' },
      metadata: { name, namespace: this.eve.namespace, ...metadata },
      spec: { format: 'yaml', ...spec },
    };
    const said = await this.kubectlAsEve(['apply', '--server-side', '-f', '-'], JSON.stringify(object));
    if (!said.includes('serverside-applied')) return said;
    return until(`${name} has an answer`, 60_000, async () => {
      const { metadata: of, status } = await this.kube.configVersion(this.eve.namespace, name);
      const ready = status.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.observedGeneration !== of.generation || ready.status === 'Unknown') return null;
      return ready.reason;
    });
  }

  /** Reads and saves as alice while `flood` goes on; the statuses she got. */
  async aliceBeside(flood: () => Promise<unknown>): Promise<{ alice: number[]; flood: unknown }> {
    const over = flood();
    over.catch(() => undefined);
    const alice: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      alice.push((await this.asAlice(`/configs/${this.alice.namespace}/${path}`)).status);
      const body = { format: 'yaml', body_raw: `turn: ${turn}\n` };
      const url = `/configs/${this.alice.namespace}/beside.yaml`;
      alice.push((await this.asAlice(url, { method: 'PUT', body, headers: { 'if-match': '*' } })).status);
    }
    return { alice, flood: await over };
  }

  asAlice(url: string, ask: Ask = {}): Promise<Reply> {
    return this.ask(url, { ...ask, token: this.alice.token });
  }

  /** What alice had and has no more; empty: she has all of it. */
  async untouched(): Promise<string[]> {
    const lost: string[] = [];
    const { status, json } = await this.asAlice(`/configs/${this.alice.namespace}/${path}`);
    if (status !== 200 || json.latest.version !== 1 || json.latest.body_raw !== text) lost.push('her config');
    const log = await this.asAlice(`/deployments?namespace=${this.alice.namespace}&path=${path}`);
    if (log.json?.items?.length !== 1) lost.push('her log');
    const shown = await this.kube.configMap(this.alice.namespace, path);
    if (shown?.data?.[path] !== text) lost.push('her ConfigMap');
    if (!this.operator.running) lost.push('the operator');
    return lost;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #begin(): Promise<void> {
    await this.kube.propose(this.alice.namespace, 'limits', { path, body: text });
    await this.kube.untilShown(this.alice.namespace, path, '1');
    for (const tenant of [this.alice, this.eve]) {
      // Rights are in force a moment after they were given, and a no is remembered for as long.
      const body = { format: 'yaml', body_raw: 'turn: -1\n', base_version: 0 };
      const url = `/configs/${tenant.namespace}/beside.yaml`;
      await until(`${tenant.user} may save`, 60_000, async () => {
        const { status } = await this.ask(url, { method: 'PUT', body, token: tenant.token });
        return status < 300 || status === 409;
      });
    }
  }
}

const caOf = ({ client }: LocalApi) => readFile(client.PAWL_CA, 'utf8');

async function tenantOf(kube: Kube, kubectl: Kubectl, prefix: string): Promise<Tenant> {
  const namespace = await kube.namespace(prefix);
  const [group, metadata] = ['rbac.authorization.k8s.io', { name: 'tenant', namespace }];
  const rules = [
    { apiGroups: ['store.pawl.dev', 'pawl.dev'], resources: ['*'], verbs: ['*'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['*'] },
  ];
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules },
    {
      ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: group, kind: 'Role', name: 'tenant' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
  ];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(['apply', '--server-side', '-f', '-'], { input });
  const made = await kubectl([
    ...['create', 'token', 'tenant', '--namespace', namespace],
    ...['--audience', 'pawl', '--duration', '2h'],
  ]);
  return { namespace, token: made.stdout.trim(), user: `system:serviceaccount:${namespace}:tenant` };
}
