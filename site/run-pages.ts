/**
 * Runs the commands of pages in a shell each, and compares what they print with what the page shows; with --write it puts
 * that into the page. Needs a cluster in its environment, as `npm run local -- --operator --` sets it. Invariant: every
 * block of `sh` that is not named in scenes.ts is run, in the order of the page, and none of its commands may fail.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { findBinaries } from '../local/binaries.ts';
import { blocksOf, nameOf } from './blocks.ts';
import { root } from './pages.ts';
import { notRun, sceneLibrary, sceneOf } from './scenes.ts';

const deadlineMs = 180_000;

export interface Step {
  readonly commands: string;
  /** What the page says they print; null: it does not say. */
  readonly shown: string | null;
}

const pairs = /^( *)```sh\n(.*?)^\1```\n(?:\n\1```text\n(.*?)^\1```\n)?/gms;
const outdent = (indent: string, text: string) => text.replace(new RegExp(`^${indent}`, 'gm'), '');

export const stepsOf = (page: string): Step[] =>
  [...page.matchAll(pairs)].map(([, indent = '', commands = '', shown]) => ({
    commands: outdent(indent, commands),
    shown: shown === undefined ? null : outdent(indent, shown),
  }));

/** The page with what the commands printed where it shows something; null: they were not run. */
export function withOutput(page: string, printed: readonly (string | null)[]): string {
  let index = 0;
  return page.replace(pairs, (whole, indent: string, commands: string, shown: string | undefined) => {
    const output = printed[index++]!;
    if (shown === undefined || output === null) return whole;
    const fenced = (language: string, text: string) => `${indent}\`\`\`${language}\n${text}${indent}\`\`\`\n`;
    return `${fenced('sh', commands)}\n${fenced('text', output.replace(/^(?=.)/gm, indent))}`;
  });
}

/** Without what differs from run to run: times, ages, hashes, ports, and the width of columns. */
export const lasting = (output: string): string =>
  output
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\d( at \d\d:\d\d UTC)?/g, 'DATE')
    // Before ages: 107d98d is a commit.
    .replace(/\b[0-9a-f]{7,64}\b/g, 'HASH')
    .replace(/\b\d+ (second|minute|hour)s? ago\b|\b(\d+ ?(ms|s|min|m|h|d))+( ago)?\b|\bjust now\b/g, 'AGE')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/[ \t]+/g, ' ')
    .replace(/ $/gm, '');

/** Runs the steps in one shell, in a folder of its own, with its scene; answers what each printed. */
async function run(page: string): Promise<(string | null)[]> {
  const text = await readFile(join(root, page), 'utf8');
  const scene = sceneOf(page);
  const folder = await mkdtemp(join(tmpdir(), 'pawl-page-'));
  const [work, parts] = [join(folder, 'work'), join(folder, 'parts')];
  await Promise.all([mkdir(work, { recursive: true }), mkdir(parts, { recursive: true })]);
  for (const [index, block] of blocksOf(text).entries())
    if (block.language !== 'sh') await writeFile(join(parts, String(index)), block.text);
  const { helm } = scene.size > 0 ? await findBinaries(['helm']) : {};
  const shell = spawn('bash', ['--noprofile', '--norc'], {
    cwd: work,
    env: {
      ...process.env,
      ...{ NO_COLOR: '1', ROOT: root, MANIFESTS: parts, HOME: folder },
      ...{ GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' },
      ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' },
      PATH: [process.env.PATH, ...(helm ? [dirname(helm)] : [])].join(delimiter),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const steps = stepsOf(text);
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const late = setTimeout(() => shell.kill('SIGKILL'), deadlineMs * (steps.length + 1)).unref();
  let count = 0;
  const execute = async (commands: string): Promise<string> => {
    const file = join(folder, `step-${count++}`);
    const mark = randomUUID();
    await writeFile(file, commands);
    shell.stdin.write(`failed=0; source ${file} </dev/null 2>&1; printf '\\n%s %s\\n' ${mark} $failed\n`);
    return until(lines, mark, commands);
  };
  const act = async (what: string) => {
    const commands = scene.get(what);
    if (commands !== undefined) await execute(commands);
  };
  try {
    await execute(`source '${sceneLibrary}'\nln -s "$ROOT/charts" charts\ntrap 'failed=$?' ERR\n`);
    await act('before');
    const printed: (string | null)[] = [];
    for (const { commands } of steps) {
      const name = nameOf(commands);
      if (notRun[page]?.[name] !== undefined) {
        printed.push(null);
        continue;
      }
      await act(`before: ${name}`);
      printed.push(await execute(commands));
      await act(`after: ${name}`);
    }
    await act('after');
    return printed;
  } finally {
    clearTimeout(late);
    shell.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function until(lines: AsyncIterator<string>, mark: string, commands: string): Promise<string> {
  const output: string[] = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the shell ended in\n${commands}${output.join('\n')}`);
    if (!value.startsWith(mark)) {
      output.push(value);
      continue;
    }
    const text = output.join('\n').replace(/\n+$/, '');
    if (value !== `${mark} 0`)
      throw new Error(`status ${value.slice(mark.length + 1)} of\n${commands}${text}`);
    return text === '' ? '' : `${text}\n`;
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { write: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  for (const page of positionals) {
    const printed = await run(page);
    const path = join(root, page);
    const text = await readFile(path, 'utf8');
    if (values.write) await writeFile(path, withOutput(text, printed));
    for (const [index, { commands, shown }] of stepsOf(text).entries()) {
      const output = printed[index]!;
      if (values.write || shown === null || output === null || lasting(shown) === lasting(output)) continue;
      console.error(`${page} shows something else than this prints:\n${commands}\n${output}`);
      process.exitCode = 1;
    }
    console.log(`${page}: ran ${printed.filter(output => output !== null).length} blocks`);
  }
}
