/**
 * Each way in, in a browser: a token, an OpenID provider below a path of an Ingress, and `kubectl pawl ui` with nothing but
 * a kubeconfig. What is typed stays when a session ends, whichever way it began.
 */
import { tmpdir } from 'node:os';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { registerApiService } from '../../../local/api-service.ts';
import { freePort } from '../../../local/wait.ts';
import { baseOf, wholeOrigin } from '../../../server/ui/base.ts';
import { pawl } from '../../cli/world.ts';
import { adminKubectl } from '../../setup/chart.ts';
import { type OidcProvider, startOidcProvider } from '../../setup/oidc-provider.ts';
import { until } from '../../setup/until.ts';
import { button, dialog, editorOf, linesIn, saidLast, writeOver } from './hands.ts';
import { browsers, builtPage, patienceMs, startWorld, type World } from './world.ts';

const stack = new AsyncDisposableStack();
const path = 'limits/eu.yaml';
let world: World;
afterEach(() => expect(world.complaints()).toEqual([]));
afterAll(() => stack.disposeAsync());

describe('below a path of an Ingress, with an OpenID provider', () => {
  let provider: OidcProvider;
  let page: Page;

  beforeAll(async () => {
    const port = await freePort();
    const server = `https://127.0.0.1:${port}/tools/pawl`;
    provider = stack.use(await startOidcProvider(`${server}/ui/session/oidc/callback`));
    provider.groupsOf.set('ada', ['editors']);
    const { issuer, clientId, clientSecret, ca } = provider;
    const oidc = {
      ...{ issuer, clientId, clientSecret, ca, scopes: 'openid offline_access' },
      ...{ usernameClaim: 'sub', usernamePrefix: 'oidc:', groupsClaim: 'groups', groupsPrefix: 'oidc:' },
    };
    const ui = { folder: builtPage, base: baseOf(server)!, browsers: { ...browsers, oidc } };
    world = stack.use(await startWorld({ ui, settings: { port } }));
    await world.save(path, 'cap: 1\n');
    await allow({ kind: 'Group', name: 'oidc:editors' });
    page = await world.stranger();
  });

  /** RBAC knows nobody of the provider but by these names. */
  async function allow(subject: { kind: string; name: string }): Promise<void> {
    const kubectl = await adminKubectl();
    const { namespace } = world.api;
    const group = 'rbac.authorization.k8s.io';
    const metadata = { name: 'editors', namespace };
    const verbs = ['get', 'list', 'create', 'update', 'delete'];
    const rules = [{ apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs }];
    const items = [
      { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules },
      {
        ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
        roleRef: { apiGroup: group, kind: 'Role', name: 'editors' },
        subjects: [{ apiGroup: group, ...subject }],
      },
    ];
    await kubectl(['apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
  }

  /** What the provider asks for, until it sends the browser back. */
  async function answerProvider(at: Page): Promise<void> {
    await until('the provider to send the browser back', patienceMs, async () => {
      if (at.isClosed() || !at.url().startsWith(provider.issuer)) return !at.url().startsWith('about:');
      const login = at.locator('input[name=login]');
      if (await login.isVisible()) {
        await login.fill('ada');
        await at.locator('input[name=password]').fill('any');
      }
      await at.locator('button[type=submit]').first().click({ timeout: 2_000 });
      return false;
    });
  }

  it('somebody signs in, is back where they were, and edits with the rights of their groups', async () => {
    await page.goto(`${world.base}edit/${world.api.namespace}/${path}`);
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await answerProvider(page);
    await page.waitForURL(`${world.base}edit/${world.api.namespace}/${path}`);
    await until('the rights to be known', patienceMs, async () => {
      if (await editorOf(page).isVisible()) return true;
      const again = button(page, 'Try again');
      if (await again.isVisible()) await again.click();
      return false;
    });
    await writeOver(page, 'cap: 2\n');
    await editorOf(page).focus();
    await page.keyboard.press('Control+s');
    await button(page, 'Save version 2').click();
    await saidLast(page, 'Saved as version 2.');
    const { json } = await world.api.ask(`/configs/${world.api.namespace}/${path}`);
    expect(json.latest).toMatchObject({ actor: 'oidc:ada', actor_verified: true, body_raw: 'cap: 2\n' });
  });

  it('they stay signed in by refreshing, and what is typed stays when the provider says no', async () => {
    // The session of now has a long word; one begun now has a short one.
    provider.setTokenSeconds(1);
    await page.context().clearCookies({ name: /pawl-session/ });
    await page.goto(`${world.base}edit/${world.api.namespace}/${path}`);
    await page.getByRole('link', { name: 'Sign in', exact: true }).click();
    await answerProvider(page);
    await editorOf(page).waitFor();
    const before = provider.refreshed();
    let typed = 0;
    /** Something, until the page has asked what would become of it. */
    const type = async () => {
      typed += 1;
      const asked = page.waitForResponse(response => response.url().includes('dry_run'));
      await writeOver(page, `cap: 3\n# ${typed}\n`);
      return (await asked).status();
    };
    await until('the provider to be asked twice', patienceMs, async () => {
      expect(await type()).toBe(200);
      return provider.refreshed() > before + 1;
    });
    expect(await dialog(page).count()).toBe(0);
    provider.groupsOf.delete('ada');
    await until('the session to end', patienceMs, async () => (await type()) === 401);
    await button(page, 'Sign in again').click();
    const lines = await linesIn(page);
    expect(lines).toEqual(['cap: 3', `# ${typed}`, '']);
    provider.groupsOf.set('ada', ['editors']);
    provider.setTokenSeconds(600);
    const opening = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'Sign in in a new tab' }).click();
    await answerProvider(await opening);
    await dialog(page).waitFor({ state: 'detached' });
    expect(await linesIn(page)).toEqual(lines);
    await editorOf(page).focus();
    await page.keyboard.press('Control+s');
    await button(page, 'Save version 3').click();
    await saidLast(page, 'Saved as version 3.');
  });
});

