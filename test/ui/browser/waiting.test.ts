/** ConfigVersion objects in the page of the operator as it is deployed: those that wait for a person, and where a config is used. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../setup/until.ts';
import { type Deployed, startDeployed } from './deployed.ts';
import { confirms, editsConfigs } from './people.ts';
import { patienceMs } from './world.ts';

const stack = new AsyncDisposableStack();
const path = 'limits/eu.yaml';
const text = (cap: number, fee: number) => `# per day\ncap: ${cap}  # agreed\nfee: ${fee}\n\nquota: 5\n`;
let deployed: Deployed;
let namespace: string;
let page: Page;

beforeAll(async () => {
  deployed = stack.use(await startDeployed('waiting'));
  ({ namespace } = deployed);
  const readsMaps = { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] };
  ({ page } = await deployed.person('reviewer', [editsConfigs, confirms, readsMaps]));
});
afterAll(() => stack.disposeAsync());

async function saved(name: string, body: string): Promise<void> {
  const { kube } = deployed;
  await kube.propose(namespace, name, { path, body });
  await until(`${name} is accepted`, patienceMs, async () => {
    const { metadata, status } = await kube.configVersion(namespace, name);
    return status?.observedGeneration === metadata.generation && status.version !== undefined;
  });
}

async function violations(): Promise<readonly string[]> {
  const found = (await new AxeBuilder({ page }).analyze()).violations;
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

describe('an object that waits to be confirmed', () => {
  it('is shown with what confirming will save, and saved in the name of whoever confirms it there', async () => {
    const { kube, base } = deployed;
    await saved('ada', text(1, 1));
    await saved('ada', text(2, 1));
    const more = {
      ...{ author: 'bob@example.com \u202e', comment: '<b>fees</b>' },
      ...{ baseVersion: 1, onStale: 'Confirm' as const },
    };
    await kube.propose(namespace, 'bob', { path, body: text(1, 9), ...more });
    await kube.untilReason(namespace, 'bob', 'ConfirmationRequired');
    await page.goto(base);
    await page.getByRole('link', { name: 'Waiting', exact: true }).click();
    const card = page.getByRole('article', { name: `${namespace}/bob` });
    await card.getByText('bob@example.com').first().waitFor();
    await card.getByText('<b>fees</b>').waitFor();
    await card.locator('.odd', { hasText: 'U+202E' }).first().waitFor();
    await card.getByText('What confirming will save on version 2').waitFor();
    expect(await card.locator('.whole-text').innerText()).toContain('cap: 2  # agreed\nfee: 9');
    expect(await violations()).toEqual([]);
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

describe('a change of a protected config', () => {
  it('is shown as the latest text against the new one, not an older one, and saved when it is approved there', async () => {
    const { kube, kubectl, base } = deployed;
    const guarded = 'rates/eu.yaml';
    const rules = { approval: [{ paths: ['rates'], authorMayApprove: true }] };
    const object = {
      apiVersion: 'pawl.dev/v1alpha1',
      kind: 'ConfigNamespace',
      metadata: { name: namespace },
    };
    const propose = (name: string, body: string, more: object = {}) =>
      kube.propose(namespace, name, { path: guarded, body, ...more });
    await propose('cem', text(1, 1));
    await kube.untilReason(namespace, 'cem', 'Saved');
    await propose('cem', text(2, 1));
    await until('version 2 is saved', patienceMs, async () => {
      const { status } = await kube.configVersion(namespace, 'cem');
      return status?.version === '2';
    });
    await kubectl(['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify({ ...object, spec: { policy: rules } }),
    });
    stack.defer(() => kubectl(['delete', 'cns', '--wait=false', namespace]).then(() => {}));
    await until('the rules are known', patienceMs, async () => {
      const { stdout } = await kubectl(['get', 'cns', namespace, '-o', 'json']);
      const { metadata, status } = JSON.parse(stdout);
      return status?.observedGeneration === metadata.generation;
    });
    await propose('dan', text(1, 9), { baseVersion: 1 });
    await kube.untilReason(namespace, 'dan', 'ApprovalRequired');
    const approves = { ...editsConfigs, verbs: [...editsConfigs.verbs, 'approve'] };
    const { page: theirs } = await deployed.person('approver', [approves]);
    await theirs.goto(`${base}waiting`);
    const card = theirs.getByRole('article', { name: `Approval of ${namespace}/${guarded}` });
    await card.getByText('fee: 9').first().waitFor();
    const shown = await card.innerText();
    expect(shown).toContain('against version 2');
    expect(shown).toContain('fee: 1');
    expect(shown).not.toContain('cap: 1');
    await card.getByRole('button', { name: 'Approve exactly this (0 of 1)' }).click();
    await kube.untilReason(namespace, 'dan', 'Merged');
    await card.waitFor({ state: 'detached' });
  });
});

describe('where a config is used', () => {
  it('shows the ConfigMaps and objects that the reader may get, each with its version', async () => {
    const { kube, base } = deployed;
    await kube.untilShown(namespace, 'limits-eu.yaml', '3');
    await page.goto(`${base}configs/${namespace}/${path}`);
    await page.getByRole('link', { name: 'Where it is used' }).click();
    const map = page.getByRole('listitem').filter({ hasText: 'limits-eu.yaml' }).first();
    await map.getByText('latest').waitFor();
    await map.getByText('under key eu.yaml').waitFor();
    expect(await map.locator('.version').innerText()).toBe('3');
    await page
      .getByRole('listitem')
      .filter({ hasText: `${namespace}/bob` })
      .getByText('Merged')
      .waitFor();
    expect(await violations()).toEqual([]);
    const { page: other } = await deployed.person('reader', [editsConfigs]);
    await other.goto(`${base}usage/${namespace}/${path}`);
    await other.getByText('No use of it that you may see').waitFor();
  });
});
