/**
 * `npm run fuzz [-- --minutes N --target NAME … --seed N]`: each target for its share of the time, on inputs made of
 * test/fuzz/seeds and of what earlier runs kept in .local/fuzz. A finding is a file there, with the command that repeats it.
 * Exit status: 0 when all was as promised. `--repeat FILE` runs one input; `--executions N` and `--findings N` end a target;
 * `--targets MODULE` fuzzes others than ours.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { fuzz, type Outcome } from './driver.ts';
import { countEdges, Reached } from './edges.ts';
import { randomFrom } from './mutate.ts';
import { type FuzzTarget, partsOf } from './target.ts';
import { Watch } from './watch.ts';

const root = resolve(import.meta.dirname, '../..');

const { values: asked } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    target: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    executions: { type: 'string', default: 'Infinity' },
    findings: { type: 'string', default: '10' },
    repeat: { type: 'string' },
    targets: { type: 'string', default: join(import.meta.dirname, 'targets.ts') },
    folder: { type: 'string', default: join(root, '.local/fuzz') },
  },
});

const isOurs = (url: string): boolean =>
  url.startsWith('file:') && url.endsWith('.ts') && !/\/(node_modules|fuzz)\//.test(url);
if (asked.repeat === undefined) countEdges(isOurs);
const { targets } = (await import(pathToFileURL(resolve(asked.targets)).href)) as {
  targets: Readonly<Record<string, FuzzTarget>>;
};

function targetNamed(name: string): FuzzTarget {
  const target = targets[name];
  if (target === undefined)
    throw new Error(`there is no target ${name}; there are ${Object.keys(targets).join(', ')}`);
  return target;
}

async function textsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.sort().map(name => readFile(join(folder, name), 'utf8')));
}

/** @returns its path */
async function keep(folder: string, prefix: string, input: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${prefix}${createHash('sha256').update(input).digest('hex').slice(0, 12)}.txt`);
  await writeFile(file, input);
  return file;
}

async function run(name: string, shareMs: number): Promise<Outcome> {
  const target = targetNamed(name);
  const corpus = join(asked.folder, 'corpus', name);
  const findings = join(asked.folder, 'findings');
  const seeds = [...(await textsIn(join(import.meta.dirname, 'seeds', name))), ...(await textsIn(corpus))];
  const most = Number(asked.executions);
  await using watch = new Watch(join(findings, `${name}-endless.txt`));
  const start = performance.now();
  const outcome = await fuzz(target, {
    random: randomFrom(Number(asked.seed)),
    seeds,
    reached: new Reached(),
    maxFindings: Number(asked.findings),
    goesOn: executions => executions < most && performance.now() - start < shareMs,
    begins: input => watch.begins(input),
  });
  for (const input of outcome.kept) await keep(corpus, '', input);
  for (const { input, error } of outcome.findings) {
    const file = await keep(findings, `${name}-`, input);
    const { stack, message } = error instanceof Error ? error : new Error(inspect(error));
    console.log(`\n${name}: ${target.promises}. It is not so:\n${(stack ?? message).slice(0, 3_000)}`);
    console.log(`Repeat: npm run fuzz -- --repeat ${file}`);
  }
  const perSecond = Math.round((outcome.executions * 1_000) / (performance.now() - start));
  const { executions, kept, edges } = outcome;
  console.log(
    `| ${[name, executions, perSecond, seeds.length, kept.length, edges, outcome.findings.length].join(' | ')} |`,
  );
  return outcome;
}

async function repeat(file: string): Promise<void> {
  const target = targetNamed(basename(file).replace(/-[^-]*$/, ''));
  await target.run(partsOf(await readFile(file, 'utf8'), target.parts));
  console.log('It is as promised.');
}

if (asked.repeat !== undefined) {
  await repeat(asked.repeat);
} else {
  const names = asked.target.length > 0 ? asked.target : Object.keys(targets);
  const shareMs = (Number(asked.minutes) * 60_000) / names.length;
  console.log(`Seed ${asked.seed}; ${Math.round(shareMs / 1_000)} s a target at most.\n`);
  console.log('| target | executions | a second | seeds | inputs kept | branches reached | findings |');
  console.log('|---|--:|--:|--:|--:|--:|--:|');
  let found = 0;
  for (const name of names) found += (await run(name, shareMs)).findings.length;
  process.exitCode = found === 0 ? 0 : 1;
}
