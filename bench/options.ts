/** The command line of `npm run bench`. Pure. */
import { parseArgs } from 'node:util';

export const benches = [
  'backlog',
  'steady',
  'stale',
  'restart',
  'memory',
  'doors',
  'watchers',
  'tenants',
  'schemas',
  'browser',
] as const;
export type Bench = (typeof benches)[number];

/** One measurement with one count of objects. */
export interface Task {
  readonly bench: Bench;
  readonly n: number;
  readonly bytes: number;
  readonly foreign: number;
}

export interface Options {
  readonly tasks: readonly Task[];
  readonly runs: number;
  readonly edits: number;
  readonly seconds: number;
  readonly json: boolean;
  /** Folder for CPU profiles of the measured operator; null: none are taken. */
  readonly profile: string | null;
}

export const usage = `Usage: npm run bench -- [MEASUREMENT …] [--flag VALUE …]

  backlog    objects applied while the operator is down (n: 2000 and 10000)
  steady     edits at a rate, from apply to ConfigMap (n: 10000)
  stale      stale edits merged, of 3 KiB and of 30 KiB (n: 500)
  restart    over objects that are done (n: 10000)
  memory     of the process, by objects of 4 KiB (n: 1000 and 10000)
  doors      reads and saves through the HTTP API and the API server (n: 2000)
  watchers   memory of event streams, each a connection (n: 10000)
  tenants    ordinary tenants beside a hostile one, by the HTTP API (n: 9)
  schemas    saves while a changed schema is held against the latest versions (n: 10000)
  browser    the web page until a text is there, by loads (n: 30)
  Without a name: all of them.

  --n OBJECTS        instead of what is in brackets; several with commas
  --bytes BYTES      length of a text (default: 200; memory: 4096); several with commas
  --foreign COUNT    for memory: ConfigMaps of others in the cluster, 20 KiB each (default: 0)
  --edits RATE       for steady: edits a second (default: 20)
  --seconds SECONDS  for steady: for how long; for tenants: each time;
                     for doors: a rate is taken over a third of it (default: 30)
  --runs RUNS        how often to run each measurement; the middle run is shown, with the spread (default: 1)
  --profile FOLDER   a CPU profile of each operator goes there; the figures suffer
  --json             the last line is one JSON object: the last case measured`;

const defaults: Readonly<Record<Bench, { n: readonly number[]; bytes: readonly number[] }>> = {
  backlog: { n: [2_000, 10_000], bytes: [200] },
  steady: { n: [10_000], bytes: [200] },
  stale: { n: [500], bytes: [3_072, 30_720] },
  restart: { n: [10_000], bytes: [200] },
  memory: { n: [1_000, 10_000], bytes: [4_096] },
  doors: { n: [2_000], bytes: [200] },
  watchers: { n: [10_000], bytes: [200] },
  tenants: { n: [9], bytes: [2_048] },
  schemas: { n: [10_000], bytes: [200] },
  browser: { n: [30], bytes: [4_096] },
};

/** @returns the options, or what is wrong with the arguments */
export function readOptions(args: readonly string[]): Options | string {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return (error as Error).message;
  }
  const { values, positionals } = parsed;
  const number = (text: string | undefined, fallback: number) =>
    text === undefined ? fallback : Number(text);
  const names = positionals.length > 0 ? positionals : benches;
  const unknown = names.find(name => !benches.some(bench => bench === name));
  if (unknown !== undefined) return `no measurement is called ${unknown}`;
  const counts = values.n?.split(',').map(Number);
  const common = {
    runs: number(values.runs, 1),
    edits: number(values.edits, 20),
    seconds: number(values.seconds, 30),
  };
  const foreign = number(values.foreign, 0);
  const lengths = values.bytes?.split(',').map(Number);
  const tasks = (names as Bench[]).flatMap(bench =>
    (counts ?? defaults[bench].n).flatMap(n =>
      (lengths ?? defaults[bench].bytes).map(bytes => ({
        bench,
        n,
        bytes,
        foreign: bench === 'memory' ? foreign : 0,
      })),
    ),
  );
  const positive = [...Object.values(common), ...tasks.map(task => task.n)];
  const whole = [...positive, foreign, ...tasks.map(task => task.bytes)];
  if (!whole.every(value => Number.isInteger(value) && value >= 0) || positive.includes(0)) {
    return 'numbers must be whole and positive';
  }
  return { ...common, tasks, json: values.json, profile: values.profile ?? null };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  return parseArgs({
    args: [...args],
    options: {
      n: text,
      bytes: text,
      foreign: text,
      edits: text,
      seconds: text,
      runs: text,
      profile: text,
      json: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
}
