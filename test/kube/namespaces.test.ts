/** ConfigNamespaces and Kubernetes namespaces as we keep them, and the writes of finalizers and statuses. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configVersions } from '../../operator/kube/config-versions.ts';
import { setFinalizers } from '../../operator/kube/finalizers.ts';
import { configNamespaceOf, configNamespaces, kubeNamespaceOf } from '../../operator/kube/namespaces.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import { applyStatus } from '../../operator/kube/status.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { ScriptedServer } from './scripted-server.ts';

const { signal } = new AbortController();
let server: ScriptedServer;
let session: Session;

beforeEach(async () => {
  server = await ScriptedServer.start();
  session = await openSession({ access: server.access(), clock: new FakeClock(), userAgent: 'pawl/test' });
});

afterEach(async () => {
  await session.close();
  await server[Symbol.asyncDispose]();
});

const metadata = { name: 'payments', uid: 'u-1', resourceVersion: '7', generation: 2 };

describe('a namespace in memory', () => {
  test('is a name, a uid and its labels', () => {
    const raw = { metadata: { ...metadata, labels: { team: 'a', odd: 1 }, annotations: { big: 'x' } } };
    expect(kubeNamespaceOf(raw)).toEqual({
      name: 'payments',
      uid: 'u-1',
      resourceVersion: '7',
      labels: { team: 'a' },
    });
    expect(() => kubeNamespaceOf({ metadata: { name: 'payments' } })).toThrow('incomplete');
  });

  test('that is a ConfigNamespace has its finalizers, and is frozen', () => {
    const object = configNamespaceOf({
      metadata: { ...metadata, finalizers: ['a/b', 3] },
      spec: { policy: {} },
    });
    expect(object).toEqual({
      metadata: { ...metadata, finalizers: ['a/b'] },
      spec: { policy: {} },
      status: {},
    });
    expect(Object.isFrozen(object.spec.policy)).toBe(true);
    expect(() => configNamespaceOf({ metadata })).toThrow('has no spec');
  });
});

describe('finalizers', () => {
  test('are a merge patch of nothing else, onto exactly the state that was seen', async () => {
    server.on(
      () => true,
      (_, reply) => reply.json(200, { metadata }),
    );
    await setFinalizers(session, configVersions, { ...metadata, namespace: 'a' }, ['x/y'], signal);
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'PATCH',
      path: '/apis/pawl.dev/v1alpha1/namespaces/a/configversions/payments',
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(JSON.parse(request!.body)).toEqual({
      metadata: { uid: 'u-1', resourceVersion: '7', finalizers: ['x/y'] },
    });
  });
});

describe('a status of a cluster-scoped object', () => {
  const write = () =>
    applyStatus(
      session,
      {
        of: configNamespaces,
        apiVersion: 'pawl.dev/v1alpha1',
        kind: 'ConfigNamespace',
        object: metadata,
        seen: {},
        status: { observedGeneration: 2 },
      },
      signal,
    );
  const conflictOnce = () =>
    server.on(
      ({ method }) => method === 'PATCH',
      (_, reply) => reply.status(409, 'Conflict', 'changed meanwhile'),
      1,
    );

  test('is applied again when the object only changed meanwhile', async () => {
    conflictOnce();
    server.list((_, reply) => reply.json(200, { metadata: { ...metadata, resourceVersion: '8' } }));
    server.on(
      () => true,
      (_, reply) => reply.json(200, { metadata }),
    );
    await write();
    const last = server.requests.at(-1)!;
    expect(last.path).toBe('/apis/pawl.dev/v1alpha1/confignamespaces/payments/status');
    expect(JSON.parse(last.body).metadata).toEqual({ name: 'payments', resourceVersion: '8' });
  });

  test('never lands on a successor of the same name', async () => {
    conflictOnce();
    server.list((_, reply) => reply.json(200, { metadata: { ...metadata, uid: 'u-2' } }));
    await expect(write()).rejects.toMatchObject({ kind: 'conflict' });
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    ['a later generation', { observedGeneration: 3 }],
    ['the same generation, differently', { observedGeneration: 2, conditions: [] }],
  ])('never replaces what another process has told meanwhile about %s', async (_, status) => {
    conflictOnce();
    server.list((_, reply) => reply.json(200, { metadata: { ...metadata, resourceVersion: '8' }, status }));
    await expect(write()).rejects.toMatchObject({ kind: 'conflict' });
    expect(server.requests).toHaveLength(2);
  });

  test('replaces one about an earlier generation', async () => {
    conflictOnce();
    const live = { metadata: { ...metadata, resourceVersion: '8' }, status: { observedGeneration: 1 } };
    server.list((_, reply) => reply.json(200, live));
    server.on(
      () => true,
      (_, reply) => reply.json(200, { metadata }),
    );
    await write();
    expect(server.requests).toHaveLength(3);
  });
});
