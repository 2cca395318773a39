/**
 * Runs the commands of pages in a shell each, and compares what they print with what the page shows; with --write it puts
 * that into the page. Needs a cluster with Pawl in its environment, as `npm run local -- --operator --` sets it.
 * Invariant: every block of `sh` is run, in the order of the page, and must succeed.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { root } from './pages.ts';

const deadlineMs = 180_000;

export interface Step {
  readonly commands: string;
  /** What the page says they print; null: it does not say. */
  readonly shown: string | null;
}

const blocks = /^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms;

export const stepsOf = (page: string): Step[] =>
  [...page.matchAll(blocks)].map(match => ({ commands: match[1]!, shown: match[2] ?? null }));

/** The page with what the commands printed where it shows something. */
export function withOutput(page: string, printed: readonly string[]): string {
  let index = 0;
  return page.replace(blocks, (whole, commands: string, shown: string | undefined) => {
    const output = printed[index++]!;
    return shown === undefined ? whole : `\`\`\`sh\n${commands}\`\`\`\n\n\`\`\`text\n${output}\`\`\`\n`;
  });
}

/** Without what differs from run to run: times, ages, hashes, ports, and the width of columns. */
export const lasting = (output: string): string =>
  output
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\d( at \d\d:\d\d UTC)?/g, 'DATE')
    .replace(/\b\d+ (second|minute|hour)s? ago\b|\b(\d+ ?(ms|s|min|m|h|d))+( ago)?\b|\bjust now\b/g, 'AGE')
    .replace(/\b[0-9a-f]{7,64}\b/g, 'HASH')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/[ \t]+/g, ' ')
    .replace(/ $/gm, '');

/** Runs the steps in one shell, in a folder of its own; answers what each printed. */
async function run(steps: readonly Step[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pawl-page-'));
  const shell = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const late = setTimeout(() => shell.kill('SIGKILL'), deadlineMs * steps.length).unref();
  try {
    const printed: string[] = [];
    for (const [index, { commands }] of steps.entries()) {
      const file = join(folder, `.step-${index}`);
      const mark = randomUUID();
      await writeFile(file, commands);
      shell.stdin.write(`source ${file} </dev/null 2>&1; printf '\\n%s %s\\n' ${mark} $?\n`);
      printed.push(await until(lines, mark, commands));
    }
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
    const path = join(root, page);
    const text = await readFile(path, 'utf8');
    const steps = stepsOf(text);
    const printed = await run(steps);
    if (values.write) await writeFile(path, withOutput(text, printed));
    for (const [index, { commands, shown }] of steps.entries()) {
      if (values.write || shown === null || lasting(shown) === lasting(printed[index]!)) continue;
      console.error(`${page} shows something else than this prints:\n${commands}\n${printed[index]}`);
      process.exitCode = 1;
    }
    console.log(`${page}: ran ${steps.length} blocks`);
  }
}
