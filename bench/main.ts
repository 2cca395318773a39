/**
 * `npm run bench -- [MEASUREMENT …]`: measures Pawl next to the floor of the same run and prints a table; with
 * --json the last line is one JSON object. Progress goes to standard error, every result to bench/results/.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { measureBacklog } from './backlog.ts';
import { measureBrowser } from './browser.ts';
import { measureDoors } from './doors.ts';
import { describeMachine, type Machine } from './machine.ts';
import type { Measure } from './measurement.ts';
import { measureMemory } from './memory.ts';
import { type Bench, type Options, readOptions, type Task, usage } from './options.ts';
import { type Outcome, type Summary, summarise } from './outcome.ts';
import { startParts } from './parts.ts';
import { fileNameOf, type Result, table } from './report.ts';
import { measureRestart } from './restart.ts';
import { measureSchemas } from './schemas.ts';
import { measureStale } from './stale.ts';
import { measureSteady } from './steady.ts';
import { measureTenants } from './tenants.ts';
import { measureWatchers } from './watchers.ts';

const measures: Readonly<Record<Bench, Measure>> = {
  backlog: measureBacklog,
  steady: measureSteady,
  stale: measureStale,
  restart: measureRestart,
  memory: measureMemory,
  doors: measureDoors,
  watchers: measureWatchers,
  tenants: measureTenants,
  schemas: measureSchemas,
  browser: measureBrowser,
};
const results = new URL('./results/', import.meta.url);

const options = readOptions(process.argv.slice(2));
if (typeof options === 'string') {
  console.error(`${options}\n\n${usage}`);
  process.exit(2);
}
const all: Result[] = [];
for (const task of options.tasks) all.push(...(await run(task, options)));
console.log(table(all));
const last = all.at(-1);
if (options.json && last) console.log(JSON.stringify(flat(last)));

async function run(task: Task, { runs, edits, seconds, profile }: Options): Promise<Result[]> {
  const outcomes: (readonly Outcome[])[] = [];
  let machine: Machine | undefined;
  for (let number = 1; number <= runs; number++) {
    const label = `${task.bench} ${task.n}${runs > 1 ? `, run ${number} of ${runs}` : ''}`;
    const progress = (text: string) => console.error(`bench: ${label}: ${text}`);
    progress('starting a control plane and PostgreSQL …');
    await using parts = await startParts({ profile: profile && resolve(profile) });
    machine ??= await describeMachine(parts);
    outcomes.push(await measures[task.bench](parts, { ...task, edits, seconds, progress }));
  }
  const date = new Date().toISOString();
  const answers = summarise(outcomes).map(summary => ({ ...summary, machine: machine!, date }));
  await mkdir(results, { recursive: true });
  for (const result of answers) {
    await writeFile(new URL(fileNameOf(result), results), `${JSON.stringify(result, null, 2)}\n`);
  }
  return answers;
}

/** One line for programs: the figures beside what they are of. */
function flat({ bench, variant, n, bytes, figures, runs, spread, machine, date }: Summary & Result) {
  const told = runs > 1 ? { runs, spread } : {};
  return { bench, ...(variant && { variant }), n, bytes, ...figures, ...told, machine, date };
}
