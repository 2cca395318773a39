/** Server-sent events over the real server: what is saved is told, and told again to whoever comes back. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../api/types.gen.ts';
import { type Api, everything, startApi } from '../setup/api.ts';
import { until } from '../setup/until.ts';

let api: Api;
let token: string;
beforeAll(async () => {
  api = await startApi({ settings: { maxWatchers: 3 } });
  token = await api.person([everything]);
});
afterAll(() => api?.[Symbol.asyncDispose]());

interface Event {
  readonly event: string;
  readonly id: string;
  readonly data: WatchEvent;
}

class Watch implements Disposable {
  readonly events: Event[] = [];
  ended = false;
  readonly #asking: ClientRequest;
  response: IncomingMessage | undefined;

  constructor(path: string, lastEventId?: string) {
    const { port } = api.server;
    const headers = {
      authorization: `Bearer ${token}`,
      ...(lastEventId && { 'last-event-id': lastEventId }),
    };
    let rest = '';
    this.#asking = request({ host: '127.0.0.1', port, ca: api.ca, path, headers, agent: false }, response => {
      this.response = response;
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        rest += chunk;
        const blocks = rest.split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) this.events.push(parsed(block));
      });
      response.on('close', () => {
        this.ended = true;
      });
      response.on('error', () => undefined);
    });
    this.#asking.on('error', () => undefined);
    this.#asking.end();
  }

  async began(): Promise<this> {
    await until('the watch began', 10_000, async () => this.events.length > 0);
    return this;
  }

  changes(): string[] {
    return this.events
      .filter(({ event }) => event === 'change')
      .map(({ data }) => `${data.kind} ${data.path} ${data.version}`);
  }

  async told(...expected: string[]): Promise<void> {
    await until(`${expected} were told`, 10_000, async () => this.changes().length >= expected.length);
    expect(this.changes()).toEqual(expected);
  }

  [Symbol.dispose](): void {
    this.#asking.destroy();
  }
}

function parsed(block: string): Event {
  const fields = Object.fromEntries(block.split('\n').map(line => line.split(/: (.*)/s, 2)));
  return { event: fields.event, id: fields.id, data: JSON.parse(fields.data) };
}

/** As the first version, or over whatever is the latest. */
const save = async (path: string, text: string) => {
  const url = `/configs/${api.namespace}/${path}`;
  const change = { method: 'PUT', body: { body_raw: text } };
  const created = await api.ask(url, change);
  return created.status === 428 ? api.ask(url, { ...change, headers: { 'if-match': '*' } }) : created;
};

describe('a watch', () => {
  it('tells what happens to configs, and goes on after the last id', async () => {
    const root = `/watch/${api.namespace}`;
    using whole = await new Watch(root).began();
    using one = await new Watch(`${root}/w/b.yaml`).began();
    expect(whole.response?.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(whole.response?.headers['cache-control']).toBe('no-store');
    await save('w/a.yaml', 'a: 1\n');
    await save('w/b.yaml', 'b: 1\n');
    await save('w/a.yaml', 'a: 2\n');
    await api.ask(`/configs/${api.namespace}/w/b.yaml`, { method: 'DELETE' });
    const all = ['saved w/a.yaml 1', 'saved w/b.yaml 1', 'saved w/a.yaml 2', 'deleted w/b.yaml 1'];
    await whole.told(...all);
    await one.told('saved w/b.yaml 1', 'deleted w/b.yaml 1');
    const first = whole.events.find(({ event }) => event === 'change')!;
    using again = await new Watch(root, first.id).began();
    await again.told(...all.slice(1));
  });

  it('beyond as many as there may be is refused, and so is an id of nobody', async () => {
    const path = `/watch/${api.namespace}`;
    await until('the other watches have ended', 5_000, async () => api.server.watchers === 0);
    const watches = await Promise.all([1, 2, 3].map(() => new Watch(path).began()));
    const refused = await api.ask(path);
    expect(refused.json).toMatchObject({ status: 429, reason: 'TooManyRequests' });
    for (const watch of watches) watch[Symbol.dispose]();
    await until('they have ended', 5_000, async () => api.server.watchers === 0);
    const strange = await api.ask(path, { headers: { 'last-event-id': 'nobodys' } });
    expect(strange.json).toMatchObject({ status: 422, reason: 'InvalidCursor' });
  });

  it('ends when the server does, which waits for nobody', async () => {
    await using other = await startApi();
    const mine = api;
    api = other;
    token = await other.person([everything]);
    using watch = await new Watch(`/watch/${other.namespace}`).began();
    await other.server.close();
    await until('the watch has ended', 5_000, async () => watch.ended);
    api = mine;
  });
});
