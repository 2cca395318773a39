/** The aggregated API of the operator as it is deployed, with the rights the chart gives it, over its restarts. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { prepareApi } from '../../local/api.ts';
import { type ApiService, registerApiService } from '../../local/api-service.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import { type Operator, startOperator } from '../../local/operator.ts';
import { adminKubectl, chartServiceAccount } from '../setup/chart.ts';
import { createTestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { until } from '../setup/until.ts';

const stack = new AsyncDisposableStack();
let kubectl: Kubectl;
let kube: Kube;
let namespace: string;
let service: ApiService;
let operator: Operator;
let start: () => Promise<Operator>;

beforeAll(async () => {
  kubectl = await adminKubectl();
  kube = stack.use(await Kube.open(inject('kubeconfig')));
  namespace = await kube.namespace('program');
  const database = stack.use(await createTestDatabase());
  const account = stack.use(await chartServiceAccount({ values: { server: { enabled: true } } }));
  const api = await prepareApi({ kubectl });
  start = () => {
    const { kubeconfig: KUBECONFIG } = account;
    const PAWL_CLUSTER = namespace;
    return startOperator({ KUBECONFIG, DATABASE_URL: database.url, PAWL_CLUSTER, ...api.operator });
  };
  operator = await start();
  service = stack.use(await registerApiService({ kubectl }, api.service));
  await service.available();
});
afterAll(async () => {
  await operator?.stop();
  await stack.disposeAsync();
});

const versions = async () => {
  const names = ['-o', 'jsonpath={.items[*].metadata.name}'];
  return (await kubectl(['get', 'configrevisions', '--namespace', namespace, ...names])).stdout;
};

it('shows by kubectl what an object became', async () => {
  await kube.propose(namespace, 'limits', {
    path: 'limits/eu.yaml',
    body: 'cap: 1\n',
    author: 'ada@example.com',
  });
  await kube.untilShown(namespace, 'limits-eu.yaml', '1');
  expect(await versions()).toBe('limits:eu.yaml@1');
  const { stdout } = await kubectl([
    'get',
    'pcr',
    'limits:eu.yaml@1',
    '--namespace',
    namespace,
    '-o',
    'wide',
  ]);
  expect(stdout).toContain('ada@example.com');
  expect(stdout).toContain(`${namespace}/${namespace}/limits`);
});

it('is away with the operator, says so, and is back with it', async () => {
  await operator.stop();
  // Raw: kubectl that has just forgotten which resources there are would say that there is no such one.
  const configs = `/apis/store.pawl.dev/v1alpha1/namespaces/${namespace}/configs`;
  const refused = await kubectl(['get', '--raw', configs]).then(
    () => null,
    error => error,
  );
  expect(refused?.stderr).toMatch(
    /unable to handle the request|error trying to reach service|ServiceUnavailable/,
  );
  operator = await start();
  await service.available();
  expect(await until('kubectl finds it again', 30_000, versions)).toBe('limits:eu.yaml@1');
});
