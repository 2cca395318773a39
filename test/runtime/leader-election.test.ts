/** Leader election: who leads, when a term ends, and that there are never two at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../runtime/clock.ts';
import {
  LeaseLost,
  type LeasePort,
  type LeaseRecord,
  runElected,
  type SeenLease,
  type Term,
} from '../../runtime/leader-election.ts';
import { FakeClock, settle } from './fake-clock.ts';

const times = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** What the API server does with a Lease, and nothing more. */
class Shared {
  seen: SeenLease | null = null;
  writes = 0;
  #revision = 0;

  put(record: LeaseRecord): SeenLease {
    this.#revision += 1;
    this.writes += 1;
    this.seen = { record, revision: String(this.#revision) };
    return this.seen;
  }
}

/** One process's way to the shared record, which can be cut. */
class Line implements LeasePort {
  readonly #shared: Shared;
  cut: 'no' | 'fails' | 'hangs' | 'answerLost' | 'writesArriveLate' = 'no';
  /** The write that has not arrived yet does. */
  arrive: () => void = () => {};
  /** Waited for after a write was done, before its answer is given. */
  answered: () => Promise<void> = async () => {};

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  async read(signal: AbortSignal): Promise<SeenLease | null> {
    await this.#pass(signal);
    return this.#shared.seen;
  }

  async write(record: LeaseRecord, onto: SeenLease | null, signal: AbortSignal) {
    if (this.cut !== 'answerLost') await this.#pass(signal);
    const isRaced = () => this.#shared.seen?.revision !== onto?.revision;
    if (this.cut === 'writesArriveLate') {
      this.arrive = () => isRaced() || this.#shared.put(record);
      return await aborted(signal);
    }
    if (isRaced()) return 'raced' as const;
    const written = this.#shared.put(record);
    if (this.cut === 'answerLost') throw new Error('the answer was lost');
    await this.answered();
    return written;
  }

  #pass(signal: AbortSignal): Promise<void> {
    if (this.cut === 'fails') return Promise.reject(new Error('no way'));
    return this.cut === 'hangs' ? aborted(signal) : Promise.resolve();
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

class Candidate {
  readonly line: Line;
  readonly stop = new AbortController();
  readonly lost: LeaseLost[] = [];
  term: Term | null = null;
  terms = 0;
  ended: Promise<void>;
  /** Work goes on for this long after it was told to stop. */
  drain: Promise<void> = Promise.resolve();
  fail: ((error: Error) => void) | undefined;

  constructor(name: string, shared: Shared, clock: Clock, random: () => number = () => 0.5) {
    this.line = new Line(shared);
    const options = {
      ...{ lease: this.line, identity: name, times, clock, random },
      hooks: { lost: (reason: LeaseLost) => this.lost.push(reason) },
    };
    this.ended = runElected(options, term => this.#work(term), this.stop.signal);
    this.ended.catch(() => {});
  }

  get leads(): boolean {
    return this.term !== null && !this.term.signal.aborted;
  }

  async #work(term: Term): Promise<void> {
    this.term = term;
    this.terms += 1;
    await new Promise<void>((resolve, reject) => {
      this.fail = reject;
      for (const signal of [term.signal, this.stop.signal]) {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      }
    });
    await this.drain;
    this.term = null;
  }
}

describe('leader election', () => {
  it('lets one lead and the others stand by', async () => {
    const clock = new FakeClock();
    const shared = new Shared();
    const [a, b, c] = ['a', 'b', 'c'].map(name => new Candidate(name, shared, clock));
    await clock.advance(120_000);
    expect([a, b, c].filter(each => each!.leads)).toHaveLength(1);
    expect(a!.terms + b!.terms + c!.terms).toBe(1);
    expect(shared.seen?.record).toMatchObject({ durationMs: 15_000, transitions: 0 });
  });

  it('hands over a released lease within one retry, and counts the change', async () => {
    const clock = new FakeClock();
    const shared = new Shared();
    const a = new Candidate('a', shared, clock);
    await settle();
    const b = new Candidate('b', shared, clock, () => 0.999);
    await clock.advance(10_000);
    a.stop.abort(new Error('SIGTERM'));
    await a.ended;
    expect(shared.seen?.record).toMatchObject({ holder: '', durationMs: 1_000 });
    await clock.advance(times.retryMs * 1.2);
    expect(b.leads).toBe(true);
    expect(shared.seen?.record).toMatchObject({ holder: 'b', durationMs: 15_000, transitions: 1 });
  });

  it('releases only after the work in hand has ended, and renews until then', async () => {
    const clock = new FakeClock();
    const shared = new Shared();
    const a = new Candidate('a', shared, clock);
    await settle();
    const b = new Candidate('b', shared, clock);
    const { promise, resolve } = Promise.withResolvers<void>();
    a.drain = promise;
    a.stop.abort(new Error('SIGTERM'));
    await clock.advance(60_000);
    expect(shared.seen?.record.holder).toBe('a');
    expect(b.leads).toBe(false);
    resolve();
    await a.ended;
    expect(shared.seen?.record.holder).toBe('');
  });

  it('releases also when it is stopped in the middle of a renewal, and takes the lease from nobody', async () => {
    for (const taken of [false, true]) {
      const clock = new FakeClock();
      const shared = new Shared();
      const a = new Candidate('a', shared, clock);
      await settle();
      const before = shared.writes;
      a.line.answered = () => new Promise((_, reject) => a.stop.signal.addEventListener('abort', reject));
      await clock.advance(times.retryMs);
      expect(shared.writes).toBe(before + 1);
      if (taken) shared.put({ ...shared.seen!.record, holder: 'b' });
      a.line.answered = async () => {};
      a.stop.abort(new Error('SIGTERM'));
      await a.ended;
      expect(shared.seen?.record.holder).toBe(taken ? 'b' : '');
    }
  });

  it('gives back a lease that it was just taking when it was stopped, and takes it from nobody', async () => {
    for (const taken of [false, true]) {
      for (const arrives of ['before', 'after'] as const) {
        const clock = new FakeClock();
        const shared = new Shared();
        const a = new Candidate('a', shared, clock);
        await settle();
        const b = new Candidate('b', shared, clock);
        await settle();
        a.stop.abort(new Error('SIGTERM'));
        await a.ended;
        // Its request is under way when it is stopped: the API server has it already, or not yet.
        if (arrives === 'after') b.line.cut = 'writesArriveLate';
        else b.line.answered = () => aborted(b.stop.signal);
        await clock.advance(times.retryMs * 1.2);
        expect(shared.seen?.record.holder).toBe(arrives === 'before' ? 'b' : '');
        if (taken) shared.put({ ...shared.seen!.record, holder: 'c' });
        Object.assign(b.line, { cut: 'no', answered: async () => {} });
        b.stop.abort(new Error('SIGTERM'));
        await b.ended;
        b.line.arrive();
        expect(shared.seen?.record.holder, `${taken} ${arrives}`).toBe(taken ? 'c' : '');
      }
    }
  });

  it('waits for the whole duration since it saw the last sign of life, whatever the clocks on the wall say', async () => {
    const clock = new FakeClock();
    const shared = new Shared();
    const a = new Candidate('a', shared, clock);
    await settle();
    const years = 5 * 365 * 86_400_000;
    const ahead: Clock = {
      now: () => new Date(clock.now().getTime() + years),
      monotonic: () => clock.monotonic(),
      timer: (ms, fire) => clock.timer(ms, fire),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const b = new Candidate('b', shared, ahead);
    await clock.advance(60_000);
    expect([a.leads, b.leads]).toEqual([true, false]);
    const lastSign = shared.seen!.revision;
    a.line.cut = 'hangs';
    await clock.advance(12_000);
    expect(shared.seen!.revision).toBe(lastSign);
    expect([a.leads, b.leads]).toEqual([false, false]);
    await clock.advance(8_000);
    expect(b.leads).toBe(true);
  });

  it('has the next lead within the duration and one try of the last sign of life, whenever they try', async () => {
    for (let apart = 0; apart < times.retryMs * 1.2; apart += 100) {
      const clock = new FakeClock();
      const shared = new Shared();
      const a = new Candidate('a', shared, clock);
      await clock.advance(apart);
      const b = new Candidate('b', shared, clock, () => 0.999);
      await clock.advance(60_000 - apart);
      const lastSign = shared.seen!.revision;
      a.line.cut = 'hangs';
      await clock.advance(times.durationMs + times.retryMs * 1.2);
      expect(b.leads, `b began ${apart} ms after a`).toBe(true);
      expect(shared.seen!.revision).not.toBe(lastSign);
    }
  });

  it.each(['fails', 'hangs', 'answerLost'] as const)(
    'ends a term at its renew deadline when the way to the lease %s, and stands by again',
    async cut => {
      const clock = new FakeClock();
      const shared = new Shared();
      const a = new Candidate('a', shared, clock);
      await clock.advance(4_000);
      a.line.cut = cut;
      await clock.advance(times.renewDeadlineMs + times.retryMs);
      expect(a.leads).toBe(false);
      expect(a.lost[0]?.message).toContain('10 s');
      a.line.cut = 'no';
      await clock.advance(20_000);
      expect(a.leads).toBe(true);
      expect(a.terms).toBe(2);
    },
  );

  it('counts a renewal from when it was sent, not from when it was answered', async () => {
    const clock = new FakeClock();
    const a = new Candidate('a', new Shared(), clock);
    await clock.advance(1_000);
    a.line.answered = () => clock.sleep(4_000, new AbortController().signal);
    await clock.advance(5_500);
    a.line.cut = 'hangs';
    await clock.advance(5_000);
    expect(a.leads).toBe(true);
    // Sent after 2 s, answered after 6.
    await clock.advance(1_000);
    expect(a.leads).toBe(false);
  });

  it('outlives a way that is cut for less than the renew deadline', async () => {
    const clock = new FakeClock();
    const shared = new Shared();
    const a = new Candidate('a', shared, clock);
    await clock.advance(4_000);
    a.line.cut = 'fails';
    await clock.advance(7_000);
    a.line.cut = 'no';
    await clock.advance(60_000);
    expect([a.leads, a.terms]).toEqual([true, 1]);
  });

  it('is asked before anything is begun: after a pause the term is over although no timer has run', async () => {
    const clock = new FakeClock();
    let pausedMs = 0;
    const own: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + pausedMs,
      timer: (ms, fire) => clock.timer(ms, fire),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const a = new Candidate('a', new Shared(), own);
    await clock.advance(4_000);
    const term = a.term!;
    expect(() => term.check()).not.toThrow();
    pausedMs = 11_000;
    expect(term.signal.aborted).toBe(false);
    expect(() => term.check()).toThrow(LeaseLost);
    expect(term.signal.aborted).toBe(true);
  });

  it.each(['intruder', ''])('ends at once when the lease says %j instead', async holder => {
    const clock = new FakeClock();
    const shared = new Shared();
    const a = new Candidate('a', shared, clock);
    await clock.advance(4_000);
    const { signal } = a.term!;
    shared.put({ ...shared.seen!.record, holder, renewedAt: clock.now() });
    await clock.advance(times.retryMs);
    expect(signal.aborted).toBe(true);
    expect(a.lost).toHaveLength(1);
  });

  it('goes on when somebody edits or deletes the lease under it', async () => {
    const clock = new FakeClock();
    const shared = new Shared();
    const a = new Candidate('a', shared, clock);
    await clock.advance(4_000);
    shared.put(shared.seen!.record);
    await clock.advance(4_000);
    shared.seen = null;
    await clock.advance(4_000);
    expect([a.leads, a.terms]).toEqual([true, 1]);
    expect(shared.seen).toMatchObject({ record: { holder: 'a' } });
  });

  it('releases and rejects when the work fails', async () => {
    const shared = new Shared();
    const a = new Candidate('a', shared, new FakeClock());
    await settle();
    a.fail!(new Error('the name is taken'));
    await expect(a.ended).rejects.toThrow('the name is taken');
    expect(shared.seen?.record.holder).toBe('');
  });

  it('never has two leaders, whatever ways are cut when', async () => {
    const cuts = fc.constantFrom('no', 'no', 'fails', 'hangs', 'answerLost' as const);
    const step = fc.record({
      who: fc.nat(2),
      cut: cuts as fc.Arbitrary<Line['cut']>,
      ms: fc.integer({ min: 1, max: 12_000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.infiniteStream(fc.nat(999)),
        async (steps, luck) => {
          const clock = new FakeClock();
          const shared = new Shared();
          const random = () => luck.next().value! / 1000;
          const all = ['a', 'b', 'c'].map(name => new Candidate(name, shared, clock, random));
          for (const { who, cut, ms } of steps) {
            all[who]!.line.cut = cut;
            for (let left = ms; left > 0; left -= 500) {
              await clock.advance(Math.min(left, 500));
              expect(all.filter(each => each.leads).length).toBeLessThanOrEqual(1);
            }
          }
          for (const each of all) each.line.cut = 'no';
          await clock.advance(30_000);
          expect(all.filter(each => each.leads)).toHaveLength(1);
        },
      ),
      { numRuns: 40 },
    );
  });
});
