/** Workloads on the real API server, as GitOps engines and kubectl write them. Nothing runs their pods. */
import { findAccess } from '../../operator/kube/find-access.ts';
import { resourcePath } from '../../operator/kube/resource-path.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import { type WorkloadKind, workloadKinds } from '../../operator/object/workload/workload.ts';
import { systemClock } from '../../runtime/clock.ts';

export interface StoredWorkload {
  metadata: {
    name: string;
    uid: string;
    generation: number;
    resourceVersion: string;
    annotations?: Record<string, string>;
    managedFields?: { manager: string; operation: string }[];
  };
  spec: { paused?: boolean; template: { metadata: { annotations?: Record<string, string> } } };
}

export interface WorkloadWish {
  readonly kind?: WorkloadKind;
  readonly name: string;
  readonly namespace: string;
  readonly annotations?: Record<string, string>;
  readonly image?: string;
  readonly container?: object;
  readonly volumes?: readonly object[];
  readonly more?: object;
}

export class WorkloadsInTest implements AsyncDisposable {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(kubeconfig: string): Promise<WorkloadsInTest> {
    const access = await findAccess({ kubeconfig });
    return new WorkloadsInTest(
      await openSession({ access, clock: systemClock, userAgent: 'pawl-test', callTimeoutMs: 30_000 }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.close();
  }

  /** As a GitOps engine with server-side apply: with a field manager of its own, and force. */
  apply(wish: WorkloadWish, fieldManager = 'argocd-controller'): Promise<StoredWorkload> {
    const { kind = 'Deployment', namespace, name } = wish;
    return this.#call('PATCH', kind, { namespace, name }, bodyOf(wish), 'application/apply-patch+yaml', {
      ...{ fieldManager, force: true },
    });
  }

  /** As `kubectl rollout undo` writes: pod template and annotations replaced. */
  undo(
    { namespace, name, kind = 'Deployment' }: WorkloadWish,
    { template, annotations }: { template: object; annotations: object },
  ): Promise<StoredWorkload> {
    const patch = [
      { op: 'replace', path: '/spec/template', value: template },
      { op: 'replace', path: '/metadata/annotations', value: annotations },
    ];
    const query = { fieldManager: 'kubectl-rollout' };
    return this.#call('PATCH', kind, { namespace, name }, patch, 'application/json-patch+json', query);
  }

  patch(
    { namespace, name, kind = 'Deployment' }: WorkloadWish,
    patch: object,
    fieldManager = 'kubectl-edit',
  ): Promise<StoredWorkload> {
    const query = { fieldManager };
    return this.#call('PATCH', kind, { namespace, name }, patch, 'application/merge-patch+json', query);
  }

  get({ namespace, name, kind = 'Deployment' }: WorkloadWish): Promise<StoredWorkload> {
    return this.#call('GET', kind, { namespace, name });
  }

  async #call<T>(
    method: 'GET' | 'PATCH',
    kind: WorkloadKind,
    ref: { namespace: string; name: string },
    body?: object,
    contentType = 'application/json',
    query = {},
  ): Promise<T> {
    const path = resourcePath(workloadKinds[kind], ref);
    const signal = AbortSignal.timeout(30_000);
    return (
      await this.#session.request<T>({ method, path, query, contentType, signal, ...(body && { body }) })
    ).body;
  }
}

function bodyOf({ kind = 'Deployment', ...wish }: WorkloadWish): object {
  const {
    name,
    namespace,
    annotations = {},
    image = 'api:1',
    container = {},
    volumes = [],
    more = {},
  } = wish;
  const { group, version } = workloadKinds[kind];
  const labels = { app: name };
  const podSpec = { containers: [{ name: 'api', image, ...container }], volumes };
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name, namespace, annotations },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec }, ...more },
  };
}
