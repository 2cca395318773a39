/**
 * `npm test [-- FILTER…]`: all tests, then one last line `N passed, N failed` counted from Vitest's own report.
 * Arguments go to Vitest. Invariant: the status is 0 only if the report is there, tests ran, and none failed.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is used of Vitest's JSON report. */
export interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

export interface Summary {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * @param report undefined when Vitest left none
 * @param status Vitest's exit status: it also fails on errors outside of any test
 */
export function summarise(report: Report | undefined, status: number): Summary {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  // A file that fails outside of its tests (it does not load, a hook throws) is a failure, though no test says so.
  const brokenFiles = report.testResults.filter(
    file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && (status !== 0 || report.numPassedTests === 0) ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function formatSummary({ passed, failed, skipped }: Summary): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Runs Vitest with these arguments, prints the last line, and answers with the exit status. */
export async function runTests(args: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'pawl-test-'));
  try {
    const file = join(folder, 'report.json');
    const status = await runVitest([
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...args,
    ]);
    const report = await readFile(file, 'utf8').then(
      text => JSON.parse(text) as Report,
      () => undefined,
    );
    const summary = summarise(report, status);
    console.log(formatSummary(summary));
    return summary.failed > 0 ? status || 1 : status;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runVitest(args: readonly string[]): Promise<number> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const lifeline = new URL('./lifeline.mjs', import.meta.url).href;
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--import', lifeline, join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
      {
        cwd: root,
        stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
        env: { ...process.env, PAWL_LIFELINE: String(process.pid) },
      },
    );
    // On a terminal Ctrl-C reaches Vitest by itself, and a second one would cut its taking down short.
    process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', code => resolve(code ?? 1));
  });
}

if (import.meta.main) process.exitCode = await runTests(process.argv.slice(2));
