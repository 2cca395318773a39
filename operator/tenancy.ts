/**
 * Whether what a Kubernetes namespace's name may write and read is that namespace's, where names are not enough: one
 * that was deleted and made again may be somebody else's. Invariant: nothing is open before the store has said so; once
 * it has, it is not asked again about the same namespace.
 */
import type { Clock } from '../runtime/clock.ts';
import type { KubeCluster } from './kube/cluster.ts';
import type { NamespaceHold } from './reconcile/ports.ts';

/** A claim is told by a watch; that another replica recorded it is not. */
const askAgainMs = 5_000;

export interface TenancyStore {
  holdNamespace(
    input: { cluster: string; clusterUid: string; namespace: string; uid: string; claimed: boolean },
    signal: AbortSignal,
  ): Promise<boolean>;
}

export interface TenancyOptions {
  readonly cluster: Pick<KubeCluster, 'kubeNamespace' | 'configNamespace'>;
  readonly store: TenancyStore;
  readonly clock: Clock;
  /** The cluster's name in the history. */
  readonly name: string;
  /** Of its namespace kube-system. */
  readonly uid: string;
  /** Of config namespaces that say nothing of it. */
  readonly reuse: 'allow' | 'close';
}

interface Answer {
  readonly uid: string;
  readonly claimed: boolean;
  readonly open: boolean;
  readonly at: number;
}

export class Tenancy {
  readonly #options: TenancyOptions;
  /** The last one about each Kubernetes namespace. */
  readonly #answers = new Map<string, Answer>();

  constructor(options: TenancyOptions) {
    this.#options = options;
  }

  /** Whether a config namespace is open to whoever is in a Kubernetes namespace. Rejects as the store does. */
  async holdOf(configNamespace: string, kubeNamespace: string, signal: AbortSignal): Promise<NamespaceHold> {
    const { cluster, reuse } = this.#options;
    const own = cluster.configNamespace(configNamespace)?.spec.policy?.namespaceReuse;
    if ((own?.toLowerCase() ?? reuse) === 'allow') return 'open';
    const uid = cluster.kubeNamespace(kubeNamespace)?.uid;
    if (uid === undefined) return 'untold';
    const claimed = cluster.configNamespace(kubeNamespace)?.spec.claimedBy === uid;
    const open = await this.#ask(kubeNamespace, uid, claimed, signal);
    return open ? 'open' : 'closed';
  }

  async #ask(namespace: string, uid: string, claimed: boolean, signal: AbortSignal): Promise<boolean> {
    const { store, clock, name, uid: clusterUid } = this.#options;
    const known = this.#answers.get(namespace);
    if (known?.uid === uid && (known.open || known.claimed === claimed)) {
      if (known.open || clock.monotonic() - known.at < askAgainMs) return known.open;
    }
    const open = await store.holdNamespace({ cluster: name, clusterUid, namespace, uid, claimed }, signal);
    this.#answers.set(namespace, { uid, claimed, open, at: clock.monotonic() });
    return open;
  }
}
