/** With nothing but a kubeconfig: through the real API server's aggregation layer to the real server. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type ApiService, registerApiService } from '../../../local/api-service.ts';
import { type Api, startApi } from '../../setup/api.ts';
import { adminKubectl } from '../../setup/chart.ts';
import { until } from '../../setup/until.ts';
import { pawl, TestWorkspace } from '../world.ts';

let api: Api;
let service: ApiService;

beforeAll(async () => {
  api = await startApi({ frontProxy: 'api-server' });
  service = await registerApiService(
    { kubectl: await adminKubectl() },
    { port: api.server.port, ca: api.ca },
  );
  await service.available();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
});

test('a workspace is deployed, merged, pulled and watched, and the history names who the API server says it was', async () => {
  using workspace = new TestWorkspace(`folders:\n  config: ${api.namespace}\n`);
  const file = 'config/limits/eu.yaml';
  const stop = new AbortController();
  let heard = '';
  const env = { PATH: process.env.PATH ?? '', KUBECONFIG: inject('kubeconfig') };
  const where = { cwd: workspace.root, env };
  const onOut = (text: string) => {
    heard = text;
  };
  workspace.write(file, 'cap: 1\nfloor: 1\n');
  workspace.commit();
  expect(await pawl(where, 'deploy')).toMatchObject({ exit: 0, out: expect.stringContaining('created') });
  const watching = pawl({ ...where, signal: stop.signal, onOut }, 'watch', '-o', 'json');
  watching.catch(() => {});
  const theirs = { format: 'yaml', body_raw: 'cap: 1\nfloor: 2\n' };
  expect(
    (await api.ask(`/configs/${api.namespace}/limits/eu.yaml`, { method: 'PUT', body: theirs })).status,
  ).toBe(200);
  workspace.write(file, 'cap: 3\nfloor: 1\n');
  workspace.commit();
  expect(await pawl(where, 'deploy')).toMatchObject({ exit: 3, err: expect.stringContaining('+cap: 3') });
  expect(await pawl(where, 'deploy', '--yes')).toMatchObject({ exit: 0 });
  expect(workspace.read(file)).toBe('cap: 3\nfloor: 2\n');
  const log = await pawl(where, 'log', file, '-o', 'json');
  expect(JSON.parse(log.out).versions[0]).toMatchObject({
    version: 3,
    kind: 'confirmed',
    actor_verified: true,
  });
  let saved = 3;
  await until('a change comes through the watch', 20_000, async () => {
    const body = { format: 'yaml', body_raw: `n: ${saved}\n` };
    await api.ask(`/configs/${api.namespace}/limits/eu.yaml`, { method: 'PUT', body });
    saved += 1;
    return heard.includes('"kind":"saved"');
  });
  stop.abort(new Error('stopped'));
  await expect(watching).rejects.toThrow('stopped');
});
