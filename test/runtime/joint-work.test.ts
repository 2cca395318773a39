/** Work that several wait for. */
import { expect, test } from 'vitest';
import { JointWork } from '../../runtime/joint-work.ts';

const begin = () => {
  const runs: { signal: AbortSignal; end: PromiseWithResolvers<string> }[] = [];
  const work = new JointWork<string>(signal => {
    const end = Promise.withResolvers<string>();
    runs.push({ signal, end });
    return end.promise;
  });
  const goer = () => {
    const leaving = new AbortController();
    const answer = work.wait(leaving.signal).catch(String);
    return { answer, leave: () => leaving.abort(new Error('went away')) };
  };
  return { runs, work, goer };
};

test('it is done once for all who wait, and anew for who comes after', async () => {
  const { runs, goer } = begin();
  const [one, two] = [goer(), goer()];
  runs[0]!.end.resolve('made');
  expect(await Promise.all([one.answer, two.answer])).toEqual(['made', 'made']);
  const three = goer();
  expect(runs).toHaveLength(2);
  runs[1]!.end.reject(new Error('cannot'));
  expect(await three.answer).toBe('Error: cannot');
});

test.each([0, 1])(
  'who goes away has an answer at once, and ends nothing for the other: %i goes',
  async going => {
    const { runs, goer } = begin();
    const both = [goer(), goer()];
    both[going]!.leave();
    expect(await both[going]!.answer).toBe('Error: went away');
    expect(runs[0]!.signal.aborted).toBe(false);
    runs[0]!.end.resolve('made');
    expect(await both[1 - going]!.answer).toBe('made');
  },
);

test('it is ended when nobody waits any more, and who comes next does not wait for what was ended', async () => {
  const { runs, goer } = begin();
  const both = [goer(), goer()];
  for (const one of both) one.leave();
  await Promise.all(both.map(({ answer }) => answer));
  expect(runs[0]!.signal.aborted).toBe(true);
  const next = goer();
  expect(runs).toHaveLength(2);
  runs[0]!.end.reject(new Error('ended'));
  runs[1]!.end.resolve('made');
  expect(await next.answer).toBe('made');
});

test('who is gone already begins nothing', async () => {
  const { runs, work } = begin();
  await expect(work.wait(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  expect(runs).toEqual([]);
});
