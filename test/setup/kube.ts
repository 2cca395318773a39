/**
 * A test's own hands on the real API server: applies ConfigVersions as kubectl would (server-side apply under
 * its own field manager), reads objects as they are stored, and makes a namespace of its own per test.
 */
import { randomBytes } from 'node:crypto';
import { findAccess } from '../../operator/kube/find-access.ts';
import { isKubeError } from '../../operator/kube/kube-error.ts';
import { type Query, type Resource, resourcePath } from '../../operator/kube/resource-path.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import { watchEvents } from '../../operator/kube/watch-stream.ts';
import type { ConfigNotifierSpec, ConfigNotifierStatus } from '../../operator/object/config-notifier.ts';
import type {
  ConfigProjectionSpec,
  ConfigProjectionStatus,
} from '../../operator/object/config-projection.ts';
import type { ConfigVersionSpec, ConfigVersionStatus } from '../../operator/object/config-version.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Format } from '../../text/format.ts';
import { until } from './until.ts';

const configVersions: Resource = { group: 'pawl.dev', version: 'v1alpha1', plural: 'configversions' };
const configProjections: Resource = { group: 'pawl.dev', version: 'v1alpha1', plural: 'configprojections' };
const configNotifiers: Resource = { group: 'pawl.dev', version: 'v1alpha1', plural: 'confignotifiers' };
const configMaps: Resource = { group: '', version: 'v1', plural: 'configmaps' };
const secrets: Resource = { group: '', version: 'v1', plural: 'secrets' };
const namespaces: Resource = { group: '', version: 'v1', plural: 'namespaces' };

export interface Meta {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { uid: string; name: string }[];
  managedFields?: { manager: string; operation: string }[];
}

export interface StoredConfigVersion {
  metadata: Meta;
  spec: ConfigVersionSpec;
  status: ConfigVersionStatus;
}

export interface StoredConfigProjection {
  metadata: Meta;
  spec: ConfigProjectionSpec;
  status: ConfigProjectionStatus;
}

export interface StoredConfigNotifier {
  metadata: Meta;
  spec: ConfigNotifierSpec;
  status: ConfigNotifierStatus;
}

export interface StoredConfigMap {
  metadata: Meta;
  immutable?: boolean;
  data?: Record<string, string>;
}

type Spec = Omit<ConfigVersionSpec, 'format'> & { format?: Format };

export class Kube implements AsyncDisposable {
  readonly #session: Session;
  readonly #signal: AbortSignal;
  readonly #namespaces: string[] = [];

  private constructor(session: Session, signal: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
  }

  /** @param options.lifeMs for how long it answers; default: ten minutes */
  static async open(kubeconfig: string, { lifeMs = 600_000 }: { lifeMs?: number } = {}): Promise<Kube> {
    const access = await findAccess({ kubeconfig });
    return new Kube(
      await openSession({ access, clock: systemClock, userAgent: 'pawl-test', callTimeoutMs: 30_000 }),
      AbortSignal.timeout(lifeMs),
    );
  }

