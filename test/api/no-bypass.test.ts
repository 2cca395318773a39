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
