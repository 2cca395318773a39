/** The second address of versions, beside `/versions/…`, and the names it takes from new configs. */
import { describe, expect, it } from 'vitest';
import { withoutVersionAddress } from '../../server/version-address.ts';
import { checkNewPath } from '../../text/config-path.ts';
import { startSmallServer } from './small-server.ts';

const proxy = '/apis/store.pawl.dev/v1alpha1/rest/v1/proxy';

describe('an address of versions below a config', () => {
  it.each([
    ['GET', '/configs/p/limits/eu.yaml/versions', '/versions/p/limits/eu.yaml'],
    ['GET', '/configs/p/a/versions?limit=2', '/versions/p/a?limit=2'],
    ['GET', '/configs/p/a/versions/7', '/configs/p/a?version=7'],
    ['HEAD', '/configs/p/a/versions/7', '/configs/p/a?version=7'],
    ['DELETE', '/configs/p/a/versions/7?dry_run=true', '/versions/p/a?version=7&dry_run=true'],
    ['GET', `${proxy}/configs/p/a/versions/7`, `${proxy}/configs/p/a?version=7`],
  ])('%s %s is read as %s', (method, sent, read) => {
    expect(withoutVersionAddress(method, sent)).toBe(read);
  });

  it.each([
    ['GET', '/configs/p/a%2Fversions'],
    ['GET', '/configs/p/versions'],
    ['GET', '/configs/p/a/versions/latest'],
    ['GET', '/configs/p/a/versions/07'],
    ['GET', '/configs/p?prefix=/a/versions'],
    ['PUT', '/configs/p/a/versions'],
    ['GET', '/versions/p/a'],
  ])('%s %s is read as it is', (method, sent) => {
    expect(withoutVersionAddress(method, sent)).toBe(sent);
  });
});

describe('the path of a new config', () => {
  it.each(['a/versions', 'a/versions/7', 'a/b/versions'])('is not %s', path => {
    expect(checkNewPath(path)).toContain('/versions');
  });

  it.each(['versions', 'versions/7', 'a/versions/b', 'a/versions.yaml', 'a/my-versions'])(
    'may be %s',
    path => {
      expect(checkNewPath(path)).toBeNull();
    },
  );
});

describe('a server', () => {
  const a = '/configs/payments/a.yaml';

  it('answers at both addresses of versions alike', async () => {
    await using server = await startSmallServer();
    for (const version of [1, 2])
      await server.ask('PUT', a, { body_raw: `n: ${version}\n`, base_version: version - 1 });
    for (const [method, url, other] of [
      ['GET', `${a}/versions`, '/versions/payments/a.yaml'],
      ['GET', `${a}/versions/1`, `${a}?version=1`],
    ] as const)
      expect(await server.ask(method, url)).toEqual(await server.ask(method, other));
    expect((await server.ask('GET', `${a}/versions`)).json.items).toHaveLength(2);
    expect(JSON.stringify((await server.ask('GET', `${a}/versions/1`)).json)).toContain('n: 1');
  });

  it.each([
    ['PUT', '/configs/payments/a%2Fversions', { body_raw: 'a: 1\n', base_version: 0 }],
    ['PUT', '/configs/payments/a%2Fversions%2F7', { body_raw: 'a: 1\n', base_version: 0 }],
    [
      'POST',
      '/deployments',
      { changes: [{ namespace: 'payments', path: 'a/versions', body_raw: 'a: 1\n', base_version: 0 }] },
    ],
  ] as const)('refuses a new config of such a path, with the reason: %s %s', async (method, url, body) => {
    await using server = await startSmallServer();
    const { status, json } = await server.ask(method, url, body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(json)).toContain('ends like the address of a config');
    expect((await server.ask('GET', '/configs/payments')).json.items).toEqual([]);
  });
});
