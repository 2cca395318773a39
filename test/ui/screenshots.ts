/**
 * `npm run screenshots`: the pictures of docs/web.md, in docs/images, from a real operator, API server and PostgreSQL.
 * What is seen in them was done just before, by two people with two browsers.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { prepareApi } from '../../local/api.ts';
import { startControlPlane } from '../../local/control-plane.ts';
import { crdFolder } from '../../local/crds.ts';
import { startOperator } from '../../local/operator.ts';
import { startPostgres } from '../../local/postgres.ts';
import { buildPage } from '../../ui/build.ts';
import { openBrowser } from './browser/browser.ts';
import { button, dialog, writeOver } from './browser/hands.ts';

const images = fileURLToPath(new URL('../../docs/images', import.meta.url));
const namespace = 'payments';
const path = 'limits/eu.yaml';
const first = `# caps are per customer and day
cap: 1000     # agreed with risk
fee: 0.5
regions: [de, fr]
review:
  every: 30d
  by: [risk, legal]
`;
const size = { width: 1180, height: 760 };

await buildPage();
await mkdir(images, { recursive: true });
await using postgres = await startPostgres({ url: null });
await using plane = await startControlPlane({ crds: crdFolder });
const { kubectl, kubeconfig } = plane;
const api = await prepareApi(plane);
await using _operator = await startOperator({
  ...{ KUBECONFIG: kubeconfig, DATABASE_URL: await postgres.createDatabase('pawl'), PAWL_UI: 'true' },
  ...api.operator,
});
const server = api.client.PAWL_SERVER;
await kubectl(['create', 'namespace', namespace]);
const browser = await openBrowser();
try {
  const ada = await person('ada');
  const bob = await person('bob');
  await save(ada, first, 0, 'first caps');
  await save(ada, first.replace('0.5', '0.45'), 1, 'lower the fee');
  await save(bob, first.replace('0.5', '0.45').replace('30d', '14d'), 2, 'review more often');

  const page = await ada.context.newPage();
  const open = async (where: string, sign: string) => {
    await page.goto(`${server}/ui/${where}`);
    await page.locator(sign).first().waitFor();
  };
  const picture = async (name: string) => {
    await page.evaluate('document.fonts.ready');
    await page.screenshot({ path: `${images}/${name}.png` });
  };
  const of = `${namespace}/${path}`;
  await open(`configs/${of}`, '.cm-blame-mark');
  await picture('web-config');
  await open(`compare/${of}?left=1&right=3`, '.cm-changedText');
  await picture('web-compare');

  await open(`edit/${of}?version=2`, '.banner');
  const edited = first.replace('0.5', '0.45').replace('1000', '1200');
  await writeOver(page, edited);
  await page.keyboard.press('Control+s');
  await dialog(page).getByText('What changed meanwhile').waitFor();
  await picture('web-merge');
  await page.keyboard.press('Escape');

  await writeOver(page, edited.replace('30d', '7d'));
  await page.keyboard.press('Control+s');
  await dialog(page).getByRole('article').waitFor();
  await button(page, 'Keep mine at place 1').click();
  await picture('web-clash');
} finally {
  await browser.close();
}

interface Person {
  readonly context: BrowserContext;
  readonly token: string;
}

async function person(name: string): Promise<Person> {
  await kubectl(['create', 'serviceaccount', name, '-n', namespace]);
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(rightsOf(name)) });
  const { stdout } = await kubectl(['create', 'token', name, '-n', namespace, '--audience', 'pawl']);
  const token = stdout.trim();
  const context = await browser.newContext({
    ...{ ignoreHTTPSErrors: true, viewport: size, reducedMotion: 'reduce' as const },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const signedIn = await context.request.post(`${server}/ui/session/token`, {
    headers: { 'x-pawl-request': 'ui', origin: server },
    data: { token },
  });
  if (!signedIn.ok()) throw new Error(`signing in was answered with ${signedIn.status()}`);
  return { context, token };
}

function rightsOf(name: string): object {
  const group = 'rbac.authorization.k8s.io';
  const metadata = { name: `${name}-edits`, namespace };
  const verbs = ['get', 'list', 'create', 'update', 'delete'];
  return {
    ...{ apiVersion: 'v1', kind: 'List' },
    items: [
      {
        apiVersion: `${group}/v1`,
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs }],
      },
      {
        ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
        roleRef: { apiGroup: group, kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    ],
  };
}

async function save({ context, token }: Person, text: string, base: number, comment: string): Promise<void> {
  const url = `${server}/configs/${namespace}/${path}`;
  const data = { body_raw: text, base_version: base, comment };
  // Rights are in force a moment after they were given, and a namespace is known a moment after it was made.
  for (let attempt = 0; ; attempt += 1) {
    const answer = await context.request.put(url, { headers: { authorization: `Bearer ${token}` }, data });
    if (answer.ok()) return;
    if (attempt === 20)
      throw new Error(`saving was answered with ${answer.status()}: ${await answer.text()}`);
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}
