/**
 * Asking a server that may say "later", as a client of good manners does. Invariant: it is asked again when it said so and
 * no sooner, because each question counts towards the limit that turned it away.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from './until.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** @param later statuses that say that nothing was done, and that the same may be asked again */
export async function untilTaken<T extends Answer>(
  what: string,
  ms: number,
  later: readonly number[],
  ask: () => Promise<T>,
): Promise<T> {
  return until(`${what} to be taken`, ms, async () => {
    const answer = await ask();
    if (!later.includes(answer.status)) return answer;
    await delay(Math.max(1, Number(answer.headers['retry-after']) || 0) * 1_000);
    return null;
  });
}
