/**
 * The restarter beside faults that a real API server makes too seldom: writes that come too late, a second replica at the same
 * moment, and somebody who keeps taking the record back. The API server here is a few lines with resourceVersions.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ConfigMapState } from '../../operator/object/config-map.ts';
import type { SeenConfigs } from '../../operator/object/workload/seen-configs.ts';
import type { PodTemplate, Workload } from '../../operator/object/workload/workload.ts';
import type { Workloads } from '../../operator/restarts/ports.ts';
import { Restarter } from '../../operator/restarts/restarter.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const key = 'Deployment/payments/api';
const delays = { quietMs: 10_000, longestMs: 60_000 };
const { signal } = new AbortController();

/** One Deployment that uses one ConfigMap. */
class Server implements Workloads {
  workload: Workload = {
    ...{ kind: 'Deployment', namespace: 'payments', name: 'api', uid: 'u', resourceVersion: '1' },
    ...{ generation: 1, wish: { kind: 'all' }, seen: null, isHashOurs: false, isSeenForeign: false },
  };
  template: PodTemplate = { configMaps: ['limits'], hash: null, isPaused: false, isOnDelete: false };
  content = 'a';
  version = 1;
  reads = 0;
  writes = 0;
  notes: string[] = [];
  /** Why no write is let in. */
  denied = '';
  /** Called before a write lands. */
  meanwhile: (() => Promise<void> | void) | null = null;

  get = () => this.workload;
  read = async () => {
    this.reads += 1;
    const { workload, template } = this;
    return { workload, template };
  };

  async write(decided: Workload, { seen, hash }: { seen: SeenConfigs | null; hash: string | null }) {
    const { meanwhile } = this;
    this.meanwhile = null;
    await meanwhile?.();
    if (this.denied) return { denied: this.denied };
    if (decided.resourceVersion !== this.workload.resourceVersion) return 'moved';
    this.writes += 1;
    const restarts = hash !== null && hash !== this.template.hash;
    this.template = { ...this.template, hash };
    this.change({ seen, isSeenForeign: false, isHashOurs: hash !== null }, restarts);
    return 'written' as const;
  }

  event = (_: Workload, { note }: { note: string }) => void this.notes.push(note);

  change(changes: Partial<Workload>, isOfSpec = false): void {
    const { resourceVersion, generation } = this.workload;
    this.workload = {
      ...this.workload,
      ...changes,
      resourceVersion: String(Number(resourceVersion) + 1),
      generation: generation + Number(isOfSpec),
    };
  }

  configMap = (): ConfigMapState => ({
    ...{ kind: 'ConfigMap', namespace: 'payments', name: 'limits', uid: 'm', resourceVersion: '1' },
    ...{ labels: {}, ownerReferences: [], immutable: false, createdAt: '', applied: ['data:a'] },
    annotations: {
      'pawl.dev/configmap': 'payments/limits',
      'pawl.dev/namespace': 'payments',
      'pawl.dev/path': 'limits.yaml',
      'pawl.dev/version': String(this.version),
    },
    hashes: { a: this.content },
    intact: { any: true, identity: true, version: true, versions: true },
  });

  save(content: string): void {
    this.content = content;
    this.version += 1;
  }
}

let server: Server;
let clock: FakeClock;

beforeEach(() => {
  server = new Server();
  clock = new FakeClock();
});

const restarter = () =>
  new Restarter({
    ...{ workloads: server, maps: server, clock, delays },
    savedBy: async (config, version) => `ada of ${config}@${version}`,
    report: () => {},
  });

/** Looks as often as it asks for, in the time it asks for. */
async function settle(one: Restarter, most = 10): Promise<void> {
  for (let looks = 0; looks < most; looks += 1) {
    const after = await one.reconcile(key, signal);
    if (after?.requeueAfterMs === undefined) return;
    await clock.advance(after.requeueAfterMs);
  }
}

