/** The last line of `npm test`: it never reports success for tests that did not run. */
import { describe, expect, it } from 'vitest';
import { filesToRunAgain, formatSummary, type Report, summarise, withSecondRun } from '../../local/test.ts';

const report = (change: Partial<Report>): Report => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...change,
});

describe('the summary', () => {
  it.each([
    ['counts what passed', report({}), 0, '3 passed, 0 failed'],
    ['counts what failed', report({ numFailedTests: 2 }), 1, '3 passed, 2 failed'],
    [
      'names what was skipped',
      report({ numPendingTests: 1, numTodoTests: 1 }),
      0,
      '3 passed, 0 failed, 2 skipped',
    ],
    ['fails without a report', undefined, 0, '0 passed, 1 failed'],
    ['fails when no test ran', report({ numPassedTests: 0 }), 0, '0 passed, 1 failed'],
    ['fails when only the status says so', report({}), 1, '3 passed, 1 failed'],
    [
      'counts a file that did not load',
      report({ testResults: [{ name: 'broken.test.ts', status: 'failed', assertionResults: [] }] }),
      1,
      '3 passed, 1 failed',
    ],
  ])('%s', (_name, given, status, line) => {
    expect(formatSummary(summarise(given, status))).toBe(line);
  });
});

describe('a second run', () => {
  const file = (name: string, tests: Record<string, string>) => ({
    name,
    status: Object.values(tests).includes('failed') ? 'failed' : 'passed',
    assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
  });
  const steady = file('a.test.ts', { one: 'passed' });
  const first = report({
    numPassedTests: 2,
    numFailedTests: 2,
    testResults: [steady, file('b.test.ts', { two: 'failed', three: 'failed', four: 'passed' })],
  });

  it('is of the files that failed, and of none where many did', () => {
    expect(filesToRunAgain(first)).toEqual(['b.test.ts']);
    const many = ['b', 'c', 'd', 'e'].map(name => file(name, { two: 'failed' }));
    expect(filesToRunAgain(report({ testResults: many }))).toEqual([]);
  });

  it('names the tests that passed only there, and fails where one failed twice', () => {
    const second = report({
      testResults: [file('b.test.ts', { two: 'passed', three: 'failed', four: 'passed' })],
    });
    const { counted, unsteady } = withSecondRun(first, second);
    expect(unsteady).toEqual(['b.test.ts: two']);
    expect(formatSummary(summarise(counted, 1))).toBe('3 passed, 1 failed');
  });

  it('counts a file that did not load the second time as failed', () => {
    const second = report({ testResults: [{ name: 'b.test.ts', status: 'failed', assertionResults: [] }] });
    expect(formatSummary(summarise(withSecondRun(first, second).counted, 1))).toBe('1 passed, 1 failed');
  });
});
