/** Service accounts with rights of their own, for tests of who may do what. */
import type { Kubectl } from '../../local/kubectl.ts';

const group = 'rbac.authorization.k8s.io';

export interface AccountWish {
  readonly namespace: string;
  readonly name: string;
  /** Of a Role in its namespace. */
  readonly rules: readonly object[];
}

/** Makes it; the API server may know of its rights a moment later. */
export async function makeAccount(kubectl: Kubectl, { namespace, name, rules }: AccountWish): Promise<void> {
  const metadata = { name, namespace };
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules },
    {
      ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: group, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
}

/** Its token for Pawl. */
export async function tokenOf(
  kubectl: Kubectl,
  { namespace, name }: Omit<AccountWish, 'rules'>,
): Promise<string> {
  const { stdout } = await kubectl(['create', 'token', name, '-n', namespace, '--audience', 'pawl']);
  return stdout.trim();
}
