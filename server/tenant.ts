/**
 * Whose share a request takes. Invariant: service accounts of one Kubernetes namespace are one tenant, because whoever
 * may make one there may make a thousand.
 */
import type { Principal } from './gate.ts';

const account = /^(system:serviceaccount:[^:]+):[^:]+$/;

export function tenantOf({ name }: Pick<Principal, 'name'>): string {
  return account.exec(name)?.[1] ?? name;
}
