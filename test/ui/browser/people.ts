/**
 * People of the page's tests and pictures: an account with rights, and a browser where it is signed in. Invariant: somebody
 * who is handed out has their rights already.
 */
import type { BrowserContext } from 'playwright-core';
import type { Kubectl } from '../../../local/kubectl.ts';
import { makeAccount, tokenOf } from '../../setup/account.ts';
import { untilTaken } from '../../setup/taken.ts';
import { until } from '../../setup/until.ts';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What people who edit configs may do. */
export const editsConfigs: Rule = {
  apiGroups: ['store.pawl.dev'],
  resources: ['configs'],
  verbs: ['get', 'list', 'create', 'update', 'delete'],
};

/** Whose ConfigVersion objects they may see and confirm. */
export const confirms: Rule = {
  apiGroups: ['pawl.dev'],
  resources: ['configversions'],
  verbs: ['get', 'update'],
};

export interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** @returns a token for Pawl */
export async function accountOf(kubectl: Kubectl, { namespace, name, rules }: Account): Promise<string> {
  await makeAccount(kubectl, { namespace, name, rules });
  await untilAllowed(kubectl, { namespace, name }, { namespace, rules });
  return tokenOf(kubectl, { namespace, name });
}

/** The account's rights in another namespace, too. */
export async function allowIn(
  kubectl: Kubectl,
  { namespace, name }: Omit<Account, 'rules'>,
  there: { readonly namespace: string; readonly rules: readonly Rule[] },
): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const metadata = { name, namespace: there.namespace };
  const items = [
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules: there.rules },
    {
      ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: group, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  await untilAllowed(kubectl, { namespace, name }, there);
}

/** The API server knows of a right a moment after it was written. */
async function untilAllowed(
  kubectl: Kubectl,
  account: Omit<Account, 'rules'>,
  { namespace, rules }: { readonly namespace: string; readonly rules: readonly Rule[] },
): Promise<void> {
  const as = `system:serviceaccount:${account.namespace}:${account.name}`;
  for (const { apiGroups, resources, verbs } of rules) {
    const deed = { namespace, group: apiGroups[0], resource: resources[0], verb: verbs.at(-1) };
    const kind = 'SubjectAccessReview';
    const asked = {
      apiVersion: 'authorization.k8s.io/v1',
      kind,
      spec: { user: as, resourceAttributes: deed },
    };
    await until(`the rights of ${account.name}`, 30_000, async () => {
      const review = { input: JSON.stringify(asked) };
      const { stdout } = await kubectl(['create', '-f', '-', '-o', 'json'], review);
      return (JSON.parse(stdout) as { status: { allowed: boolean } }).status.allowed;
    });
  }
}

/** As the page does it. @param server where it is, such as `https://127.0.0.1:4321/tools` */
export async function signIn(context: BrowserContext, server: string, token: string): Promise<void> {
  const { origin } = new URL(server);
  const { answer } = await untilTaken('the sign-in', 30_000, [429, 503], async () => {
    const answer = await context.request.post(`${server}/ui/session/token`, {
      headers: { 'x-pawl-request': 'ui', origin, 'sec-fetch-site': 'same-origin' },
      data: { token },
      timeout: 30_000,
    });
    return { status: answer.status(), headers: answer.headers(), answer };
  });
  if (!answer.ok())
    throw new Error(`signing in was answered with ${answer.status()}: ${await answer.text()}`);
}
