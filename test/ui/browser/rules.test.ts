/**
 * The rules of a namespace in the page of the operator as it is deployed: what was deleted comes back or goes for good, what
 * violates a rule is named, what is frozen says so, and what changed is carried to another namespace.
 */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { tokens } from '../../secret/samples.ts';
import { untilTaken } from '../../setup/taken.ts';
import { until } from '../../setup/until.ts';
import { WorkloadsInTest } from '../../setup/workloads.ts';
import { type Deployed, startDeployed } from './deployed.ts';
import { button, dialog, editorOf, saidLast } from './hands.ts';
import { allowIn, editsConfigs } from './people.ts';
import { patienceMs } from './world.ts';

const stack = new AsyncDisposableStack();
let deployed: Deployed;
/** Of staging. */
let namespace: string;
let prod: string;
let page: Page;

const rule = (verbs: readonly string[], resource = 'configs', group = 'store.pawl.dev') => ({
  ...{ apiGroups: [group], resources: [resource], verbs },
});

beforeAll(async () => {
  // So long that a workload stays behind while a test looks.
  const settings = { PAWL_RESTARTS: 'true', PAWL_RESTART_DELAY_SECONDS: '3600' };
  deployed = stack.use(await startDeployed('rules', settings));
  ({ namespace } = deployed);
  prod = await deployed.kube.namespace('rules-prod');
  for (const name of [namespace, prod]) {
    await until(`${name} is known`, patienceMs, async () => {
      return (await deployed.ask(`/namespaces/${name}`)).status === 200;
    });
  }
  const rules = [
    rule(['get'], 'configmaps', ''),
    rule(['get'], 'deployments', 'apps'),
    rule(['list'], 'pods', ''),
    rule([...editsConfigs.verbs, 'freeze']),
  ];
  ({ page } = await deployed.person('lead', rules));
  await allowIn(deployed.kubectl, { namespace, name: 'lead' }, { namespace: prod, rules: [editsConfigs] });
});
afterAll(() => stack.disposeAsync());

const ask = (what: string, url: string, asked?: { method?: 'PUT' | 'DELETE'; body?: object }) =>
  untilTaken(what, patienceMs, [429, 503], async () => ({
    headers: {},
    ...(await deployed.ask(url, asked)),
  }));

async function save(path: string, body_raw: string, base_version: number, where = namespace): Promise<void> {
  const asked = { method: 'PUT' as const, body: { body_raw, base_version } };
  const { status, json } = await ask(path, `/configs/${where}/${path}`, asked);
  expect(status, JSON.stringify(json)).toBeLessThan(300);
}

const remove = (path: string) =>
  ask(`the delete of ${path}`, `/configs/${namespace}/${path}`, { method: 'DELETE' });

async function latest(path: string, where = namespace) {
  return (await ask(path, `/configs/${where}/${path}`)).json;
}

const open = (path: string) => page.goto(deployed.base + path);
const rowOf = (text: string) => page.getByRole('listitem').filter({ hasText: text });

