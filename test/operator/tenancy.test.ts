/** Whether names are enough, as an operator asks its store. */
import { describe, expect, it } from 'vitest';
import { Thinker } from '../../history/settle/thinker.ts';
import { examine } from '../../operator/examine.ts';
import type { KubeCluster } from '../../operator/kube/cluster.ts';
import { preview } from '../../operator/preview.ts';
import type { NamespaceHold } from '../../operator/reconcile/ports.ts';
import { Tenancy, type TenancyOptions } from '../../operator/tenancy.ts';
import type { Offload } from '../../runtime/offload.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { readyOf, World } from './world.ts';

const never = new AbortController().signal;

interface Rules {
  uid?: string;
  claimedBy?: string;
  policy?: object;
}

function tenancy(reuse: 'allow' | 'close', rules: Rules = {}) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const holders = new Map<string, string>();
  const now: Rules = { uid: 'first', ...rules };
  const cluster = {
    kubeNamespace: (name: string) => (now.uid ? { name, uid: now.uid, labels: {} } : undefined),
    configNamespace: () => ({ spec: { policy: now.policy, claimedBy: now.claimedBy } }),
  } as unknown as TenancyOptions['cluster'];
  const store: TenancyOptions['store'] = {
    holdNamespace: async ({ namespace, uid, claimed }) => {
      asked.push(uid);
      if (claimed || !holders.has(namespace)) holders.set(namespace, uid);
      return holders.get(namespace) === uid;
    },
  };
  const tenants = new Tenancy({ cluster, store, clock, name: 'default', uid: 'here', reuse });
  return { now, clock, asked, holdOf: () => tenants.holdOf('pay', 'pay', never) };
}

describe('a namespace made again', () => {
  it('is open where reuse is allowed, and the store is not asked', async () => {
    const { holdOf, asked, now } = tenancy('allow');
    expect(await holdOf()).toBe('open');
    now.uid = 'second';
    expect(await holdOf()).toBe('open');
    expect(asked).toEqual([]);
  });

  it('is closed where it is not, and the store is asked about each only once while it is open', async () => {
    const { holdOf, asked, now, clock } = tenancy('close');
    for (const _ of [1, 2, 3]) expect(await holdOf()).toBe('open');
    expect(asked).toEqual(['first']);
    now.uid = 'second';
    for (const _ of [1, 2, 3]) expect(await holdOf()).toBe('closed');
    expect(asked).toEqual(['first', 'second']);
    await clock.advance(5_000);
    expect(await holdOf()).toBe('closed');
    expect(asked).toEqual(['first', 'second', 'second']);
  });

  it('is open at once when an administrator has claimed it, and not by the claim of another', async () => {
    const { holdOf, now } = tenancy('close');
    await holdOf();
    Object.assign(now, { uid: 'second', claimedBy: 'first' });
    expect(await holdOf()).toBe('closed');
    now.claimedBy = 'second';
    expect(await holdOf()).toBe('open');
  });

  it('is what its ConfigNamespace says, whatever the operator is set to', async () => {
    const closing = tenancy('allow', { policy: { namespaceReuse: 'Close' } });
    await closing.holdOf();
    closing.now.uid = 'second';
    expect(await closing.holdOf()).toBe('closed');
    const open = tenancy('close', { policy: { namespaceReuse: 'Allow' } });
    await open.holdOf();
    open.now.uid = 'second';
    expect(await open.holdOf()).toBe('open');
  });

  it('waits while no watch has told of it', async () => {
    expect(await tenancy('close', { uid: '' }).holdOf()).toBe('untold');
  });
});

