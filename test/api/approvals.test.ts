/** What the HTTP API answers about changes of protected configs, and of those that wait for an approval. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SmallServer, startSmallServer } from './small-server.ts';

let server: SmallServer;
beforeEach(async () => {
  server = await startSmallServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const first = 'cap: 1\n\nfee: 1\n';
const second = first.replace('cap: 1', 'cap: 2');
const url = '/configs/payments/a.yaml';
const put = (body_raw: string, base_version: number, more: object = {}) =>
  server.ask('PUT', url, { body_raw, base_version, ...more });
const latest = async () => (await server.ask('GET', '/configs/payments/a.yaml')).json.latest;
const protect = (...rules: object[]) => server.approval.set('payments', rules);
const approve = (id: string, token: string) =>
  server.ask('POST', `/approvals/payments/${id}/approve`, { token });
const as = (name: string) => {
  server.caller = name;
};

beforeEach(async () => {
  await put(first, 0);
  protect({});
});

describe('a save of a protected config', () => {
  it('is kept with its address and what it changes, and saved in the name of who proposed it', async () => {
    const kept = await put(second, 1, { comment: 'raise it' });
    expect(kept).toMatchObject({
      status: 202,
      json: {
        ...{
          id: '1',
          paths: ['a.yaml'],
          proposed_by: 'ada',
          proposer_verified: true,
          needed: 1,
          approved_by: [],
        },
        changes: [{ current_version: 1, body_raw: second, change: expect.stringContaining('+cap: 2') }],
      },
    });
    expect((await latest()).version).toBe(1);
    as('bob');
    expect((await server.ask('GET', '/approvals?namespace=payments')).json.items).toMatchObject([
      { id: '1' },
    ]);
    const shown = await server.ask('GET', '/approvals/payments/1');
    expect(shown.json.token).toBe(kept.json.token);
    expect(await approve('1', shown.json.token)).toMatchObject({
      status: 200,
      json: {
        state: 'saved',
        approved_by: [{ name: 'bob' }],
        items: [{ operation: 'update', new_version: 2 }],
      },
    });
    expect((await server.ask('GET', '/versions/payments/a.yaml')).json.items[0]).toMatchObject({
      ...{ version: 2, actor: 'ada', comment: 'raise it' },
      approvals: [
        { kind: 'proposed', name: 'ada' },
        { kind: 'approved', name: 'bob' },
      ],
    });
    expect((await server.ask('GET', '/approvals?namespace=payments')).json.items).toEqual([]);
    expect((await approve('1', shown.json.token)).status).toBe(404);
  });

  it('sent again is the same, and another one of the same person takes its place and has no approvals', async () => {
    protect({ count: 2 });
    const { json } = await put(second, 1);
    as('bob');
    expect(await approve('1', json.token)).toMatchObject({ json: { state: 'waiting', needed: 2 } });
    as('ada');
    expect((await put(second, 1)).json).toMatchObject({ id: '1', approved_by: [{ name: 'bob' }] });
    const edited = await put(first.replace('cap: 1', 'cap: 3'), 1);
    expect(edited.json).toMatchObject({ id: '1', approved_by: [] });
    as('eve');
    expect(await approve('1', json.token)).toMatchObject({ status: 409, json: { reason: 'ApprovalMoved' } });
    expect((await latest()).version).toBe(1);
  });

  it('is approved by others only, who have the right to, unless the policy counts who proposed it', async () => {
    const { json } = await put(second, 1);
    expect((await approve('1', json.token)).json).toMatchObject({ status: 403, reason: 'Forbidden' });
    as('bob');
    server.denied.add('approve');
    expect((await approve('1', json.token)).json).toMatchObject({
      ...{ status: 403, detail: expect.stringContaining('verb approve on configs.store.pawl.dev') },
    });
    server.denied.clear();
    as('ada');
    protect({ authorMayApprove: true });
    expect((await approve('1', json.token)).json).toMatchObject({ state: 'saved' });
  });

  it('that nobody may see is neither listed nor shown', async () => {
    await put(second, 1);
    as('bob');
    server.denied.add('get');
    expect((await server.ask('GET', '/approvals')).json.items).toEqual([]);
    expect((await server.ask('GET', '/approvals/payments/1')).status).toBe(403);
  });

  it('of what is there already, and of what is not valid, waits for nobody', async () => {
    expect((await put(first, 1)).json).toMatchObject({ result: 'unchanged' });
    expect((await put('cap: [1\n', 1)).json).toMatchObject({ reason: 'InvalidBody' });
    const dry = await server.ask('PUT', `${url}?dry_run=true`, { body_raw: second, base_version: 1 });
    expect(dry).toMatchObject({ status: 200, json: { dry_run: true, approval_required: true } });
    expect((await server.ask('GET', '/approvals')).json.items).toEqual([]);
  });
});

describe('when the latest moves meanwhile', () => {
  /** With a rule that lets them. */
  const others = async (text: string, base: number) => {
    server.approval.clear();
    as('eve');
    expect((await put(text, base)).status).toBe(200);
    protect({});
    as('bob');
  };

  it('elsewhere, the approval is of the same change, and what is shown is against the new latest', async () => {
    const { json } = await put(second, 1);
    await others(first.replace('fee: 1', 'fee: 2'), 1);
    const shown = await server.ask('GET', '/approvals/payments/1');
    expect(shown.json).toMatchObject({
      token: json.token,
      changes: [{ current_version: 2, body_raw: 'cap: 2\n\nfee: 2\n' }],
    });
    expect(shown.json.changes[0].change).not.toMatch(/^[-+]fee/m);
    expect((await approve('1', json.token)).json).toMatchObject({
      state: 'saved',
      items: [{ result: 'merged' }],
    });
    expect((await latest()).body_raw).toBe('cap: 2\n\nfee: 2\n');
  });

  it('in the same place, the clash is told, and nothing is approved', async () => {
    const { json } = await put(second, 1);
    await others(first.replace('cap: 1', 'cap: 9'), 1);
    expect((await server.ask('GET', '/approvals/payments/1')).json).toMatchObject({
      ...{ problem: { reason: 'VersionConflict' }, needed: 0 },
    });
    expect(await approve('1', json.token)).toMatchObject({
      status: 409,
      json: { reason: 'VersionConflict' },
    });
    expect((await latest()).version).toBe(2);
  });

  it('a freeze or a schema of that moment refuses it all the same', async () => {
    const { json } = await put(second, 1);
    as('bob');
    server.freezes.set('payments', [{ name: 'all', reason: 'closing', until: '2099-01-02T06:00:00Z' }]);
    expect(await approve('1', json.token)).toMatchObject({ status: 423, json: { reason: 'Frozen' } });
    expect((await latest()).version).toBe(1);
  });

  it('a merge is shown to whoever approves it, and need not be confirmed before', async () => {
    await others(first.replace('fee: 1', 'fee: 2'), 1);
    as('ada');
    const kept = await put(second, 1, { on_stale: 'confirm' });
    expect(kept).toMatchObject({ status: 202, json: { changes: [{ current_version: 2 }] } });
    expect(await put(second, 1, { on_stale: 'reject' })).toMatchObject({
      ...{ status: 409, json: { reason: 'VersionConflict' } },
    });
  });
});

