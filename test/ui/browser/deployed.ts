/**
 * The page of the operator as it is deployed: a process of its own that can be killed and started again at the same
 * address, with ConfigVersion objects and ConfigMaps beside. Invariant: whoever is signed in stays so over a restart.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { inject } from 'vitest';
import { prepareApi } from '../../../local/api.ts';
import type { Kubectl } from '../../../local/kubectl.ts';
import type { Operator } from '../../../local/operator.ts';
import { askJson, type JsonReply } from '../../setup/ask-json.ts';
import { adminKubectl } from '../../setup/chart.ts';
import { createTestDatabase, type TestDatabase } from '../../setup/database.ts';
import { Kube } from '../../setup/kube.ts';
import { startOperator } from '../../setup/operator.ts';
import { openBrowser } from './browser.ts';
import { accountOf, confirms, editsConfigs, type Rule, signIn } from './people.ts';
import { keepSaid } from './said.ts';
import { witness } from './witness.ts';
import { patienceMs } from './world.ts';

export interface DeployedPerson {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly token: string;
}

export interface Deployed extends AsyncDisposable {
  readonly kube: Kube;
  readonly kubectl: Kubectl;
  readonly database: TestDatabase;
  readonly namespace: string;
  readonly browser: Browser;
  /** Such as `https://127.0.0.1:4321`. */
  readonly server: string;
  /** Of the page. */
  readonly base: string;
  readonly operator: () => Operator;
  /** Signed in, at no page yet. */
  person(name: string, rules?: readonly Rule[]): Promise<DeployedPerson>;
  /** One request to the API, as somebody who may do everything with configs. */
  ask(url: string, asked?: { method?: 'PUT' | 'DELETE'; body?: object }): Promise<JsonReply>;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export async function startDeployed(
  cluster: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Deployed> {
  const stack = new AsyncDisposableStack();
  const KUBECONFIG = inject('kubeconfig');
  const kube = stack.use(await Kube.open(KUBECONFIG));
  const database = stack.use(await createTestDatabase());
  const kubectl = await adminKubectl();
  const api = await prepareApi({ kubectl });
  const folder = await mkdtemp(join(tmpdir(), 'pawl-page-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const keyFile = join(folder, 'key');
  await writeFile(keyFile, randomBytes(32).toString('base64'));
  const env = {
    ...{ KUBECONFIG, DATABASE_URL: database.url, PAWL_CLUSTER: cluster },
    ...{ PAWL_UI: 'true', PAWL_UI_SESSION_KEY_FILE: keyFile },
    ...api.operator,
    ...settings,
  };
  // As test/server/proposals.test.ts does: the account of the tests has no rights to serve the API.
  const begin = () => startOperator(env, { replicas: 1, as: 'given' });
  let operator = await begin();
  stack.defer(() => operator.dispose());
  const namespace = await kube.namespace(cluster);
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  const server = api.client.PAWL_SERVER;
  return {
    ...{ kube, kubectl, database, namespace, browser, server, base: `${server}/ui/` },
    operator: () => operator,
    async person(name, rules = [editsConfigs, confirms]) {
      const token = await accountOf(kubectl, { namespace, name, rules });
      const context = await browser.newContext({
        ...{ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' },
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      context.setDefaultTimeout(patienceMs);
      witness(context);
      await keepSaid(context);
      await signIn(context, server, token);
      return { context, token, page: await context.newPage() };
    },
    ask: (url, asked) => askJson(api.client, url, asked),
    kill: async () => void (await operator.kill()),
    async start() {
      operator = await begin();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
