/** What the server tells the metrics of each request: which operation, how it ended, how long; and no name. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { restRoot, storeRoot } from '../../server/aggregated/address.ts';
import type { AnsweredRequest } from '../../server/measure.ts';
import { type Api, everything, startApi } from '../setup/api.ts';
import { until } from '../setup/until.ts';

let api: Api;
const heard: AnsweredRequest[] = [];
beforeAll(async () => {
  api = await startApi({ frontProxy: 'api-server', onAnswer: answered => heard.push(answered) });
});
afterAll(() => api?.[Symbol.asyncDispose]());

/** What is told of a request made by `ask`. */
async function told(ask: () => Promise<unknown>): Promise<AnsweredRequest> {
  heard.length = 0;
  await ask();
  await until('it is told', 5_000, async () => heard.length > 0);
  expect(heard).toHaveLength(1);
  return heard[0]!;
}

it('tells every request by its operation and how it was answered, whatever it was for', async () => {
  const path = `/configs/${api.namespace}/m-${randomUUID()}.yaml`;
  const took = expect.any(Number);
  const save = { method: 'PUT', body: { body_raw: 'a: 1\n' } };
  expect(await told(() => api.ask(path, save))).toEqual({
    operation: 'saveConfig',
    code: 201,
    seconds: took,
  });
  expect(await told(() => api.ask(path))).toMatchObject({ operation: 'getConfig', code: 200 });
  expect(await told(() => api.ask(path, { method: 'HEAD' }))).toMatchObject({ operation: 'getConfig' });
  expect(await told(() => api.ask(`${restRoot}${path}`))).toMatchObject({
    operation: 'getConfig',
    code: 200,
  });
  expect(await told(() => api.ask(path, { token: 'no' }))).toMatchObject({
    operation: 'getConfig',
    code: 401,
  });
  expect(await told(() => api.ask(`/${randomUUID()}`))).toMatchObject({ operation: 'none', code: 404 });
  expect(await told(() => api.ask(path, { method: 'PATCH' }))).toMatchObject({ code: 405 });
  const list = `${storeRoot}/namespaces/${api.namespace}/configs`;
  expect(await told(() => api.ask(list))).toEqual({ operation: 'kubectl', code: 200, seconds: took });
});

it('tells a watch when it ends, without a duration, and counts who watches now', async () => {
  const token = await api.person([everything]);
  for (const [path, operation] of [
    [`/watch/${api.namespace}`, 'watchNamespace'],
    [`${storeRoot}/namespaces/${api.namespace}/configs?watch=true&resourceVersion=0`, 'kubectl'],
  ]) {
    const { port } = api.server;
    const headers = { authorization: `Bearer ${token}` };
    const answered = await told(async () => {
      const asking = request({ host: '127.0.0.1', port, ca: api.ca, path, headers, agent: false });
      const answer = new Promise(resolve => asking.once('response', resolve));
      asking.on('error', () => undefined).end();
      await answer;
      await until('it is counted', 5_000, async () => api.server.watchers === 1);
      asking.destroy();
      await until('it is not counted any more', 5_000, async () => api.server.watchers === 0);
    });
    expect(answered).toEqual({ operation, code: 200, seconds: null });
  }
});
