/** A test's hands on Leases: reads one as it is stored, and takes one away from its holder. */
import { findAccess } from '../../operator/kube/find-access.ts';
import { resourcePath } from '../../operator/kube/resource-path.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import { systemClock } from '../../runtime/clock.ts';

const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

export interface StoredLease {
  spec: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    leaseTransitions?: number;
    acquireTime?: string;
    renewTime?: string;
  };
}

export class Leases implements AsyncDisposable {
  readonly #session: Session;
  readonly #signal = AbortSignal.timeout(600_000);

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(kubeconfig: string): Promise<Leases> {
    const access = await findAccess({ kubeconfig });
    return new Leases(await openSession({ access, clock: systemClock, userAgent: 'pawl-test' }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close();
  }

  async get(namespace: string, name: string): Promise<StoredLease> {
    const path = resourcePath(leases, { namespace, name });
    return (await this.#session.request<StoredLease>({ method: 'GET', path, signal: this.#signal })).body;
  }

  /** As somebody who does not care who holds it. */
  async take(namespace: string, name: string, holderIdentity: string): Promise<void> {
    await this.#session.request({
      method: 'PATCH',
      path: resourcePath(leases, { namespace, name }),
      contentType: 'application/merge-patch+json',
      body: { spec: { holderIdentity } },
      signal: this.#signal,
    });
  }
}
