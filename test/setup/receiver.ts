/**
 * A receiver of notifications: checks each signature with the reference library and reads each body with the CNCF's, keeps
 * what it got, and can be killed, slow, or go away before it has answered.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly data: {
    readonly namespace: string;
    readonly path: string;
    readonly version?: string;
    readonly [field: string]: unknown;
  };
}

export class Receiver implements AsyncDisposable {
  readonly #secret: string;
  #server: Server | null = null;
  #port = 0;
  /** In their order, each as often as it came. */
  readonly got: Received[] = [];
  /** What could not be verified or read. */
  readonly wrong: unknown[] = [];
  /** Before it answers. */
  slowMs = 0;
  /** Of the next requests, so many are received and never answered. */
  silent = 0;
  status = 200;

  constructor(secret: string) {
    this.#secret = secret;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** By id. */
  get events(): Map<string, Received> {
    return new Map(this.got.map(event => [event.id, event]));
  }

  /** On the port it had before. */
  async start(): Promise<this> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise(resolve => (server ? server.close(resolve) : resolve(undefined)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await text(request);
      const headers = request.headers as Record<string, string>;
      new Webhook(this.#secret).verify(body, headers);
      const event = HTTP.toEvent<Received['data']>({ headers, body });
      if (!(event instanceof CloudEvent) || !event.validate()) throw new Error('not one valid event');
      if (event.id !== headers['webhook-id']) throw new Error('another id than that of its header');
      this.got.push({ id: event.id, type: event.type, subject: event.subject!, data: event.data! });
    } catch (error) {
      this.wrong.push(error);
    }
    if (this.silent > 0) {
      this.silent -= 1;
      request.destroy();
      return;
    }
    await new Promise(resolve => setTimeout(resolve, this.slowMs));
    response.writeHead(this.status).end();
  }
}
