/** ConfigVersion objects that wait for a person, seen and confirmed in the page of the operator as it is deployed. */
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { prepareApi } from '../../../local/api.ts';
import { adminKubectl } from '../../setup/chart.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { Kube } from '../../setup/kube.ts';
import { startOperator } from '../../setup/operator.ts';
import { until } from '../../setup/until.ts';
import { openBrowser } from './browser.ts';
import { button } from './hands.ts';
import { patienceMs } from './world.ts';

const stack = new AsyncDisposableStack();
const path = 'limits/eu.yaml';
const text = (cap: number, fee: number) => `# per day\ncap: ${cap}  # agreed\nfee: ${fee}\n\nquota: 5\n`;
let kube: Kube;
let namespace: string;
let browser: Browser;
let page: Page;
let base: string;

beforeAll(async () => {
  const KUBECONFIG = inject('kubeconfig');
  kube = stack.use(await Kube.open(KUBECONFIG));
  const database = stack.use(await createTestDatabase());
  const kubectl = await adminKubectl();
  const api = await prepareApi({ kubectl });
  const env = {
    KUBECONFIG,
    DATABASE_URL: database.url,
    PAWL_CLUSTER: 'waiting',
    PAWL_UI: 'true',
    ...api.operator,
  };
  // As test/server/proposals.test.ts does: the account of the tests has no rights to serve the API.
  stack.use(await startOperator(env, { replicas: 1, as: 'given' }));
  namespace = await kube.namespace('waiting');
  const metadata = { name: 'reviewer', namespace };
  const group = 'rbac.authorization.k8s.io';
  const rules = [
    { apiGroups: ['pawl.dev'], resources: ['configversions'], verbs: ['get', 'update'] },
    { apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs: ['get', 'list'] },
  ];
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules },
    {
      ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: group, kind: 'Role', name: 'reviewer' },
      subjects: [{ kind: 'ServiceAccount', name: 'reviewer', namespace }],
    },
  ];
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  const { stdout } = await kubectl(['create', 'token', 'reviewer', '-n', namespace, '--audience', 'pawl']);
  browser = await openBrowser();
  stack.defer(() => browser.close());
  base = `${api.client.PAWL_SERVER}/ui/`;
  const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  await page.goto(base);
  await page.getByLabel('Token').fill(stdout.trim());
  await button(page, 'Sign in with the token').click();
  await page.getByRole('heading', { name: 'Namespaces' }).waitFor();
});
afterAll(() => stack.disposeAsync());

async function saved(name: string, body: string): Promise<void> {
  await kube.propose(namespace, name, { path, body });
  await until(`${name} is accepted`, patienceMs, async () => {
    const { metadata, status } = await kube.configVersion(namespace, name);
    return status?.observedGeneration === metadata.generation && status.version !== undefined;
  });
}

describe('an object that waits to be confirmed', () => {
  it('is shown with what confirming will save, and saved in the name of whoever confirms it there', async () => {
    await saved('ada', text(1, 1));
    await saved('ada', text(2, 1));
    const more = { author: 'bob@example.com', comment: 'fees', baseVersion: 1, onStale: 'Confirm' as const };
    await kube.propose(namespace, 'bob', { path, body: text(1, 9), ...more });
    await kube.untilReason(namespace, 'bob', 'ConfirmationRequired');
    await page.getByRole('link', { name: 'Waiting', exact: true }).click();
    const card = page.getByRole('article', { name: `${namespace}/bob` });
    await card.getByText('bob@example.com').first().waitFor();
    await card.getByText('What confirming will save on version 2').waitFor();
    expect(await card.locator('.whole-text').innerText()).toContain('cap: 2  # agreed\nfee: 9');
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await card.getByRole('button', { name: 'Confirm exactly this' }).click();
    await kube.untilReason(namespace, 'bob', 'Merged');
    await card.waitFor({ state: 'detached' });
    await page.goto(`${base}versions/${namespace}/${path}`);
    await page.getByText('merged from 1 onto 2').waitFor();
    expect(await page.getByText('merged from 1 onto 2').getAttribute('title')).toContain(
      `${namespace}:reviewer`,
    );
  });
});
