/**
 * Rules for texts at every door: each rule refuses, or tells, the same through objects, the HTTP API, deployments, the
 * API server's aggregation layer and the command line, for written, merged and confirmed texts. The ConfigSchemas are
 * those of docs/rules.md.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { registerApiService } from '../../local/api-service.ts';
import { rulesPage } from '../setup/rules-page.ts';
import { until } from '../setup/until.ts';
import { ObjectsWorld } from './objects-world.ts';

const cli = join(import.meta.dirname, '../../cli/main.ts');
let world: ObjectsWorld;
let stack: AsyncDisposableStack;

/** What a change came to, whatever the door. */
interface Outcome {
  /** Empty: it was saved. */
  readonly reason: string;
  readonly said: string;
}

interface Wish {
  readonly text: string;
  /** The version it was edited from. */
  readonly base: number;
  readonly onStale?: 'Merge' | 'Confirm';
}

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  world = stack.use(await ObjectsWorld.start('rules'));
  const service = stack.use(await registerApiService({ kubectl: world.kubectl }, world.service));
  await service.available();
});
afterAll(() => stack?.disposeAsync());

let path: string;
let count = 0;
beforeEach(async () => {
  world.namespace = await world.kube.namespace('payments');
  await world.known(world.namespace);
  count += 1;
  path = `limits/eu${count}.yaml`;
});

/** The schemas of docs/rules.md, for the namespace of the test; `change` makes other rules of them. */
async function apply(change: (schema: Record<string, never>) => void = () => {}): Promise<void> {
  const block = /^```yaml\n(apiVersion: pawl.dev\/v1alpha1\nkind: ConfigSchema\n.*?)^```/ms.exec(
    rulesPage,
  )![1]!;
  const items = parseAllDocuments(block).map(document => {
    const object = document.toJS() as { metadata: { name: string }; spec: { namespaces: string[] } };
    if (object.spec.namespaces.length > 0) object.spec.namespaces = [world.namespace];
    change(object as never);
    return object;
  });
  const list = { apiVersion: 'v1', kind: 'List', items };
  await world.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(list) });
  const names = items.map(({ metadata }) => metadata.name);
  stack.defer(async () => {
    await world.kubectl(['delete', 'csc', '--ignore-not-found', ...names]);
  });
  await until('the schemas are in force', 30_000, async () => {
    const { stdout } = await world.kubectl(['get', 'csc', '-o', 'json', ...names]);
    const found = (JSON.parse(stdout) as { items: { metadata: { generation: number }; status: Status }[] })
      .items;
    return found.every(
      ({ metadata, status }) =>
        status?.observedGeneration === metadata.generation && status.conditions?.length,
    );
  });
}

interface Status {
  observedGeneration?: number;
  conditions?: { type: string; status: string; reason: string; message: string }[];
  latest?: { checked: number; violating: number; violations?: { path: string; message: string }[] };
}

const schemaStatus = async (name: string): Promise<Status> => {
  const { stdout } = await world.kubectl(['get', 'csc', name, '-o', 'json']);
  return (JSON.parse(stdout) as { status: Status }).status;
};

type Json = Record<string, unknown> & { reason?: string; detail?: string; items?: { problem?: Json }[] };

