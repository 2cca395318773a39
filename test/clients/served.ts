/** The operator as it is deployed, for the stories of programs: it can be killed and started again on the same database. */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { expect, inject } from 'vitest';
import { type LocalApi, prepareApi } from '../../local/api.ts';
import { type Operator, startOperator } from '../../local/operator.ts';
import { type Reply, send } from '../setup/api.ts';
import { adminKubectl } from '../setup/chart.ts';
import { createTestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';

export class Served implements AsyncDisposable {
  readonly api: LocalApi;
  readonly kube: Kube;
  readonly #agent: Agent;
  readonly #start: () => Promise<Operator>;
  readonly #stack: AsyncDisposableStack;
  #operator: Operator | undefined;

  private constructor(
    kube: Kube,
    api: LocalApi,
    agent: Agent,
    start: () => Promise<Operator>,
    stack: AsyncDisposableStack,
  ) {
    this.kube = kube;
    this.api = api;
    this.#agent = agent;
    this.#start = start;
    this.#stack = stack;
  }

  static async open(name: string): Promise<Served> {
    await using stack = new AsyncDisposableStack();
    const KUBECONFIG = inject('kubeconfig');
    const kube = stack.use(await Kube.open(KUBECONFIG));
    const database = stack.use(await createTestDatabase());
    const api = await prepareApi({ kubectl: await adminKubectl() });
    const PAWL_CLUSTER = await kube.namespace(name);
    const settings = { KUBECONFIG, DATABASE_URL: database.url, PAWL_CLUSTER, ...api.operator };
    const agent = new Agent({ keepAlive: true });
    stack.defer(() => agent.destroy());
    const served = new Served(kube, api, agent, () => startOperator(settings), stack.move());
    served.#stack.defer(() => served.#operator?.dispose());
    await served.start();
    return served;
  }

  async start(): Promise<void> {
    this.#operator = await this.#start();
  }

  async kill(): Promise<void> {
    await this.#operator?.kill();
  }

  /** As somebody else. */
  async call(method: string, path: string, body?: object): Promise<Reply> {
    const { PAWL_SERVER, PAWL_CA, PAWL_TOKEN } = this.api.client;
    const ca = await readFile(PAWL_CA, 'utf8');
    const port = Number(new URL(PAWL_SERVER).port);
    const reply = await send({
      ...{ port, ca, path, method, token: PAWL_TOKEN, ...(body && { body }) },
      agent: this.#agent,
    });
    expect(reply.status, reply.text).toBeLessThan(300);
    return reply;
  }

  /**
   * As somebody else.
   * @returns the version
   */
  async saveAs(path: string, body: object): Promise<number> {
    return (await this.call('PUT', path, body)).json.latest.version;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