  /**
   * Leaves nothing for the next file's operator to look at: they share one API server. A namespace takes its time to go,
   * and what waits for an operator that has ended would never go.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#namespaces.map(async name => {
        for (const resource of [configVersions, configProjections, configNotifiers])
          await this.#empty(resource, name).catch(() => undefined);
        await this.#call('DELETE', namespaces, { name }).catch(() => undefined);
      }),
    );
    await this.#session.close();
  }

  async #empty(resource: Resource, namespace: string): Promise<void> {
    const objects = await this.#list<{ metadata: Meta & { finalizers?: string[] } }>(resource, namespace);
    if (objects.length === 0) return;
    await this.#call('DELETE', resource, { namespace });
    const patch = { metadata: { finalizers: null } };
    for (const { metadata } of objects) {
      if (metadata.finalizers === undefined) continue;
      const ref = { namespace, name: metadata.name };
      await this.#call('PATCH', resource, ref, patch, {}, 'application/merge-patch+json').catch(
        () => undefined,
      );
    }
  }

  /** A Kubernetes namespace nobody else uses. */
  async namespace(prefix = 'test'): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString('hex')}`;
    await this.createNamespace(name);
    return name;
  }

  async createNamespace(name: string): Promise<void> {
    await this.#call('POST', namespaces, {}, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    if (!this.#namespaces.includes(name)) this.#namespaces.push(name);
  }

  /** Answers when it is gone. */
  async deleteNamespace(name: string): Promise<void> {
    await this.#call('DELETE', namespaces, { name });
    await until(`namespace ${name} is gone`, 60_000, async () => {
      try {
        await this.#call('GET', namespaces, { name });
        return false;
      } catch (error) {
        if (isKubeError(error, 'notFound')) return true;
        throw error;
      }
    });
  }

  /** As `kubectl apply --server-side`; format defaults to yaml. */
  async propose(
    namespace: string,
    name: string,
    spec: Spec,
    metadata: { annotations?: Record<string, string>; labels?: Record<string, string> } = {},
  ): Promise<StoredConfigVersion> {
    const body = {
      apiVersion: 'pawl.dev/v1alpha1',
      kind: 'ConfigVersion',
      metadata: { name, namespace, ...metadata },
      spec: { format: 'yaml', ...spec },
    };
    return this.#apply(configVersions, namespace, name, body);
  }

  /** As `kubectl apply --server-side`. */
  async project(
    namespace: string,
    name: string,
    spec: ConfigProjectionSpec,
    metadata: { labels?: Record<string, string> } = {},
  ): Promise<StoredConfigProjection> {
    const body = {
      ...{ apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigProjection' },
      ...{ metadata: { name, namespace, ...metadata }, spec },
    };
    return this.#apply(configProjections, namespace, name, body);
  }

  /** As `kubectl apply --server-side`. */
  async notify(
    namespace: string,
    name: string,
    spec: ConfigNotifierSpec,
    metadata: { annotations?: Record<string, string> } = {},
  ): Promise<StoredConfigNotifier> {
    const body = {
      ...{ apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigNotifier' },
      ...{ metadata: { name, namespace, ...metadata }, spec },
    };
    return this.#apply(configNotifiers, namespace, name, body);
  }

  async deleteNotifier(namespace: string, name: string): Promise<void> {
    await this.#call('DELETE', configNotifiers, { namespace, name });
  }

  /** As untilReason(), of a ConfigNotifier. */
  async untilNotifier(
    namespace: string,
    name: string,
    reason: string,
    ms = 30_000,
  ): Promise<StoredConfigNotifier> {
    let seen: unknown;
    return until(`notifier ${namespace}/${name} says ${reason}`, ms, async () => {
      const object: StoredConfigNotifier = await this.#call('GET', configNotifiers, { namespace, name });
      seen = object.status.conditions?.find(condition => condition.type === 'Ready');
      return (
        object.status.conditions?.some(each => each.type === 'Ready' && each.reason === reason) && object
      );
    }).catch(error => {
      throw new Error(`${error.message}; Ready is ${JSON.stringify(seen)}`);
    });
  }

  projection(namespace: string, name: string): Promise<StoredConfigProjection> {
    return this.#call('GET', configProjections, { namespace, name });
  }

  async deleteProjection(namespace: string, name: string): Promise<void> {
    await this.#call('DELETE', configProjections, { namespace, name });
  }

  /** As untilReason(), of a ConfigProjection. */
  async untilProjection(
    namespace: string,
    name: string,
    reason: string,
    ms = 15_000,
  ): Promise<StoredConfigProjection> {
    let seen: unknown;
    return until(`projection ${namespace}/${name} says ${reason}`, ms, async () => {
      const object = await this.projection(namespace, name);
      const ready = object.status.conditions?.find(condition => condition.type === 'Ready');
      seen = ready;
      const current = ready?.observedGeneration === object.metadata.generation;
      return current && ready.reason === reason && object;
    }).catch(error => {
      throw new Error(`${error.message}; Ready is ${JSON.stringify(seen)}`);
    });
  }

  configVersion(namespace: string, name: string): Promise<StoredConfigVersion> {
    return this.#call('GET', configVersions, { namespace, name });
  }

  configVersions(namespace?: string): Promise<StoredConfigVersion[]> {
    return this.#list(configVersions, namespace);
  }

  /** As `kubectl annotate --overwrite`. */
  async annotate(namespace: string, name: string, annotations: Record<string, string | null>): Promise<void> {
    const patch = { metadata: { annotations } };
    await this.#call('PATCH', configVersions, { namespace, name }, patch, {}, 'application/merge-patch+json');
  }

  events(namespace: string): Promise<{ reason: string; note: string }[]> {
    return this.#list({ group: 'events.k8s.io', version: 'v1', plural: 'events' }, namespace);
  }

  /** `Orphan`: what it owns stays, without it among its owners. */
  async deleteConfigVersion(
    namespace: string,
    name: string,
    propagationPolicy?: 'Background' | 'Foreground' | 'Orphan',
  ): Promise<void> {
    await this.#call('DELETE', configVersions, { namespace, name }, undefined, { propagationPolicy });
  }

  /** null: there is none. */
  async configMap(namespace: string, name: string): Promise<StoredConfigMap | null> {
    try {
      return await this.#call('GET', configMaps, { namespace, name });
    } catch (error) {
      if (isKubeError(error, 'notFound')) return null;
      throw error;
    }
  }

  configMaps(namespace?: string): Promise<StoredConfigMap[]> {
    return this.#list(configMaps, namespace, { labelSelector: 'app.kubernetes.io/managed-by=pawl' });
  }

  async createConfigMap(
    namespace: string,
    name: string,
    data: Record<string, string>,
    metadata: object = {},
  ): Promise<StoredConfigMap> {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name, namespace }, data };
    return this.#call('POST', configMaps, { namespace }, body);
  }

  async patchConfigMap(namespace: string, name: string, patch: object): Promise<StoredConfigMap> {
    return this.#call('PATCH', configMaps, { namespace, name }, patch, {}, 'application/merge-patch+json');
  }

  /** Its values decoded; null: there is none. */
  async secret(namespace: string, name: string): Promise<StoredConfigMap | null> {
    try {
      const found = await this.#call<StoredConfigMap>('GET', secrets, { namespace, name });
      const texts = Object.entries(found.data ?? {}).map(([key, base64]) => [
        ...[key, Buffer.from(base64, 'base64').toString()],
      ]);
      return { ...found, data: Object.fromEntries(texts) };
    } catch (error) {
      if (isKubeError(error, 'notFound')) return null;
      throw error;
    }
  }

  /** @param data in base64 */
  async createSecret(namespace: string, name: string, data: Record<string, string>): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
    await this.#call('POST', secrets, { namespace }, body);
  }

  async patchSecret(namespace: string, name: string, patch: object): Promise<void> {
    await this.#call('PATCH', secrets, { namespace, name }, patch, {}, 'application/merge-patch+json');
  }

  /** What a ConfigMap holds, at each change from now on, as the API server tells watchers. */
  async watchConfigMap(
    namespace: string,
    name: string,
  ): Promise<Disposable & { readonly seen: Record<string, string>[] }> {
    const seen: Record<string, string>[] = [];
    const stop = new AbortController();
    const { resourceVersion } = (await this.configMap(namespace, name))!.metadata;
    const opened = Promise.withResolvers<void>();
    const events = watchEvents(this.#session, {
      ...{ path: resourcePath(configMaps, { namespace }), query: { fieldSelector: `metadata.name=${name}` } },
      ...{ resourceVersion, timeoutSeconds: 600, openMs: 30_000, idleMs: 600_000, clock: systemClock },
      signal: stop.signal,
      opened: () => opened.resolve(),
    });
    (async () => {
      for await (const event of events)
        if (event.type !== 'BOOKMARK')
          seen.push((event.object as { data?: Record<string, string> }).data ?? {});
    })().catch(error => opened.reject(error));
    await opened.promise;
    return { seen, [Symbol.dispose]: () => stop.abort() };
  }

  async deleteConfigMap(namespace: string, name: string): Promise<void> {
    await this.#call('DELETE', configMaps, { namespace, name });
  }

  /** Waits until the object's Ready condition for its present generation has this reason. */
  async untilReason(
    namespace: string,
    name: string,
    reason: string,
    ms = 15_000,
  ): Promise<StoredConfigVersion> {
    let seen: unknown;
    return until(`${namespace}/${name} says ${reason}`, ms, async () => {
      const object = await this.configVersion(namespace, name);
      const ready = object.status.conditions?.find(condition => condition.type === 'Ready');
      seen = ready;
      const current = ready?.observedGeneration === object.metadata.generation;
      return current && ready.reason === reason && object;
    }).catch(error => {
      throw new Error(`${error.message}; Ready is ${JSON.stringify(seen)}`);
    });
  }

  /** Waits until a ConfigMap shows this version. */
  untilShown(namespace: string, name: string, version: string, ms = 15_000): Promise<StoredConfigMap> {
    return until(`ConfigMap ${name} shows version ${version}`, ms, async () => {
      const found = await this.configMap(namespace, name);
      return found?.metadata.annotations?.['pawl.dev/version'] === version && found;
    });
  }

  #apply<T>(resource: Resource, namespace: string, name: string, body: object): Promise<T> {
    const query = { fieldManager: 'kubectl', force: true };
    return this.#call('PATCH', resource, { namespace, name }, body, query, 'application/apply-patch+yaml');
  }

  async #list<T>(resource: Resource, namespace?: string, query: Query = {}): Promise<T[]> {
    const { items } = await this.#call<{ items: T[] }>('GET', resource, { namespace }, undefined, query);
    return items;
  }

  async #call<T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    resource: Resource,
    ref: { namespace?: string | undefined; name?: string },
    body?: object,
    query: Query = {},
    contentType = 'application/json',
  ): Promise<T> {
    const path = resourcePath(resource, ref);
    const call = { method, path, query, contentType, signal: this.#signal, ...(body && { body }) };
    return (await this.#session.request<T>(call)).body;
  }
}
