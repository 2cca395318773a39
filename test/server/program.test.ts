/** The operator as it is deployed serves the API, and what is saved there reaches ConfigMaps asked for by objects. */

import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type LocalApi, prepareApi } from '../../local/api.ts';
import { type Operator, startOperator } from '../../local/operator.ts';
import { adminKubectl } from '../setup/chart.ts';
import { createTestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { metricOf } from '../setup/metrics.ts';
import { until } from '../setup/until.ts';

const stack = new AsyncDisposableStack();
let api: LocalApi;
let kube: Kube;
let namespace: string;
let operator: Operator;

beforeAll(async () => {
  const KUBECONFIG = inject('kubeconfig');
  kube = stack.use(await Kube.open(KUBECONFIG));
  namespace = await kube.namespace('served');
  const database = stack.use(await createTestDatabase());
  api = await prepareApi({ kubectl: await adminKubectl() });
  const env = {
    ...{ KUBECONFIG, DATABASE_URL: database.url, PAWL_CLUSTER: namespace, ...api.operator },
    PAWL_MAX_VERSIONS_PER_DAY: '6',
  };
  operator = stack.use(await startOperator(env));
});
afterAll(() => stack.disposeAsync());

async function put(
  path: string,
  body: object,
): Promise<{ status: number; json: { latest: { version: number } } }> {
  const { PAWL_SERVER, PAWL_CA, PAWL_TOKEN } = api.client;
  const ca = await readFile(PAWL_CA, 'utf8');
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${PAWL_TOKEN}`, 'content-type': 'application/json' };
    const asking = request(
      `${PAWL_SERVER}${path}`,
      { method: 'PUT', ca, headers, agent: false },
      response => {
        let text = '';
        response.on('data', data => {
          text += data;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) }));
      },
    );
    asking.on('error', reject);
    asking.end(JSON.stringify(body));
  });
}

it('a version saved by the API becomes the ConfigMap that an object asks for', async () => {
  await kube.propose(namespace, 'limits', { path: 'limits.yaml', body: 'cap: 1\n' });
  await kube.untilShown(namespace, 'limits.yaml', '1');
  const saved = await put(`/configs/${namespace}/limits.yaml`, { body_raw: 'cap: 2\n', base_version: 1 });
  expect([saved.status, saved.json.latest.version]).toEqual([200, 2]);
  const shown = await kube.untilShown(namespace, 'limits.yaml', '2');
  expect(shown.data).toEqual({ 'limits.yaml': 'cap: 2\n' });
  const of = (metric: string) => metricOf(operator, metric);
  expect(await of('pawl_http_requests_total{operation="saveConfig",code="200"}')).toBe(1);
  expect(await of('pawl_http_request_duration_seconds_count{operation="saveConfig"}')).toBe(1);
  expect(await of('pawl_http_watchers')).toBe(0);
  expect((await of('pawl_api_certificate_not_after_seconds'))! * 1000).toBeGreaterThan(Date.now());
});

it('a namespace that was just made is there for a request at once', async () => {
  const body = { format: 'yaml', body_raw: 'cap: 1\n', base_version: 0 };
  for (let round = 0; round < 10; round++) {
    const made = await kube.namespace('fresh');
    expect((await put(`/configs/${made}/limits.yaml`, body)).status).toBe(201);
  }
  expect((await put('/configs/nobody-made-it/limits.yaml', body)).status).toBe(404);
});

it('a namespace without any policy is held to the quota of the installation', async () => {
  const made = await kube.namespace('quota');
  let saved = 0;
  const refused = await until('a save is refused', 60_000, async () => {
    const body = { format: 'yaml', body_raw: `cap: ${saved}\n`, base_version: saved };
    const reply = await put(`/configs/${made}/limits.yaml`, body);
    if (reply.status >= 300) return reply;
    saved += 1;
    // Until the operator looks again.
    return delay(saved < 4 ? 0 : 2_000);
  });
  expect(refused.json).toMatchObject({ reason: 'QuotaExceeded' });
  await kube.propose(made, 'more', { path: 'more.yaml', body: 'a: 1\n' });
  await kube.untilReason(made, 'more', 'QuotaExceeded');
});
