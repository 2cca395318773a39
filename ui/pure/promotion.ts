/**
 * The outcome of a promotion to another namespace, expected or real, as the server answers. Invariant: every refusal is one of
 * these, and only what was shown under a token, or decided place by place, is saved.
 */
import type { DeploymentItem, NewPromotions, Problem, PromotedFrom } from '../../api/types.gen.ts';

/** One config, or all whose path begins so. */
export interface Promoted {
  readonly namespace: string;
  readonly path?: string;
  readonly prefix?: string;
}

export interface PromotionWish {
  readonly to: string;
  /** The version of the source from which changes are counted; absent: the one that was promoted before. */
  readonly since?: number;
}

export function promotionOf(what: Promoted, { to, since }: PromotionWish): NewPromotions {
  const { namespace: from, path, prefix = '' } = what;
  return {
    ...{ from, to },
    ...(path === undefined ? { prefix } : { paths: [path] }),
    ...(since !== undefined && { since }),
  };
}

export interface Shown {
  readonly kind: 'shown';
  readonly items: readonly DeploymentItem[];
  readonly token: string;
}

type ClashProblem = Problem & { readonly current_version: number; readonly promoted_from: PromotedFrom };

export type PromotionOutlook =
  | Shown
  /** Nothing says what changed since the other side was made. */
  | { readonly kind: 'since'; readonly problem: Problem }
  /** Both changed the same places, which can be decided one by one. */
  | { readonly kind: 'clash'; readonly problem: ClashProblem }
  | { readonly kind: 'refused'; readonly problem: Problem };

export function promotionOutlook(what: Promoted, problem: Problem): PromotionOutlook {
  const { reason, items, token, marked, current_version, promoted_from } = problem;
  switch (reason) {
    case 'ConfirmationRequired':
      if (items && token !== undefined) return { kind: 'shown', items, token };
      break;
    case 'BaseVersionRequired':
      if (what.path !== undefined) return { kind: 'since', problem };
      break;
    case 'VersionConflict':
      if (what.path !== undefined && marked !== undefined && current_version !== undefined && promoted_from)
        return { kind: 'clash', problem: { ...problem, current_version, promoted_from } };
      break;
  }
  return { kind: 'refused', problem };
}

export const changesIn = (items: readonly DeploymentItem[]): readonly DeploymentItem[] =>
  items.filter(({ operation }) => operation !== 'unchanged');

/** Above the difference of one config. */
export function labelOf({ path, namespace, old_version }: DeploymentItem): string {
  return old_version === undefined
    ? `${path} will be new in ${namespace}`
    : `${path}, against version ${old_version} of ${namespace}`;
}

/** From which versions its changes are. */
export function sourceOf({ promoted_from, since_version }: DeploymentItem): string {
  if (!promoted_from) return '';
  const { namespace, version } = promoted_from;
  if (since_version === undefined) return `The text of version ${version} of ${namespace}.`;
  if (since_version === version) return `Nothing changed in ${namespace} since version ${version}.`;
  return `What changed in ${namespace} from version ${since_version} to version ${version}.`;
}

export function promotedWords(to: string, items: readonly DeploymentItem[]): string {
  const saved = changesIn(items);
  const [only] = saved;
  if (!only) return `Nothing changed: ${to} has this very text.`;
  if (saved.length !== 1) return `Promoted ${saved.length} configs to ${to}.`;
  const version = only.new_version === undefined ? '' : ` as version ${only.new_version}`;
  return `Promoted ${only.path} to ${to}${version}.`;
}
