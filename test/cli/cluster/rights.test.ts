/** Real tokens and Kubernetes RBAC behind the command line: what somebody may not is said, and nothing is half done. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, everything, startApi } from '../../setup/api.ts';
import { pawl, TestWorkspace } from '../world.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.[Symbol.asyncDispose]());

function workspace(token: string) {
  const made = new TestWorkspace(`folders:\n  config: ${api.namespace}\n`);
  const ca = join(made.root, '.git', 'ca.crt');
  writeFileSync(ca, api.ca);
  const env = {
    PATH: process.env.PATH ?? '',
    PAWL_SERVER: `https://127.0.0.1:${api.server.port}`,
    PAWL_CA: ca,
    PAWL_TOKEN: token,
  };
  return Object.assign(made, { where: { cwd: made.root, env } });
}

test('an editor deploys; a viewer sees it, and is refused with the right that is missing', async () => {
  using editing = workspace(await api.person([everything]));
  editing.write('config/limits/eu.yaml', 'cap: 1\n');
  editing.commit();
  expect((await pawl(editing.where, 'deploy')).exit).toBe(0);
  using viewing = workspace(await api.person([{ verbs: ['get', 'list'] }]));
  expect((await pawl(viewing.where, 'pull')).exit).toBe(0);
  viewing.write('config/limits/eu.yaml', 'cap: 2\n');
  viewing.commit();
  const ran = await pawl(viewing.where, 'deploy');
  expect(ran.exit).toBe(2);
  expect(ran.err).toMatch(/update/);
  expect((await pawl(editing.where, 'show', 'config/limits/eu.yaml')).out).toBe('cap: 1\n');
});

test('whoever may write one config only deploys it, and with another one nothing', async () => {
  const rights = [{ verbs: ['get', 'list'] }, { verbs: ['create', 'update'], resourceNames: ['mine.yaml'] }];
  using one = workspace(await api.person(rights));
  one.write('config/mine.yaml', 'a: 1\n');
  one.commit();
  expect((await pawl(one.where, 'deploy')).exit).toBe(0);
  one.write('config/mine.yaml', 'a: 2\n');
  one.write('config/theirs.yaml', 'a: 1\n');
  one.commit();
  const ran = await pawl(one.where, 'deploy');
  expect(ran).toMatchObject({ exit: 2, err: expect.stringContaining('theirs.yaml') });
  expect((await pawl(one.where, 'show', 'config/mine.yaml')).out).toBe('a: 1\n');
});

test('a token of another audience is refused, and the message is about the token', async () => {
  await api.person([everything]);
  using other = workspace(await api.token('default', { audience: 'somebody-else' }));
  expect(await pawl(other.where, 'status')).toMatchObject({
    exit: 2,
    err: expect.stringMatching(/token.*audience/),
  });
});
