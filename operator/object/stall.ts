/**
 * What keeps an object from being Ready, as its status shows it: a reason a program can switch on, and a message that
 * says what to do next.
 */
import type { Reason } from '../../history/words/reasons.ts';
import type { Violation } from '../../history/words/schema.ts';
import type { SecretPlace } from '../../history/words/secret.ts';
import type { Approval, Conflict } from './config-version.ts';

export interface Stall {
  readonly reason: Reason;
  /** At most 240 characters; what does not fit stands in `conflict`. */
  readonly message: string;
  /** The message without values of the config, for Events and the log; absent: the message has none. */
  readonly summary?: string;
  /** Another person's edit is in the way: the condition Conflicted goes with it. */
  readonly conflict?: Conflict;
  /** What others have to approve. Absent: nothing. */
  readonly approval?: Approval;
  /** What schemas do not allow, or where secrets are; absent: nothing. */
  readonly violations?: readonly (Violation | SecretPlace)[];
}
