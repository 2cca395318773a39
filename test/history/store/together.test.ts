/** Questions put together: who waits for whom, and who hears of what. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Together } from '../../../history/store/together.ts';
import { FakeClock, settle } from '../../runtime/fake-clock.ts';

interface Trip {
  readonly questions: readonly number[];
  readonly signal: AbortSignal;
  readonly answer: () => void;
  readonly fail: (reason: Error) => void;
}

/** Answers ten times the question, when told to. */
function scripted(settings: { atOnce: number; most: number }) {
  const trips: Trip[] = [];
  const together = new Together<number, number>(
    (questions, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<number[]>();
      const answer = () => resolve(questions.map(question => question * 10));
      trips.push({ questions, signal, answer, fail: reject });
      return promise;
    },
    { ...settings, failsAll: error => (error as Error).message === 'all' },
  );
  const asked = () => trips.map(({ questions }) => questions);
  return { together, trips, asked };
}

const never = new AbortController().signal;
/** One turn for what was done, and the one in which the next questions go. */
const settled = () => settle().then(settle);

describe('questions asked together', () => {
  it('of one turn go together, wait for no others while few are under way, and go in the order they came', async () => {
    const { together, trips, asked } = scripted({ atOnce: 2, most: 3 });
    const ask = async (...questions: number[]) => {
      const answers = questions.map(question => together.ask(question, never));
      await settled();
      return answers;
    };
    const answers = [...(await ask(1)), ...(await ask(2, 3)), ...(await ask(4, 5)), ...(await ask(6, 7))];
    expect(asked()).toEqual([[1], [2, 3]]);
    trips[1]!.answer();
    await settled();
    expect(asked()).toEqual([[1], [2, 3], [4, 5, 6]]);
    trips[0]!.answer();
    await settled();
    expect(asked()).toEqual([[1], [2, 3], [4, 5, 6], [7]]);
    for (const { answer } of trips) answer();
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50, 60, 70]);
  });

  it('are answered in turn where each has a line: nobody waits for all of who came before', async () => {
    const asked: (readonly string[])[] = [];
    const trips: (() => void)[] = [];
    const together = new Together<string, string>(
      questions => {
        asked.push(questions);
        const { promise, resolve } = Promise.withResolvers<readonly string[]>();
        trips.push(() => resolve(questions));
        return promise;
      },
      { atOnce: 2, most: 1, failsAll: () => false, lineOf: question => question.split(' ')[0]! },
    );
    const gone = new AbortController();
    const all = ['1', '2', '3', '4', '5'].map(n => together.ask(`eve ${n}`, never));
    await settled();
    const left = together.ask('ada 0', gone.signal);
    all.push(...['ada 1', 'ada 2', 'bob 1'].map(question => together.ask(question, never)));
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    for (let at = 0; at < 8; at += 1) {
      await settled();
      trips[at]!();
    }
    await Promise.all(all);
    expect(asked.flat()).toEqual(['eve 1', 'eve 2', 'eve 3', 'ada 1', 'bob 1', 'eve 4', 'ada 2', 'eve 5']);
  });

  it('wait for company while more are about to come, until there are enough of them or it has taken too long', async () => {
    const clock = new FakeClock();
    let isBusy = true;
    const asked: (readonly number[])[] = [];
    const together = new Together<number, number>(
      async questions => {
        asked.push(questions);
        return questions;
      },
      {
        ...{ atOnce: 2, most: 9, failsAll: () => false },
        patience: { clock, isWorthIt: () => isBusy, ms: 40, enough: 3 },
      },
    );
    const ask = async (question: number) => {
      void together.ask(question, never);
      await settled();
    };
    await ask(1);
    await ask(2);
    expect(asked).toEqual([]);
    await ask(3);
    expect(asked).toEqual([[1, 2, 3]]);
    await ask(4);
    await clock.advance(39);
    await ask(5);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    await settled();
    expect(asked).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    await ask(6);
    isBusy = false;
    await ask(7);
    expect(asked).toEqual([
      [1, 2, 3],
      [4, 5],
      [6, 7],
    ]);
    await clock.advance(100);
    await settled();
    expect(asked).toHaveLength(3);
  });

  it('fail together with their round trip, and the next ones do not', async () => {
    const { together, trips } = scripted({ atOnce: 1, most: 9 });
    const first = together.ask(1, never);
    await settled();
    const failing = [together.ask(2, never), together.ask(3, never)];
    trips[0]!.answer();
    await settled();
    trips[1]!.fail(new Error('away'));
    for (const one of failing) await expect(one).rejects.toThrow('away');
    const next = together.ask(4, never);
    await settled();
    trips[2]!.answer();
    expect([await first, await next]).toEqual([10, 40]);
  });

  it('fail with a round trip of others when it says so of all, and the next ones do not', async () => {
    const { together, trips, asked } = scripted({ atOnce: 2, most: 1 });
    const answers = [1, 2, 3].map(question => together.ask(question, never));
    await settled();
    trips[0]!.fail(new Error('all'));
    for (const one of [answers[0], answers[2]]) await expect(one).rejects.toThrow('all');
    trips[1]!.answer();
    expect(await answers[1]).toBe(20);
    const next = together.ask(4, never);
    await settled();
    trips[2]!.answer();
    expect(await next).toBe(40);
    expect(asked()).toEqual([[1], [2], [4]]);
  });

  it('are forgotten by who leaves: unasked when nobody had asked them yet, and given up when all have left', async () => {
    const { together, trips, asked } = scripted({ atOnce: 1, most: 9 });
    const [one, two, three] = [1, 2, 3].map(() => new AbortController());
    const first = together.ask(1, never);
    await settled();
    const second = together.ask(2, one!.signal);
    const company = [together.ask(3, two!.signal), together.ask(4, three!.signal)];
    one!.abort(new Error('left early'));
    await expect(second).rejects.toThrow('left early');
    trips[0]!.answer();
    await first;
    await settled();
    expect(asked()).toEqual([[1], [3, 4]]);
    two!.abort(new Error('left'));
    await expect(company[0]).rejects.toThrow('left');
    expect(trips[1]!.signal.aborted).toBe(false);
    three!.abort(new Error('left, too'));
    await expect(company[1]).rejects.toThrow('left, too');
    expect(trips[1]!.signal.aborted).toBe(true);
    trips[1]!.fail(new Error('nobody hears of it'));
    await expect(together.ask(5, AbortSignal.abort(new Error('gone before')))).rejects.toThrow('gone before');
    expect(asked()).toHaveLength(2);
  });

  it('are answered each with its own answer, by a round trip that began later, whatever the order of things', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant('ask' as const), fc.nat({ max: 5 })), { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, atOnce, most) => {
          const { together, trips } = scripted({ atOnce, most });
          const answers: Promise<number>[] = [];
          const done = new Set<Trip>();
          const end = async (trip: Trip | undefined) => {
            if (trip === undefined) return;
            done.add(trip);
            trip.answer();
            await settled();
          };
          const open = () => trips.filter(trip => !done.has(trip));
          for (const step of steps) {
            if (step !== 'ask') await end(open()[step % atOnce]);
            else {
              const before = trips.length;
              answers.push(together.ask(answers.length, never));
              if (answers.length % 2 === 0) await settled();
              const asked = trips.findIndex(({ questions }) => questions.includes(answers.length - 1));
              expect(asked === -1 || asked >= before).toBe(true);
            }
            expect(open().length).toBeLessThanOrEqual(atOnce);
          }
          for (await settled(); open().length > 0; ) await end(open()[0]);
          expect(await Promise.all(answers)).toEqual(answers.map((_, index) => index * 10));
          expect(Math.max(0, ...trips.map(({ questions }) => questions.length))).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 200 },
    );
  });
});
