/**
 * `npm run test:schemathesis [-- OPTION…]`: checks a real server against api/openapi.yaml with schemathesis, which
 * makes up requests from the document, right and wrong ones, and then follows its links for three minutes, again where
 * a busy machine followed few. Options go to `schemathesis run`; with `--phases` it runs once, as they say. The last line is `N passed, N failed`, counted in
 * requests. Exit status: 0 when nothing was found; 3: there is no Python or schemathesis cannot be had, nothing ran.
 * Invariant: a run that tested little is not a success.
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWith, installed, runHere } from './virtual-environment.ts';

const SCHEMATHESIS = 'schemathesis==4.32.5';
/** A suite of scenarios ends when a server with a memory answers otherwise the second time; time starts another. */
const requests = ['--phases', 'examples,coverage,fuzzing'];
const scenarios = ['--phases', 'stateful', '--max-time', '180'];
const mostRounds = 5;
/** Of the document's links. Which ones are followed is chance. */
const enoughLinks = 0.75;

const isEnough = ({ declared, followed }: Links): boolean => followed.size >= declared * enoughLinks;

/** What is used of schemathesis's JSON report. */
export interface Report {
  readonly test_cases: { readonly generated: number; readonly with_failures: number };
  /** null: it did not get that far. */
  readonly operations: { readonly selected: number; readonly tested: number } | null;
  readonly errors: readonly { readonly title: string; readonly count: number }[];
}

export interface Round {
  /** undefined: schemathesis left none. */
  readonly report: Report | undefined;
  /** Its exit status. */
  readonly status: number;
}

export interface Links {
  readonly declared: number;
  readonly followed: ReadonlySet<string>;
}

export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** Why a run without failures does not count. */
  readonly complaints: readonly string[];
}

/** @param whole false: only what was asked for was run */
export function judge(all: readonly Round[], links: Links, whole: boolean): Verdict {
  const complaints: string[] = [];
  let [passed, failed] = [0, 0];
  for (const { report, status } of all) {
    if (!report) {
      complaints.push(`schemathesis ended with ${status} and left no report`);
      continue;
    }
    const { generated, with_failures } = report.test_cases;
    const found = with_failures + report.errors.reduce((sum, { count }) => sum + count, 0);
    passed += generated - with_failures;
    failed += found;
    if (generated === 0) complaints.push('no request was made');
    else if (status !== 0 && found === 0) complaints.push(`schemathesis ended with ${status}`);
  }
  const operations = all[0]?.report?.operations;
  if (whole && operations && operations.tested < operations.selected) {
    complaints.push(`only ${operations.tested} of ${operations.selected} operations were tested`);
  }
  if (whole && !isEnough(links)) {
    complaints.push(`only ${links.followed.size} of ${links.declared} links were followed`);
  }
  return { passed, failed: failed + complaints.length, complaints };
}

interface Case {
  readonly transition?: { readonly id: string; readonly is_inferred: boolean } | null;
  readonly is_transition_applied?: boolean;
}

interface Event {
  readonly LoadingFinished?: { readonly statistic: { readonly transitions: { readonly total: number } } };
  readonly ScenarioFinished?: { readonly recorder: { readonly cases?: Readonly<Record<string, Case>> } };
}

/** @param lines of schemathesis's NDJSON reports */
export async function linksIn(lines: AsyncIterable<string>): Promise<Links> {
  let declared = 0;
  const followed = new Set<string>();
  for await (const line of lines) {
    const { LoadingFinished, ScenarioFinished } = JSON.parse(line) as Event;
    declared = LoadingFinished?.statistic.transitions.total ?? declared;
    for (const one of Object.values(ScenarioFinished?.recorder.cases ?? {})) {
      if (one.transition && !one.transition.is_inferred && one.is_transition_applied)
        followed.add(one.transition.id);
    }
  }
  return { declared, followed };
}

interface Files {
  readonly json: string;
  readonly events: string;
}

async function roundIn({ json }: Files, status: number): Promise<Round> {
  const text = await readFile(json, 'utf8').catch(() => '');
  // The file is there from the start, and empty until the end.
  return { report: text === '' ? undefined : (JSON.parse(text) as Report), status };
}

async function* linesOf(all: readonly Files[]): AsyncGenerator<string> {
  for (const { events } of all) yield* createInterface(createReadStream(events));
}

/** `npm run local -- --operator` runs this very program as its command: `--inside FOLDER OPTION…`. */
async function inside([folder = '', ...options]: readonly string[], signal: AbortSignal): Promise<number> {
  const bin = await installed([SCHEMATHESIS], signal);
  const whole = !options.includes('--phases');
  const [all, files]: [Round[], Files[]] = [[], []];
  const rounds = whole ? [requests, scenarios] : [[]];
  let links: Links = { declared: 0, followed: new Set() };
  for (const [index, phases] of rounds.entries()) {
    const here = { json: join(folder, `${index}.json`), events: join(folder, `${index}.ndjson`) };
    const status = await runHere(
      join(bin, 'schemathesis'),
      [
        ...['--config-file', 'test/schemathesis/schemathesis.toml', 'run', 'api/openapi.yaml'],
        ...['--report', 'json,ndjson', '--report-json-path', here.json, '--report-ndjson-path', here.events],
        ...[...phases, ...options],
      ],
      {
        signal,
        env: { PYTHONDONTWRITEBYTECODE: '1', HYPOTHESIS_STORAGE_DIRECTORY: join(folder, 'hypothesis') },
      },
    );
    all.push(await roundIn(here, status));
    if (all.at(-1)?.report) files.push(here);
    if (index < rounds.length - 1) continue;
    links = await linksIn(linesOf(files));
    // With a seed it would be the same round.
    const isOther = whole && status === 0 && !options.includes('--seed') && rounds.length < mostRounds;
    if (isOther && !isEnough(links)) rounds.push(scenarios);
  }
  const { passed, failed, complaints } = judge(all, links, whole);
  for (const complaint of complaints) console.log(complaint);
  console.log(`${links.followed.size} of ${links.declared} links followed`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function main(options: readonly string[], signal: AbortSignal): Promise<number> {
  if (options[0] === '--inside') return inside(options.slice(1), signal);
  await installed([SCHEMATHESIS], signal);
  const folder = await mkdtemp(join(tmpdir(), 'pawl-schemathesis-'));
  try {
    const local = fileURLToPath(new URL('./run.ts', import.meta.url));
    const command = [process.execPath, fileURLToPath(import.meta.url), '--inside', folder, ...options];
    return await runHere(process.execPath, [local, '--operator', '--', ...command], { signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await endWith(signal => main(process.argv.slice(2), signal));
