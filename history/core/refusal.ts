/**
 * A refusal: why a proposal cannot be accepted as it stands. Always a reason a program can switch on and a
 * message that says what to do next; never thrown, because refusing is an answer and not a failure.
 */
import type { Conflict } from '../words/config-version.ts';
import type { Reason } from '../words/reasons.ts';

export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
  /** The message without values of the config, for Events and the log; absent: the message has none. */
  readonly summary?: string;
  /** Another person's edit is in the way: the condition Conflicted goes with it. */
  readonly conflict?: Conflict;
  /**
   * False where the object has no right to, or no use for, the config's ConfigMap; a refused edit of a
   * config one may read keeps its ConfigMap up to date.
   */
  readonly rendered: boolean;
}
