/**
 * The tenant that a request counts for. Invariant: service accounts of one Kubernetes namespace are one tenant, because
 * a user who may create one there may create a thousand.
 */
import type { Principal } from './gate.ts';

const account = /^(system:serviceaccount:[^:]+):[^:]+$/;

export function tenantOf({ name }: Pick<Principal, 'name'>): string {
  return account.exec(name)?.[1] ?? name;
}
