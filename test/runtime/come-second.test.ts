/** V8's helper threads give way to the event loop's. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const module = new URL('../../runtime/come-second.ts', import.meta.url);

/** Prints the priority of each kind of thread before and after: [name, before, after]. */
const program = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { getPriority } from 'node:os';
  import { helpersComeSecond } from ${JSON.stringify(module.href)};
  const all = () => readdirSync('/proc/self/task').map(thread => {
    const name = readFileSync('/proc/self/task/' + thread + '/comm', 'utf8').trim();
    return [Number(thread) === process.pid ? 'main' : name, getPriority(Number(thread))];
  });
  const before = all();
  helpersComeSecond();
  console.log(JSON.stringify([before, all()]));
`;

it.runIf(process.platform === 'linux')(
  'threads that collect garbage and compile come second, the event loop and others do not',
  async () => {
    const args = ['--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const [before, after] = JSON.parse(stdout) as [string, number][][];
    const [, own] = before!.find(([name]) => name === 'main')!;
    for (const [, priority] of before!) expect(priority).toBe(own);
    const kinds = (isHelper: boolean) => after!.filter(([name]) => (name === 'V8Worker') === isHelper);
    expect(kinds(true).length).toBeGreaterThan(0);
    for (const [, priority] of kinds(true)) expect(priority).toBeGreaterThan(own);
    for (const [, priority] of kinds(false)) expect(priority).toBe(own);
  },
);