const doors: Record<string, (wish: Wish) => Promise<Outcome>> = {
  async object({ text, base, onStale = 'Merge' }) {
    const name = `o${count}`;
    await world.kube.propose(world.namespace, name, { path, body: text, baseVersion: base, onStale });
    const { status } = await until('the object is answered', 20_000, async () => {
      const object = await world.kube.configVersion(world.namespace, name);
      const ready = object.status.conditions?.find(({ type }) => type === 'Ready');
      const isTold = object.status.observedGeneration === object.metadata.generation;
      return isTold && ready && ready.status !== 'Unknown' && object;
    });
    const [ready, warning] = ['Ready', 'SchemaWarning'].map(wanted =>
      status.conditions?.find(({ type }) => type === wanted),
    );
    return ready!.status === 'True'
      ? { reason: '', said: warning?.message ?? '' }
      : { reason: ready!.reason, said: ready!.message };
  },
  async PUT({ text, base, onStale = 'Merge' }) {
    const body = { body_raw: text, base_version: base, on_stale: onStale.toLowerCase() };
    const url = `/configs/${world.namespace}/${path}`;
    return outcomeOf((await world.ask(url, { method: 'PUT', body })).json as Json);
  },
  async deployment({ text, base, onStale = 'Merge' }) {
    const change = { namespace: world.namespace, path, body_raw: text, base_version: base };
    const body = { changes: [{ ...change, on_stale: onStale.toLowerCase() }] };
    const { json } = await world.ask('/deployments', { body });
    if ('needed' in (json as Json)) return outcomeOf(json as Json);
    const [item] = (json as Json).items ?? [];
    return outcomeOf((item?.problem ?? item) as Json);
  },
  'command line': wish => saveWith(world.client, wish),
  // With a kubeconfig and nothing else: through the API server's aggregation layer.
  'API server': wish => saveWith({ KUBECONFIG: inject('kubeconfig') }, wish),
};

async function saveWith(
  client: Record<string, string>,
  { text, base, onStale = 'Merge' }: Wish,
): Promise<Outcome> {
  const args = ['save', '-n', world.namespace, path, '-', '--base', String(base)];
  const stale = ['--on-stale', onStale.toLowerCase(), '--yes', '-o', 'json'];
  const env = { ...process.env, ...client };
  const running = promisify(execFile)(process.execPath, [cli, ...args, ...stale], { env, cwd: '/' });
  running.child.stdin!.end(text);
  const { stdout, stderr } = await running.catch((error: { stdout: string; stderr: string }) => error);
  const answer = JSON.parse(stdout || '{}') as Record<'refused' | 'items', Json[]> & { waiting?: Json };
  if (answer.waiting) return outcomeOf(answer.waiting);
  const { refused = [], items = [] } = answer;
  const problem = refused[0]?.problem as Json | undefined;
  return { reason: problem?.reason ?? (items.length > 0 ? '' : 'nothing'), said: `${stderr}${stdout}` };
}

function outcomeOf(answer: Json): Outcome {
  // A save that is kept until others have approved it is answered with what it would change.
  const reason = 'needed' in answer ? 'ApprovalRequired' : (answer.reason ?? '');
  return { reason, said: JSON.stringify(answer) };
}

/** Versions 1 and 2, saved before there was a rule. */
async function versions(first: string, second: string): Promise<void> {
  for (const [index, text] of [first, second].entries()) {
    const body = { body_raw: text, base_version: index };
    const { status } = await world.ask(`/configs/${world.namespace}/${path}`, { method: 'PUT', body });
    expect(status).toBeLessThan(300);
  }
}

const latest = async (): Promise<number> => {
  const { json } = await world.ask(`/configs/${world.namespace}/${path}`);
  return (json as { latest: { version: number } }).latest.version;
};

/** Together, they are one that the schema of `strict` does not allow. */
const [base, theirs, mine] = [
  'cap: 1\n\ncurrency: EUR\n',
  'cap: 900\n\ncurrency: EUR\n',
  'cap: 1\n\ncurrency: USD\n',
];
/** What JSON Schema can say of two places. */
const strict = {
  properties: { currency: { enum: ['EUR', 'USD'] }, cap: { type: 'integer' } },
  ...(JSON.parse(
    '{"if": {"properties": {"currency": {"const": "USD"}}}, "then": {"properties": {"cap": {"maximum": 500}}}}',
  ) as object),
};
const withRule = (rule: object) => (object: Record<string, never>) => {
  const { metadata, spec } = object as unknown as { metadata: { name: string }; spec: object };
  if (metadata.name === 'limits') Object.assign(spec, rule);
};

