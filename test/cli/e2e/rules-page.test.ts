/** The commands of docs/rules.md about purges and the trash, as they stand there. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsUnder } from '../../setup/rules-page.ts';
import { pawl } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

async function run(...args: readonly string[]): Promise<string> {
  const ran = await pawl({ cwd: '/', env: server.env() }, ...args);
  expect(ran.exit, `${args.join(' ')}: ${ran.err}`).toBe(0);
  return ran.out;
}

test('a version is purged, and the trash gives a config back, as the page says', async () => {
  for (let version = 1; version <= 9; version++)
    await server.save('bob', 'limits/eu.yaml', `cap: ${version === 8 ? 'hunter2' : version}\n`);
  const [purge, ...more] = commandsUnder('Purging a version');
  expect(more).toEqual([]);
  await run(...purge!, '--yes');
  expect(await run('log', '-n', 'payments', 'limits/eu.yaml')).not.toMatch(/^8 /m);
  const [trash, undelete] = commandsUnder('The trash');
  await run('delete', '-n', 'payments', 'limits/eu.yaml', '--yes');
  expect(await run(...trash!)).toContain('payments/limits/eu.yaml');
  await run(...undelete!, '--yes');
  expect(await run('show', '-n', 'payments', 'limits/eu.yaml')).toBe('cap: 9\n');
});
