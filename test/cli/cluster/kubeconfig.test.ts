/** With nothing but a kubeconfig: through the real API server's aggregation layer to the real server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type ApiService, registerApiService } from '../../../local/api-service.ts';
import { baseOf } from '../../../server/ui/base.ts';
import { type Api, startApi } from '../../setup/api.ts';
import { adminKubectl } from '../../setup/chart.ts';
import { until } from '../../setup/until.ts';
import { pawl, TestWorkspace } from '../world.ts';

const page = mkdtempSync(join(tmpdir(), 'pawl-page-'));
let api: Api;
let service: ApiService;

beforeAll(async () => {
  writeFileSync(join(page, 'index.html'), '<html><head></head><body>the page</body></html>');
  // Behind an Ingress for browsers, which is not the way here.
  const ui = { folder: page, base: baseOf('/tools/pawl')!, browsers: null };
  api = await startApi({ frontProxy: 'api-server', ui });
  service = await registerApiService(
    { kubectl: await adminKubectl() },
    { port: api.server.port, ca: api.ca },
  );
  await service.available();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  rmSync(page, { recursive: true });
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
  const theirs = { format: 'yaml', body_raw: 'cap: 1\nfloor: 2\n', base_version: 1 };
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
    const body = { format: 'yaml', body_raw: `n: ${saved}\n`, base_version: saved };
    await api.ask(`/configs/${api.namespace}/limits/eu.yaml`, { method: 'PUT', body });
    saved += 1;
    return heard.includes('"kind":"saved"');
  });
  stop.abort(new Error('stopped'));
  await expect(watching).rejects.toThrow('stopped');
});

test('the web page is served on an address of this machine, with the rights of the kubeconfig, until Ctrl-C', async () => {
  const stop = new AbortController();
  const env = { PATH: process.env.PATH ?? '', KUBECONFIG: inject('kubeconfig') };
  const printed = Promise.withResolvers<string>();
  const onOut = (text: string) => {
    if (text.endsWith('\n')) printed.resolve(text.trim());
  };
  const running = pawl({ cwd: page, env, signal: stop.signal, onOut }, 'ui', '--no-browser');
  running.then(({ err }) => printed.reject(new Error(err)), printed.reject);
  const url = new URL(await printed.promise);
  const letIn = await fetch(url, { redirect: 'manual' });
  const cookie = letIn.headers.get('set-cookie')!.split(';', 1)[0]!;
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(new URL(path, url), { ...init, headers: { cookie, ...init.headers } });

  expect(await (await ask('/ui/configs/a/b')).text()).toContain('<base href="/ui/">');
  expect(await (await ask('/ui/session')).json()).toMatchObject({
    user: { name: expect.any(String), groups: expect.arrayContaining(['system:authenticated']) },
    ...{ signIn: [], expiresAt: null, apiBase: '/' },
  });
  const [config, body] = [
    `/configs/${api.namespace}/of-the-page.yaml`,
    '{"body_raw":"n: 1\\n","format":"yaml"}',
  ];
  const headers = { origin: url.origin, 'x-pawl-request': 'ui', 'content-type': 'application/json' };
  const saved = await ask(config, { method: 'PUT', headers, body });
  expect(saved.status).toBe(201);
  expect(await (await ask(config)).json()).toMatchObject({
    latest: { body_raw: 'n: 1\n', actor_verified: true },
  });
  const watched = await ask(`/watch/${api.namespace}`);
  expect(watched.headers.get('content-type')).toContain('text/event-stream');
  await watched.body?.cancel();
  // Nobody else's: neither the person's other rights in Kubernetes, nor anybody's without the cookie.
  expect((await ask('/api/v1/namespaces')).status).toBe(404);
  expect((await fetch(new URL(config, url))).status).toBe(401);

  stop.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
  await expect(fetch(new URL('/ui/', url))).rejects.toThrow();
});
