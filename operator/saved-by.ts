/** By whom a version was saved, for an Event or a status that tells of it. Invariant: never rejects: what is done is done. */
import { PostgresHistory } from '../history/store/history.ts';
import type { PostgresStore } from '../history/store/store.ts';
import type { ConfigId, Version } from '../history/words/model.ts';
import { personOf } from '../text/words.ts';

/** null: the store does not say. */
export function savedByIn(
  store: PostgresStore,
): (config: ConfigId, version: Version, signal: AbortSignal) => Promise<string | null> {
  const history = new PostgresHistory(store);
  return async (config, version, signal) => {
    try {
      const found = await history.version(config, version, signal);
      return found && personOf(found.version);
    } catch {
      return null;
    }
  };
}
