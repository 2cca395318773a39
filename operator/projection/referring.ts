/**
 * Which configs the texts of which projections refer to, as the last look at each found. Kept in memory: the next leader
 * looks at everything anyway. Invariant: a config that a projection's target depends on is known before the look ends.
 */
import type { ConfigId } from '../../history/words/model.ts';
import type { ObjectKey } from '../object/key.ts';

export class Referring {
  readonly #of = new Map<ObjectKey, readonly ConfigId[]>();

  of(key: ObjectKey): readonly ConfigId[] {
    return this.#of.get(key) ?? [];
  }

  keep(key: ObjectKey, configs: readonly ConfigId[]): void {
    if (configs.length === 0) this.#of.delete(key);
    else this.#of.set(key, configs);
  }

  forget(key: ObjectKey): void {
    this.#of.delete(key);
  }

  /** The projections that refer to a config of this namespace. */
  into({ namespace, path }: { readonly namespace: string; readonly path?: string }): ObjectKey[] {
    const isThere = (each: ConfigId) =>
      each.namespace === namespace && (path === undefined || each.path === path);
    return [...this.#of].filter(([, configs]) => configs.some(isThere)).map(([key]) => key);
  }
}
