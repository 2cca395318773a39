/**
 * When a notification is sent again, and when it is given up. Invariant: waits grow to a cap and are spread by the random
 * source handed in, and every notification ends. Pure.
 */

import type { SettledAs } from '../../history/words/notification.ts';
import { exponential, type Random } from '../../runtime/backoff.ts';

const wait = { baseMs: 1_000, capMs: 600_000 };
/** With the waits between them, about an hour. */
const mostAttempts = 16;
/** A receiver may be away for so long: meanwhile it is not asked for each of them. */
const longestMs = 86_400_000;

export function afterFailure(
  failed: { readonly attempts: number; readonly ageMs: number; readonly reason: string },
  random: Random,
): Exclude<SettledAs, { kind: 'delivered' }> {
  const { attempts, ageMs, reason } = failed;
  if (attempts >= mostAttempts || ageMs >= longestMs) return { kind: 'dead', reason };
  // Half of it is certain: a receiver that is away is not asked again at once.
  const ceiling = exponential(wait, attempts - 1);
  return { kind: 'later', waitMs: Math.round(ceiling * (0.5 + random() / 2)), reason };
}
