/** The rules of a config namespace, for every change at every door. An absent rule has its default. */

import { coversPath } from '../../text/glob.ts';
import type { SecretsPolicy } from './secret.ts';

/** How to treat an edit that merges, but whose base is not the latest version any more. */
export type OnStale = 'Confirm' | 'Merge' | 'Reject';

export interface Freeze {
  readonly name: string;
  /** By pattern, as text/glob.ts has it. Absent: every path. */
  readonly paths?: readonly string[];
  readonly reason: string;
  /** RFC 3339: when it ends by itself. */
  readonly until: string;
  /** Who asked for it; absent: its manifest does not say. */
  readonly by?: string;
}

/** Configs whose changes wait until others have approved them. */
export interface ApprovalRule {
  /** By pattern, as text/glob.ts has it. Absent: every path. */
  readonly paths?: readonly string[];
  /** How many people have to approve. Absent: one. */
  readonly count?: number;
  /** Whether the person who proposed a change counts among them. Absent: no. */
  readonly authorMayApprove?: boolean;
}

/** What a change of one config needs. */
export interface NeededApproval {
  readonly count: number;
  readonly authorMayApprove: boolean;
}

export interface Policy {
  /** true: every change states its base. false: a request may leave it out, as an object always may. */
  readonly requireBaseVersion?: boolean;
  readonly requireGitCommit?: boolean;
  readonly allowDirty?: boolean;
  readonly onStale?: OnStale;
  /** How to treat an edit without a stated base that takes back what another verified person saved. */
  readonly onTakeBack?: 'Confirm' | 'Save';
  readonly maxBodyBytes?: number;
  /** Of the whole config namespace, by the days of UTC. */
  readonly maxVersionsPerDay?: number;
  /** Of the texts of all versions in the config namespace. */
  readonly maxBytes?: number;
  /** Configs that are not changed for a while. */
  readonly freezes?: readonly Freeze[];
  /** What becomes of texts that bring in a secret. Absent: their authors are told. */
  readonly secrets?: SecretsPolicy;
  /** Configs that are changed with the approval of others only. */
  readonly approval?: readonly ApprovalRule[];
  /** Whether a Kubernetes namespace that was deleted and made again has what its name had. */
  readonly namespaceReuse?: 'Allow' | 'Close';
}

/** How much a config namespace may hold, or be given. */
export interface Quota {
  readonly namespace: string;
  /** null: any number. */
  readonly versionsPerDay: number | null;
  /** null: any number. */
  readonly bytes: number | null;
}

/** The freeze that holds a config now, of several the one that lasts longest; null: none. */
export function frozenBy({ freezes = [] }: Policy, path: string, now: Date): Freeze | null {
  const lasting = freezes.filter(({ paths, until }) => {
    // An end that cannot be read is none.
    if (!(Date.parse(until) > now.getTime())) return false;
    return !paths || paths.some(pattern => coversPath(pattern, path));
  });
  return lasting.toSorted((a, b) => Date.parse(b.until) - Date.parse(a.until))[0] ?? null;
}

/** What all rules of a config ask together; null: it needs no approval. */
export function neededApproval({ approval = [] }: Policy, path: string): NeededApproval | null {
  const rules = approval.filter(({ paths }) => !paths || paths.some(pattern => coversPath(pattern, path)));
  if (rules.length === 0) return null;
  return {
    count: Math.max(1, ...rules.map(({ count = 1 }) => count)),
    authorMayApprove: rules.every(({ authorMayApprove }) => authorMayApprove === true),
  };
}
