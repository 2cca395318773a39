/**
 * Batches questions that arrive while others are being answered: one round trip for many of them under load, and no
 * waiting without load, unless somebody says that more questions are about to come. Invariant: an answer is of a moment
 * after its question was asked, and a caller that leaves neither stops nor delays the others.
 */
import type { Clock, Timer } from '../../runtime/clock.ts';
import { FairLines } from '../../runtime/fair-lines.ts';

/** Answers in the order of the questions. Its signal is aborted when nobody waits any more. */
export type AskAll<Question, Answer> = (
  questions: readonly Question[],
  signal: AbortSignal,
) => Promise<readonly Answer[]>;

/** Functions of it must not throw. */
export interface TogetherSettings<Question> {
  /** Round trips under way at most; while there are fewer, nobody waits. */
  readonly atOnce: number;
  /** Questions of one round trip at most. */
  readonly most: number;
  /** Whether the questions that still wait would fail alike, and nobody should wait to hear it. */
  failsAll(error: unknown): boolean;
  readonly patience?: Patience | undefined;
  /** Lines are served in turn. Default: all wait in one. */
  lineOf?(question: Question): string;
  /** Default: the next round trip begins when one has ended. */
  readonly rest?: Rest | undefined;
}

/** Between two round trips, where more wait for theirs. */
export interface Rest {
  readonly clock: Pick<Clock, 'timer' | 'monotonic'>;
  /** As many times as long as the one before it took. */
  readonly factor: number;
  readonly mostMs: number;
}

/** Waiting for company, where more questions are about to come. */
export interface Patience {
  readonly clock: Pick<Clock, 'timer'>;
  /** Whether they are. Asked for each question. */
  isWorthIt(): boolean;
  /** The longest wait. */
  readonly ms: number;
  /** So many wait for no more. */
  readonly enough: number;
}

interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
  /** Told when the caller leaves while its question is being answered. */
  onLeave: () => void;
}

export class Together<Question, Answer> {
  readonly #ask: AskAll<Question, Answer>;
  readonly #settings: TogetherSettings<Question>;
  readonly #waiting = new FairLines<Waiting<Question, Answer>>();
  #underWay = 0;
  #going = false;
  /** While the first waits for company. */
  #waitingTime: Timer | null = null;

  constructor(ask: AskAll<Question, Answer>, settings: TogetherSettings<Question>) {
    this.#ask = ask;
    this.#settings = settings;
  }

  /** Rejects as the round trip does, or with the signal's reason. */
  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const one: Waiting<Question, Answer> = { question, resolve, reject, onLeave: () => {} };
    const line = this.#settings.lineOf?.(question) ?? '';
    const leave = () => {
      this.#waiting.remove(line, one);
      reject(signal.reason);
      one.onLeave();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.push(line, one);
    this.#goSoon();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Not at once: other questions of this turn of the event loop go along. */
  #goSoon(): void {
    if (this.#going || this.#underWay >= this.#settings.atOnce || this.#waiting.isEmpty) return;
    if (this.#waitsForMore()) return;
    this.#going = true;
    setImmediate(() => {
      this.#going = false;
      this.#go();
    });
  }

  #waitsForMore(): boolean {
    const { patience } = this.#settings;
    if (!patience) return false;
    if (this.#waiting.size >= patience.enough || !patience.isWorthIt()) return false;
    this.#waitingTime ??= patience.clock.timer(patience.ms, () => {
      this.#waitingTime = null;
      this.#go();
    });
    return true;
  }

  #go(): void {
    this.#waitingTime?.cancel();
    this.#waitingTime = null;
    while (this.#underWay < this.#settings.atOnce && !this.#waiting.isEmpty) {
      void this.#trip(this.#waiting.take(this.#settings.most));
    }
  }

  async #trip(company: readonly Waiting<Question, Answer>[]): Promise<void> {
    const nobody = new AbortController();
    let left = 0;
    for (const one of company) {
      one.onLeave = () => {
        left += 1;
        if (left === company.length) nobody.abort(new Error('nobody waits for the answer any more'));
      };
    }
    this.#underWay += 1;
    const startedAt = this.#settings.rest?.clock.monotonic() ?? 0;
    try {
      const questions = company.map(({ question }) => question);
      const answers = await this.#ask(questions, nobody.signal);
      for (const [index, { resolve }] of company.entries()) resolve(answers[index]!);
    } catch (error) {
      const all = this.#settings.failsAll(error) ? [...company, ...this.#waiting.clear()] : company;
      for (const { reject } of all) reject(error);
    } finally {
      this.#afterRest(startedAt, () => {
        this.#underWay -= 1;
        this.#goSoon();
      });
    }
  }

  #afterRest(startedAt: number, goOn: () => void): void {
    const { rest } = this.#settings;
    if (!rest || this.#waiting.isEmpty) return goOn();
    const tookMs = rest.clock.monotonic() - startedAt;
    rest.clock.timer(Math.min(rest.factor * tookMs, rest.mostMs), goOn);
  }
}
