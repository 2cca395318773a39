/** Reading and saving configs by the HTTP API: every mode of saving, every refusal of one. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Api, everything, startApi } from '../setup/api.ts';

let api: Api;
let url: string;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.[Symbol.asyncDispose]());
afterEach(() => api.setPolicy({}));

const yaml = (lines: Record<string, number>) =>
  Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');

/** A config of its own, with these texts as its versions. */
async function configWith(...texts: string[]): Promise<string> {
  const path = `/configs/${api.namespace}/limits/${randomUUID()}.yaml`;
  for (const [version, body_raw] of texts.entries()) {
    const { status } = await put(path, { body_raw, base_version: version });
    expect(status).toBe(version === 0 ? 201 : 200);
  }
  return path;
}

const put = (path: string, body: object, headers: Record<string, string> = {}) =>
  api.ask(path, { method: 'PUT', body: { format: 'yaml', ...body }, headers });

describe('a config', () => {
  it('is created, read and not created twice', async () => {
    url = `/configs/${api.namespace}/limits/${randomUUID()}.yaml`;
    const body = { format: 'yaml', body_raw: 'cap: 1 # ä\n', comment: 'first', git: { commit: '3f2c9d1' } };
    const created = await api.ask(url, { method: 'POST', body });
    expect(created).toMatchObject({ status: 201, headers: { location: url, etag: '"1"' } });
    expect(created.json).toMatchObject({
      config: { namespace: api.namespace, format: 'yaml', latest_version: 1 },
      latest: { version: 1, body_raw: body.body_raw, kind: 'direct', base_version: 0, comment: 'first' },
      result: 'saved',
    });
    expect(created.json.latest.actor).toMatch(/^system:serviceaccount:/);

    const read = await api.ask(url);
    expect(read).toMatchObject({ status: 200, headers: { etag: '"1"' } });
    expect(read.json.latest).toMatchObject({ body_raw: body.body_raw, git: body.git, actor_verified: true });
    const text = await api.ask(url, { headers: { accept: 'text/plain' } });
    expect([text.text, text.headers['content-type']]).toEqual([body.body_raw, 'text/plain; charset=utf-8']);
    expect(await api.ask(url, { headers: { 'if-none-match': '"1"' } })).toMatchObject({
      status: 304,
      text: '',
    });

    const again = await api.ask(url, { method: 'POST', body });
    expect(again.json).toMatchObject({ status: 409, reason: 'AlreadyExists', current_version: 1 });
    expect(again.json.type).toBe('https://pawl.dev/problems/already-exists');
    const byHeader = await put(url, { body_raw: 'cap: 2\n' }, { 'if-none-match': '*' });
    expect(byHeader.json).toMatchObject({ status: 409, reason: 'AlreadyExists' });
  });

  it('has one name, however its slashes are sent', async () => {
    const path = await configWith('a: 1\n');
    const encoded = path.replace(/(?<=\/limits)\//, '%2F').replace('limits', '%6Cimits');
    expect((await api.ask(encoded)).json.config).toEqual((await api.ask(path)).json.config);
  });

  it('is answered with 304 only while nothing in the answer is new: the envelope of an old version names the latest', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n');
    const seen = { 'if-none-match': '"2"' };
    expect((await api.ask(`${path}?version=2`, { headers: seen })).status).toBe(304);
    await put(path, { body_raw: 'a: 3\n', base_version: 2 });
    const now = await api.ask(`${path}?version=2`, { headers: seen });
    expect(now).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      json: { config: { latest_version: 3 } },
    });
    expect((await api.ask(path, { headers: seen })).json.latest.version).toBe(3);
    const text = await api.ask(`${path}?version=2`, { headers: { ...seen, accept: 'text/plain' } });
    expect(text).toMatchObject({ status: 304, text: '' });
  });

  it('keeps its past readable by number', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n');
    expect((await api.ask(`${path}?version=1`)).json).toMatchObject({
      config: { latest_version: 2 },
      version: { version: 1, body_raw: 'a: 1\n' },
    });
    expect((await api.ask(`${path}?version=3`)).json).toMatchObject({
      status: 404,
      reason: 'VersionNotFound',
    });
    expect((await api.ask(`${path}x`)).json).toMatchObject({ status: 404, reason: 'ConfigNotFound' });
  });

  it('is deleted with its versions, and its numbers go on', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n');
    const early = await api.ask(path, { method: 'DELETE', headers: { 'if-match': '"1"' } });
    expect(early.json).toMatchObject({ status: 409, reason: 'VersionConflict', current_version: 2 });
    expect(await api.ask(`${path}?dry_run=true`, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect((await api.ask(path)).status).toBe(200);
    expect(await api.ask(path, { method: 'DELETE' })).toMatchObject({ status: 204, text: '' });
    expect((await api.ask(path, { method: 'DELETE' })).json.reason).toBe('ConfigNotFound');
    expect((await put(path, { body_raw: 'a: 3\n', base_version: 0 })).json.latest.version).toBe(3);
  });
});

