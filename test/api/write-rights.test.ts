/** What each way to change or delete something needs: of all rights, one is enough to be without, and nothing is done. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { operations } from '../../server/spec.ts';
import { type SmallServer, startSmallServer } from './small-server.ts';

let server: SmallServer;
beforeAll(async () => {
  server = await startSmallServer();
  for (const namespace of ['payments', 'billing']) {
    const first = { body_raw: 'a: 1\n', base_version: 0 };
    expect((await server.ask('PUT', `/configs/${namespace}/a.yaml`, first)).status).toBe(201);
  }
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => server.denied.clear());

const text = { body_raw: 'a: 2\n' };
const change = (more: object) => ({ changes: [{ namespace: 'payments', path: 'a.yaml', ...more }] });
const commit = {
  commit: '3f2c9d1'.padEnd(40, '0'),
  author: 'ada@example.com',
  authored_at: '2026-11-29T00:00:00Z',
};
const imported = (path: string, after: number) => ({ versions: [{ path, after, ...text, ...commit }] });
const promotion = { from: 'billing', to: 'payments', paths: ['a.yaml'] };

type Method = 'PUT' | 'POST' | 'DELETE';

interface Door {
  readonly operation: string;
  readonly verb: string;
  readonly method: Method;
  readonly url: string;
  readonly body: object | undefined;
}

const door = (operation: string, verb: string, method: Method, url: string, body?: object): Door => ({
  ...{ operation, verb, method, url, body },
});

const doors: readonly Door[] = [
  door('createNamespace', 'create', 'POST', '/namespaces', { name: 'payments' }),
  door('deleteNamespace', 'delete', 'DELETE', '/namespaces/payments'),
  door('createConfig', 'create', 'POST', '/configs/payments/new.yaml', text),
  door('saveConfig', 'update', 'PUT', '/configs/payments/a.yaml', { ...text, base_version: 1 }),
  door('saveConfig', 'create', 'PUT', '/configs/payments/new.yaml', { ...text, base_version: 0 }),
  door('deleteConfig', 'delete', 'DELETE', '/configs/payments/a.yaml'),
  door('deleteConfig', 'delete', 'DELETE', '/configs/payments/a.yaml?purge=true'),
  door('deleteVersion', 'delete', 'DELETE', '/versions/payments/a.yaml?version=1'),
  door('deleteVersion', 'delete', 'DELETE', '/configs/payments/a.yaml/versions/1'),
  door('purgeVersion', 'purge', 'POST', '/purge/payments/a.yaml', { version: 1, reason: 'a password' }),
  door('undeleteConfig', 'create', 'POST', '/undelete/payments/a.yaml'),
  door('undeleteConfig', 'delete', 'POST', '/undelete/payments/a.yaml'),
  door('promoteVersion', 'update', 'POST', '/promote/payments/a.yaml', { version: 1, base_version: 1 }),
  door('promoteConfigs', 'get', 'POST', '/promotions', promotion),
  door('promoteConfigs', 'update', 'POST', '/promotions', promotion),
  door('deploy', 'delete', 'POST', '/deployments', change({ operation: 'delete' })),
  door('deploy', 'update', 'POST', '/deployments', change({ ...text, base_version: 1 })),
  door('deploy', 'create', 'POST', '/deployments', change({ ...text, path: 'new.yaml', base_version: 0 })),
  door('importVersions', 'import', 'POST', '/imports/payments', imported('a.yaml', 1)),
  door('importVersions', 'update', 'POST', '/imports/payments', imported('a.yaml', 1)),
  door('importVersions', 'create', 'POST', '/imports/payments', imported('new.yaml', 0)),
  door('freezeConfigs', 'freeze', 'POST', '/freezes', {
    namespace: 'payments',
    reason: 'closing',
    until: '2100-01-01T00:00:00Z',
  }),
  door('unfreezeConfigs', 'freeze', 'DELETE', '/freezes?namespace=payments'),
];

describe('without the one right that it needs, and with all others,', () => {
  it.each(doors)(
    '$operation is refused for want of the right to $verb: $method $url',
    async ({ verb, method, url, body }) => {
      server.denied.add(verb);
      const { status, json } = await server.ask(method, url, body);
      expect(status, JSON.stringify(json)).toBe(403);
      expect(json).toMatchObject({
        reason: 'Forbidden',
        detail: expect.stringContaining(`may not ${verb} `),
      });
      server.denied.clear();
      const { json: kept } = await server.ask('GET', '/configs/payments/a.yaml');
      expect(kept).toMatchObject({ latest: { version: 1, body_raw: 'a: 1\n' } });
    },
  );

  it('what changes nothing, or is about ConfigVersion objects and approvals, is held elsewhere, and all else here', () => {
    const elsewhere = ['diffText', 'confirmProposal', 'previewProposal', 'approveChange', 'rejectChange'];
    const writes = operations.filter(({ method }) => method !== 'GET').map(({ id }) => id);
    expect(new Set(writes)).toEqual(new Set([...elsewhere, ...doors.map(({ operation }) => operation)]));
  });
});