describe('the restarter', () => {
  it('reads a workload once, and not again while nothing is to be written', async () => {
    const one = restarter();
    await settle(one);
    expect(server).toMatchObject({ reads: 1, writes: 1 });
    for (let look = 0; look < 5; look += 1) await settle(one);
    expect(server).toMatchObject({ reads: 1, writes: 1 });
  });

  it('decides again when the workload changes before its write lands', async () => {
    const one = restarter();
    await settle(one);
    server.save('b');
    server.meanwhile = () => server.change({ generation: 2 });
    await settle(one);
    expect(server.template.hash).not.toBeNull();
    expect(server.notes).toEqual([
      'Restarted for payments/limits.yaml version 2 by ada of payments/limits.yaml@2.',
    ]);
  });

  it('waits no longer where the watch of the workload lags behind, and does not show the record yet', async () => {
    const one = restarter();
    const lagging = server.workload;
    await settle(one);
    server.get = () => lagging;
    server.save('b');
    expect(await one.reconcile(key, signal)).toEqual({ requeueAfterMs: delays.quietMs });
    await clock.advance(delays.quietMs);
    await one.reconcile(key, signal);
    expect(server.template.hash).not.toBeNull();
  });

  it('tells on the workload that the API server denies the restart, and does it when it may', async () => {
    const one = restarter();
    await settle(one);
    server.save('b');
    expect(await one.reconcile(key, signal)).toEqual({ requeueAfterMs: delays.quietMs });
    await clock.advance(delays.quietMs);
    server.denied = 'admission webhook "labels.example.com" denied the request';
    await expect(one.reconcile(key, signal)).rejects.toThrow(server.denied);
    expect(server.notes).toEqual([
      "It was not restarted for payments/limits.yaml version 2, because the API server denies Pawl's write: " +
        `${server.denied}. Pawl tries again.`,
    ]);
    server.denied = '';
    await one.reconcile(key, signal);
    expect(server.notes.at(-1)).toContain('Restarted for payments/limits.yaml version 2');
  });

  it('tells on a workload that the API server lets nothing be written down on it', async () => {
    server.denied = 'not allowed';
    await expect(restarter().reconcile(key, signal)).rejects.toThrow('not allowed');
    expect(server.notes).toEqual([expect.stringContaining('not watched for what its configs say')]);
  });

  it('beside a second one restarts once', async () => {
    const [one, other] = [restarter(), restarter()];
    await settle(one);
    await settle(other);
    server.save('b');
    const { generation } = server.workload;
    await Promise.all([one.reconcile(key, signal), other.reconcile(key, signal)]);
    await clock.advance(delays.quietMs);
    server.meanwhile = async () => void (await other.reconcile(key, signal));
    await settle(one);
    await settle(other);
    expect(server.workload.generation).toBe(generation + 1);
    expect(server.notes).toHaveLength(1);
  });

  it('does not touch a paused rollout, and looks at it again when it is resumed', async () => {
    const one = restarter();
    await settle(one);
    server.template = { ...server.template, isPaused: true };
    server.change({}, true);
    server.save('b');
    await settle(one);
    await clock.advance(100_000);
    await settle(one);
    expect(server.writes).toBe(1);
    expect(server.notes.at(-1)).toContain('kubectl rollout resume deployment/api');
    server.template = { ...server.template, isPaused: false };
    server.change({}, true);
    await settle(one);
    expect(server.writes).toBe(2);
  });

  it('asks a Rollout of Argo, whose status alone says that it is paused, again and again', async () => {
    const one = restarter();
    server.change({ kind: 'Rollout' });
    await settle(one);
    server.template = { ...server.template, isPaused: true };
    server.change({}, true);
    server.save('b');
    expect(await one.reconcile(key, signal)).toEqual({ requeueAfterMs: 15_000 });
    await clock.advance(15_000);
    expect(await one.reconcile(key, signal)).toEqual({ requeueAfterMs: 15_000 });
    server.template = { ...server.template, isPaused: false };
    await settle(one);
    expect(server.writes).toBe(2);
  });

  it('does not fight with somebody who keeps taking the record back', async () => {
    const one = restarter();
    await settle(one);
    for (let minute = 0; minute < 30; minute += 1) {
      server.change({ seen: null, isSeenForeign: true });
      await one.reconcile(key, signal);
      await clock.advance(60_000);
    }
    expect(server.writes).toBeLessThan(7);
    expect(server.template.hash).toBeNull();
  });

  it('leaves alone what is gone, and what never asked for anything', async () => {
    const one = restarter();
    server.change({ wish: null });
    await settle(one);
    expect(server).toMatchObject({ reads: 0, writes: 0 });
  });
});
