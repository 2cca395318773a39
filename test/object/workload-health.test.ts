/** Whether a workload is well with a config, told from what the API server has of it and its pods. */
import { describe, expect, it } from 'vitest';
import { podHealthOf, watchedWorkload } from '../../operator/kube/watched-workloads.ts';
import type { WorkloadKind } from '../../operator/object/workload/workload.ts';
import { healthIn, troubleOf, type WatchedWorkload } from '../../operator/object/workload/workload-health.ts';

const began = Date.parse('2026-01-02T03:00:00Z');
const at = (seconds: number) => new Date(began + seconds * 1_000).toISOString().replace('.000', '');
const minute = 60_000;

const aPod = (status: object, metadata: object = {}) => ({
  metadata: { name: 'p', creationTimestamp: at(-3_600), ...metadata },
  status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at(-3_000) }], ...status },
});
const container = (facts: object) => ({
  containerStatuses: [{ name: 'api', state: { running: {} }, ...facts }],
});
const ended = (exitCode: number, seconds: number) => ({ terminated: { exitCode, finishedAt: at(seconds) } });

const deployed = { availableReplicas: 2, replicas: 2, updatedReplicas: 2, observedGeneration: 3 };

function watched(
  pods: object[] = [],
  { kind = 'Deployment' as WorkloadKind, spec = {}, status = deployed as object, more = {} } = {},
): WatchedWorkload {
  const raw = { metadata: { generation: 3 }, spec: { replicas: 2, ...spec }, status };
  const known = { kind, namespace: 'shop', name: 'api', wish: null, seen: null };
  return {
    ...watchedWorkload(
      known,
      raw,
      pods.flatMap(pod => podHealthOf({ ...pod })),
    ),
    ...more,
  };
}

const healthOf = (workload: WatchedWorkload, seconds = 60, wasUnhealthy = false) =>
  healthIn(
    workload,
    { sinceMs: began, wasUnhealthy, steadyMs: minute, shown: () => null },
    began + seconds * 1_000,
  );

describe('a workload', () => {
  it('is healthy when its controller has done everything and its pods run', () => {
    expect(healthOf(watched([aPod(container({}))]))).toEqual({ kind: 'healthy' });
  });

  it.each<[string, object]>([
    ['keeps failing', container({ state: { waiting: { reason: 'CrashLoopBackOff' } } })],
    ['cannot be made', container({ state: { waiting: { reason: 'CreateContainerConfigError' } } })],
    ['failed since', container({ lastState: ended(1, 30) })],
    ['has failed just now', container({ state: ended(137, 30) })],
    ['fails before it starts', { initContainerStatuses: [{ name: 'init', lastState: ended(2, 1) }] }],
  ])('is unhealthy with a container that %s', (_, status) => {
    expect(healthOf(watched([aPod({}), aPod(status)])).kind).toBe('unhealthy');
  });

  it.each<[string, object, object?]>([
    ['failed before', container({ lastState: ended(1, -30) })],
    ['ended because it wanted to', container({ lastState: ended(0, 30) })],
    ['is being made', container({ state: { waiting: { reason: 'ContainerCreating' } } })],
    ['is on its way out', container({ lastState: ended(137, 30) }), { deletionTimestamp: at(20) }],
  ])('is not unhealthy with a container that %s', (_, status, metadata) => {
    expect(healthOf(watched([aPod(status, metadata)])).kind).not.toBe('unhealthy');
  });

  it('is waited for while it rolls out, and unhealthy when its controller gives it up', () => {
    const stale = { ...deployed, observedGeneration: 2 };
    const old = { ...deployed, replicas: 3 };
    const missing = { ...deployed, availableReplicas: 1 };
    for (const status of [stale, old, missing, {}])
      expect(healthOf(watched([], { status })).kind).toBe('waiting');
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    expect(healthOf(watched([], { status: { ...missing, conditions } })).kind).toBe('unhealthy');
  });

  it('is unhealthy with a pod that is not ready for as long as its progress deadline', () => {
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: at(10) }];
    const one = watched([aPod({ conditions })], {
      spec: { progressDeadlineSeconds: 120 },
      status: { ...deployed, availableReplicas: 1 },
    });
    expect(healthOf(one, 120).kind).toBe('waiting');
    expect(healthOf(one, 140).kind).toBe('unhealthy');
  });

  it.each<[WorkloadKind, object, object, object]>([
    [
      'StatefulSet',
      {},
      { observedGeneration: 3, readyReplicas: 2, updatedReplicas: 2 },
      { observedGeneration: 3, readyReplicas: 2, updatedReplicas: 1 },
    ],
    [
      'StatefulSet',
      { updateStrategy: { type: 'OnDelete' } },
      { observedGeneration: 3, readyReplicas: 2 },
      { observedGeneration: 3, readyReplicas: 1 },
    ],
    [
      'DaemonSet',
      {},
      { observedGeneration: 3, desiredNumberScheduled: 2, numberAvailable: 2, updatedNumberScheduled: 2 },
      { observedGeneration: 3, desiredNumberScheduled: 2, numberAvailable: 2, updatedNumberScheduled: 1 },
    ],
    ['Rollout', {}, { observedGeneration: 3, phase: 'Healthy' }, { observedGeneration: 3, phase: 'Paused' }],
  ])('may be a %s', (kind, spec, good, wait) => {
    expect(healthOf(watched([], { kind, spec, status: good }))).toEqual({ kind: 'healthy' });
    expect(healthOf(watched([], { kind, spec, status: wait })).kind).toBe('waiting');
  });

  it('is waited for until its pods have been ready for a while, since a container that runs may fail in the next moment', () => {
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: at(20) }];
    expect(healthOf(watched([aPod({}), aPod({ conditions })]), 79).kind).toBe('waiting');
    expect(healthOf(watched([aPod({}), aPod({ conditions })]), 80).kind).toBe('healthy');
    expect(healthOf(watched([aPod({ conditions })]), 79, true).kind).toBe('waiting');
  });

  it('is waited for until it is restarted, where Pawl restarts it', () => {
    const map = (content: string) => ({ content, configs: { 'shop/a.yaml': '2' } });
    const more = {
      wish: { kind: 'all' },
      seen: { maps: { one: map('old') }, hash: null },
      configMaps: ['one'],
    };
    const step = { sinceMs: began, wasUnhealthy: false, steadyMs: minute };
    const one = watched([], { more });
    expect(healthIn(one, { ...step, shown: () => map('new') }, began + minute).kind).toBe('waiting');
    expect(healthIn(one, { ...step, shown: () => map('old') }, began + minute).kind).toBe('healthy');
  });

  it('that was unhealthy before is well when it has not failed for longer than a failing pod is left waiting', () => {
    const one = watched([aPod(container({ lastState: ended(1, 30) }))]);
    expect(healthOf(one, 60, true).kind).toBe('waiting');
    expect(healthOf(one, 30 + 6 * 60, true).kind).toBe('healthy');
    expect(troubleOf(one, began + 60_000)).toContain('exit code 1');
  });

  it('of any shape is read without an error', () => {
    for (const odd of [{}, { status: 7 }, { status: { containerStatuses: [null, 3, { state: [] }] } }]) {
      const [pod] = podHealthOf({ metadata: { name: 'p' }, ...odd });
      expect(pod).toMatchObject({ isReady: false, stuck: null, ends: [] });
    }
  });
});
