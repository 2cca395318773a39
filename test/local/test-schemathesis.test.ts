/** The last line of `npm run test:schemathesis`: it never reports success for a run that tested little. */
import { expect, it } from 'vitest';
import { judge, type Links, linksIn, type Report, type Round } from '../../local/test-schemathesis.ts';

const report = (change: Partial<Report> = {}): Report => ({
  test_cases: { generated: 1_200, with_failures: 0 },
  operations: { selected: 21, tested: 21 },
  errors: [],
  ...change,
});
const round = (change: Partial<Report> = {}, status = 0): Round => ({ report: report(change), status });
/** Not every operation is at the end of a link. */
const linked = round({
  test_cases: { generated: 800, with_failures: 0 },
  operations: { selected: 21, tested: 20 },
});
const links = (followed: number): Links => ({
  declared: 40,
  followed: new Set(Array.from({ length: followed }, (_, index) => `link ${index}`)),
});

it('counts the requests of all rounds', () => {
  expect(judge([round(), linked], links(36), true)).toEqual({ passed: 2_000, failed: 0, complaints: [] });
  const bad = round({ test_cases: { generated: 1_200, with_failures: 3 } }, 1);
  expect(judge([bad, linked], links(36), true)).toEqual({ passed: 1_997, failed: 3, complaints: [] });
});

it.each<[string, Round, number]>([
  ['left no report', { report: undefined, status: 2 }, 36],
  ['made no requests', round({ test_cases: { generated: 0, with_failures: 0 } }), 36],
  ['left an operation out', round({ operations: { selected: 21, tested: 20 } }), 36],
  ['broke', round({ errors: [{ title: 'Network Error', count: 1 }] }, 1), 36],
  ['ended with a status that nothing in its report explains', round({}, 2), 36],
  ['followed few links', round(), 12],
])('does not take for a success a run that %s', (_, first, followed) => {
  expect(judge([first, linked], links(followed), true).failed).toBe(1);
});

it('does only what it was asked for, when it was', () => {
  expect(judge([linked], links(2), false).failed).toBe(0);
});

it('counts a link of the document once it gave its target something', async () => {
  async function* lines() {
    yield JSON.stringify({ LoadingFinished: { statistic: { transitions: { total: 2 } } } });
    const cases = {
      a: { transition: null, is_transition_applied: false },
      b: { transition: { id: 'one', is_inferred: false }, is_transition_applied: true },
      c: { transition: { id: 'two', is_inferred: false }, is_transition_applied: false },
      d: { transition: { id: 'one', is_inferred: false }, is_transition_applied: true },
      e: { transition: { id: 'guessed', is_inferred: true }, is_transition_applied: true },
    };
    yield JSON.stringify({ ScenarioFinished: { recorder: { cases } } });
    yield JSON.stringify({ ScenarioFinished: { recorder: {} } });
  }
  expect(await linksIn(lines())).toEqual({ declared: 2, followed: new Set(['one']) });
});
