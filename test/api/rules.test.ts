/** What the HTTP API answers about schemas, freezes and promotions. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SchemaBook } from '../../operator/object/schema-book.ts';
import { aSchema } from '../schema/make.ts';
import { type SmallServer, startSmallServer } from './small-server.ts';

let server: SmallServer;
beforeEach(async () => {
  server = await startSmallServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const put = (namespace: string, body_raw: string, base_version: number, more: object = {}) =>
  server.ask('PUT', `/configs/${namespace}/a.yaml`, { body_raw, base_version, ...more });
const deploy = (namespace: string, body_raw: string, base_version: number) =>
  server.ask('POST', '/deployments', { changes: [{ namespace, path: 'a.yaml', body_raw, base_version }] });
const limits = { additionalProperties: false, properties: { cap: { maximum: 10 }, fee: {} } };
const rule = (enforcement: 'Refuse' | 'Warn', schema: object = limits) => {
  server.schemas.book = new SchemaBook([aSchema('limits', schema, { enforcement, namespaces: ['ruled'] })]);
};
interface ConfigName {
  readonly namespace: string;
}
const until = '2099-01-02T06:00:00Z';

describe('a schema', () => {
  it('refuses a text with all its places, and leaves other namespaces alone', async () => {
    rule('Refuse');
    const { status, json } = await put('ruled', 'capp: 1\nfee: 1\ncap: 11\n', 0);
    expect([status, json.reason]).toEqual([422, 'SchemaViolation']);
    expect(json).toMatchObject({
      ...{
        line: 1,
        column: 1,
        detail: expect.stringContaining('capp is not a known key; did you mean cap?'),
      },
      violations: [
        { schema: 'limits', pointer: '/capp', rule: 'additionalProperties' },
        { pointer: '/cap', line: 3, column: 6, rule: 'maximum', message: 'must be <= 10' },
      ],
    });
    expect((await put('free', 'capp: 1\n', 0)).status).toBe(201);
  });

  it('refuses a deployment, and says in its item why', async () => {
    rule('Refuse');
    expect(await deploy('ruled', 'capp: 1\n', 0)).toMatchObject({
      ...{
        status: 409,
        json: { reason: 'DeploymentRefused', items: [{ problem: { reason: 'SchemaViolation' } }] },
      },
    });
  });

  it('that only warns saves the text and adds notices, to a dry run and a deployment, too', async () => {
    rule('Warn');
    const notices = [{ schema: 'limits', path: 'cap', message: 'must be <= 10' }];
    expect(await put('ruled', 'cap: 11\n', 0)).toMatchObject({ status: 201, json: { notices } });
    expect(await deploy('ruled', 'cap: 12\n', 1)).toMatchObject({
      status: 200,
      json: { items: [{ notices }] },
    });
    const dry = await server.ask('PUT', '/configs/ruled/a.yaml?dry_run=true', {
      body_raw: 'cap: 13\n',
      base_version: 2,
    });
    expect(dry.json).toMatchObject({ dry_run: true, notices });
  });

  it('makes a merge that violates what both sides satisfied a clash, before it is shown to be confirmed', async () => {
    await put('ruled', 'cap: 1\n\nfee: 1\n', 0);
    await put('ruled', 'cap: 9\n\nfee: 1\n', 1);
    rule(
      'Refuse',
      JSON.parse(
        '{"if": {"properties": {"fee": {"const": 2}}}, "then": {"properties": {"cap": {"maximum": 5}}}}',
      ),
    );
    for (const on_stale of ['merge', 'confirm']) {
      const { json } = await put('ruled', 'cap: 1\n\nfee: 2\n', 1, { on_stale });
      expect(json).toMatchObject({
        ...{ reason: 'VersionConflict', detail: expect.stringContaining('Both edits satisfy schema limits') },
        ...{
          violations: [{ path: 'cap', message: 'must be <= 5' }],
          diff: expect.stringContaining('+fee: 2'),
        },
      });
      expect(json).not.toHaveProperty('line');
    }
  });

  it('that is new lists the latest versions that it does not allow, and refuses none of them again', async () => {
    await put('ruled', 'capp: 1\n', 0);
    await put('free', 'capp: 1\n', 0);
    rule('Refuse');
    const { json } = await server.ask('GET', '/violations');
    expect(json.items).toMatchObject([{ config: { namespace: 'ruled' }, violations: [{ path: 'capp' }] }]);
    expect((await put('ruled', 'capp: 1\n', 1)).json).toMatchObject({ result: 'unchanged' });
  });
});

describe('a secret', () => {
  const leak = 'cap: 1\ndb:\n  password: hunter2\n';
  const place = { pointer: '/db/password', path: 'db.password', line: 3, column: 13, rule: 'known-key' };
  const notices = [{ ...place, message: 'holds a literal secret' }];

  it('that a text brings in is told as a notice, to a dry run and a deployment, too', async () => {
    expect(await put('open', leak, 0)).toMatchObject({ status: 201, json: { notices } });
    expect((await deploy('open', leak.replace('1', '2'), 1)).json).toMatchObject({ items: [{ notices }] });
    const body = { body_raw: leak.replace('1', '3'), base_version: 2 };
    const dry = await server.ask('PUT', '/configs/open/a.yaml?dry_run=true', body);
    expect(dry.json).toMatchObject({ dry_run: true, notices });
  });

  it('is refused where the policy says so, with its place and never its value, and in an old text that is restored', async () => {
    await put('shut', leak, 0);
    await put('shut', 'cap: 1\n', 1);
    server.policies.set('shut', { secrets: 'Refuse' });
    const told = { reason: 'SecretFound', line: 3, column: 13, violations: notices };
    const refused = await put('shut', `${leak}more: 1\n`, 2);
    expect(refused).toMatchObject({ status: 422, json: told });
    expect(JSON.stringify(refused.json)).not.toContain('hunter2');
    expect((await deploy('shut', `${leak}more: 1\n`, 2)).json.items).toMatchObject([{ problem: told }]);
    const restored = await server.ask('POST', '/promote/shut/a.yaml', { version: 1, base_version: 2 });
    expect(restored.json).toMatchObject({ reason: 'SecretFound' });
    const allowed = leak.replace('\n  p', '\n  # pawl:allow-secret only for the demo\n  p');
    expect((await put('shut', allowed, 2)).status).toBe(200);
  });

  it('of the latest versions is listed by its place, beside what schemas say, and not where the policy allows it', async () => {
    for (const namespace of ['ruled', 'open', 'shut', 'any']) await put(namespace, leak, 0);
    await put('clean', 'cap: 1\n', 0);
    server.policies.set('shut', { secrets: 'Refuse' });
    server.policies.set('any', { secrets: 'Allow' });
    rule('Refuse');
    const { json } = await server.ask('GET', '/violations');
    const listed = json.items.map(({ config, violations }: never) => [
      (config as ConfigName).namespace,
      violations,
    ]);
    expect(Object.fromEntries(listed)).toEqual({
      ruled: [expect.objectContaining({ schema: 'limits', path: 'db' }), ...notices],
      ...{ open: notices, shut: notices },
    });
    expect(JSON.stringify(json)).not.toContain('hunter2');
  });
});

describe('a purge', () => {
  const purge = (version: number, reason = 'held a password') =>
    server.ask('POST', '/purge/open/a.yaml', { version, reason });
  const leak = 'password: hunter2\n';

  it('takes a version with what says the same, and names versions that hold the same secret', async () => {
    for (const [n, text] of [leak, 'a: 1\n', leak, `a: 2\n${leak}`, 'a: 3\n'].entries())
      await put('open', text, n);
    expect(await purge(1)).toMatchObject({
      status: 200,
      json: { versions: [1, 3], also_in: [4], still_held: [] },
    });
    expect((await purge(1)).json).toMatchObject({ reason: 'VersionNotFound' });
  });

  it('is refused for what the latest version says, with what to do first, and without a reason or the right', async () => {
    for (const [n, text] of [leak, 'a: 1\n', leak].entries()) await put('open', text, n);
    const detail =
      'Version 3, the latest, has the same text as version 1. Save another text first, then purge version 1.';
    expect((await purge(1)).json).toMatchObject({
      status: 409,
      reason: 'LatestVersion',
      current_version: 3,
      detail,
    });
    expect((await purge(3)).json).toMatchObject({ reason: 'LatestVersion', current_version: 3 });
    expect((await purge(2, '')).status).toBe(400);
    server.denied.add('purge');
    expect(await purge(2)).toMatchObject({ status: 403, json: { detail: expect.stringContaining('purge') } });
  });
});

describe('a freeze', () => {
  it('refuses saves, deployments and deletes until it ends, and says until when and why', async () => {
    await put('frozen', 'cap: 1\n', 0);
    server.freezes.set('frozen', [{ name: 'all', reason: 'Year-end closing', until }]);
    const told = {
      reason: 'Frozen',
      freeze: { name: 'all', reason: 'Year-end closing', until: '2099-01-02T06:00:00.000Z' },
    };
    expect(await put('frozen', 'cap: 2\n', 1)).toMatchObject({ status: 423, json: told });
    expect((await deploy('frozen', 'cap: 2\n', 1)).json.items).toMatchObject([{ problem: told }]);
    expect((await server.ask('DELETE', '/configs/frozen/a.yaml')).json).toMatchObject(told);
    const removal = { namespace: 'frozen', path: 'a.yaml', operation: 'delete', base_version: 1 };
    expect((await server.ask('POST', '/deployments', { changes: [removal] })).json.items).toMatchObject([
      { problem: told },
    ]);
    expect((await put('frozen', 'cap: 1\n', 1)).json).toMatchObject({ result: 'unchanged' });
    server.freezes.set('frozen', [{ name: 'all', reason: 'over', until: '2020-01-01T00:00:00Z' }]);
    expect((await put('frozen', 'cap: 2\n', 1)).status).toBe(200);
  });

  it('is bypassed only with the right to, and that is kept in the comment', async () => {
    server.freezes.set('frozen', [{ name: 'all', reason: 'Year-end closing', until }]);
    server.denied.add('bypass');
    expect(await put('frozen', 'cap: 1\n', 0, { bypass: 'hotfix' })).toMatchObject({ status: 403 });
    server.denied.clear();
    expect(
      (await put('frozen', 'cap: 1\n', 0, { bypass: 'hotfix', comment: 'lower it' })).json.latest.comment,
    ).toBe('Bypassed the freeze all (Year-end closing): hotfix\nlower it');
    expect((await put('free', 'cap: 1\n', 0, { bypass: 'hotfix' })).json.latest.comment).toBe('');
  });

  it('is made with a reason and an end, listed, and ended by the path it was made for', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const wanted = { namespace: 'frozen', path: 'limits', reason: 'incident 12', until: soon };
    server.denied.add('freeze');
    expect((await server.ask('POST', '/freezes', wanted)).status).toBe(403);
    server.denied.clear();
    expect((await server.ask('POST', '/freezes', { ...wanted, until: '2020-01-01T00:00:00Z' })).status).toBe(
      422,
    );
    const made = { paths: ['limits'], reason: 'incident 12', until: soon, by: 'ada' };
    expect(await server.ask('POST', '/freezes', wanted)).toMatchObject({ status: 200, json: made });
    expect((await server.ask('GET', '/freezes?namespace=frozen')).json.items).toMatchObject([made]);
    expect((await server.ask('DELETE', '/freezes?namespace=frozen')).status).toBe(404);
    expect((await server.ask('DELETE', '/freezes?namespace=frozen&path=limits')).status).toBe(204);
    expect((await server.ask('GET', '/freezes?namespace=frozen')).json.items).toEqual([]);
  });
});

describe('a promotion', () => {
  const promote = (more: object = {}) =>
    server.ask('POST', '/promotions', { from: 'staging', to: 'prod', paths: ['a.yaml'], ...more });
  const promoted = async (more: object = {}) => {
    const shown = await promote(more);
    expect(shown.json.reason, JSON.stringify(shown.json)).toBe('ConfirmationRequired');
    return promote({ ...more, confirm: shown.json.token });
  };
  const latest = async () => (await server.ask('GET', '/configs/prod/a.yaml')).json.latest;

  it('carries what changed since the last one, and leaves what differs on purpose', async () => {
    await put('staging', 'cap: 1\n\nhost: staging\n', 0);
    expect((await promoted()).json.items).toMatchObject([
      {
        operation: 'create',
        result: 'promoted',
        new_version: 1,
        promoted_from: { namespace: 'staging', version: 1 },
      },
    ]);
    await put('prod', 'cap: 1\n\nhost: prod\n', 1);
    await put('staging', 'cap: 3\n\nhost: staging\n', 1);
    const shown = await promote();
    expect(shown).toMatchObject({ status: 409, json: { items: [{ since_version: 1, old_version: 2 }] } });
    expect(shown.json.items[0].change).toMatch(/-cap: 1\n\+cap: 3/);
    expect((await latest()).version).toBe(2);
    expect((await promote({ confirm: shown.json.token, comment: 'spring' })).status).toBe(200);
    expect(await latest()).toMatchObject({
      ...{ version: 3, kind: 'promoted', body_raw: 'cap: 3\n\nhost: prod\n' },
      comment: 'spring\n\nPromoted-From: staging/a.yaml@2',
      promoted_from: { namespace: 'staging', path: 'a.yaml', version: 2 },
    });
    expect((await promote()).json.items).toMatchObject([{ operation: 'unchanged', since_version: 2 }]);
  });

  it('with the token of another result saves nothing', async () => {
    await put('staging', 'cap: 1\n', 0);
    await promoted();
    await put('staging', 'cap: 2\n', 1);
    const shown = await promote();
    await put('prod', 'cap: 1\nhost: prod\n', 1);
    const again = await promote({ confirm: shown.json.token });
    expect(again).toMatchObject({ status: 409, json: { reason: 'ConfirmationRequired' } });
    expect(again.json.token).not.toBe(shown.json.token);
    expect((await latest()).version).toBe(2);
  });

  it('of a place that was changed otherwise there is refused with the place', async () => {
    await put('staging', 'cap: 1\n', 0);
    await promoted();
    await put('staging', 'cap: 2\n', 1);
    await put('prod', 'cap: 9\n', 1);
    expect(await promote()).toMatchObject({
      ...{
        status: 409,
        json: { reason: 'VersionConflict', places: [{ path: 'cap', current: '9', proposed: '2' }] },
      },
    });
  });

  it('without one before counts from the newest text that both had, or asks from where', async () => {
    await put('staging', 'cap: 1\n', 0);
    await put('staging', 'cap: 2\n', 1);
    await put('prod', 'cap: 1\nhost: prod\n', 0);
    expect(await promote()).toMatchObject({ status: 428, json: { reason: 'BaseVersionRequired' } });
    await promoted({ since: 1 });
    expect((await latest()).body_raw).toBe('cap: 2\nhost: prod\n');
    await put('other', 'cap: 1\n', 0);
    await put('other', 'cap: 1\nhost: other\n', 1);
    expect((await promote({ to: 'other' })).json.items).toMatchObject([{ since_version: 1 }]);
  });

  it('is held to schemas and freezes of where it goes', async () => {
    await put('staging', 'capp: 1\n', 0);
    rule('Refuse');
    const refused = await promoted({ to: 'ruled' });
    expect(refused.json.items).toMatchObject([{ problem: { reason: 'SchemaViolation' } }]);
    server.freezes.set('prod', [{ name: 'all', reason: 'Year-end closing', until }]);
    expect((await promoted()).json.items).toMatchObject([{ problem: { reason: 'Frozen' } }]);
    expect((await promoted({ bypass: 'hotfix' })).status).toBe(200);
    expect((await latest()).comment).toMatch(
      /^Bypassed the freeze all .*: hotfix\n\nPromoted-From: staging\/a\.yaml@1$/,
    );
  });
});
