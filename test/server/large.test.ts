/** Large bodies and answers of a tenant take their share of the server's memory, and nobody else's. */
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../server/aggregated-world.ts';
import { type Api, everything, startApi } from '../setup/api.ts';
import { until } from '../setup/until.ts';

const mib = 1 << 20;
let api: Api;
beforeAll(async () => {
  api = await startApi({
    ...{ frontProxy: 'api-server', requestMs: 8_000 },
    underWay: { total: 200 * mib, each: 30 * mib },
  });
});
afterAll(() => api?.[Symbol.asyncDispose]());

const deployment = (namespace: string, texts: number) => ({
  changes: Array.from({ length: texts }, (_, index) => ({
    ...{ namespace, path: `large/${index}.yaml` },
    body_raw: `a: ${'1'.repeat(900_000)}\n`,
  })),
});

describe('a large deployment', () => {
  const deploy = (token: string, query: string, texts = 4) =>
    api.ask(`/deployments?dry_run=true${query}`, {
      ...{ method: 'POST', token, body: deployment(api.namespace, texts) },
    });

  it('is read only from somebody who may write where it says', async () => {
    const [nobody, editor] = [await api.person([]), await api.person([everything])];
    const named = `&namespaces=${api.namespace}`;
    expect((await deploy(nobody, '')).json).toMatchObject({ status: 413, reason: 'RequestTooLarge' });
    expect((await deploy(nobody, named)).json).toMatchObject({ status: 413, reason: 'RequestTooLarge' });
    expect((await deploy(editor, '')).json.detail).toContain('?namespaces=');
    expect(await deploy(editor, named)).toMatchObject({ status: 200 });
    expect((await deploy(nobody, '', 1)).json).toMatchObject({ reason: 'Forbidden' });
  });

  it('is about the namespaces it says, and no others', async () => {
    const editor = await api.person([everything]);
    const answer = await deploy(editor, '&namespaces=elsewhere', 1);
    expect(answer.json).toMatchObject({ status: 422, reason: 'Contradiction' });
  });
});

it('a list of texts takes its room before any text is read', async () => {
  // A page of the longest texts would not fit; those of this namespace would.
  await using small = await startApi({
    ...{ frontProxy: 'api-server', underWay: { total: 200 * mib, each: 4 * mib } },
  });
  const token = await small.person([everything]);
  const path = `/configs/${small.namespace}/small.yaml`;
  expect(await small.ask(path, { method: 'PUT', token, body: { body_raw: 'cap: 1\n' } })).toMatchObject({
    status: 201,
  });
  const configs = `${root}/namespaces/${small.namespace}/configs`;
  expect((await small.ask(configs, { token })).json).toMatchObject({ code: 413 });
  expect((await small.ask(`${configs}/small.yaml`, { token })).status).toBe(200);
});

describe('readers who never read', () => {
  const texts = 9;

  beforeAll(async () => {
    for (let index = 0; index < texts; index += 1) {
      const body = { body_raw: `a: ${'1'.repeat(1_000_000)}\n` };
      await api.ask(`/configs/${api.namespace}/unread/${index}.yaml`, { method: 'PUT', body });
    }
  });

  it('get their share and are let go, while others read', async () => {
    const elsewhere = await api.kube.namespace('calm');
    const [eve, ada] = [await api.person([everything]), await api.person([everything], elsewhere)];
    const path = `${root}/namespaces/${api.namespace}/configs`;
    const sockets: TLSSocket[] = [];
    const askAndNeverRead = () => {
      const to = { host: '127.0.0.1', port: api.server.port, ca: api.ca, servername: 'localhost' };
      const socket = connect(to).on('error', () => undefined);
      const head = [`GET ${path} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${eve}`, '', ''];
      socket.write(head.join('\r\n'));
      sockets.push(socket.pause());
    };
    try {
      await until('the share is used up', 30_000, async () => {
        askAndNeverRead();
        return (await api.ask(path, { token: eve })).status === 429;
      });
      const calm = `${root}/namespaces/${elsewhere}/configs`;
      expect(await api.ask(calm, { token: ada })).toMatchObject({ status: 200 });
      await until('those who do not read are let go', 30_000, async () => {
        return (await api.ask(path, { token: eve })).status === 200;
      });
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
