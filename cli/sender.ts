/**
 * Sends one call until it is known what became of it. Invariant: a call whose outcome is unknown is repeated only when
 * repeating it cannot do it twice: reads, and writes under the same Idempotency-Key. A refused call throws a Refusal.
 */
import { CliError } from './errors.ts';
import { isOurs, problemOf, Refusal } from './refusal.ts';
import { type Answer, type Call, type Transport, Unreachable } from './transport.ts';

export interface SenderOptions {
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since some moment. */
  readonly monotonic: () => number;
  /** Told of each attempt that will be repeated. */
  readonly onRetry?: (why: string, ms: number) => void;
}

const attempts = 4;
const longestPauseMs = 4_000;
/** As long as a server may ask us to wait. */
const longestWaitMs = 15_000;
/** An operator killed with a write under way has a successor in less, which knows the key. */
const doubtMs = 30_000;

export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Repeats a failed call a few times, and for longer when nobody knows whether it was done. */
  async send(call: Call, writes = false): Promise<unknown> {
    const { transport, sleep, onRetry, signal, monotonic } = this.#options;
    let doubtfulSince: number | null = null;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(call);
      if (!(answer instanceof Error)) return parsed(answer, transport);
      if (writes && mayBeDone(answer)) doubtfulSince ??= monotonic();
      const pauseMs = pauseAfter(answer, attempt);
      const goOn =
        pauseMs !== null &&
        pauseMs <= longestWaitMs &&
        (doubtfulSince === null ? attempt < attempts : monotonic() - doubtfulSince + pauseMs <= doubtMs);
      if (!goOn) throw doubtfulSince !== null && !settles(answer) ? outcomeUnknown(answer) : answer;
      onRetry?.(answer.message, pauseMs);
      await sleep(pauseMs, signal);
    }
  }

  async #attempt(call: Call): Promise<Answer | Failure> {
    const { transport } = this.#options;
    try {
      const answer = await transport.request(call);
      if (answer.status >= 200 && answer.status < 300) return answer;
      const retryAfter = Number.parseInt(answer.headers['retry-after'] ?? '', 10);
      return new Refusal(problemOf(answer, transport), retryAfter >= 0 ? retryAfter * 1000 : null);
    } catch (error) {
      if (error instanceof Unreachable || error instanceof CliError) return error;
      throw error;
    }
  }
}

/** CliError: the server cannot be reached at all, and trying again does not help. */
type Failure = Refusal | Unreachable | CliError;

/** Milliseconds until it is worth trying again; null: it is not. */
function pauseAfter(failure: Failure, attempt: number): number | null {
  const backOffMs = Math.min(250 * 2 ** attempt, longestPauseMs);
  if (failure instanceof Unreachable) return backOffMs;
  if (!(failure instanceof Refusal) || !passing.has(failure.problem.status)) return null;
  return Math.max(failure.retryAfterMs ?? backOffMs, 250);
}

/** Pawl says whether it was done; a proxy's error may hide a request that was passed on. */
function mayBeDone(failure: Failure): boolean {
  if (failure instanceof Unreachable) return failure.sent;
  if (!(failure instanceof Refusal)) return false;
  const { problem, reason } = failure;
  return reason === 'OutcomeUnknown' || (!isOurs(problem) && problem.status >= 500);
}

/** Whether the failure proves that an earlier attempt under the same key was not done either. */
function settles(failure: Failure): boolean {
  if (!(failure instanceof Refusal) || !isOurs(failure.problem)) return false;
  const { status } = failure.problem;
  return status < 500 && !passing.has(status) && status !== 401 && status !== 403;
}

function outcomeUnknown(cause: Failure): Unreachable {
  const words = 'It is not known whether it was done. Look before you try again: status, or log';
  const said = cause.message.replace(/[.]$/, '');
  return new Unreachable(`${said}. ${words}`, { sent: true, cause });
}

/** Too many requests, or a server on the way does not answer. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function parsed(answer: Answer, transport: Transport): unknown {
  if (answer.text === '') return null;
  try {
    return JSON.parse(answer.text) as unknown;
  } catch (cause) {
    throw new Error(`the answer of ${transport.name} is not JSON; is it Pawl's API?`, { cause });
  }
}
