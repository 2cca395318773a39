/**
 * ConfigMaps as they are on the cluster, and which of them may be taken over. Invariant: whatever somebody or something else
 * looks after is left alone, with the reason. Reading is pure but for the API server's pages.
 */
import { bodyOfAnswer } from './kubernetes-answer.ts';
import type { Transport } from './transport.ts';

export interface ConfigMapObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    readonly deletionTimestamp?: string;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

const pageSize = 200;

export class Kubernetes {
  readonly #transport: Transport;
  readonly #signal: AbortSignal;

  constructor(transport: Transport, signal: AbortSignal) {
    this.#transport = transport;
    this.#signal = signal;
  }

  /** @param namespace undefined: of all */
  async configMaps(namespace: string | undefined, selector: string | undefined): Promise<ConfigMapObject[]> {
    const found: ConfigMapObject[] = [];
    let token = '';
    do {
      const query = new URLSearchParams({ limit: String(pageSize) });
      if (selector !== undefined) query.set('labelSelector', selector);
      if (token !== '') query.set('continue', token);
      const page = await this.get<{ items: ConfigMapObject[]; metadata: { continue?: string } }>(
        `${namespace === undefined ? '/api/v1' : `/api/v1/namespaces/${encodeURIComponent(namespace)}`}/configmaps?${query}`,
      );
      found.push(...page.items);
      token = page.metadata.continue ?? '';
    } while (token !== '');
    return found;
  }

  get<T>(path: string): Promise<T> {
    return this.#send<T>('GET', path);
  }

  /** As `kubectl get` has it: the columns of its kind, and metadata only. */
  table<T>(path: string): Promise<T> {
    return this.#send<T>('GET', path, undefined, undefined, 'application/json;as=Table;v=v1;g=meta.k8s.io');
  }

  create<T>(path: string, object: unknown): Promise<T> {
    return this.#send<T>('POST', `${path}?fieldManager=kubectl-pawl`, object, 'application/json');
  }

  patch<T>(path: string, change: unknown): Promise<T> {
    return this.#send<T>(
      'PATCH',
      `${path}?fieldManager=kubectl-pawl`,
      change,
      'application/merge-patch+json',
    );
  }

  async #send<T>(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body?: unknown,
    type?: string,
    accept = 'application/json',
  ): Promise<T> {
    const headers = { accept, ...(type && { 'content-type': type }) };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await this.#transport.request({ method, path, headers, signal: this.#signal, ...sent });
    return bodyOfAnswer<T>(answer, this.#transport.name);
  }
}

/** Why it is left alone; null: it may be taken over. */
export function whyLeftAlone({
  metadata,
  data = {},
  binaryData = {},
  immutable,
}: ConfigMapObject): string | null {
  const {
    name,
    namespace,
    labels = {},
    annotations = {},
    ownerReferences = [],
    deletionTimestamp,
  } = metadata;
  const [owner] = ownerReferences;
  const manager = labels['app.kubernetes.io/managed-by'];
  const release = annotations['meta.helm.sh/release-name'];
  const argo = annotations['argocd.argoproj.io/tracking-id'] ?? labels['argocd.argoproj.io/instance'];
  const flux = labels['kustomize.toolkit.fluxcd.io/name'] ?? labels['helm.toolkit.fluxcd.io/name'];
  if (/^kube-/.test(namespace)) return 'it is the cluster’s own';
  if (name === 'kube-root-ca.crt') return 'Kubernetes writes it into every namespace';
  if (deletionTimestamp !== undefined) return 'it is being deleted';
  if (annotations['pawl.dev/configmap'] !== undefined || manager === 'pawl') return 'Pawl writes it already';
  if (owner !== undefined) return `${owner.kind} ${owner.name} owns it`;
  if (release !== undefined || manager === 'Helm')
    return `Helm writes it${release ? ` (release ${release})` : ''}`;
  if (argo !== undefined) return 'Argo CD writes it; see docs/gitops.md, Moving a plain ConfigMap in';
  if (flux !== undefined) return 'Flux writes it; see docs/gitops.md, Moving a plain ConfigMap in';
  if (annotations['control-plane.alpha.kubernetes.io/leader'] !== undefined)
    return 'it is a lock of a leader election';
  if (immutable === true) return 'it is immutable, so nothing that it shows could ever change';
  const [binary] = Object.keys(binaryData);
  if (binary !== undefined) return `its key ${binary} is binary, and Pawl keeps text only`;
  if (Object.keys(data).length === 0) return 'it has no keys';
  return null;
}
