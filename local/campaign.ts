/**
 * `npm run campaign [-- --minutes N --seed S --writers W --configs C] [faults] [attacks]`: the fault and attack campaign,
 * as long as it is asked for: test/integration/doors.test.ts with every kind of fault, and test/integration/attacks.test.ts.
 * It ends with the tables of docs/reliability.md. Invariant: its status is 0 only when every fault and every attack asked
 * for happened, and nothing promised was broken.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from './test.ts';

const files = {
  faults: 'test/integration/doors.test.ts',
  attacks: 'test/integration/attacks.test.ts',
} as const;

/** A line that the tests add to the report. */
export type Line =
  | { readonly fault: string; readonly saves: number; readonly attempts: number }
  | { readonly attack: string; readonly got: unknown }
  | { readonly summary: Readonly<Record<string, unknown>> };

export interface FaultRow {
  readonly fault: string;
  readonly times: number;
  /** Attempts to save that began while it was broken, and saves that were acknowledged until all was whole again. */
  readonly attempts: number;
  readonly saves: number;
}

export function faultRows(lines: readonly Line[]): FaultRow[] {
  const rows = new Map<string, FaultRow>();
  for (const line of lines) {
    if (!('fault' in line)) continue;
    const row = rows.get(line.fault) ?? { fault: line.fault, times: 0, attempts: 0, saves: 0 };
    rows.set(line.fault, {
      ...row,
      times: row.times + 1,
      attempts: row.attempts + line.attempts,
      saves: row.saves + line.saves,
    });
  }
  return [...rows.values()].sort((a, b) => (a.fault < b.fault ? -1 : 1));
}

/** As Markdown. */
export function tablesOf(lines: readonly Line[]): string {
  const faults = faultRows(lines);
  const total = (of: (row: FaultRow) => number) => faults.reduce((sum, row) => sum + of(row), 0);
  const cells = (...all: (string | number)[]) => `| ${all.join(' | ')} |`;
  const attacks = lines.filter(line => 'attack' in line);
  return [
    ...(faults.length === 0
      ? []
      : [
          cells('fault', 'times', 'saves tried', 'saves acknowledged'),
          '|---|---|---|---|',
          ...faults.map(({ fault, times, attempts, saves }) => cells(fault, times, attempts, saves)),
          cells(
            'in all',
            total(row => row.times),
            total(row => row.attempts),
            total(row => row.saves),
          ),
        ]),
    ...(attacks.length === 0
      ? []
      : [
          '',
          cells('attack', 'seen'),
          '|---|---|',
          ...attacks.map(({ attack, got }) => cells(attack, JSON.stringify(got))),
        ]),
    ...lines.filter(line => 'summary' in line).flatMap(({ summary }) => ['', JSON.stringify(summary)]),
  ].join('\n');
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
      writers: { type: 'string', default: '24' },
      configs: { type: 'string', default: '8' },
    },
  });
  const parts = positionals.length > 0 ? positionals : Object.keys(files);
  const unknown = parts.filter(part => !(part in files));
  if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}: name faults or attacks`);
  for (const [name, value] of Object.entries(values)) {
    if (!(Number(value) > 0)) throw new Error(`--${name} ${value} is not a number above 0`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'pawl-campaign-'));
  const report = join(folder, 'report.jsonl');
  console.log(`seed ${values.seed}`);
  Object.assign(process.env, {
    PAWL_CAMPAIGN_SECONDS: `${Math.round(Number(values.minutes) * 60)}`,
    PAWL_CAMPAIGN_SEED: values.seed,
    PAWL_CAMPAIGN_WRITERS: values.writers,
    PAWL_CAMPAIGN_CONFIGS: values.configs,
    PAWL_CAMPAIGN_KINDS: 'all',
    PAWL_CAMPAIGN_REPORT: report,
  });
  try {
    const status = await runTests(parts.map(part => files[part as keyof typeof files]));
    const text = await readFile(report, 'utf8').catch(() => '');
    const lines = text.split('\n').filter(line => line !== '');
    console.log(tablesOf(lines.map(line => JSON.parse(line) as Line)));
    return status;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) process.exitCode = await main();