async function accessible(): Promise<void> {
  const found = (await new AxeBuilder({ page }).analyze()).violations;
  expect(found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

describe('a deleted config', () => {
  it('says so at its address, is brought back there with all its versions, and goes for good by its typed path only', async () => {
    const path = 'trash/eu.yaml';
    await save(path, 'cap: 1\n', 0);
    await save(path, 'cap: 2\n', 1);
    await open(`configs/${namespace}/${path}`);
    await editorOf(page).waitFor();
    await page.locator('summary', { hasText: 'More' }).click();
    await button(page, 'Delete the config …').click();
    await dialog(page).getByRole('textbox').fill('eu.yaml');
    await button(page, 'Delete the config').click();
    await saidLast(page, `Deleted ${path}.`);

    await open(`configs/${namespace}/${path}`);
    await page.getByText(`${path} was deleted`).waitFor();
    await accessible();
    await button(page, 'Undelete …').click();
    await dialog(page).getByText('versions 1 to 2').waitFor();
    await button(page, 'Undelete').click();
    await saidLast(page, `Undeleted ${path} with 2 versions. The latest is version 2.`);
    await page.locator('.facts').getByText('latest').waitFor();
    expect((await latest(path)).latest.body_raw).toBe('cap: 2\n');

    // The list follows what others do.
    await open(`trash/${namespace}`);
    await page.getByText('No deleted config can be brought back').waitFor();
    await remove(path);
    await rowOf(path).waitFor();
    await accessible();
    // Saved again meanwhile: what is there is not taken by emptying the trash.
    await button(page, `Purge ${path}`).click();
    await save(path, 'cap: 3\n', 0);
    await dialog(page).getByRole('textbox').fill(path);
    await button(page, 'Purge the config').click();
    await dialog(page).getByRole('alert').waitFor();
    expect((await latest(path)).latest.body_raw).toBe('cap: 3\n');
    await page.keyboard.press('Escape');
    await remove(path);
    await until('both deletes are listed', patienceMs, async () => (await rowOf(path).count()) === 2);
    await rowOf(path).nth(1).getByText('comes back after the later delete').waitFor();
    await button(page, `Purge ${path}`).click();
    expect(await button(page, 'Purge the config').isDisabled()).toBe(true);
    await dialog(page).getByRole('textbox').fill(path);
    await button(page, 'Purge the config').click();
    await saidLast(page, `Purged ${path}.`);
    await page.getByText('No deleted config can be brought back').waitFor();
    expect((await ask('the trash', `/trash?namespace=${namespace}`)).json.items).toEqual([]);
  });

  it('is told to be undeleted also where the news of that comes before the answer, and nobody who left is taken back', async () => {
    const answers = `**/undelete/${namespace}/**`;
    const undeleteLate = async (path: string, until: (page: Page) => Promise<unknown>) => {
      await save(path, 'cap: 1\n', 0);
      await remove(path);
      await page.route(answers, async route => {
        const answer = await route.fetch();
        await until(page);
        await route.fulfill({ response: answer });
      });
      await open(`configs/${namespace}/${path}`);
      await button(page, 'Undelete …').click();
      await button(page, 'Undelete').click();
      await saidLast(page, `Undeleted ${path} with 1 version. The latest is version 1.`);
      await page.unroute(answers);
    };
    await undeleteLate('trash/early.yaml', async () => {
      await editorOf(page).waitFor();
      await dialog(page).waitFor({ state: 'detached' });
    });
    await undeleteLate('trash/left.yaml', async () => {
      await page.evaluate(`history.pushState(null, '', ${JSON.stringify(`${deployed.base}waiting`)})`);
      await page.evaluate(`dispatchEvent(new PopStateEvent('popstate'))`);
      await page.getByRole('heading', { name: 'Waiting for a person' }).waitFor();
    });
    expect(page.url()).toBe(`${deployed.base}waiting`);
  });

  it('is not found by people who may not delete, who are told why they see no list', async () => {
    const path = 'trash/de.yaml';
    await save(path, 'cap: 1\n', 0);
    await remove(path);
    const { page: theirs } = await deployed.person('reader', [rule(['list', 'get'])]);
    await theirs.goto(`${deployed.base}configs/${namespace}/${path}`);
    await theirs.getByRole('alert').getByText('Config not found.').waitFor();
    expect(await button(theirs, 'Undelete …').count()).toBe(0);
    await theirs.goto(`${deployed.base}trash/${namespace}`);
    await theirs.getByRole('alert').getByText('Forbidden.').waitFor();
    await theirs.context().close();
  });
});

describe('a violation', () => {
  it('is listed with its place and rule, never its value, and leads to its line', async () => {
    const path = 'rules/tokens.yaml';
    const { github } = tokens;
    await save(path, `# ours\nuser: ada\ntoken: ${github}\n`, 0);
    await open(`configs/${namespace}/`);
    await page.getByRole('link', { name: 'Violations' }).click();
    const card = page.getByRole('article', { name: path });
    await card.getByText('secret', { exact: false }).first().waitFor();
    await accessible();
    expect(await page.content()).not.toContain(github);
    await card.getByRole('link', { name: /^line 3/ }).click();
    await page.locator('.cm-activeLine').getByText('token').waitFor();
    await page.getByText(/^Line 3: version 1 by/).waitFor();

    await open(`violations/${namespace}`);
    await card.waitFor();
    await until('the page to hear of saves', patienceMs, async () => {
      await save(`rules/${crypto.randomUUID()}.yaml`, 'n: 1\n', 0);
      return page.getByText('Something was saved since this was checked.').isVisible();
    });
    await save(path, '# ours\nuser: ada\n', 1);
    await button(page, 'Check again').click();
    await page.getByText('No latest version violates a rule').waitFor();
  });
});

describe('a freeze', () => {
  it('is set and ended in the page, and told of in its folder, at its configs, and before somebody types', async () => {
    const path = 'frozen/eu.yaml';
    await save(path, 'cap: 1\n', 0);
    const object = {
      apiVersion: 'pawl.dev/v1alpha1',
      kind: 'ConfigNamespace',
      metadata: { name: namespace },
    };
    const input = JSON.stringify({ ...object, spec: {} });
    await deployed.kubectl(['apply', '--server-side', '-f', '-'], { input });
    stack.defer(() => deployed.kubectl(['delete', 'cns', '--wait=false', namespace]).then(() => {}));
    await open(`configs/${namespace}/frozen/`);
    await rowOf('eu.yaml').waitFor();
    await page.locator('summary', { hasText: 'More' }).click();
    await button(page, 'Freeze …').click();
    await dialog(page).getByLabel('Reason').fill('Year-end closing');
    expect(await dialog(page).getByLabel('Config or folder').inputValue()).toBe('frozen');
    await button(page, 'Freeze frozen').click();
    await saidLast(page, /^Froze frozen until 20/);
    await page.getByText('Year-end closing').first().waitFor();
    await rowOf('eu.yaml').getByText('frozen', { exact: true }).waitFor();
    await until('it is in force', patienceMs, async () => {
      const { json } = await ask('the freezes', `/freezes?namespace=${namespace}`);
      return json.items.length === 1;
    });

    await open(`edit/${namespace}/${path}`);
    await page.getByText('eu.yaml is frozen until').waitFor();
    await accessible();
    await open(`configs/${namespace}/`);
    await rowOf('frozen/').getByText('frozen', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Freezes' }).click();
    await rowOf('Year-end closing').getByText('lead').waitFor();
    await accessible();
    await button(page, 'End the freeze of frozen').click();
    await button(page, 'End the freeze').click();
    await saidLast(page, 'Ended the freeze of frozen.');
    await page.getByText('Nothing is frozen').waitFor();
    await until('it is over', patienceMs, async () => {
      const { json } = await ask('the freezes', `/freezes?namespace=${namespace}`);
      return json.items.length === 0;
    });
  });
});

describe('a promotion', () => {
  const path = 'promoted/eu.yaml';
  const text = (cap: number, host: string) => `cap: ${cap}\n\nhost: ${host}\n`;

  async function choose(): Promise<void> {
    await open(`configs/${namespace}/${path}`);
    await editorOf(page).waitFor();
    await page.locator('summary', { hasText: 'More' }).click();
    await button(page, 'Promote to another namespace …').click();
    await dialog(page).getByLabel('To namespace').fill(prod);
    await button(page, 'Show what changes there').click();
  }

  it('shows the latest there against the new text, and again when somebody was faster, and saves exactly that', async () => {
    await save(path, text(1, 'staging'), 0);
    await save(path, text(1, 'prod'), 0, prod);
    await save(path, text(2, 'staging'), 1);
    // Nothing says yet what prod was made from.
    await choose();
    await dialog(page).getByLabel('Count changes from version').fill('1');
    await button(page, 'Show what changes there').click();
    await dialog(page).getByText(`${path}, against version 1 of ${prod}`).first().waitFor();
    await accessible();
    const shown = await dialog(page).locator('.diff-line').allInnerTexts();
    expect(shown.join('\n')).toContain('cap: 2');
    expect(shown.join('\n')).not.toContain('host: staging');

    await save(path, `${text(1, 'prod')}\nquota: 5\n`, 1, prod);
    await button(page, 'Save exactly this').click();
    await dialog(page).getByText('Somebody was faster.').waitFor();
    await dialog(page).getByText(`${path}, against version 2 of ${prod}`).first().waitFor();
    await button(page, 'Save exactly this').click();
    await saidLast(page, `Promoted ${path} to ${prod} as version 3.`);
    await page.waitForURL(`${deployed.base}configs/${prod}/${path}`);
    await page.getByText(`promoted from ${namespace}, version 2`).waitFor();
    expect((await latest(path, prod)).latest.body_raw).toBe(`${text(2, 'prod')}\nquota: 5\n`);

    await choose();
    await dialog(page).getByText(`There is nothing to promote: ${prod} has it already.`).waitFor();
    await page.keyboard.press('Escape');
  });

  it('is decided place by place where both changed the same', async () => {
    await save(path, text(7, 'staging'), 2);
    await save(path, text(9, 'prod'), 3, prod);
    await choose();
    await dialog(page).getByText('changed the same places').waitFor();
    await accessible();
    await button(page, 'Keep mine at place 1').click();
    await button(page, 'Save on version 4').click();
    await saidLast(page, `Promoted ${path} to ${prod} as version 5.`);
    expect((await latest(path, prod)).latest.body_raw).toBe(text(7, 'prod'));
    await page.getByText(`promoted from ${namespace}, version 3`).waitFor();
    await choose();
    await dialog(page).getByText(`There is nothing to promote: ${prod} has it already.`).waitFor();
    await page.keyboard.press('Escape');
  });
});

describe('where a config is used', () => {
  it('shows the pods of workloads, each with the version it was started with, and which are behind', async () => {
    await using workloads = await WorkloadsInTest.open(inject('kubeconfig'));
    const { kube, kubectl } = deployed;
    const path = 'used/eu.yaml';
    await kube.propose(namespace, 'used', { path, body: 'cap: 1\n' });
    await kube.untilShown(namespace, 'used-eu.yaml', '1', patienceMs);
    const name = 'payouts';
    await workloads.apply({
      ...{ namespace, name, annotations: { 'pawl.dev/restart-on-change': 'true' } },
      volumes: [{ name: 'limits', configMap: { name: 'used-eu.yaml' } }],
    });
    for (const [pod, annotations] of [
      ['payouts-1', {}],
      ['payouts-2', { 'pawl.dev/config-hash': 'of another template' }],
    ] as const) {
      const spec = { containers: [{ name: 'api', image: 'api:1' }], automountServiceAccountToken: false };
      const metadata = { namespace, name: pod, labels: { app: name }, annotations };
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
      await kubectl(['create', '-f', '-'], { input });
    }
    // The operator hears of a workload a moment later, and the page looks again by itself.
    await open(`usage/${namespace}/${path}`);
    await page.getByRole('checkbox', { name: /^With their pods/ }).check();
    await page.waitForURL(`**/usage/${namespace}/${path}?pods=true`);
    const pods = page.getByRole('list', { name: `Pods of ${name}` });
    await pods.getByRole('listitem').filter({ hasText: 'payouts-1' }).getByText('up to date').waitFor();
    await pods.getByRole('listitem').filter({ hasText: 'payouts-2' }).getByText('behind').waitFor();
    await accessible();
  });
});
