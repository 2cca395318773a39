/** The webhook as the API server calls it: over TLS, before anybody is known, and within bounds. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, type Ask, startApi } from '../setup/api.ts';

const path = '/admission/requested-by';
let api: Api;

beforeAll(async () => {
  api = await startApi({ stampRequests: true });
});
afterAll(() => api?.[Symbol.asyncDispose]());

const reviewOf = (body: string) => ({
  ...{ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
  request: {
    ...{ uid: 'u-1', operation: 'CREATE', userInfo: { username: 'ada' } },
    resource: { group: 'pawl.dev', version: 'v1alpha1', resource: 'configversions' },
    object: { metadata: { name: 'limits' }, spec: { path: 'limits.yaml', format: 'yaml', body } },
  },
});
const send = (ask: Ask) => api.ask(path, { method: 'POST', token: null, ...ask });

it('answers whoever asks with a patch, and needs no token for it', async () => {
  const { status, json, headers } = await send({ body: reviewOf('a: 1\n') });
  expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  expect(json.response).toMatchObject({ uid: 'u-1', allowed: true, patchType: 'JSONPatch' });
  expect(JSON.parse(Buffer.from(json.response.patch, 'base64').toString())).toEqual([
    { op: 'add', path: '/metadata/annotations', value: {} },
    { op: 'add', path: '/metadata/annotations/pawl.dev~1requested-by', value: 'ada' },
  ]);
});

it('takes what holds two of the largest texts there may be, and refuses what no ConfigVersion needs', async () => {
  expect(await send({ body: reviewOf('x'.repeat(3 << 20)) })).toMatchObject({ status: 200 });
  // Before any of it is read: the rest is never sent.
  const refused = await send({ body: '{', headers: { 'content-length': String((4 << 20) + 1) } });
  expect(refused).toMatchObject({ status: 413, json: { reason: 'RequestTooLarge' } });
});

it.each<[string, Ask, number]>([
  ['what is not a review', { body: {} }, 400],
  ['what is not JSON', { body: '{', headers: { 'content-type': 'application/json' } }, 400],
  ['another type', { body: 'a: 1', headers: { 'content-type': 'application/yaml' } }, 415],
  ['another method', { method: 'GET' }, 404],
])('refuses %s', async (_, ask, status) => {
  expect((await send(ask)).status).toBe(status);
});

it('is not there unless it is asked for', async () => {
  await using other = await startApi();
  const { status } = await other.ask(path, { method: 'POST', token: null, body: reviewOf('a: 1\n') });
  expect(status).toBe(404);
});