describe('other doors', () => {
  const change = (path: string, body_raw: string, base_version: number) => ({
    ...{ namespace: 'payments', path, body_raw, base_version },
  });

  it('a deployment waits as a whole, and is saved as a whole', async () => {
    protect({ paths: ['a.yaml'] });
    const changes = [change('a.yaml', second, 1), change('b.yaml', 'b: 1\n', 0)];
    const kept = await server.ask('POST', '/deployments', { changes });
    expect(kept).toMatchObject({ status: 202, json: { paths: ['a.yaml', 'b.yaml'] } });
    expect((await server.ask('GET', '/configs/payments/b.yaml')).status).toBe(404);
    as('bob');
    expect((await approve('1', kept.json.token)).json.items).toMatchObject([
      { path: 'a.yaml', new_version: 2 },
      { path: 'b.yaml', new_version: 1 },
    ]);
  });

  it('what cannot wait is refused with what to do', async () => {
    const removal = { namespace: 'payments', path: 'a.yaml', operation: 'delete', base_version: 1 };
    expect(await server.ask('DELETE', url)).toMatchObject({
      status: 409,
      json: { reason: 'ApprovalRequired' },
    });
    const together = await server.ask('POST', '/deployments', { changes: [removal] });
    expect(together.json.items).toMatchObject([{ problem: { reason: 'ApprovalRequired' } }]);
    const undelete = await server.ask('POST', '/undelete/payments/a.yaml');
    expect(undelete).toMatchObject({ status: 409, json: { reason: 'ApprovalRequired' } });
    expect(undelete.json.detail).toContain('an undelete cannot wait');
    expect(undelete.json.detail).not.toContain('bypass');
    const elsewhere = { ...change('a.yaml', 'a: 1\n', 0), namespace: 'other' };
    const both = await server.ask('POST', '/deployments', {
      changes: [change('a.yaml', second, 1), elsewhere],
    });
    expect(both.json.items[0].problem).toMatchObject({
      ...{ reason: 'ApprovalRequired', detail: expect.stringContaining('several config namespaces') },
    });
  });

  it('an old text that is restored, and a promotion, wait as well', async () => {
    server.approval.clear();
    await put(second, 1);
    protect({});
    const restored = await server.ask('POST', '/promote/payments/a.yaml', { version: 1, base_version: 2 });
    expect(restored).toMatchObject({ status: 202, json: { changes: [{ body_raw: first }] } });
  });
});

