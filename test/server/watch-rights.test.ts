/** A watch ends with the right to it: with the binding, with the account, at every way in. */
import { request } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../server/aggregated-world.ts';
import { type Api, startApi } from '../setup/api.ts';
import { adminKubectl } from '../setup/chart.ts';
import { until } from '../setup/until.ts';

let api: Api;
beforeAll(async () => {
  // Answers of the API server are remembered for ten seconds, whatever is asked.
  api = await startApi({ frontProxy: 'api-server', watches: { everyMs: 500 } });
});
afterAll(() => api?.[Symbol.asyncDispose]());

/** A watch that somebody has opened; `open` until the server ends it. */
async function watching(path: string, token: string) {
  const state = { open: false, text: '' };
  const { port } = api.server;
  const headers = { authorization: `Bearer ${token}` };
  const asking = request({ host: '127.0.0.1', port, ca: api.ca, path, headers, agent: false }, response => {
    state.open = response.statusCode === 200;
    response.setEncoding('utf8').on('data', text => {
      state.text += text;
    });
    response.on('close', () => {
      state.open = false;
    });
    response.on('error', () => undefined);
  });
  asking.on('error', () => undefined);
  asking.end();
  await until('the watch began', 10_000, () => state.open);
  return state;
}

const nameOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
    .sub.split(':')
    .at(-1);

const ways = (namespace: string) => [
  `/watch/${namespace}`,
  `${root}/namespaces/${namespace}/configs?watch=1`,
  `${root}/rest/v1/proxy/watch/${namespace}`,
];

it.each(['the binding', 'the account'])('of %s that goes', async what => {
  const kubectl = await adminKubectl();
  const [token, other] = [await api.person([{ verbs: ['list'] }]), await api.person([{ verbs: ['list'] }])];
  const watches = await Promise.all(ways(api.namespace).map(path => watching(path, token)));
  const kept = await watching(ways(api.namespace)[0]!, other);
  const kind = what === 'the binding' ? 'rolebinding' : 'serviceaccount';
  await kubectl(['delete', kind, nameOf(token), '--namespace', api.namespace]);
  await until('every watch ended', 40_000, () => watches.every(({ open }) => !open));
  expect(kept.open).toBe(true);
});
