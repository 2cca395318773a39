/** The error that a command ends with: it is said in commands, and nothing comes after it. */
import { expect, test } from 'vitest';
import { noConfig, noNamespace } from '../../server/call.ts';
import { problemOf } from '../../server/problems.ts';
import { until } from '../setup/until.ts';
import { type Reply, startHttpsServer } from './https-server.ts';
import { pawl } from './world.ts';

const config = { namespace: 'payments', path: 'limits.yaml' };
const refused = (refusal: ReturnType<typeof noConfig>): Reply => ({
  ...{ status: refusal.status, headers: { 'content-type': 'application/problem+json' } },
  body: problemOf(refusal, 'r'),
});
const env = ({ url, ca }: { url: string; ca: string }) => ({
  ...{ PAWL_SERVER: url, PAWL_CA: ca, PAWL_TOKEN: 'secret' },
});

test('a call that is still under way is not told of', async () => {
  await using server = await startHttpsServer(({ url }) =>
    url.endsWith('=99') ? refused(noConfig(config)) : 'held',
  );
  let err = '';
  const onErr = (text: string) => {
    err = text;
  };
  const where = { cwd: '/', env: env(server), onErr };
  await pawl(where, 'restore', '-n', config.namespace, `${config.path}@99`);
  await until('the other call is given up', 10_000, async () => (await server.connections()) === 0);
  expect(server.asked).toHaveLength(2);
  expect(err).toBe('error: There is no config payments/limits.yaml.\n');
});

test('a namespace that is missing is one to create by a command', async () => {
  await using server = await startHttpsServer(() => refused(noNamespace('payments')));
  const { err } = await pawl({ cwd: '/', env: env(server) }, 'list', '-n', 'payments');
  expect(err).toMatch(/^error: There is no config namespace payments: .*\n/);
  expect(err).toContain('\nTo create it: kubectl pawl namespaces create payments\n');
  expect(err).not.toContain('POST');
});
