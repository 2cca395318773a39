/** What the API server's own behaviour decides: ownership, preconditions, what a watch delivers. */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { serverSideApply } from '../../operator/kube/apply.ts';
import { KubeCluster } from '../../operator/kube/cluster.ts';
import { configMaps } from '../../operator/kube/config-maps.ts';
import { configVersions } from '../../operator/kube/config-versions.ts';
import { applyFreeze } from '../../operator/kube/freezes.ts';
import { kubeconfigAccess } from '../../operator/kube/kubeconfig.ts';
import { configNamespaces } from '../../operator/kube/namespaces.ts';
import type { RawObject } from '../../operator/kube/raw-object.ts';
import { resourcePath } from '../../operator/kube/resource-path.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import type { DesiredConfigMap } from '../../operator/object/config-map.ts';
import { configNamespaceKind } from '../../operator/object/config-namespace.ts';
import {
  apiVersion,
  type ConfigVersionSpec,
  kind,
  label,
  manager,
} from '../../operator/object/config-version.ts';
import { systemClock } from '../../runtime/clock.ts';
import { until } from '../runtime/until.ts';
import { until as untilTrue } from '../setup/until.ts';

const namespace = `kube-${randomUUID().slice(0, 8)}`;
const namespaces = { group: '', version: 'v1', plural: 'namespaces' };
const { signal } = new AbortController();

let session: Session;
let cluster: KubeCluster;
let stop: AbortController;
let running: Promise<void>;
let name: string;

beforeAll(async () => {
  const access = await kubeconfigAccess({ path: inject('kubeconfig') });
  session = await openSession({ access, clock: systemClock, userAgent: 'pawl/test' });
  await session.request({
    method: 'POST',
    path: resourcePath(namespaces),
    body: { metadata: { name: namespace } },
    signal,
  });
});

afterAll(async () => {
  await session.request({ method: 'DELETE', path: resourcePath(namespaces, { name: namespace }), signal });
  await session.close();
});

beforeEach(async () => {
  name = `test-${randomUUID().slice(0, 8)}`;
  stop = new AbortController();
  cluster = new KubeCluster(session, {
    clock: systemClock,
    random: Math.random,
    namespaces: [namespace],
    instance: 'test',
    configOf: ({ metadata, spec }) => ({ namespace: spec.namespace ?? metadata.namespace, path: spec.path }),
    targetOf: ({ metadata }) => metadata,
    isRefused: () => false,
    hasDrifted: () => false,
    needsText: ({ status }) => status.observedGeneration === -1,
  });
  running = cluster.run(stop.signal);
  await cluster.synced();
});

afterEach(async () => {
  stop.abort();
  await running;
});

test('tells of Kubernetes namespaces by metadata alone, with their labels as they change', async () => {
  const before = cluster.kubeNamespace(namespace)!;
  expect(before.labels).toMatchObject({ 'kubernetes.io/metadata.name': namespace });
  await session.request({
    method: 'PATCH',
    path: resourcePath(namespaces, { name: namespace }),
    contentType: 'application/merge-patch+json',
    body: { metadata: { labels: { team: name } } },
    signal,
  });
  await until('the label', () => cluster.kubeNamespace(namespace)?.labels.team === name);
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  const list = await session.request<{ kind: string }>({
    method: 'GET',
    path: resourcePath(namespaces),
    accept,
    signal,
  });
  expect(list.body.kind).toBe('PartialObjectMetadataList');
});

const desired = (text: string, more: Partial<DesiredConfigMap> = {}): DesiredConfigMap => ({
  ...{ kind: 'ConfigMap', namespace, name },
  labels: { [label.managedBy]: manager },
  annotations: { 'pawl.dev/version': '1' },
  ownerReferences: [],
  data: { 'a.yaml': text },
  ...more,
});

const mapPath = () => resourcePath(configMaps, { namespace, name });

