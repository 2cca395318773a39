/** The last line of `npm test`: it never reports success for tests that did not run. */
import { describe, expect, it } from 'vitest';
import { formatSummary, type Report, summarise } from '../../local/test.ts';

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
