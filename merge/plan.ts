/** What a merge makes of the entries of a collection. Invariant: an entry that it does not name stays where it is. */
import type { Entry } from './node.ts';

export interface Plan {
  /** Entries of current that go. */
  readonly gone: Set<number>;
  /** Entries of proposed that come after an entry of current; -1 is the front. */
  readonly after: Map<number, Entry[]>;
  /** Of those, the ones proposed wrote after the closing comments; they come without them. */
  readonly afterFoot?: ReadonlySet<Entry>;
}