describe.each(Object.keys(doors))('at the door: %s', door => {
  const change = doors[door]!;

  it('a written text that a schema does not allow is refused with place, rule and nearest spelling', async () => {
    await versions(base!, theirs!);
    await apply();
    const { reason, said } = await change({ text: 'cap: 1\ncurency: EUR\n', base: 2 });
    expect({ reason, said }).toMatchObject({
      reason: 'SchemaViolation',
      said: expect.stringMatching(
        /limits.*[Ll]ine 2, column 1: curency is not a known key; did you mean currency\?/s,
      ),
    });
    expect(await latest()).toBe(2);
    expect(await change({ text: 'cap: 7\n\ncurrency: EUR\n', base: 2 })).toMatchObject({ reason: '' });
    expect(await latest()).toBe(3);
  });

  it.each(['Merge', 'Confirm'] as const)(
    'a text that %s would make is a clash where both sides satisfy the schema and it does not',
    async onStale => {
      await versions(base!, theirs!);
      await apply(withRule({ schema: strict }));
      const { reason, said } = await change({ text: mine!, base: 1, onStale });
      expect({ reason, said }).toMatchObject({
        reason: 'VersionConflict',
        said: expect.stringContaining('Both edits satisfy schema limits, but together they do not'),
      });
      expect(said).toContain('cap must be <= 500');
      expect(await latest()).toBe(2);
    },
  );

  it('a text that a schema only warns of is saved, and its author is told', async () => {
    await versions(base!, theirs!);
    await apply(withRule({ enforcement: 'Warn' }));
    const { reason, said } = await change({ text: 'cap: 1\ncurency: EUR\n', base: 2 });
    expect({ reason, said }).toMatchObject({
      reason: '',
      said: expect.stringContaining('did you mean currency?'),
    });
    expect(await latest()).toBe(3);
  });
});

describe.each(Object.keys(doors))('at the door: %s, a secret', door => {
  it.each([
    ['written', { text: 'cap: 7\n\npassword: hunter2\n', base: 2 }],
    ['merged', { text: `${base!}password: hunter2\n`, base: 1, onStale: 'Merge' }],
    ['confirmed', { text: `${base!}password: hunter2\n`, base: 1, onStale: 'Confirm' }],
  ] as const)('that a %s text brings in is refused, told by its place, and never shown', async (_, wish) => {
    await versions(base!, theirs!);
    await refuseSecrets();
    const { reason, said } = await doors[door]!(wish);
    expect({ reason, said }).toMatchObject({
      reason: 'SecretFound',
      said: expect.stringMatching(/password holds a literal secret \(known-key\)/),
    });
    // Before it sends anything, the command line shows its author what changes in their own file.
    expect(said.replace(/^[+]password: hunter2$/m, '')).not.toContain('hunter2');
    expect(await latest()).toBe(2);
  });
});

