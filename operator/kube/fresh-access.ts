/**
 * Credentials, and the connections opened with their certificate, as they are now. Invariant: while new ones cannot be
 * had, the last good ones serve on; and connections are replaced only when what TLS is made of has changed, so that
 * calls that run on the old ones end by themselves.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';
import type { Access, Credentials, TlsMaterial } from './access.ts';
import { type Dispatchers, openConnections } from './connections.ts';
import { KubeError } from './kube-error.ts';

export interface FreshAccessOptions {
  readonly access: Access;
  readonly clock: Clock;
  /** Default 32. */
  readonly connections?: number;
  readonly connectTimeoutMs: number;
}

export interface Fresh {
  readonly credentials: Credentials;
  readonly connections: Dispatchers;
}

interface Prepared extends Fresh {
  readonly tlsDigest: string;
  readonly at: number;
}

export class FreshAccess {
  readonly #options: FreshAccessOptions;
  #prepared: Prepared | undefined;
  #preparing: Promise<Prepared> | undefined;
  #closed = false;

  constructor(options: FreshAccessOptions) {
    this.#options = options;
  }

  /** Rejects when there are no credentials, and with a KubeError once it is closed. */
  async get(signal?: AbortSignal): Promise<Fresh> {
    if (this.#closed) {
      throw new KubeError({ kind: 'aborted', status: 0, reason: 'Closed', message: 'the session is closed' });
    }
    const { clock, access } = this.#options;
    const prepared = this.#prepared;
    if (prepared !== undefined && clock.monotonic() - prepared.at < access.refreshMs) return prepared;
    this.#preparing ??= this.#refresh().finally(() => {
      this.#preparing = undefined;
    });
    return signal === undefined ? this.#preparing : race(this.#preparing, signal);
  }

  /** The server did not accept these credentials: unless there are others already, they are asked for again. */
  distrust(used: Credentials): void {
    if (this.#prepared === undefined || isOther(this.#prepared.credentials, used)) return;
    this.#prepared = { ...this.#prepared, at: Number.NEGATIVE_INFINITY };
  }

  /**
   * Whether there are other credentials now than those that were not accepted. Of many calls that were sent with the same
   * ones, the first asks for others.
   */
  async renewed(used: Credentials, signal: AbortSignal): Promise<boolean> {
    this.distrust(used);
    const { credentials } = await this.get(signal).catch(() => ({ credentials: undefined }));
    return credentials !== undefined && isOther(credentials, used);
  }

  /** Aborts what is running. */
  async close(): Promise<void> {
    this.#closed = true;
    const connections = this.#prepared?.connections;
    await Promise.all([connections?.calls.destroy(), connections?.watches.destroy()]);
  }

  async #refresh(): Promise<Prepared> {
    const { access, clock } = this.#options;
    const before = this.#prepared;
    let credentials: Credentials;
    try {
      credentials = await access.credentials();
    } catch (error) {
      // A token file is missing for a moment while it is replaced; what we have is likely still good.
      if (before === undefined || before.at === Number.NEGATIVE_INFINITY) throw error;
      credentials = before.credentials;
    }
    const tlsDigest = digestOf(credentials.tls);
    const same = before !== undefined && before.tlsDigest === tlsDigest;
    const connections = same
      ? before.connections
      : openConnections({
          server: access.server,
          proxyUrl: access.proxyUrl,
          tls: credentials.tls,
          connections: this.#options.connections ?? 32,
          connectTimeoutMs: this.#options.connectTimeoutMs,
        });
    if (!same && before !== undefined) {
      // Lets what runs on the old ones end by itself.
      for (const old of [before.connections.calls, before.connections.watches]) old.close().catch(() => {});
    }
    this.#prepared = { credentials, connections, tlsDigest, at: clock.monotonic() };
    return this.#prepared;
  }
}

const isOther = (one: Credentials, other: Credentials): boolean =>
  one.headers.authorization !== other.headers.authorization;

function digestOf(tls: TlsMaterial): string {
  const hash = createHash('sha256');
  for (const part of [tls.ca, tls.cert, tls.key, tls.servername, String(tls.rejectUnauthorized)]) {
    hash.update(part === undefined ? '-' : `${part.length}:`).update(part ?? '');
  }
  return hash.digest('hex');
}

function race<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  return promise;
}
