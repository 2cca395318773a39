/**
 * The HTTP API as a client that lives through faults sees it, at either of its addresses: a request, and an answer
 * or none. Invariant: what is not Pawl's own answer (a broken connection, a word of the API server in between) is no
 * answer.
 */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import { aggregatedPrefix } from '../../../cli/access.ts';
import type { LocalApi } from '../../../local/api.ts';

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a document holds is for the test to say
  readonly json: any;
}

export interface Asked {
  readonly method?: 'GET' | 'PUT' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** The connection is cut as soon as the request is out: whatever is answered is lost. */
  readonly lost?: boolean;
}

export class DoorClient implements Disposable {
  readonly #agent: Agent;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(agent: Agent, base: string, headers: Readonly<Record<string, string>>) {
    this.#agent = agent;
    this.#base = base;
    this.#headers = headers;
  }

  static async direct({ client }: LocalApi): Promise<DoorClient> {
    const agent = new Agent({ ca: await readFile(client.PAWL_CA), keepAlive: true });
    return new DoorClient(agent, client.PAWL_SERVER, { authorization: `Bearer ${client.PAWL_TOKEN}` });
  }

  /** Through the API server, as the administrator whose certificate is in the kubeconfig. */
  static async aggregated(kubeconfig: string): Promise<DoorClient> {
    const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
    const pem = (data: string | undefined) => Buffer.from(data ?? '', 'base64');
    const { cluster } = clusters[0]!;
    const { user } = users[0]!;
    const agent = new Agent({
      ...{ ca: pem(cluster['certificate-authority-data']), keepAlive: true },
      ...{ cert: pem(user['client-certificate-data']), key: pem(user['client-key-data']) },
    });
    return new DoorClient(agent, cluster.server + aggregatedPrefix, {});
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /** null: there was no answer. */
  async ask(
    path: string,
    { method = 'GET', headers, body, lost = false }: Asked = {},
  ): Promise<Answered | null> {
    return new Promise(resolve => {
      const bytes = body === undefined ? undefined : JSON.stringify(body);
      const asking = request(
        this.#base + path,
        {
          ...{ method, agent: this.#agent, signal: AbortSignal.timeout(20_000) },
          headers: {
            ...this.#headers,
            ...(bytes !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(bytes),
            }),
            ...headers,
          },
        },
        response => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', data => {
            text += data;
          });
          response.on('error', () => resolve(null));
          response.on('end', () => resolve(answerOf(response.statusCode ?? 0, text)));
        },
      );
      asking.on('error', () => resolve(null));
      asking.end(bytes, () => {
        if (lost) setImmediate(() => asking.destroy(new Error('lost on purpose')));
      });
    });
  }
}

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly {
    user: { 'client-certificate-data'?: string; 'client-key-data'?: string };
  }[];
}

function answerOf(status: number, text: string): Answered | null {
  try {
    const json = JSON.parse(text);
    return json?.kind === 'Status' ? null : { status, json };
  } catch {
    return null;
  }
}
