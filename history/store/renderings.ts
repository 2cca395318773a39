/**
 * Which versions came to be shown, kept for those who are told of it. Invariant: each is told once, whoever tells it how often;
 * the event is there as soon as it counts as told, and not without that.
 */
import type { FailedRendering, ShownVersion } from '../words/notification.ts';
import type { Calls } from './calls.ts';
import {
  type Followed,
  followRenderings,
  rotateRenderingEvents,
  tellRendered,
  tellRenderFailed,
  unfollowRenderings,
} from './rendering-functions.ts';
import type { VersionRow } from './rows.ts';
import type { PostgresStore } from './store.ts';

/** All methods reject with a StoreError, or with the reason of the signal once it is aborted; and may be called again. */
export class PostgresRenderings {
  readonly #calls: Calls;

  constructor({ calls }: Pick<PostgresStore, 'calls'>) {
    this.#calls = calls;
  }

  /** The config namespaces that are followed in a cluster. */
  async followed(cluster: string, signal: AbortSignal): Promise<string[]> {
    const { schema } = this.#calls;
    const statement = `SELECT f.namespace FROM ${schema}.followed_namespaces f WHERE f.cluster = $1`;
    const rows = await this.#calls.run<VersionRow>('renderingsFollowed', statement, [cluster], signal);
    return rows.map(({ namespace }) => namespace as string);
  }

  /**
   * From now on it is followed.
   * @returns what was told; where it was not followed, that is what is shown now
   */
  async follow(
    input: Followed & { readonly shown: readonly ShownVersion[] },
    signal: AbortSignal,
  ): Promise<ShownVersion[]> {
    const rows = await this.#calls.call<typeof input, VersionRow>(followRenderings, input, signal);
    return rows.map(row => {
      const [kind, name] = (row.target as string).split('/') as [ShownVersion['target']['kind'], string];
      return {
        config: { namespace: input.namespace, path: row.path as string },
        version: BigInt(row.version as string),
        target: { kind, namespace: row.object_namespace as string, name },
      };
    });
  }

  async unfollow(followed: Followed, signal: AbortSignal): Promise<void> {
    await this.#calls.call(unfollowRenderings, followed, signal);
  }

  /**
   * @param shown all of one target and one config namespace
   * @returns false: nobody follows it
   */
  async rendered(
    cluster: string,
    shown: readonly [ShownVersion, ...ShownVersion[]],
    signal: AbortSignal,
  ): Promise<boolean> {
    const [{ config, target }] = shown;
    const input = { cluster, namespace: config.namespace, target, shown };
    const [row] = await this.#calls.call<typeof input, { answer: boolean }>(tellRendered, input, signal);
    return row!.answer;
  }

  /** As rendered(). */
  async failed(cluster: string, failure: FailedRendering, signal: AbortSignal): Promise<boolean> {
    const input = { ...failure, cluster, namespace: failure.config.namespace };
    const [row] = await this.#calls.call<typeof input, { answer: boolean }>(tellRenderFailed, input, signal);
    return row!.answer;
  }

  /** Forgets events, as the feed does. */
  async rotate(
    limits: { readonly maxEntries: number; readonly maxAgeMs: number; readonly batch: number },
    signal: AbortSignal,
  ): Promise<number> {
    const [row] = await this.#calls.call<typeof limits, { answer: number }>(
      rotateRenderingEvents,
      limits,
      signal,
    );
    return row!.answer;
  }
}
