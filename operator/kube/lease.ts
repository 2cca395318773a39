/**
 * The record of a leader election as a Lease of Kubernetes, in the shape client-go gives it, so that `kubectl get
 * leases` and other tools read it. Invariant: every write names the resourceVersion it was decided on.
 */
import type { LeasePort, LeaseRecord, SeenLease } from '../../runtime/leader-election.ts';
import { isKubeError } from './kube-error.ts';
import { isObject, metadataOf, type RawObject, stringOrNull, UnreadableObject } from './raw-object.ts';
import { readObject } from './read-object.ts';
import { type ApiPath, resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

const leases = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' } as const;

export class KubeLease implements LeasePort {
  readonly #session: Session;
  readonly #namespace: string;
  readonly #name: string;

  /** Throws InvalidPathSegment. */
  constructor(session: Session, { namespace, name }: { namespace: string; name: string }) {
    resourcePath(leases, { namespace, name });
    this.#session = session;
    this.#namespace = namespace;
    this.#name = name;
  }

  async read(signal: AbortSignal): Promise<SeenLease | null> {
    const raw = await readObject(this.#session, { path: this.#path(), signal });
    return raw && seenOf(raw);
  }

  async write(
    record: LeaseRecord,
    onto: SeenLease | null,
    signal: AbortSignal,
  ): Promise<SeenLease | 'raced'> {
    const [namespace, name] = [this.#namespace, this.#name];
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace, name, ...(onto && { resourceVersion: onto.revision }) },
      spec: specOf(record),
    };
    try {
      const answer = onto
        ? await this.#session.request<RawObject>({ method: 'PUT', path: this.#path(), body, signal })
        : await this.#session.request<RawObject>({
            method: 'POST',
            path: resourcePath(leases, { namespace }),
            body,
            signal,
          });
      return seenOf(answer.body);
    } catch (error) {
      if (isKubeError(error, 'conflict', 'alreadyExists') || (onto && isKubeError(error, 'notFound'))) {
        return 'raced';
      }
      throw error;
    }
  }

  #path(): ApiPath {
    return resourcePath(leases, { namespace: this.#namespace, name: this.#name });
  }
}

function specOf({ holder, durationMs, acquiredAt, renewedAt, transitions }: LeaseRecord): RawObject {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1000)),
    acquireTime: microTime(acquiredAt),
    renewTime: microTime(renewedAt),
    leaseTransitions: transitions,
  };
}

/** MicroTime has six digits after the point; the API server refuses any other number of them. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}

/** Every field may be missing: anybody may have made this Lease. Throws UnreadableObject. */
function seenOf(raw: RawObject): SeenLease {
  const { resourceVersion } = metadataOf(raw);
  if (typeof resourceVersion !== 'string') throw new UnreadableObject('a Lease without a resourceVersion');
  const spec = isObject(raw.spec) ? raw.spec : {};
  const number = (value: unknown) => (typeof value === 'number' ? value : 0);
  const time = (value: unknown) => {
    const read = new Date(stringOrNull(value) ?? 0);
    return Number.isNaN(read.getTime()) ? new Date(0) : read;
  };
  return {
    revision: resourceVersion,
    record: {
      holder: stringOrNull(spec.holderIdentity) ?? '',
      durationMs: number(spec.leaseDurationSeconds) * 1000,
      acquiredAt: time(spec.acquireTime),
      renewedAt: time(spec.renewTime),
      transitions: number(spec.leaseTransitions),
    },
  };
}
