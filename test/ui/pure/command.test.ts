/** The command that the page copies, given to today's command line. */
import { expect, it } from 'vitest';
import { commandOf } from '../../../ui/pure/command.ts';
import { startHttpsServer } from '../../cli/https-server.ts';
import { pawl } from '../../cli/world.ts';

it.each(['limits/eu.yaml', 'a=b', '-x@7/y+z@1.json'])('prints the very version of %s', async path => {
  const facts = { version: 7, body_raw: 'cap: 1\n' };
  await using server = await startHttpsServer(() => ({ body: { config: {}, version: facts } }));
  const env = { PAWL_SERVER: server.url, PAWL_CA: server.ca, PAWL_TOKEN: 'a-token' };
  const [kubectl, plugin, ...words] = commandOf({ namespace: 'payments', path }, 7).split(' ');
  expect([kubectl, plugin]).toEqual(['kubectl', 'pawl']);
  expect(await pawl({ cwd: server.folder, env }, ...words)).toMatchObject({ exit: 0, out: 'cap: 1\n' });
  expect(server.asked.map(({ url }) => decodeURIComponent(url))).toEqual([
    `/configs/payments/${path}?version=7`,
  ]);
});
