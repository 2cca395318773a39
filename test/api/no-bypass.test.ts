/** Doors that have no place for a bypass: a freeze and an approval hold there, too, and the refusal says what can be done. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type SmallServer, startSmallServer } from './small-server.ts';

let server: SmallServer;
beforeAll(async () => {
  server = await startSmallServer();
  for (const [base_version, body_raw] of ['a: 1\n', 'a: 2\n'].entries())
    await server.ask('PUT', '/configs/ruled/a.yaml', { body_raw, base_version });
});
afterAll(() => server?.[Symbol.asyncDispose]());
afterEach(() => {
  server.freezes.clear();
  server.approval.clear();
  server.policies.clear();
});

const imported = {
  versions: [
    {
      ...{ path: 'a.yaml', body_raw: 'a: 3\n', commit: '3f2c9a1d'.repeat(5), author: 'ada', after: 2 },
      authored_at: '2026-01-02T06:00:00Z',
    },
  ],
};

const doors = {
  'a delete': {
    send: () => server.ask('DELETE', '/configs/ruled/a.yaml'),
    next: 'POST /deployments (operation: delete), with bypass',
  },
  'a delete of an old version': {
    send: () => server.ask('DELETE', '/versions/ruled/a.yaml?version=1'),
    next: 'POST /purge/ruled/a.yaml, with the right to purge',
  },
  'a dry run of that': {
    send: () => server.ask('DELETE', '/configs/ruled/a.yaml/versions/1?dry_run=true'),
    next: 'POST /purge/ruled/a.yaml, with the right to purge',
  },
  'an undelete': { send: () => server.ask('POST', '/undelete/ruled/a.yaml'), next: '' },
  'an import': { send: () => server.ask('POST', '/imports/ruled', imported), next: '' },
};

describe.each(Object.entries(doors))('%s', (_, { send, next }) => {
  it('of a frozen config is refused, and not told to send a bypass', async () => {
    const until = '2099-01-02T06:00:00Z';
    server.freezes.set('ruled', [{ name: 'all', reason: 'Year-end closing', until }]);
    const { json } = await send();
    expect(json).toMatchObject({ reason: 'Frozen', detail: expect.stringContaining(next) });
    expect(json.detail).toContain('Send it again after that.');
    expect(json.detail).not.toContain('send bypass');
  });

  it('of a protected config is refused, and not told to send a bypass', async () => {
    server.approval.set('ruled', [{}]);
    const { json } = await send();
    expect(json).toMatchObject({ reason: 'ApprovalRequired', detail: expect.stringContaining(next) });
    expect(json.detail).not.toContain('send bypass');
  });
});

it.each([
  ['a delete', doors['a delete'].send, 'POST /deployments, with git.commit'],
  ['a delete of an old version', doors['a delete of an old version'].send, 'POST /purge/ruled/a.yaml'],
  ['a dry run of that', doors['a dry run of that'].send, 'POST /purge/ruled/a.yaml'],
  ['an undelete', doors['an undelete'].send, 'Save the text from Git'],
])(
  '%s, which has no place for a Git commit, is refused where one is required, and told what to do',
  async (_, send, next) => {
    server.policies.set('ruled', { requireGitCommit: true });
    expect(await send()).toMatchObject({
      status: 422,
      json: { reason: 'MissingGitCommit', detail: expect.stringContaining(next) },
    });
  },
);

it('a version that held a secret is purged all the same: that does not wait for the end of a freeze', async () => {
  const until = '2099-01-02T06:00:00Z';
  server.freezes.set('ruled', [{ name: 'all', reason: 'Year-end closing', until }]);
  server.approval.set('ruled', [{}]);
  server.policies.set('ruled', { requireGitCommit: true });
  const body = { version: 1, reason: 'held a password' };
  expect(await server.ask('POST', '/purge/ruled/a.yaml', body)).toMatchObject({ status: 200 });
});
