/** What a user asks for with `pawl.dev/restart-on-change`. Pure. Invariant: without a word of the user a workload asks for nothing. */
import type { SeenMap } from './seen-configs.ts';

export type RestartWish =
  | { readonly kind: 'all' }
  /** Each `PATH` in the workload's own namespace, or `NAMESPACE/PATH`. */
  | { readonly kind: 'some'; readonly configs: readonly string[] };

/** More configs than this in one annotation are not read. */
const maxWished = 100;

export function restartWishOf(text: string | undefined): RestartWish | null {
  const words = (text ?? '').split(',').map(word => word.trim());
  const configs = words.filter(word => word !== '').slice(0, maxWished);
  if (configs.length === 0 || (configs.length === 1 && configs[0] === 'false')) return null;
  return configs.length === 1 && configs[0] === 'true' ? { kind: 'all' } : { kind: 'some', configs };
}

/** Whether a workload of this namespace wants to be restarted for it. */
export function isWished(wish: RestartWish, namespace: string, { configs }: SeenMap): boolean {
  if (wish.kind === 'all') return true;
  const names = Object.keys(configs);
  return wish.configs.some(each => names.includes(each) || names.includes(`${namespace}/${each}`));
}
