/**
 * `npm run screenshots`: the pictures of docs/web.md, in docs/images, from a real operator, API server and PostgreSQL. They
 * are taken while two people in two browsers do what the documentation tells, by the very stories of the tests.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { prepareApi } from '../../local/api.ts';
import { startControlPlane } from '../../local/control-plane.ts';
import { crdFolder } from '../../local/crds.ts';
import { startOperator } from '../../local/operator.ts';
import { startPostgres } from '../../local/postgres.ts';
import { buildPage } from '../../ui/build.ts';
import { until } from '../setup/until.ts';
import { openBrowser } from './browser/browser.ts';
import { accountOf, confirms, editsConfigs, signIn } from './browser/people.ts';
import { keepSaid } from './browser/said.ts';
import { type Stage, stories } from './browser/stories.ts';

const images = fileURLToPath(new URL('../../docs/images', import.meta.url));
const namespace = 'payments';
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
  const [ada, bob] = [await person('ada'), await person('bob')];
  const stage: Stage = { ...{ base: `${server}/ui/`, namespace, ada, bob }, propose, picture };
  for (const story of Object.values(stories)) await story(stage);
} finally {
  await browser.close();
}

async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate('document.fonts.ready');
  await page.screenshot({ path: `${images}/${name}.png` });
}

async function person(name: string): Promise<Page> {
  const token = await accountOf(kubectl, { namespace, name, rules: [editsConfigs, confirms] });
  const context = await browser.newContext({
    ...{ ignoreHTTPSErrors: true, viewport: size, reducedMotion: 'reduce' as const },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await keepSaid(context);
  await signIn(context, server, token);
  return context.newPage();
}

async function propose(spec: object): Promise<void> {
  const name = 'cem';
  const kind = 'ConfigVersion';
  const more = { format: 'yaml', author: 'cem@example.com', onStale: 'Confirm' };
  const object = {
    ...{ apiVersion: 'pawl.dev/v1alpha1', kind, metadata: { name, namespace } },
    spec: { ...more, ...spec },
  };
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  await until('it waits to be confirmed', 30_000, async () => {
    const { stdout } = await kubectl(['get', 'cv', name, '-n', namespace, '-o', 'json']);
    return stdout.includes('ConfirmationRequired');
  });
}
