/** Pins how results become summaries, tables and the page. */
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../bench/machine.ts';
import { type Outcome, summarise } from '../../bench/outcome.ts';
import { pageWith } from '../../bench/page-text.ts';
import { fileNameOf, type Result, table } from '../../bench/report.ts';
import { percentile, spreadOf } from '../../bench/statistics.ts';

const machine: Machine = {
  cpu: 'Some CPU',
  cores: 2,
  memoryGiB: 8,
  node: 'v24.0.0',
  kubernetes: 'v1.36.3',
  postgres: '18.4',
  fsync: true,
  nodeOptions: '',
};

const outcome = (figures: Outcome['figures'], more: Partial<Outcome> = {}): Outcome => ({
  bench: 'backlog',
  variant: '',
  n: 2_000,
  bytes: 200,
  figures,
  ...more,
});

const resultsOf = (...runs: (readonly Outcome[])[]): Result[] =>
  summarise(runs).map(summary => ({ ...summary, machine, date: '2026-01-01T00:00:00.000Z' }));

describe('percentiles', () => {
  it('are values that were measured', () => {
    expect(percentile([30, 10, 20, 40], 0.5)).toBe(20);
    expect(
      percentile(
        Array.from({ length: 200 }, (_, at) => at + 1),
        0.99,
      ),
    ).toBe(198);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it('are not a number when nothing was measured', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('tell least, middle and most', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
  });
});

describe('a summary of several runs', () => {
  it('takes the middle of each figure and keeps the spread', () => {
    const [summary] = resultsOf([outcome({ rate: 3 })], [outcome({ rate: 1 })], [outcome({ rate: 2 })]);
    expect(summary).toMatchObject({ runs: 3, figures: { rate: 2 }, spread: { rate: { min: 1, max: 3 } } });
  });

  it('keeps cases of one run apart', () => {
    const idle = outcome({ p50Ms: 1 }, { bench: 'steady', variant: 'idle' });
    const resync = outcome({ p50Ms: 9 }, { bench: 'steady', variant: 'during a resync' });
    expect(resultsOf([idle, resync], [idle, resync]).map(({ figures }) => figures.p50Ms)).toEqual([1, 9]);
  });

  it('leaves a figure that was never taken null, not 0', () => {
    const [summary] = resultsOf([outcome({ peakRssMiB: null })], [outcome({ peakRssMiB: null })]);
    expect(summary?.figures.peakRssMiB).toBeNull();
  });
});

describe('the table', () => {
  it('shows the spread only where there were several runs', () => {
    expect(table(resultsOf([outcome({ rate: 100 })]))).toContain('| 2,000 | 200 |  | – | 100 |');
    expect(table(resultsOf([outcome({ rate: 100 })], [outcome({ rate: 110 })]))).toContain('100 (100–110)');
  });

  it('says how the cost of an object grows, next to how the floor does', () => {
    const small = outcome({ floor: 600, msPerObject: 2, cpuMsPerObject: 1 });
    const large = outcome({ floor: 500, msPerObject: 3, cpuMsPerObject: 1.1 }, { n: 10_000 });
    const text = table(resultsOf([large, small]));
    expect(text).toContain('an object of 10,000 costs 1.50 times the time (start taken out)');
    expect(text).toContain('1.10 times the CPU of an object of 2,000; the floor 1.20 times');
  });
});

describe('docs/performance.md', () => {
  const page =
    'before\n<!-- measured: begin (written by bench/page.ts) -->\nold\n<!-- measured: end -->\nafter\n';

  it('gets the results between its marks and keeps everything else', () => {
    const written = pageWith(page, resultsOf([outcome({ rate: 100 })]));
    expect(written).toMatch(/^before\n/);
    expect(written).toMatch(/<!-- measured: end -->\nafter\n$/);
    expect(written).toContain('**backlog**');
    expect(written).not.toContain('old');
    expect(pageWith(written, resultsOf([outcome({ rate: 100 })]))).toBe(written);
  });

  it('tells results of different machines apart', () => {
    const [one] = resultsOf([outcome({ rate: 1 })]);
    const other = { ...one!, n: 10_000, machine: { ...machine, cores: 64 } };
    expect(pageWith(page, [one!, other])).toMatch(/2 cores[\s\S]*64 cores/);
  });

  it('is left alone when it has no marks', () => {
    expect(() => pageWith('nothing', [])).toThrow(/must hold/);
  });
});

it('names files by what was measured, without characters a shell minds', () => {
  const [result] = resultsOf([outcome({}, { bench: 'steady', variant: 'during a resync' })]);
  expect(fileNameOf(result!)).toBe('steady-during-a-resync-2000-200.json');
});
