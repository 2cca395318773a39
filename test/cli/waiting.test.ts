/** What waits for a person, as the command line lists it. */
import { expect, test } from 'vitest';
import { startHttpsServer } from './https-server.ts';
import { pawl } from './world.ts';

const proposal = {
  ...{
    namespace: 'payments',
    name: 'limits',
    uid: 'u',
    config: { namespace: 'shop', path: 'limits/eu.yaml' },
  },
  ...{ format: 'yaml', reason: 'ConfirmationRequired', message: 'Two\nlines.', author: 'ada\u001b[31m' },
  ...{ created_at: '2026-01-01T00:00:00Z', since: '2026-01-01T00:00:00Z', token: 't' },
};
const clash = { ...proposal, name: 'caps', reason: 'VersionConflict', token: undefined };

async function listed(items: object[], ...args: string[]) {
  await using server = await startHttpsServer(() => ({ body: { items } }));
  const env = { PAWL_SERVER: server.url, PAWL_CA: server.ca, PAWL_TOKEN: 'a-token' };
  const ran = await pawl({ cwd: server.folder, env }, 'waiting', ...args);
  return { ...ran, asked: server.asked.map(({ url }) => url) };
}

test('each object is listed with why, since when and the next command, and nobody’s words move the cursor', async () => {
  const { out, exit, asked } = await listed([clash, proposal], '-n', 'payments');
  expect(exit).toBe(0);
  expect(asked).toEqual(['/proposals?namespace=payments&limit=500']);
  expect(out).not.toContain('\u001b');
  const [, first = '', second = ''] = out.split('\n');
  expect(first).toMatch(
    /^payments\/caps +shop\/limits\/eu.yaml +ada.* 2026-01-01 +VersionConflict +kubectl describe cv caps -n payments$/,
  );
  expect(second).toMatch(/ConfirmationRequired +kubectl pawl confirm cv\/limits -n payments$/);
});

test('with -o wide the message is there in one line, with -o json everything', async () => {
  expect((await listed([proposal], '-o', 'wide')).out).toContain('Two lines.');
  expect(JSON.parse((await listed([proposal], '-o', 'json')).out)).toEqual({ proposals: [proposal] });
});

test('nothing that waits is said in words, and not as an empty table', async () => {
  expect(await listed([])).toMatchObject({
    exit: 0,
    out: '',
    err: 'No ConfigVersion object waits for a person.\n',
  });
});