function createMap(data: Record<string, string>, labels = {}) {
  return session.request<RawObject>({
    method: 'POST',
    path: resourcePath(configMaps, { namespace }),
    query: { fieldManager: 'somebody' },
    body: { metadata: { name, labels }, data },
    signal,
  });
}

const rawMap = async () =>
  (await session.request<RawObject>({ method: 'GET', path: mapPath(), signal })).body;

function edit(patch: object) {
  return session.request({
    method: 'PATCH',
    path: mapPath(),
    query: { fieldManager: 'kubectl-edit' },
    contentType: 'application/merge-patch+json',
    body: patch,
    signal,
  });
}

function propose(spec: Partial<ConfigVersionSpec> = {}) {
  return serverSideApply(session, {
    path: resourcePath(configVersions, { namespace, name }),
    object: {
      apiVersion,
      kind,
      metadata: { namespace, name },
      spec: { path: 'a.yaml', format: 'yaml', body: 'a: 1\n', ...spec },
    },
    force: true,
    signal,
  });
}

const cached = () => cluster.configMap({ namespace, name });

describe('ConfigMaps on a real API server', () => {
  test('are created, updated and left alone by apply, and read from the cache at once', async () => {
    const first = await cluster.applyConfigMap(desired('a: 1'), { force: false }, signal);
    expect(first.created).toBe(true);
    expect(cached()).toEqual(first.configMap);
    const second = await cluster.applyConfigMap(desired('a: 2'), { force: false }, signal);
    expect(second.created).toBe(false);
    expect(cached()?.hashes).not.toEqual(first.configMap.hashes);
    const third = await cluster.applyConfigMap(desired('a: 2'), { force: false }, signal);
    expect(third.configMap.resourceVersion).toBe(second.configMap.resourceVersion);
  });

  test('are not applied onto another state than the one that was decided about', async () => {
    const { configMap } = await cluster.applyConfigMap(desired('a: 1'), { force: false }, signal);
    await edit({ data: { other: 'x' } });
    const { resourceVersion } = configMap;
    await expect(
      cluster.applyConfigMap(desired('a: 2'), { resourceVersion, force: true }, signal),
    ).rejects.toMatchObject({ kind: 'conflict' });
    await expect(
      cluster.applyConfigMap(desired('a: 2'), { uid: randomUUID(), force: true }, signal),
    ).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('are not created again by an apply that expects them to be there', async () => {
    const { configMap } = await cluster.applyConfigMap(desired('a: 1'), { force: false }, signal);
    await session.request({ method: 'DELETE', path: mapPath(), signal });
    const { uid, resourceVersion } = configMap;
    await expect(
      cluster.applyConfigMap(desired('a: 2'), { uid, resourceVersion, force: true }, signal),
    ).rejects.toMatchObject({ kind: 'conflict' });
    expect(await cluster.readConfigMap({ namespace, name }, signal)).toBeNull();
  });

  test('say who owns a field that we do not take by force', async () => {
    await createMap({ 'a.yaml': 'theirs' });
    await expect(cluster.applyConfigMap(desired('ours'), { force: false }, signal)).rejects.toMatchObject({
      kind: 'fieldConflict',
      causes: [{ field: '.data.a.yaml', message: expect.stringContaining('somebody') }],
    });
  });

  test('are created only where there is none: one that is there is left as it is, also by our own second try', async () => {
    const createOnly = { resourceVersion: '1', force: false };
    const { created } = await cluster.applyConfigMap(desired('ours'), createOnly, signal);
    expect(created).toBe(true);
    await expect(cluster.applyConfigMap(desired('again'), createOnly, signal)).rejects.toMatchObject({
      kind: 'conflict',
    });
    expect((await rawMap()).data).toEqual({ 'a.yaml': 'ours' });
  });

  test('show edits by hand: changed texts, taken annotations, further keys, which can be removed', async () => {
    const wished = { 'pawl.dev/version': '1', 'example.com/wish': 'yes' };
    await cluster.applyConfigMap(
      desired('a: 1', { annotations: wished, labels: { [label.managedBy]: manager, team: 'x' } }),
      { force: false },
      signal,
    );
    expect(cached()).toMatchObject({
      annotations: wished,
      applied: ['data:a.yaml', 'label:team', 'annotation:example.com/wish'],
    });
    await edit({
      metadata: { annotations: { 'example.com/wish': 'no' } },
      data: { 'a.yaml': 'a: 2', more: 'x' },
      binaryData: { bin: 'AAEC' },
    });
    await until('the edit', () => Object.keys(cached()?.hashes ?? {}).length === 3);
    expect(cached()).toMatchObject({
      annotations: { 'pawl.dev/version': '1' },
      applied: ['label:team'],
    });
    expect(Object.keys(cached()!.hashes).sort()).toEqual(['a.yaml', 'binary:bin', 'more']);
    const { configMap } = await cluster.applyConfigMap(
      desired('a: 1', { annotations: wished }),
      { force: true },
      signal,
    );
    await cluster.removeConfigMapKeys(configMap, ['more', 'binary:bin'], signal);
    const after = await rawMap();
    expect([after.data, after.binaryData]).toEqual([{ 'a.yaml': 'a: 1' }, undefined]);
    expect(Object.keys(cached()!.hashes)).toEqual(['a.yaml']);
    await expect(cluster.removeConfigMapKeys(configMap, ['more'], signal)).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  test('are deleted only in the state that was decided about, and stay away', async () => {
    const { configMap } = await cluster.applyConfigMap(desired('a: 1'), { force: false }, signal);
    await edit({ data: { other: 'x' } });
    await expect(cluster.deleteConfigMap(configMap, signal)).rejects.toMatchObject({ kind: 'conflict' });
    await cluster.deleteConfigMap((await cluster.readConfigMap({ namespace, name }, signal))!, signal);
    expect(cached()).toBeUndefined();
    await cluster.deleteConfigMap(configMap, signal);
  });

  test('leave the cache when they are deleted or lose our label', async () => {
    await cluster.applyConfigMap(desired('a: 1'), { force: false }, signal);
    await edit({ metadata: { labels: { [label.managedBy]: null } } });
    await until('the loss', () => cached() === undefined);
    expect(await cluster.readConfigMap({ namespace, name }, signal)).toMatchObject({ labels: {} });
  });
});

describe('ConfigVersions on a real API server', () => {
  const object = () => cluster.configVersion(`${namespace}/${name}`);
  const ready = {
    type: 'Ready',
    status: 'True',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: 'Saved',
    message: '',
  } as const;

  test('are seen by the watch, found by config and target, and carry who changed the spec', async () => {
    await propose();
    await until('the object', () => object() !== undefined);
    expect(object()).toMatchObject({
      metadata: { generation: 1 },
      spec: { path: 'a.yaml', format: 'yaml' },
      bodySha256: createHash('sha256').update('a: 1\n').digest('hex'),
      status: { observedGeneration: -1 },
      specManager: manager,
    });
    expect(cluster.proposersOf({ namespace, path: 'a.yaml' })).toContain(object());
    expect(cluster.askersFor({ namespace, name })).toEqual([object()]);
  });

  test('are held without their text, which is there for who decides, and of no other generation', async () => {
    await propose();
    await until('the object', () => object() !== undefined);
    const first = object()!;
    expect(JSON.stringify(first)).not.toContain('a: 1');
    expect(await cluster.textOf(first, signal)).toBe('a: 1\n');
    await cluster.applyStatus(first, { observedGeneration: 1, conditions: [ready] }, signal);
    // Answered, it is not held any more: this one is read.
    expect(await cluster.textOf(first, signal)).toBe('a: 1\n');
    await propose({ body: 'a: 2\n' });
    await until('the second', () => object()?.metadata.generation === 2);
    expect(await cluster.textOf(first, signal)).toBeNull();
    expect(await cluster.textOf(object()!, signal)).toBe('a: 2\n');
  });

  test('show our status at once, whole, without a new generation', async () => {
    await propose();
    await until('the object', () => object() !== undefined);
    await cluster.applyStatus(
      object()!,
      { observedGeneration: 1, version: '7', conditions: [ready] },
      signal,
    );
    expect(object()).toMatchObject({
      metadata: { generation: 1 },
      status: { version: '7', conditions: [ready] },
    });
    await cluster.applyStatus(object()!, { observedGeneration: 1, conditions: [ready] }, signal);
    expect(object()!.status.version).toBeUndefined();
    expect(object()!.specManager).toBe(manager);
  });

  test('get their status also when somebody else changed them meanwhile', async () => {
    await propose();
    await until('the object', () => object() !== undefined);
    const before = object()!;
    await session.request({
      method: 'PATCH',
      path: resourcePath(configVersions, { namespace, name }),
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { 'pawl.dev/confirm': 'token' } } },
      signal,
    });
    await cluster.applyStatus(before, { observedGeneration: 1, version: '7' }, signal);
    expect(object()).toMatchObject({
      metadata: { annotations: { 'pawl.dev/confirm': 'token' } },
      status: { version: '7' },
    });
  });

  test('never get the status of an earlier object of their name', async () => {
    await propose();
    await until('the object', () => object() !== undefined);
    const earlier = object()!;
    await session.request({
      method: 'DELETE',
      path: resourcePath(configVersions, { namespace, name }),
      signal,
    });
    await expect(cluster.applyStatus(earlier, { version: '7' }, signal)).rejects.toMatchObject({
      name: 'KubeError',
      kind: expect.stringMatching(/notFound|conflict/),
    });
    await propose();
    await expect(cluster.applyStatus(earlier, { version: '7' }, signal)).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  test('get Events, each once', async () => {
    await propose();
    await until('the object', () => object() !== undefined);
    for (let i = 0; i < 3; i += 1)
      cluster.event(object()!, { type: 'Normal', reason: 'Saved', note: 'ä'.repeat(2_000) });
    const path = resourcePath({ group: 'events.k8s.io', version: 'v1', plural: 'events' }, { namespace });
    const items = await untilTrue('the Event is there', 60_000, async () => {
      const { body } = await session.request<{
        items: { regarding: { uid: string }; note: string; reason: string }[];
      }>({ method: 'GET', path, signal });
      const own = body.items.filter(event => event.regarding.uid === object()!.metadata.uid);
      return own.length > 0 && own;
    });
    expect(items).toHaveLength(1);
    expect(Buffer.byteLength(items[0]!.note)).toBeLessThanOrEqual(1024);
  });
});

test.each([
  ['nothing else', {}],
  ['an empty policy of others', { policy: {} }],
  ['a policy of others', { policy: { requireGitCommit: false } }],
])('the last freeze ends beside %s', async (_, spec) => {
  const frozen = `frozen-${randomUUID().slice(0, 8)}`;
  const { body: made } = await session.request<RawObject>({
    method: 'POST',
    path: resourcePath(configNamespaces),
    body: { apiVersion, kind: configNamespaceKind, metadata: { name: frozen }, spec },
    signal,
  });
  const { uid } = made.metadata as { uid: string };
  const entry = { name: 'all', reason: 'closing', until: '2099-01-01T00:00:00Z' };
  const freezesOf = (object: RawObject) =>
    (object as { spec?: { policy?: { freezes?: unknown[] } } }).spec?.policy?.freezes;
  expect(freezesOf(await applyFreeze(session, { name: frozen, uid }, 'all', entry, signal))).toHaveLength(1);
  expect(freezesOf(await applyFreeze(session, { name: frozen, uid }, 'all', null, signal)) ?? []).toEqual([]);
});
