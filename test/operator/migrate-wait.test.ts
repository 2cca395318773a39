/** The command `migrate` as a program, where PostgreSQL is not there yet: as the chart starts it beside its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { freePort } from '../../local/wait.ts';
import { until } from '../setup/until.ts';

const main = fileURLToPath(new URL('../../operator/main.ts', import.meta.url));

it('waits for PostgreSQL as long as it takes, and ends when told to', async () => {
  const DATABASE_URL = `postgres://pawl@127.0.0.1:${await freePort()}/pawl`;
  const env = { PATH: process.env.PATH, DATABASE_URL, PAWL_MIGRATE_WAIT: 'true' };
  const child = spawn(process.execPath, [main, 'migrate'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let said = '';
  child.stdout.on('data', chunk => {
    said += chunk;
  });
  try {
    await until('it has tried three times', 60_000, () => said.split('waiting for PostgreSQL').length > 3);
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
});
