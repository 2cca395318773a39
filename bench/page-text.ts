/** The measured part of docs/performance.md. Pure. */
import { benches } from './options.ts';
import { type Result, table } from './report.ts';

const begin = '<!-- measured: begin (written by bench/page.ts) -->';
const end = '<!-- measured: end -->';

/**
 * The page with these results in the place of the old ones. Results of other machines than the newest one's are
 * told apart by a section for each. Throws when the page has not both marks.
 */
export function pageWith(page: string, results: readonly Result[]): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page must hold ${begin} and, below it, ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${measured(results)}\n\n${page.slice(to)}`;
}

function measured(results: readonly Result[]): string {
  const order = (result: Result) => benches.indexOf(result.bench as (typeof benches)[number]);
  const sorted = results.toSorted(
    (a, b) => order(a) - order(b) || a.n - b.n || a.bytes - b.bytes || a.date.localeCompare(b.date),
  );
  const byMachine = Map.groupBy(sorted, describe);
  return [...byMachine].map(([machine, own]) => `${machine}\n\n${table(own)}`).join('\n\n');
}

function describe({ machine }: Result): string {
  const { cpu, cores, memoryGiB, node, kubernetes, postgres, fsync, nodeOptions } = machine;
  return [
    `${cores} cores (${cpu}), ${memoryGiB} GiB, everything on it; Node ${node}, Kubernetes ${kubernetes},`,
    `PostgreSQL ${postgres} with fsync ${fsync ? 'on' : 'off'}, etcd without; NODE_OPTIONS \`${nodeOptions}\`.`,
    'Where there were several runs: the middle one (least–most).',
  ].join(' ');
}
