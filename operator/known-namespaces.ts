/**
 * Which config namespaces there are, for requests. Invariant: a name is missing only when the API server itself says
 * so. One that was just made is not missing until the watches tell of it; its rules are waited for.
 */
import type { Clock } from '../runtime/clock.ts';
import type { KubeCluster } from './kube/cluster.ts';

export interface KnownNamespacesOptions {
  readonly cluster: Pick<KubeCluster, 'configNamespace' | 'kubeNamespace' | 'hasNamespaceAtServer'>;
  readonly clock: Clock;
}

/** A watch tells within milliseconds; one that does not is broken, and the caller comes again. */
const toldWithinMs = 3_000;
const lookEveryMs = 20;

export class KnownNamespaces {
  readonly #cluster: KnownNamespacesOptions['cluster'];
  readonly #clock: Clock;

  constructor({ cluster, clock }: KnownNamespacesOptions) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  exists(name: string): boolean {
    return (
      this.#cluster.configNamespace(name) !== undefined || this.#cluster.kubeNamespace(name) !== undefined
    );
  }

  /** Of a name that does not exist as far as the watches have told. Rejects when the API server does not answer. */
  async arrives(name: string, signal: AbortSignal): Promise<boolean> {
    if (!(await this.#cluster.hasNamespaceAtServer(name, signal))) return false;
    const until = this.#clock.monotonic() + toldWithinMs;
    while (!this.exists(name)) {
      if (this.#clock.monotonic() >= until) throw new Error(`no watch has told of namespace ${name} yet`);
      await this.#clock.sleep(lookEveryMs, signal);
    }
    return true;
  }
}