describe('an object in one that is closed', () => {
  it('saves nothing and shows nothing, and is told who can open it', async () => {
    let hold: 'open' | 'closed' | 'untold' = 'untold';
    const clock = new FakeClock();
    await using world = new World({ clock, holds: () => hold });
    world.api.propose('payments', 'a', { path: 'a.yaml', body: 'a: 1\n' });
    await world.quiet();
    const ready = () => readyOf(world.api.version('payments', 'a'));
    expect(ready()).toBeUndefined();
    hold = 'closed';
    await clock.advance(2_000);
    await world.quiet();
    await clock.advance(2_000);
    await world.quiet();
    expect(ready()).toMatchObject({ reason: 'PathNotAllowed' });
    expect(ready()?.message).toContain('spec.claimedBy of ConfigNamespace payments');
    expect(world.store.headOf({ namespace: 'payments', path: 'a.yaml' })).toBeNull();
    hold = 'open';
    await clock.advance(60_000);
    await world.quiet();
    expect(ready()).toMatchObject({ reason: 'Saved' });
  });
});

describe('for an object in one that is closed', () => {
  const [path, body] = ['a.yaml', 'a: 1\n'];
  const spec = { namespace: 'payments', path, format: 'yaml' } as const;
  const thinker = new Thinker(null as unknown as Offload, { maxBodyBytes: 1 << 20 });
  const reading = { cluster: 'default', trustStamps: false };

  function shared(hold: () => NamespaceHold, policy = {}): World {
    const holds = (_: string, from: string): NamespaceHold => (from === 'eve' ? hold() : 'open');
    const world = new World({ holds });
    world.api.namespace('eve');
    const writers = [{ namespaces: ['payments'], delete: true }, { namespaces: ['eve'] }];
    world.api.rules('payments', { writers, policy });
    return world;
  }

  it.each([
    ['closed', 'refused'],
    ['untold', 'untold'],
    ['open', 'saved'],
  ] as const)('a preview says what is so while it is %s: %s', async (hold, kind) => {
    await using world = shared(() => hold);
    const context = {
      ...{ cluster: world.api as unknown as KubeCluster, store: world.store, thinker, reading },
      ...{ watched: null, holds: () => hold },
    };
    const manifest = {
      namespace: 'eve',
      name: 'x',
      spec: { ...spec, body },
      annotations: {},
      appliedBy: null,
      sender: 'eve',
    };
    const foreseen = await preview(context, manifest, {}, never);
    expect(foreseen.kind).toBe(kind);
    if (foreseen.kind === 'refused')
      expect(foreseen.stall).toMatchObject({
        reason: 'PathNotAllowed',
        message: expect.stringContaining('spec.claimedBy of ConfigNamespace eve'),
      });
  });

  it('nothing is there to be approved', async () => {
    let hold: NamespaceHold = 'open';
    await using world = shared(() => hold, { approval: [{}] });
    world.api.propose('eve', 'x', { namespace: 'payments', path, body });
    await world.quiet();
    const object = world.api.version('eve', 'x')!;
    expect(readyOf(object)?.reason).toBe('ApprovalRequired');
    const look = () => {
      const context = { cluster: world.api as unknown as KubeCluster, store: world.store, thinker, reading };
      return examine({ ...context, holds: () => hold }, object, never);
    };
    expect(await look()).not.toBeNull();
    hold = 'closed';
    expect(await look()).toBeNull();
  });

  it.each([
    ['closed', null, false],
    ['untold', 1n, true],
    ['open', 1n, false],
  ] as const)(
    'a config that another object takes along does not stay because of it while it is %s',
    async (then, head, waits) => {
      let hold: NamespaceHold = 'open';
      await using world = shared(() => hold);
      world.api.propose('payments', 'ada', { path, body, deletionPolicy: 'Delete' });
      await world.quiet();
      world.api.propose('eve', 'x', { namespace: 'payments', path, body });
      await world.quiet();
      hold = then;
      world.api.startDeletion('payments', 'ada');
      await world.quiet();
      expect(world.store.headOf({ namespace: 'payments', path })).toBe(head);
      expect(world.api.version('payments', 'ada') !== undefined).toBe(waits);
    },
  );
});
