/** The rights and rules that hold for one change at the moment it is looked at. */
import type { Policy } from '../words/policy.ts';
import type { Refusal } from './refusal.ts';

export interface Law {
  /** Why the config may not be written; null: it may. */
  readonly write: Refusal | null;
  /** Why it may not be shown either; null: it may. */
  readonly read: Refusal | null;
  /** Why it may not be deleted; null: it may. */
  readonly delete: Refusal | null;
  readonly policy: Policy;
}

/** Rules for a caller whose rights were asked elsewhere: only the namespace's policy is left to apply. */
export function lawOfPolicy(policy: Policy): Law {
  return { write: null, read: null, delete: null, policy };
}
