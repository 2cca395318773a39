/** A test's hands on what surrounds proposals: ConfigNamespaces, Kubernetes namespaces, annotations, deletions. */

import { findAccess } from '../../operator/kube/find-access.ts';
import { isKubeError } from '../../operator/kube/kube-error.ts';
import { type Resource, resourcePath } from '../../operator/kube/resource-path.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import type { ConfigNamespaceSpec, ConfigNamespaceStatus } from '../../operator/object/config-namespace.ts';
import { systemClock } from '../../runtime/clock.ts';
import { until } from './until.ts';

const configNamespaces: Resource = { group: 'pawl.dev', version: 'v1alpha1', plural: 'confignamespaces' };
const configVersions: Resource = { group: 'pawl.dev', version: 'v1alpha1', plural: 'configversions' };
const namespaces: Resource = { group: '', version: 'v1', plural: 'namespaces' };

interface Stored {
  metadata: {
    name: string;
    uid: string;
    generation: number;
    resourceVersion: string;
    finalizers?: string[];
    deletionTimestamp?: string;
    labels?: Record<string, string>;
  };
}

export interface StoredConfigNamespace extends Stored {
  spec: ConfigNamespaceSpec;
  status: ConfigNamespaceStatus;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export class Rules implements AsyncDisposable {
  readonly #session: Session;
  readonly #signal = AbortSignal.timeout(600_000);

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(kubeconfig: string): Promise<Rules> {
    const access = await findAccess({ kubeconfig });
    return new Rules(
      await openSession({ access, clock: systemClock, userAgent: 'pawl-test', callTimeoutMs: 30_000 }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close();
  }

  /** As `kubectl apply --server-side`, and waits until a running operator holds proposals against it. */
  async apply(name: string, spec: ConfigNamespaceSpec): Promise<StoredConfigNamespace> {
    const path = resourcePath(configNamespaces, { name });
    const { body } = await this.#session.request<StoredConfigNamespace>({
      method: 'PATCH',
      path,
      query: { fieldManager: 'kubectl', force: true },
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigNamespace', metadata: { name }, spec },
      signal: this.#signal,
    });
    return until(`the rules of ${name} are in force`, 15_000, async () => {
      const found = await this.get(name);
      return (found?.status.observedGeneration ?? -1) >= body.metadata.generation && found;
    });
  }

  get(name: string): Promise<StoredConfigNamespace | null> {
    return orNull(this.#call('GET', resourcePath(configNamespaces, { name })));
  }

  async delete(name: string): Promise<void> {
    await this.#call('DELETE', resourcePath(configNamespaces, { name }));
  }

  untilReason(name: string, reason: string): Promise<StoredConfigNamespace> {
    return until(`ConfigNamespace ${name} says ${reason}`, 15_000, async () => {
      const found = await this.get(name);
      const ready = found?.status.conditions?.find(({ type }) => type === 'Ready');
      return ready?.reason === reason && found;
    });
  }

  untilGone(name: string, ms = 15_000): Promise<true> {
    return until(`ConfigNamespace ${name} is gone`, ms, async () => (await this.get(name)) === null);
  }

  /** null takes a label away. */
  async label(namespace: string, labels: Record<string, string | null>): Promise<void> {
    await this.#call('PATCH', resourcePath(namespaces, { name: namespace }), { metadata: { labels } });
  }

  async createNamespace(name: string): Promise<void> {
    await this.#call('POST', resourcePath(namespaces), {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  }

  async uidOf(namespace: string): Promise<string> {
    return (await this.#call<Stored>('GET', resourcePath(namespaces, { name: namespace }))).metadata.uid;
  }

  async deleteNamespace(name: string): Promise<void> {
    await this.#call('DELETE', resourcePath(namespaces, { name }));
  }

  untilNamespaceGone(name: string, ms = 30_000): Promise<true> {
    const path = resourcePath(namespaces, { name });
    return until(
      `namespace ${name} is gone`,
      ms,
      async () => (await orNull(this.#call('GET', path))) === null,
    );
  }

  /** A merge patch of a ConfigVersion, also of its metadata alone. */
  async patchObject(namespace: string, name: string, patch: object): Promise<void> {
    await this.#call('PATCH', resourcePath(configVersions, { namespace, name }), patch);
  }

  /** The metadata of a ConfigVersion; null: there is none. */
  object(namespace: string, name: string): Promise<Stored | null> {
    return orNull(this.#call('GET', resourcePath(configVersions, { namespace, name })));
  }

  untilObjectGone(namespace: string, name: string): Promise<true> {
    return until(
      `${namespace}/${name} is gone`,
      15_000,
      async () => (await this.object(namespace, name)) === null,
    );
  }

  async #call<T>(method: Method, path: ReturnType<typeof resourcePath>, body?: object): Promise<T> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const call = { method, path, contentType, signal: this.#signal, ...(body && { body }) };
    return (await this.#session.request<T>(call)).body;
  }
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isKubeError(error, 'notFound')) return null;
    throw error;
  }
}