describe('with nothing but a kubeconfig', () => {
  beforeAll(async () => {
    const ui = { folder: builtPage, base: wholeOrigin, browsers: null };
    world = stack.use(await startWorld({ ui, frontProxy: 'api-server' }));
    const kubectl = await adminKubectl();
    const { server, ca } = world.api;
    await stack.use(await registerApiService({ kubectl }, { port: server.port, ca })).available();
    await world.save(path, 'cap: 1\n');
  });

  it('`kubectl pawl ui` opens the page for one browser, which edits with the rights of the kubeconfig, and hears of others', async () => {
    const stop = new AbortController();
    const printed = Promise.withResolvers<string>();
    const onOut = (text: string) => {
      if (text.endsWith('\n')) printed.resolve(text.trim());
    };
    const env = { PATH: process.env.PATH ?? '', KUBECONFIG: inject('kubeconfig') };
    const running = pawl({ cwd: tmpdir(), env, signal: stop.signal, onOut }, 'ui', '--no-browser');
    running.then(({ err }) => printed.reject(new Error(err)), printed.reject);
    const url = await printed.promise;
    const page = await world.stranger();
    await page.goto(url);
    await page.getByRole('link', { name: world.api.namespace, exact: true }).waitFor();
    expect(page.url()).not.toContain('secret');
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    const another = await world.stranger();
    expect((await another.goto(url))?.status()).toBe(403);
    await page.goto(new URL(`/ui/edit/${world.api.namespace}/${path}`, url).href);
    await writeOver(page, 'cap: 2\n');
    await world.save(path, 'cap: 1\nfee: 1\n', { base: 1 });
    await page.getByText('Version 2 was saved').waitFor();
    await editorOf(page).focus();
    await page.keyboard.press('Control+s');
    await button(page, 'Save exactly this').click();
    await saidLast(page, 'Saved as version 3.');
    const { json } = await world.api.ask(`/configs/${world.api.namespace}/${path}`);
    expect(json.latest).toMatchObject({ body_raw: 'cap: 2\nfee: 1\n', actor_verified: true });
    stop.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
  });
});