/** As docs/rules.md does it in Git. */
async function refuseSecrets(): Promise<void> {
  const block = /^```yaml\n(apiVersion: [^`]*secrets: Refuse\n)```/m.exec(rulesPage)![1]!;
  const object = parseAllDocuments(block)[0]!.toJS() as { metadata: { name: string } };
  object.metadata.name = world.namespace;
  await world.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(object) });
  const { namespace } = world;
  stack.defer(async () => {
    await world.kubectl(['patch', 'cns', namespace, '--type=merge', '-p', '{"metadata":{"finalizers":[]}}']);
    await world.kubectl(['delete', 'cns', '--ignore-not-found', '--wait=false', namespace]);
  });
  await until('the policy is in force', 20_000, async () => {
    const { stdout } = await world.kubectl(['get', 'cns', namespace, '-o', 'json']);
    const { status } = JSON.parse(stdout) as { status?: { observedGeneration?: number } };
    return status?.observedGeneration === 1;
  });
}

describe.each(Object.keys(doors))('at the door: %s, a frozen config', door => {
  it.each([
    ['written', { text: 'cap: 7\n\ncurrency: EUR\n', base: 2 }],
    ['merged', { text: mine!, base: 1, onStale: 'Merge' }],
    ['confirmed', { text: mine!, base: 1, onStale: 'Confirm' }],
  ] as const)('has no %s text saved, and says until when and why', async (_, wish) => {
    await versions(base!, theirs!);
    await freeze('2099-01-02T06:00:00Z');
    const { reason, said } = await doors[door]!(wish);
    expect({ reason, said }).toMatchObject({
      reason: 'Frozen',
      said: expect.stringMatching(/frozen until 2099-01-02 at 06:00 UTC: Year-end closing/),
    });
    expect(await latest()).toBe(2);
  });
});

interface Approval {
  id: string;
  token: string;
  needed: number;
  approved_by: { name: string }[];
  problem?: { reason: string };
  changes: { change?: string; current_version?: number }[];
}

describe.each(Object.keys(doors))('at the door: %s, a protected config', door => {
  const change = doors[door]!;
  let people: string[];

  const waiting = async (token?: string): Promise<Approval> => {
    const { json } = await world.ask(`/approvals?namespace=${world.namespace}&path=${path}`, { token });
    const [item] = (json as { items: Approval[] }).items;
    return (await world.ask(`/approvals/${world.namespace}/${item!.id}`, { token })).json as Approval;
  };
  const approve = ({ id, token: change }: Approval, token?: string) =>
    world.ask(`/approvals/${world.namespace}/${id}/approve`, { token, body: { token: change } });
  /** With the rights that somebody who was just given them may not have at once. */
  const approveBy = (shown: Approval, token: string) =>
    until('it is approved', 30_000, async () => {
      const answer = await approve(shown, token);
      return answer.status === 200 && answer;
    });
  /** As many as it takes; an object is looked at again after each. */
  const approveByAll = async (from = 0) => {
    for (const person of people.slice(from)) {
      const shown = await until('it is shown', 30_000, async () => {
        if ((await latest()) > 2) return 'saved' as const;
        const { json } = await world.ask(`/approvals?namespace=${world.namespace}&path=${path}`, {
          token: person,
        });
        const count = (json as { items: unknown[] }).items?.length ?? 0;
        return count > 0 && (await waiting(person));
      });
      if (shown === 'saved') return;
      await approveBy(shown, person);
      if (shown.approved_by.length + 1 >= shown.needed) return;
    }
  };
  const latestVersion = async () => {
    const { json } = await world.ask(`/versions/${world.namespace}/${path}?limit=1`);
    return (json as { items: { version: number; approvals?: { kind: string; name: string }[] }[] }).items[0]!;
  };

  beforeEach(async () => {
    const rules = (verbs: string[]) => ({ apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs });
    people = [];
    for (const name of ['bob', 'eve', 'cem'])
      people.push(await world.person(name, rules(['get', 'list', 'approve'])));
  });

  it.each([
    ['written', { text: 'cap: 7\n\ncurrency: EUR\n', base: 2 }, 'cap: 7\n\ncurrency: EUR\n'],
    ['merged', { text: mine!, base: 1, onStale: 'Merge' }, 'cap: 900\n\ncurrency: USD\n'],
    ['confirmed', { text: mine!, base: 1, onStale: 'Confirm' }, 'cap: 900\n\ncurrency: USD\n'],
  ] as const)('has a %s text wait, and saved when others have approved it', async (_, wish, text) => {
    await versions(base!, theirs!);
    await protect();
    expect(await change(wish)).toMatchObject({ reason: 'ApprovalRequired' });
    expect(await latest()).toBe(2);
    const shown = await waiting();
    expect(shown.changes).toMatchObject([
      { current_version: 2, change: expect.stringContaining('version 2') },
    ]);
    // The sender's own, where this is the sender.
    if (door !== 'object' && door !== 'API server') expect((await approve(shown)).status).toBe(403);
    await approveByAll();
    const saved = await until('it is saved', 30_000, async () => {
      const one = await latestVersion();
      return one.version === 3 && one;
    });
    expect(saved.approvals).toContainEqual(
      expect.objectContaining({ kind: 'approved', name: expect.stringContaining(':bob') }),
    );
    const { json } = await world.ask(`/configs/${world.namespace}/${path}`);
    expect((json as { latest: { body_raw: string } }).latest.body_raw).toBe(text);
  });

  // Only an object has a status.
  if (door === 'object') {
    it('is not approved by what anybody writes into its status', async () => {
      await versions(base!, theirs!);
      await protect({ count: 2 });
      await change({ text: 'cap: 7\n\ncurrency: EUR\n', base: 2 });
      const at = new Date().toISOString();
      const approvedBy = ['mallory', 'trudy', 'oscar'].map(name => ({ name, at }));
      const forged = JSON.stringify({ status: { approval: { approvedBy } } });
      const patch = [
        'patch',
        'cv',
        `o${count}`,
        '-n',
        world.namespace,
        '--subresource=status',
        '--type=merge',
      ];
      await world.kubectl([...patch, '-p', forged]);
      const shown = await waiting();
      expect(shown.approved_by).toEqual([]);
      // The operator looks at it again, after the forged ones were there.
      await approveBy(shown, people[0]!);
      const judged = await until('it is approved once', 30_000, async () => {
        const now = await waiting();
        return now.approved_by.length === 1 && now;
      });
      expect([judged.approved_by[0]!.name, await latest()]).toEqual([expect.stringContaining(':bob'), 2]);
      await approveByAll(1);
      const saved = await until('it is saved', 30_000, async () => {
        const one = await latestVersion();
        return one.version === 3 && one;
      });
      expect(saved.approvals?.map(({ name }) => name.split(':').at(-1)).sort()).toEqual([
        'bob',
        'cem',
        'eve',
      ]);
    });
  }

  it('keeps its approvals when others save elsewhere, and tells a clash in the same place', async () => {
    await versions(base!, theirs!);
    await protect({ count: 2 });
    expect(await change({ text: 'cap: 7\n\ncurrency: EUR\n', base: 2 })).toMatchObject({
      reason: 'ApprovalRequired',
    });
    const shown = await waiting();
    await approveBy(shown, people[0]!);
    const bypassed = (body_raw: string, base_version: number) =>
      world.ask(`/configs/${world.namespace}/${path}`, {
        ...{ method: 'PUT', body: { body_raw, base_version, bypass: 'incident 12' } },
      });
    expect((await bypassed('cap: 900\n\ncurrency: USD\n', 2)).json).toMatchObject({ latest: { version: 3 } });
    const moved = await until('it is looked at again', 30_000, async () => {
      const now = await waiting();
      return now.changes[0]?.current_version === 3 && now.approved_by.length === 1 && now;
    });
    expect(moved.token).toBe(shown.token);
    expect(moved.changes[0]!.change).not.toMatch(/^[-+]currency/m);
    expect((await bypassed('cap: 8\n\ncurrency: USD\n', 3)).json).toMatchObject({ latest: { version: 4 } });
    if (door === 'object') {
      await until('the clash is told', 30_000, async () => {
        const { status } = await world.kube.configVersion(world.namespace, `o${count}`);
        return status.conditions?.some(({ reason }) => reason === 'VersionConflict');
      });
    } else expect((await waiting()).problem).toMatchObject({ reason: 'VersionConflict' });
  });
});

/** As docs/rules.md does it. */
async function protect(more: object = {}): Promise<void> {
  await applyRules('approval:', ({ approval }) => Object.assign(approval![0]!, more));
  await until('the rule is known', 30_000, async () => {
    const probe = { body_raw: 'probe: 1\n', base_version: 0 };
    const url = `/configs/${world.namespace}/limits/probe.yaml?dry_run=true`;
    const { json } = await world.ask(url, { method: 'PUT', body: probe });
    return (json as { approval_required?: boolean }).approval_required === true;
  });
}

/** As docs/rules.md does it in Git. */
async function freeze(until: string, paths = ['limits']): Promise<void> {
  await applyRules('freezes:', ({ freezes }) => Object.assign(freezes![0]!, { until, paths }));
  await until_(async () => (await freezes()).length > 0);
}

/** The ConfigNamespace of docs/rules.md that has this, for the namespace of the test. */
async function applyRules(
  having: string,
  change: (policy: { freezes?: object[]; approval?: object[] }) => void,
): Promise<void> {
  const blocks = rulesPage.matchAll(
    /^```yaml\n(apiVersion: pawl.dev\/v1alpha1\nkind: ConfigNamespace\n.*?)^```/gms,
  );
  const block = [...blocks].map(([, text]) => text!).find(text => text.includes(having))!;
  const object = parseAllDocuments(block)[0]!.toJS() as {
    metadata: { name: string };
    spec: { policy: { freezes?: object[]; approval?: object[] } };
  };
  object.metadata.name = world.namespace;
  change(object.spec.policy);
  await world.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(object) });
  const { namespace } = world;
  stack.defer(async () => {
    await world.kubectl(['patch', 'cns', namespace, '--type=merge', '-p', '{"metadata":{"finalizers":[]}}']);
    await world.kubectl(['delete', 'cns', '--ignore-not-found', '--wait=false', namespace]);
  });
}

const freezes = async (): Promise<{ name: string; by?: string }[]> => {
  const { json } = await world.ask(`/freezes?namespace=${world.namespace}`);
  return (json as { items: { name: string }[] }).items;
};
const until_ = (condition: () => Promise<boolean>) => until('the freeze is known', 30_000, condition);

describe('a freeze', () => {
  it('is made and ended by people beside that of Git, and bypassed only with the right to', async () => {
    await versions(base!, theirs!);
    await freeze('2099-01-02T06:00:00Z', ['other']);
    const { namespace } = world;
    const body = {
      namespace,
      path,
      reason: 'incident 12',
      until: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const rules = (verbs: string[]) => ({ apiGroups: ['store.pawl.dev'], resources: ['configs'], verbs });
    const editor = await world.person('editor', rules(['get', 'list', 'update']));
    const owner = await world.person('owner', rules(['get', 'list', 'update', 'freeze', 'bypass']));
    expect((await world.ask('/freezes', { body, token: editor })).status).toBe(403);
    const made = await until('the right to freeze', 30_000, async () => {
      const answer = await world.ask('/freezes', { body, token: owner });
      return answer.status !== 403 && answer;
    });
    expect(made).toMatchObject({
      status: 200,
      json: { paths: [path], reason: 'incident 12', by: expect.stringContaining('owner') },
    });
    expect((await freezes()).map(({ name }) => name).sort()).toEqual([
      expect.stringMatching(/^p-/),
      'year-end',
    ]);
    for (const until of ['2026-03-02T09:14:05Z', '2999-01-01T00:00:00Z']) {
      const refused = await world.ask('/freezes', { body: { ...body, until }, token: owner });
      expect(refused.json).toMatchObject({ status: 422, reason: 'InvalidEnd' });
    }

    const url = `/configs/${namespace}/${path}`;
    const change = { body_raw: 'cap: 8\n\ncurrency: EUR\n', base_version: 2 };
    const put = (token: string, more = {}) =>
      world.ask(url, { method: 'PUT', token, body: { ...change, ...more } });
    expect((await put(owner)).json).toMatchObject({
      status: 423,
      reason: 'Frozen',
      freeze: { reason: 'incident 12' },
    });
    const bypass = 'hotfix';
    expect((await put(editor, { bypass })).json).toMatchObject({ status: 403 });
    expect((await put(owner, { bypass, comment: 'lower it' })).json).toMatchObject({
      latest: {
        version: 3,
        comment: expect.stringMatching(/^Bypassed the freeze p-[0-9a-f]+ \(incident 12\): hotfix\nlower it$/),
      },
    });
    expect((await world.ask(url, { method: 'DELETE' })).json).toMatchObject({ reason: 'Frozen' });

    const query = `namespace=${namespace}&path=${encodeURIComponent(path)}`;
    expect((await world.ask(`/freezes?${query}`, { method: 'DELETE', token: owner })).status).toBe(204);
    expect((await freezes()).map(({ name }) => name)).toEqual(['year-end']);
    const free = { ...change, body_raw: 'cap: 9\n', base_version: 3 };
    expect((await world.ask(url, { method: 'PUT', token: editor, body: free })).status).toBe(200);
  });

  it('that ends lets an object through by itself', async () => {
    await versions(base!, theirs!);
    // Long enough to see the refusal on a busy machine.
    await freeze(new Date(Date.now() + 30_000).toISOString());
    expect(await doors.object!({ text: 'cap: 7\n\ncurrency: EUR\n', base: 2 })).toMatchObject({
      reason: 'Frozen',
    });
    await until('it is saved', 40_000, async () => (await latest()) === 3);
  });
});

describe('a delete that was let past a rule', () => {
  it.each([
    ['a freeze', () => freeze('2099-01-02T06:00:00Z'), 'the freeze year-end (Year-end closing)'],
    ['an approval', () => protect(), 'the approval'],
  ] as const)('%s stands in the log, with the reason', async (_, rule, what) => {
    await versions(base!, theirs!);
    await rule();
    const { namespace } = world;
    const changes = [{ namespace, path, operation: 'delete', base_version: 2 }];
    expect((await world.ask('/deployments', { body: { changes } })).status).toBeGreaterThanOrEqual(400);
    const { status } = await world.ask('/deployments', { body: { changes, bypass: 'hotfix' } });
    expect(status).toBe(200);
    const { json } = await world.ask(`/deployments?namespace=${namespace}&limit=1`);
    expect((json as { items: object[] }).items).toMatchObject([
      { changes: [{ path, operation: 'delete', note: `Bypassed ${what}: hotfix` }] },
    ]);
  });
});

describe('a schema', () => {
  it('that is wrong says so in its condition, and refuses nothing', async () => {
    await versions(base!, theirs!);
    await apply(withRule({ schema: { $ref: 'nothing' } }));
    const { conditions = [] } = await schemaStatus('limits');
    expect(conditions[0]).toMatchObject({
      ...{ type: 'Ready', status: 'False', reason: 'InvalidSchema' },
      message: expect.stringContaining('names no ConfigSchema'),
    });
    expect(await doors.PUT!({ text: 'anything: 1\n', base: 2 })).toMatchObject({ reason: '' });
  });

  it('that changes invalidates no version, and lists those that do not satisfy it', async () => {
    await versions('capp: 1\n', 'capp: 2\n');
    await apply();
    const status = await until('the latest versions were looked at', 30_000, async () => {
      const found = await schemaStatus('limits');
      return found.latest?.violating === 1 && found;
    });
    expect(status.latest).toMatchObject({
      checked: 1,
      violations: [{ path, message: expect.stringContaining('did you mean cap?') }],
    });
    expect(await latest()).toBe(2);
    const { json } = await world.ask(`/violations?namespace=${world.namespace}`);
    expect(json).toMatchObject({
      items: [{ config: { path }, violations: [{ schema: 'limits' }, { schema: 'limits' }] }],
    });
    const env = { ...process.env, ...world.client };
    const listed = await promisify(execFile)(process.execPath, [cli, 'validate', '--all'], {
      env,
      cwd: '/',
    }).catch((error: { code: number; stdout: string }) => error);
    expect(listed).toMatchObject({ code: 3, stdout: expect.stringContaining(`${world.namespace}/${path}`) });
    // The same text again is not an edit.
    await world.saved('same', { path, body: 'capp: 2\n', baseVersion: 2 });
  });

  it('that changes lets objects through that it refused', async () => {
    await versions(base!, theirs!);
    await apply();
    expect(await doors.object!({ text: 'cap: 1\ncurency: EUR\n', base: 2 })).toMatchObject({
      reason: 'SchemaViolation',
    });
    const { status } = await world.kube.configVersion(world.namespace, `o${count}`);
    expect(status.violations).toEqual([
      {
        ...{ schema: 'limits', pointer: '/curency', path: 'curency', line: 2, column: 1 },
        ...{ rule: 'additionalProperties', message: expect.stringContaining('did you mean') },
      },
    ]);
    await apply(withRule({ schema: { title: 'anything' } }));
    await until('it is saved', 30_000, async () => (await latest()) === 3);
  });
});
