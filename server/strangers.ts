/**
 * Limits how often unknown tokens are shown to the API server, since anybody can make tokens up. Invariant: an address
 * has one such question under way and `waitingEach` waiting, all of them `atOnce`; and after `maxRefused` refusals
 * within a minute its unknown tokens are not asked about until that minute is over. Tokens accepted before are always
 * asked about, and wait for no others: people behind one address, such as an Ingress, are not slowed by who makes tokens up.
 */
import type { Clock } from '../runtime/clock.ts';
import { keepLast } from '../runtime/keep-last.ts';
import { Refused } from './problems.ts';
import { Turns } from './turns.ts';

const minuteMs = 60_000;
/** Addresses and tokens remembered at most, the oldest forgotten first. */
const maxKept = 10_000;
const limits = { atOnce: 16, waitingEach: 256, maxRefused: 600 } as const;

interface Window {
  readonly until: number;
  refused: number;
}

const never = new AbortController().signal;

export class Strangers {
  readonly #clock: Clock;
  readonly #turns = new Turns(limits);
  /** Each token is a line of its own. */
  readonly #knownTurns = new Turns(limits);
  readonly #windows = new Map<string, Window>();
  readonly #vouched = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects with Refused when there were too many, or as the question does. @param key of the token */
  async ask<T>(address: string, key: string, question: () => Promise<T | null>): Promise<T | null> {
    const isKnown = this.#vouched.has(key);
    if (!isKnown) this.#demandRoom(address);
    const [turns, line] = isKnown ? [this.#knownTurns, key] : [this.#turns, address];
    return turns.run(line, never, async () => {
      const found = await question();
      if (found === null) {
        this.#vouched.delete(key);
        this.#windowOf(address).refused += 1;
      } else keep(this.#vouched, key);
      return found;
    });
  }

  #demandRoom(address: string): void {
    const { until, refused } = this.#windowOf(address);
    if (refused < limits.maxRefused) return;
    const seconds = Math.max(1, Math.ceil((until - this.#clock.monotonic()) / 1000));
    const detail = `Too many tokens from your address were not accepted. You may send another one in ${seconds} s.`;
    throw new Refused('TooManyRequests', detail, { retry_after: seconds });
  }

  #windowOf(address: string): Window {
    const now = this.#clock.monotonic();
    const known = this.#windows.get(address);
    if (known && known.until > now) return known;
    const window = { until: now + minuteMs, refused: 0 };
    keepLast(this.#windows, address, window, maxKept);
    return window;
  }
}

function keep(set: Set<string>, key: string): void {
  set.delete(key);
  set.add(key);
  if (set.size > maxKept) set.delete(set.values().next().value!);
}
