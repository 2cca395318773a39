/** Where a config is used, as the command line lists it. */
import { expect, test } from 'vitest';
import { startHttpsServer } from './https-server.ts';
import { pawl } from './world.ts';

const map = { kind: 'ConfigMap', namespace: 'shop', name: 'limits-eu.yaml', keys: ['eu.yaml'], version: 9 };
const object = {
  ...{ kind: 'ConfigVersion', namespace: 'shop', name: 'limits', config_map: 'limits-eu.yaml' },
  ...{ ready: false, reason: 'VersionConflict', message: 'Changed by both\u001b[31m:\ncap.' },
};

const workload = { kind: 'Deployment', namespace: 'shop', name: 'payouts', config_map: 'limits-eu.yaml' };

async function listed(items: object[], ...args: string[]) {
  const workloads = items.some(item => 'behind' in item) ? 'Listed' : 'NotWatched';
  await using server = await startHttpsServer(() => ({ body: { items, workloads } }));
  const env = { PAWL_SERVER: server.url, PAWL_CA: server.ca, PAWL_TOKEN: 'a-token' };
  const ran = await pawl({ cwd: server.folder, env }, 'usage', '-n', 'payments', 'limits/eu.yaml', ...args);
  return { ...ran, asked: server.asked.map(({ url }) => url) };
}

test('each ConfigMap and object is listed with its version, and nobody’s words move the cursor', async () => {
  const { out, exit, asked } = await listed([map, object], '-o', 'wide');
  expect(exit).toBe(0);
  expect(asked).toEqual(['/usage/payments/limits/eu.yaml?pods=true&limit=500']);
  expect(out).not.toContain('\u001b');
  const [, first = '', second = ''] = out.split('\n');
  expect(first).toMatch(/^ConfigMap +shop +limits-eu.yaml +9/);
  expect(second).toMatch(/^ConfigVersion +shop +limits +- +VersionConflict +Changed by both.*cap\.$/);
});

test('a version that a projection names is told from one that only is not the latest', async () => {
  const { out } = await listed([
    { kind: 'ConfigProjection', namespace: 'shop', name: 'web', version: 7, pinned: true },
  ]);
  expect(out).toMatch(/^ConfigProjection +shop +web +7 \(pinned\)/m);
});

test('a rollout that is under way or halted is told in its own words below the table', async () => {
  const projection = { kind: 'ConfigProjection', namespace: 'shop', name: 'web', version: 7 };
  const message = 'limits/eu.yaml version 8 by ada is\u001b[31m halted in step 1 of 2.';
  const { out, err } = await listed([
    { ...map, name: 'web-first', version: 8 },
    { ...projection, reason: 'RolloutHalted', message },
    { ...projection, name: 'other', reason: 'Rendered', message: 'ConfigMap other shows 1 config.' },
  ]);
  expect(out).toMatch(/^ConfigMap +shop +web-first +8/m);
  expect(out).toMatch(/^ConfigProjection +shop +web +7 +RolloutHalted/m);
  expect(err).toMatch(
    /^ConfigProjection shop\/web: limits\/eu\.yaml version 8 by ada is.* halted in step 1 of 2\.$/m,
  );
  expect(err).not.toContain('\u001b');
  expect(err).not.toContain('shop/other');
});

test('with -o json everything is there, and nothing is said in words', async () => {
  const { out } = await listed([map], '-o', 'json');
  expect(JSON.parse(out)).toEqual({
    ...{ namespace: 'payments', path: 'limits/eu.yaml', uses: [map], workloads: 'NotWatched' },
  });
  expect(await listed([])).toMatchObject({ exit: 0, out: '', err: expect.stringContaining('No ConfigMap') });
});

test('each workload is listed with what it was restarted for, and that it is behind', async () => {
  const { out, err } = await listed([
    { ...workload, version: 8, behind: true },
    { ...workload, kind: 'StatefulSet', version: 9, behind: false },
    { ...workload, kind: 'DaemonSet' },
  ]);
  const [, first, second, third] = out.split('\n');
  expect(first).toMatch(/^Deployment +shop +payouts +8 +Behind/);
  expect(second).toMatch(/^StatefulSet +shop +payouts +9 +UpToDate/);
  expect(third).toMatch(/^DaemonSet +shop +payouts +-/);
  expect(err).not.toContain('Workloads');
});

test('each workload’s pods are listed beneath it, and how many are not', async () => {
  const pods = [
    { name: 'payouts-7c9-x2x', created_at: '2026-03-02T09:14:05Z', version: 9, behind: false },
    { name: 'payouts-5d4-9kq', created_at: '2026-03-01T09:14:05Z', behind: true },
  ];
  const { out } = await listed([{ ...workload, version: 9, behind: false, pods, pods_left_off: 3 }]);
  const [, , first, second, third] = out.split('\n');
  expect(first).toMatch(/^Pod +shop +payouts-7c9-x2x +9 +UpToDate/);
  expect(second).toMatch(/^Pod +shop +payouts-5d4-9kq +- +Behind/);
  expect(third).toMatch(/^Pod +shop +and 3 more +-/);
});

test('where Pawl does not look at workloads, that is said', async () => {
  const { err } = await listed([map]);
  expect(err).toContain('Workloads are not listed');
  expect((await listed([map], '-o', 'json')).err).toBe('');
});