describe('saving', () => {
  it('on the latest makes the next version, by field or by header', async () => {
    const path = await configWith('a: 1\n');
    expect((await put(path, { body_raw: 'a: 2\n', base_version: 1 })).json.latest.version).toBe(2);
    const third = await put(path, { body_raw: 'a: 3\n' }, { 'if-match': '"2"' });
    expect(third).toMatchObject({ status: 200, headers: { etag: '"3"' } });
    const differ = await put(path, { body_raw: 'a: 4\n', base_version: 2 }, { 'if-match': '"3"' });
    expect(differ.json).toMatchObject({ status: 422, reason: 'Contradiction' });
  });

  it('what is there already makes no version', async () => {
    const path = await configWith('a: 1\n');
    const { json } = await put(path, { body_raw: 'a: 1\n', base_version: 1 });
    expect(json).toMatchObject({ result: 'unchanged', latest: { version: 1 } });
  });

  it('a stale edit shows what it would become, and saves exactly that when told so', async () => {
    const path = await configWith(yaml({ cap: 1, burst: 2, wait: 3 }), yaml({ cap: 1, burst: 20, wait: 3 }));
    const edit = { body_raw: yaml({ cap: 1, burst: 2, wait: 30 }), base_version: 1 };
    const shown = await put(path, edit);
    const merged = yaml({ cap: 1, burst: 20, wait: 30 });
    expect(shown.json).toMatchObject({
      ...{ status: 409, reason: 'ConfirmationRequired', base_version: 1, current_version: 2, merged },
      diff: expect.stringContaining('+wait: 30'),
    });
    expect(shown.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const wrong = await put(path, { ...edit, confirm: 'f'.repeat(16) });
    expect(wrong.json).toMatchObject({ reason: 'ConfirmationRequired', token: shown.json.token });
    const saved = await put(path, { ...edit, confirm: shown.json.token });
    expect(saved.json).toMatchObject({
      result: 'confirmed',
      latest: { version: 3, body_raw: merged, base_version: 1, merged_onto: 2 },
    });
  });

  it('a stale edit is merged at once with on_stale: merge, and not at all with reject', async () => {
    const path = await configWith(yaml({ cap: 1, burst: 2, wait: 3 }), yaml({ cap: 1, burst: 20, wait: 3 }));
    const edit = { body_raw: yaml({ cap: 1, burst: 2, wait: 30 }), base_version: 1 };
    const rejected = await put(path, { ...edit, on_stale: 'reject' });
    expect(rejected.json).toMatchObject({ status: 409, reason: 'VersionConflict', current_version: 2 });
    expect(rejected.json.diff).toContain('+wait: 30');
    expect((await put(path, { ...edit, on_stale: 'merge' })).json).toMatchObject({ result: 'merged' });
  });

  it('a clash names the places, who changed them, and marks the text', async () => {
    const path = await configWith('cap: 1\n', 'cap: 2\n');
    const { json } = await put(path, { body_raw: 'cap: 3\n', base_version: 1, on_stale: 'merge' });
    expect(json).toMatchObject({
      ...{ status: 409, reason: 'VersionConflict', base_version: 1, current_version: 2 },
      places: [{ pointer: '/cap', base: '1', current: '2', proposed: '3', changed_in: 2 }],
    });
    expect(json.places[0].changed_by).toMatch(/^system:serviceaccount:/);
    expect(json.marked).toContain('<<<<<<<');
    expect((await api.ask(path)).json.config.latest_version).toBe(2);
  });

  it('without a base over what exists is refused, unless the policy lets it go without', async () => {
    const path = await configWith('cap: 1\n');
    const demanded = { status: 428, reason: 'BaseVersionRequired', current_version: 1 };
    expect((await put(path, { body_raw: 'cap: 2\n' })).json).toMatchObject(demanded);
    const change = {
      namespace: api.namespace,
      path: path.split('/').slice(3).join('/'),
      body_raw: 'cap: 2\n',
    };
    const together = await api.ask('/deployments', { method: 'POST', body: { changes: [change] } });
    expect(together.json.items).toMatchObject([{ operation: 'refused', problem: demanded }]);
    const promoted = await api.ask(path.replace('configs', 'promote'), {
      method: 'POST',
      body: { version: 1 },
    });
    // Nothing is taken back by what is the latest anyhow.
    expect(promoted.json).toMatchObject({ result: 'unchanged' });
    api.setPolicy({ requireBaseVersion: false });
    const saved = await put(path, { body_raw: 'cap: 2\n' });
    expect(saved.json.latest).toMatchObject({ version: 2, base_version: null, kind: 'direct' });
  });

  it('over whatever is there says so, and is kept as an overwrite', async () => {
    const path = await configWith('cap: 1\n', 'cap: 2\n');
    const anyVersion = { 'if-match': '*' };
    const saved = await put(path, { body_raw: 'cap: 1\nfee: 1\n' }, anyVersion);
    expect(saved).toMatchObject({
      ...{ status: 200, headers: { etag: '"3"' } },
      json: { result: 'overwrite', latest: { version: 3, kind: 'overwrite', base_version: null } },
    });
    const blamed = await api.ask(path.replace('configs', 'blame'));
    expect(blamed.json.versions[0]).toMatchObject({ version: 3, kind: 'overwrite' });
    expect((await put(path, { body_raw: 'cap: 9\n', base_version: 3 }, anyVersion)).json).toMatchObject({
      ...{ status: 422, reason: 'Contradiction' },
    });
    api.setPolicy({ requireBaseVersion: true });
    expect((await put(path, { body_raw: 'cap: 9\n' }, anyVersion)).json.status).toBe(428);
  });

  it('over whatever is there says so for one change of a deployment, too, and is kept as an overwrite', async () => {
    const path = await configWith('cap: 1\n', 'cap: 2\n');
    const config = { namespace: api.namespace, path: path.split('/').slice(3).join('/') };
    const deploy = (change: object) =>
      api.ask('/deployments', {
        method: 'POST',
        body: { changes: [{ ...config, overwrite: true, ...change }] },
      });
    const deployed = await deploy({ body_raw: 'cap: 1\nfee: 1\n' });
    expect(deployed.json.items).toMatchObject([
      { operation: 'update', result: 'overwrite', old_version: 2, new_version: 3 },
    ]);
    expect((await api.ask(path)).json.latest).toMatchObject({
      version: 3,
      kind: 'overwrite',
      base_version: null,
    });
    expect((await deploy({ body_raw: 'cap: 9\n', base_version: 3 })).json).toMatchObject({
      ...{ status: 422, reason: 'Contradiction' },
    });
    // It may only replace: of a config that is not there it makes none.
    const created = await deploy({ body_raw: 'cap: 9\n', path: `${config.path}.new.yaml` });
    expect(created.json.items).toMatchObject([{ problem: { reason: 'BaseVersionGone' } }]);
    api.setPolicy({ requireBaseVersion: true });
    expect((await deploy({ body_raw: 'cap: 9\n' })).json.items).toMatchObject([{ problem: { status: 428 } }]);
  });

  it('takes a weak tag for the version it names', async () => {
    const path = await configWith('cap: 1\n');
    expect(await put(path, { body_raw: 'cap: 2\n' }, { 'if-match': 'W/"1"' })).toMatchObject({ status: 200 });
    expect((await put(path, { body_raw: 'cap: 3\n' }, { 'if-match': 'W/"1"' })).json.status).toBe(409);
  });

  it('without a base, where that is let, asks before it takes back what somebody else saved', async () => {
    const path = await configWith(yaml({ cap: 1, burst: 2, wait: 3 }));
    api.setPolicy({ requireBaseVersion: false });
    const other = await api.person([everything]);
    const theirs = { format: 'yaml', body_raw: yaml({ cap: 5, burst: 2, wait: 3 }), base_version: 1 };
    await api.ask(path, { method: 'PUT', token: other, body: theirs });
    const shown = await put(path, { body_raw: yaml({ cap: 1, burst: 2, wait: 30 }) });
    expect(shown.json).toMatchObject({
      ...{ status: 409, reason: 'ConfirmationRequired', base_version: 1, current_version: 2 },
      merged: yaml({ cap: 5, burst: 2, wait: 30 }),
    });
  });

  it('is refused where the quota of the namespace is used up, alone and in a deployment', async () => {
    const path = await configWith('cap: 1\n');
    api.setPolicy({ maxBytes: 1, requireBaseVersion: false });
    const full = { status: 422, reason: 'QuotaExceeded', current_version: 1 };
    expect((await put(path, { body_raw: 'cap: 2\n', base_version: 1 })).json).toMatchObject(full);
    const config = { namespace: api.namespace, path: path.split('/').slice(3).join('/') };
    const body = { changes: [{ ...config, body_raw: 'cap: 2\n', base_version: 1 }] };
    for (const query of ['', '?dry_run=true']) {
      const together = await api.ask(`/deployments${query}`, { method: 'POST', body });
      expect(together.json.items).toMatchObject([{ operation: 'refused', problem: full }]);
    }
    expect((await put(path, { body_raw: 'cap: 1\n', base_version: 1 })).json.result).toBe('unchanged');
  });

  it('deletes as the policy of the namespace allows changes', async () => {
    const path = await configWith('cap: 1\n');
    api.setPolicy({ requireBaseVersion: true });
    expect((await api.ask(path, { method: 'DELETE' })).json).toMatchObject({
      ...{ status: 428, reason: 'BaseVersionRequired', current_version: 1 },
    });
    api.setPolicy({ requireGitCommit: true });
    const dry = await api.ask(`${path}?dry_run=true`, { method: 'DELETE', headers: { 'if-match': '"1"' } });
    expect(dry.json).toMatchObject({ status: 422, reason: 'MissingGitCommit' });
    api.setPolicy({ requireBaseVersion: true });
    expect((await api.ask(path, { method: 'DELETE', headers: { 'if-match': '"1"' } })).status).toBe(204);
  });

  it('follows the other policies of the namespace', async () => {
    const path = await configWith('cap: 1\n', 'cap: 1\nb: 2\n');
    api.setPolicy({ requireGitCommit: true });
    expect((await put(path, { body_raw: 'cap: 3\n' })).json).toMatchObject({
      status: 422,
      reason: 'MissingGitCommit',
    });
    api.setPolicy({ maxBodyBytes: 4 });
    expect((await put(path, { body_raw: 'cap: 3\n' })).json).toMatchObject({
      status: 413,
      reason: 'BodyTooLarge',
    });
    api.setPolicy({ onStale: 'Merge' });
    expect((await put(path, { body_raw: 'cap: 3\n', base_version: 1 })).json.result).toBe('merged');
  });

  it('says what it would do and does not, with dry_run', async () => {
    const path = await configWith('cap: 1\n');
    const { status, json } = await put(`${path}?dry_run=true`, { body_raw: 'cap: 2\n', base_version: 1 });
    expect([status, json.dry_run, json.latest.version]).toEqual([200, true, 2]);
    expect((await api.ask(path)).json.config.latest_version).toBe(1);
    const fresh = `${path}-new`;
    const first = await put(`${fresh}?dry_run=true`, { body_raw: 'a: 1\n' });
    expect([first.status, first.json.latest.version]).toEqual([200, 1]);
    expect((await api.ask(fresh)).status).toBe(404);
  });

  it('notes the lines that programs do not read alike, in a dry run as in a save, and none of other texts', async () => {
    const path = `${await configWith('a: 1\n')}.env`;
    const asked = { format: 'env', body_raw: 'A=1\n# two\nexport B=2\n' };
    const notes = [{ line: 3, message: expect.stringContaining('B: systemd ignores') }];
    expect(await put(`${path}?dry_run=true`, asked)).toMatchObject({ status: 200, json: { notes } });
    expect(await put(path, asked)).toMatchObject({ status: 201, json: { notes } });
    const plain = await put(path, { format: 'env', body_raw: 'A=1\nB=2\n', base_version: 1 });
    expect([plain.status, plain.json.notes]).toEqual([200, undefined]);
  });

  it.each([
    ['a text that cannot be read', { body_raw: 'a: [1\nb: 2\n' }, 422, 'InvalidBody'],
    ['a base that does not exist yet', { body_raw: 'a: 9\n', base_version: 7 }, 409, 'BaseVersionAhead'],
    ['the other format', { body_raw: '{"a": 9}', format: 'json' }, 409, 'FormatMismatch'],
    ['too large a text', { body_raw: `a: ${'x'.repeat(1 << 20)}\n` }, 413, 'BodyTooLarge'],
  ])('refuses %s', async (_, body, status, reason) => {
    const path = await configWith('a: 1\n');
    const refused = await put(path, body);
    expect([refused.status, refused.json.reason]).toEqual([status, reason]);
    if (status === 422) expect([refused.json.line, refused.json.column]).toEqual([2, expect.any(Number)]);
    expect((await api.ask(path)).json.config.latest_version).toBe(1);
  });

  it('and deletes and namespaces are done once for one Idempotency-Key, and the second answer says so', async () => {
    const path = await configWith('a: 1\n', 'a: 2\n');
    const twice = async (url: string, ask: object, between: () => Promise<unknown> = async () => {}) => {
      const headers = { 'idempotency-key': randomUUID() };
      const asking = { ...ask, headers };
      const first = await api.ask(url, asking);
      await between();
      const both = [first, await api.ask(url, asking)];
      expect(both[1]!.status).toBe(both[0]!.status);
      expect(both[1]!.json).toEqual(both[0]!.json);
      return both.map(({ headers: given }) => given['idempotency-replayed']);
    };
    const once = [undefined, 'true'];
    const remove = { method: 'DELETE' };
    expect(await twice(`${path.replace('configs', 'versions')}?version=1`, remove)).toEqual(once);
    expect(await twice(path, remove)).toEqual(once);
    // Sent again, it does not delete what came after it.
    const key = { 'idempotency-key': randomUUID() };
    await put(path, { body_raw: 'a: 3\n' });
    expect((await api.ask(path, { ...remove, headers: key })).status).toBe(204);
    await put(path, { body_raw: 'a: 4\n' });
    expect((await api.ask(path, { ...remove, headers: key })).status).toBe(204);
    expect((await api.ask(path)).json.config.latest_version).toBe(4);
    // Nor is what was done refused by a policy that came after it.
    for (const policy of [{ requireGitCommit: true }, { requireBaseVersion: true }]) {
      api.setPolicy(policy);
      const again = await api.ask(path, { ...remove, headers: key });
      expect([again.status, again.headers['idempotency-replayed']]).toEqual([204, 'true']);
    }
    const other = await api.ask(path, { ...remove, headers: { ...key, 'if-match': '"4"' } });
    expect(other.json.reason).toBe('IdempotencyKeyReused');
    api.setPolicy({});
    const name = await api.kube.namespace('twice');
    const token = await api.person([everything], name);
    const used = `/configs/${name}/a.yaml`;
    const use = () => api.ask(used, { ...{ method: 'PUT', token }, body: { body_raw: 'a: 1\n' } });
    expect(await twice('/namespaces', { method: 'POST', body: { name }, token }, use)).toEqual(once);
    expect((await api.ask(used, { ...remove, token })).status).toBe(204);
    expect(await twice(`/namespaces/${name}`, { ...remove, token })).toEqual(once);
  });

  it('is done once for one Idempotency-Key, and answered as it was', async () => {
    const path = await configWith('a: 1\n');
    const key = { 'idempotency-key': randomUUID() };
    const edit = { body_raw: 'a: 2\n', base_version: 1 };
    const first = await put(path, edit, key);
    await put(path, { body_raw: 'a: 3\n', base_version: 2 });
    const again = await put(path, edit, key);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.json.latest).toEqual(first.json.latest);
    expect((await api.ask(path)).json.config.latest_version).toBe(3);
    expect((await put(path, { body_raw: 'a: 4\n' }, key)).json).toMatchObject({
      ...{ status: 422, reason: 'IdempotencyKeyReused' },
    });
  });
});
