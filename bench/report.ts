/** Results as tables for people: on the terminal, and in docs/performance.md. Pure. */
import type { Machine } from './machine.ts';
import { growthOf, type Summary } from './outcome.ts';

/** What bench/results/ holds, one a file. */
export interface Result extends Summary {
  readonly machine: Machine;
  readonly date: string;
}

export function fileNameOf({ bench, variant, n, bytes }: Summary): string {
  const parts = [bench, variant.replace(/[^A-Za-z0-9]+/g, '-'), String(n), String(bytes)];
  return `${parts.filter(part => part !== '').join('-')}.json`;
}

interface Column {
  readonly title: string;
  readonly figure: string;
  readonly digits: number;
}

const column = (title: string, figure: string, digits = 0): Column => ({ title, figure, digits });

/** Figures that have a column; the others are in the files. */
const columns: Readonly<Record<string, readonly Column[]>> = {
  backlog: [
    column('floor/s', 'floor'),
    column('Pawl/s', 'rate'),
    column('ratio', 'ratio', 2),
    column('writes', 'writesPerObject', 2),
    column('Events', 'eventWritesPerObject', 2),
    column('statements', 'roundTripsPerObject', 2),
    column('commits', 'commitsPerObject', 2),
    column('CPU ms', 'cpuMsPerObject', 2),
    column('RSS MiB', 'rssMiB'),
  ],
  steady: [
    column('edits', 'edits'),
    column('p50 ms', 'p50Ms', 1),
    column('p99 ms', 'p99Ms', 1),
    column('max ms', 'maxMs', 1),
    column('p50 ÷ floor', 'ratio', 2),
  ],
  restart: [
    column('ready s', 'readySeconds', 2),
    column('settled s', 'settledSeconds', 2),
    column('writes', 'writes'),
    column('reads', 'apiReads'),
    column('MiB received', 'receivedMiB', 1),
    column('bytes an object', 'receivedBytesPerObject'),
    column('CPU s', 'cpuSeconds', 1),
    column('RSS MiB', 'rssMiB'),
  ],
  memory: [
    column('RSS MiB', 'rssMiB'),
    column('peak MiB', 'peakRssMiB'),
    column('heap MiB', 'heapMiB'),
    column('restarted: RSS MiB', 'restartedRssMiB'),
    column('peak MiB', 'restartedPeakRssMiB'),
    column('heap MiB', 'restartedHeapMiB'),
  ],
  doors: [
    column('reads/s', 'readsPerSecond'),
    column('÷ floor', 'readRatio', 2),
    column('at half: p50 ms', 'readP50Ms', 1),
    column('p99 ms', 'readP99Ms', 1),
    column('CPU ms', 'readCpuMs', 2),
    column('saves/s', 'savesPerSecond'),
    column('÷ floor', 'saveRatio', 2),
    column('at half: p50 ms', 'saveP50Ms', 1),
    column('p99 ms', 'saveP99Ms', 1),
    column('CPU ms', 'saveCpuMs', 2),
  ],
  browser: [
    column('first load KiB', 'firstKiB'),
    column('editor KiB', 'editorKiB'),
    column('empty page ms', 'emptyMs'),
    column('config page ms', 'usableMs'),
    column('÷ empty', 'ratio', 2),
    column('first visit: empty ms', 'firstEmptyMs'),
    column('config ms', 'firstMs'),
  ],
  watchers: [
    column('RSS MiB without', 'rssBeforeMiB'),
    column('with', 'rssMiB'),
    column('KiB a watcher', 'kibPerWatcher', 1),
    column('heap KiB a watcher', 'heapKibPerWatcher', 1),
    column('peak MiB', 'peakRssMiB'),
    column('opened in s', 'openSeconds', 1),
    column('a save seen by all after ms', 'seenMs'),
  ],
  schemas: [
    column('saves', 'saves'),
    column('p50 ms', 'saveP50Ms', 1),
    column('p99 ms', 'saveP99Ms', 1),
    column('longest ms', 'saveMaxMs', 1),
    column('looked at in s', 'recheckSeconds', 1),
  ],
  tenants: [
    column('reads', 'reads'),
    column('p50 ms', 'readP50Ms', 1),
    column('p99 ms', 'readP99Ms', 1),
    column('÷ alone', 'readP99Ratio', 2),
    column('÷ floor', 'readP99FloorRatio', 2),
    column('saves', 'saves'),
    column('p50 ms', 'saveP50Ms', 1),
    column('p99 ms', 'saveP99Ms', 1),
    column('÷ alone', 'saveP99Ratio', 2),
    column('÷ floor', 'saveP99FloorRatio', 2),
    column('failed', 'failed'),
    column('peak MiB', 'peakRssMiB'),
  ],
};

/** One Markdown table for each measurement, and how the cost of an object grows where two sizes were measured. */
export function table(results: readonly Result[]): string {
  const blocks = [...new Set(results.map(result => result.bench))].map(bench => {
    const cases = results.filter(result => result.bench === bench).toSorted((a, b) => a.n - b.n);
    const shown = columns[bench === 'stale' ? 'backlog' : bench] ?? [];
    const head = ['objects', 'bytes', 'case', ...shown.map(({ title }) => title)];
    const rows = cases.map(one => [
      one.n.toLocaleString('en'),
      String(one.bytes),
      one.variant,
      ...shown.map(({ figure, digits }) => cell(one, figure, digits)),
    ]);
    const lines = [head, head.map((_, at) => (at === 2 ? ':--' : '--:')), ...rows];
    return [`**${bench}**\n`, ...lines.map(line => `| ${line.join(' | ')} |`), ...growth(cases)].join('\n');
  });
  return blocks.join('\n\n');
}

/** The middle of all runs, and in brackets the least and the most when there were several. */
function cell({ figures, spread, runs }: Result, figure: string, digits: number): string {
  const value = figures[figure];
  if (typeof value !== 'number') return '–';
  const told = (number: number) => number.toFixed(digits);
  const { min, max } = spread[figure] ?? { min: value, max: value };
  return runs > 1 ? `${told(value)} (${told(min)}–${told(max)})` : told(value);
}

function growth(cases: readonly Result[]): string[] {
  const [small, ...larger] = cases.filter(({ bench }) => bench === 'backlog');
  if (!small) return [];
  return larger.flatMap(large => {
    const times = growthOf(small.figures, large.figures, 'msPerObject');
    const cpu = growthOf(small.figures, large.figures, 'cpuMsPerObject');
    const floor = growthOf(large.figures, small.figures, 'floor');
    if (times === null || cpu === null || floor === null || large.bytes !== small.bytes) return [];
    const sizes = `an object of ${large.n.toLocaleString('en')} costs`;
    const against = `an object of ${small.n.toLocaleString('en')}`;
    return [
      `\nGrowth: ${sizes} ${times.toFixed(2)} times the time (start taken out) and ${cpu.toFixed(2)} times the CPU of ${against}; the floor ${floor.toFixed(2)} times.`,
    ];
  });
}
