/** `confirm cv/NAME`: exactly what was shown, on the object it was shown for. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Reply, startHttpsServer } from './https-server.ts';
import { pawl } from './world.ts';

const waiting = {
  metadata: { name: 'limits', resourceVersion: '41' },
  spec: { body: 'cap: 1500\n' },
  status: {
    conflict: {
      baseVersion: '7',
      currentVersion: '9',
      currentAuthor: 'bob',
      diff: '-cap: 1000\n+cap: 1500\n',
      merged: 'cap: 1500\nburst: 20\n',
      token: 'abc',
    },
  },
};

async function scene(reply: (method: string) => Reply) {
  const server = await startHttpsServer(({ method }) => reply(method));
  const kubeconfig = join(server.folder, 'config');
  writeFileSync(
    kubeconfig,
    `current-context: x\nclusters: [{name: c, cluster: {server: '${server.url}', certificate-authority: ca.crt}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n`,
  );
  const confirm = (...args: string[]) =>
    pawl({ cwd: server.folder, env: { KUBECONFIG: kubeconfig } }, 'confirm', ...args);
  return { server, confirm, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test('shows the merge and sets the annotation on that very state of the object', async () => {
  await using one = await scene(() => ({ body: waiting }));
  const ran = await one.confirm('cv/limits', '-n', 'payments', '--yes');
  expect(ran).toMatchObject({ exit: 0, out: 'configversion.pawl.dev/limits confirmed\n' });
  expect(ran.err).toContain('+burst: 20');
  const [get, patch] = one.server.asked;
  expect(get).toMatchObject({
    method: 'GET',
    url: '/apis/pawl.dev/v1alpha1/namespaces/payments/configversions/limits',
  });
  expect(patch).toMatchObject({
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(JSON.parse(patch!.body)).toEqual({
    metadata: { resourceVersion: '41', annotations: { 'pawl.dev/confirm': 'abc' } },
  });
});

test('without a terminal it names the flags, and with another token it confirms nothing', async () => {
  await using one = await scene(() => ({ body: waiting }));
  expect(await one.confirm('limits')).toMatchObject({
    exit: 3,
    err: expect.stringContaining('give --yes, or --token abc'),
  });
  expect(await one.confirm('limits', '--token', 'old')).toMatchObject({
    exit: 3,
    err: expect.stringContaining('is waiting for the confirmation of another result'),
  });
  expect((await one.confirm('limits', '--token', 'abc')).exit).toBe(0);
  expect(one.server.asked.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
});

test('an object that waits for nothing, that changed meanwhile, or that is no ConfigVersion', async () => {
  const conditions = [{ type: 'Ready', status: 'True', reason: 'Saved', message: 'saved as version 3' }];
  await using saved = await scene(() => ({ body: { ...waiting, status: { conditions } } }));
  expect(await saved.confirm('cv/limits', '--yes')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('It is Saved: saved as version 3'),
  });
  await using raced = await scene(method =>
    method === 'GET' ? { body: waiting } : { status: 409, body: { message: 'modified' } },
  );
  expect(await raced.confirm('cv/limits', '--yes')).toMatchObject({
    exit: 3,
    err: expect.stringContaining('Nothing was confirmed'),
  });
  expect(await raced.confirm('pod/../x', '--yes')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('is not a ConfigVersion'),
  });
});
