/**
 * Batches questions that arrive while others are being answered: one round trip for many of them under load, and no
 * waiting without load, unless somebody says that more questions are about to come. Invariant: an answer is of a moment
 * after its question was asked, and a caller that leaves neither stops nor delays the others.
 */
import type { Clock, Timer } from '../../runtime/clock.ts';

/** Answers in the order of the questions. Its signal is aborted when nobody waits any more. */
export type AskAll<Question, Answer> = (
  questions: readonly Question[],
  signal: AbortSignal,
) => Promise<readonly Answer[]>;

/** Functions of it must not throw. */
export interface TogetherSettings {
  /** Round trips under way at most; while there are fewer, nobody waits. */
  readonly atOnce: number;
  /** Questions of one round trip at most. */
  readonly most: number;
  /** Whether the questions that still wait would fail alike, and nobody should wait to hear it. */
  failsAll(error: unknown): boolean;
  readonly patience?: Patience | undefined;
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
  readonly #settings: TogetherSettings;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting<Question, Answer>>();
  #underWay = 0;
  #going = false;
  /** While the first waits for company. */
  #waitingTime: Timer | null = null;

  constructor(ask: AskAll<Question, Answer>, settings: TogetherSettings) {
    this.#ask = ask;
    this.#settings = settings;
  }

  /** Rejects as the round trip does, or with the signal's reason. */
  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const one: Waiting<Question, Answer> = { question, resolve, reject, onLeave: () => {} };
    const leave = () => {
      this.#waiting.delete(one);
      reject(signal.reason);
      one.onLeave();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.add(one);
    this.#goSoon();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Not at once: other questions of this turn of the event loop go along. */
  #goSoon(): void {
    if (this.#going || this.#underWay >= this.#settings.atOnce || this.#waiting.size === 0) return;
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
    while (this.#underWay < this.#settings.atOnce && this.#waiting.size > 0) {
      const company = [...this.#waiting.values().take(this.#settings.most)];
      for (const one of company) this.#waiting.delete(one);
      void this.#trip(company);
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
    try {
      const questions = company.map(({ question }) => question);
      const answers = await this.#ask(questions, nobody.signal);
      for (const [index, { resolve }] of company.entries()) resolve(answers[index]!);
    } catch (error) {
      const all = this.#settings.failsAll(error) ? [...company, ...this.#waiting] : company;
      for (const one of all) {
        this.#waiting.delete(one);
        one.reject(error);
      }
    } finally {
      this.#underWay -= 1;
      this.#goSoon();
    }
  }
}
