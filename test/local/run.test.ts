/** `npm run local`: what COMMAND gets, and what becomes of its exit status. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseArguments } from '../../local/run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

it.each([
  [[], { operator: false, help: false, command: [] }],
  [['--operator'], { operator: true, help: false, command: [] }],
  [
    ['--operator', '--', 'kubectl', 'get', '--help'],
    { operator: true, help: false, command: ['kubectl', 'get', '--help'] },
  ],
  [
    ['sh', '-c', 'x', '--operator'],
    { operator: false, help: false, command: ['sh', '-c', 'x', '--operator'] },
  ],
  [['--', '--operator'], { operator: false, help: false, command: ['--operator'] }],
])('understands %j', (args, parsed) => {
  expect(parseArguments(args)).toEqual(parsed);
});

it('refuses an option it does not know', () => {
  expect(() => parseArguments(['--operators', '--', 'true'])).toThrow('unknown option --operators');
});

it('runs COMMAND with kubectl, pawl and both settings, exits with its status, and leaves nothing', async () => {
  const script =
    'kubectl get namespace default -o name && echo "$KUBECONFIG" && node local/sql.ts "select 1 as one" && ' +
    'pawl --version && kubectl pawl --version && command -v pawl && exit 7';
  const { DATABASE_URL: _, ...env } = process.env;
  const { code, lines } = await new Promise<{ code: unknown; lines: string[] }>(resolve =>
    execFile(
      process.execPath,
      ['local/bootstrap.mjs', 'local/run.ts', '--', 'sh', '-c', script],
      { cwd: root, env },
      (error, stdout) => resolve({ code: error?.code, lines: stdout.split('\n') }),
    ),
  );
  expect(code).toBe(7);
  expect(lines[0]).toBe('namespace/default');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(lines.slice(2, 9)).toEqual([' one', '-----', '   1', '(1 row)', '', version, version]);
  expect(existsSync(lines[9] ?? '/')).toBe(false);
  expect(existsSync(dirname(lines[1] ?? '/'))).toBe(false);
});
