/** The rights and rules that hold for one change at the moment it is looked at. */
import { type Freeze, frozenBy, type NeededApproval, neededApproval, type Policy } from '../words/policy.ts';
import type { AppliedSchema } from '../words/schema.ts';
import type { Refusal } from './refusal.ts';

export interface Law {
  /** Why the config may not be written; null: it may. */
  readonly write: Refusal | null;
  /** Why it may not be shown either; null: it may. */
  readonly read: Refusal | null;
  /** Why it may not be deleted; null: it may. */
  readonly delete: Refusal | null;
  readonly policy: Policy;
  /** What keeps the config from being changed at this moment. Absent: nothing. */
  readonly freeze?: Freeze;
  /** Why its sender bypasses the approval that the policy asks for, and may. Absent: it is not bypassed. */
  readonly bypassed?: string;
  /** What its text is held against. Absent: nothing. */
  readonly schemas?: readonly AppliedSchema[];
}

/** Rules for a caller whose rights were asked elsewhere: only the namespace's policy is left to apply. */
export function lawOfPolicy(policy: Policy, schemas?: Law['schemas']): Law {
  return withSchemas({ write: null, read: null, delete: null, policy }, schemas);
}

/** @param now the moment at which a change is looked at */
export function withFreeze(law: Law, path: string, now: Date): Law {
  if (law.policy.freezes === undefined) return law;
  const freeze = frozenBy(law.policy, path, now);
  return freeze === null ? law : { ...law, freeze };
}

/** @param schemas none, or undefined: a text is held against nothing, and that costs nothing */
export function withSchemas(law: Law, schemas: Law['schemas']): Law {
  return schemas === undefined || schemas.length === 0 ? law : { ...law, schemas };
}

/** What a change of the config needs before it is saved; null: nothing. */
export function approvalUnder({ policy, bypassed }: Law, path: string): NeededApproval | null {
  return policy.approval === undefined || bypassed !== undefined ? null : neededApproval(policy, path);
}