describe('bypassing an approval', () => {
  it('needs the right to, and stands beside the version with its reason, not in the comment', async () => {
    server.denied.add('bypass');
    expect((await put(second, 1, { bypass: 'incident 12' })).status).toBe(403);
    server.denied.clear();
    expect(await put(second, 1, { bypass: 'incident 12', comment: 'raise it' })).toMatchObject({
      status: 200,
    });
    expect((await server.ask('GET', '/versions/payments/a.yaml')).json.items[0]).toMatchObject({
      ...{ comment: 'raise it', approvals: [{ kind: 'bypassed', name: 'ada', reason: 'incident 12' }] },
    });
  });
});

describe('a change that waits', () => {
  it('is rejected by whoever may approve, and withdrawn by who proposed it', async () => {
    await put(second, 1);
    as('bob');
    server.denied.add('approve');
    expect((await server.ask('POST', '/approvals/payments/1/reject', { reason: 'no' })).status).toBe(403);
    server.denied.clear();
    expect((await server.ask('POST', '/approvals/payments/1/reject', { reason: 'no' })).status).toBe(204);
    expect((await server.ask('GET', '/approvals/payments/1')).status).toBe(404);
    as('ada');
    await put(second, 1);
    server.denied.add('approve');
    const [{ id }] = (await server.ask('GET', '/approvals')).json.items;
    expect((await server.ask('POST', `/approvals/payments/${id}/reject`, { reason: 'oops' })).status).toBe(
      204,
    );
  });
});

describe('the right of who proposed it', () => {
  const look = () => server.ask('GET', '/approvals/payments/1');

  it.each([
    ['update', 1],
    ['create', 0],
  ])(
    'to %s is asked again when it is approved: without it, nothing is approved or saved, and all see why',
    async (verb, base) => {
      const path = base === 0 ? 'new.yaml' : 'a.yaml';
      const { json } = await server.ask('PUT', `/configs/payments/${path}`, {
        body_raw: second,
        base_version: base,
      });
      server.denied.add(`ada ${verb}`);
      as('bob');
      const reason = 'ProposerForbidden';
      const detail = expect.stringContaining(`ada, who proposed this, may not ${verb} config ${path}`);
      const shown = await look();
      expect(shown.json).toMatchObject({
        problem: { reason, detail },
        changes: [{ path, body_raw: second }],
      });
      expect(shown.json.token).toBeUndefined();
      expect(await approve('1', json.token)).toMatchObject({ status: 409, json: { reason, detail } });
      expect((await server.ask('GET', '/versions/payments/a.yaml')).json.items).toHaveLength(1);
      expect((await server.ask('GET', '/configs/payments/new.yaml')).status).toBe(404);
      server.denied.clear();
      expect((await look()).json).toMatchObject({ token: json.token, approved_by: [] });
      expect((await approve('1', json.token)).json).toMatchObject({ state: 'saved' });
    },
  );

  it('is waited for while the API server does not tell it', async () => {
    const { json } = await put(second, 1);
    as('bob');
    server.denied.add('ada answer');
    expect(await approve('1', json.token)).toMatchObject({ status: 503, json: { reason: 'ApiUnavailable' } });
    server.denied.clear();
    expect((await look()).json).toMatchObject({ token: json.token, approved_by: [] });
  });

  it('is asked for as whom the API server knew them when they proposed it, their groups included', async () => {
    server.groups.set('ada', ['writers']);
    const { json } = await put(second, 1);
    server.groups.clear();
    server.denied.add('ada update');
    server.allowed.add('writers update');
    as('bob');
    expect((await approve('1', json.token)).json).toMatchObject({ state: 'saved' });
  });

  it('sent again by the same person in other groups, it is the same, with its approvals', async () => {
    protect({ count: 2 });
    const { json } = await put(second, 1);
    as('bob');
    await approve('1', json.token);
    as('ada');
    server.groups.set('ada', ['writers']);
    expect((await put(second, 1)).json).toMatchObject({ id: '1', approved_by: [{ name: 'bob' }] });
  });
});
