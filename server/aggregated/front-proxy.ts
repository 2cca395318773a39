/**
 * Believes the API server's aggregation layer about who is asking, and nobody else: the connection must show a client
 * certificate of the front proxy's authority and with one of its names. Invariant: without that certificate no header
 * says who anybody is, and a certificate of an authority that was replaced is worth nothing from then on, also on
 * connections that are open already.
 */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { Clock } from '../../runtime/clock.ts';
import type { Principal } from '../gate.ts';

/** As the API server describes its front proxy; header names are in lower case. */
export interface FrontProxy {
  /** PEM; may hold several certificates. */
  readonly authority: string;
  /** Common names it may have; empty: any. */
  readonly names: readonly string[];
  readonly userHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
}

/** Null: the API server forwards nobody. */
export type ReadFrontProxy = (signal: AbortSignal) => Promise<FrontProxy | null>;

export interface TrustOptions {
  readonly read: ReadFrontProxy;
  readonly clock: Clock;
  readonly everyMs: number;
  /** Told null when it changed, else what is wrong; what was trusted before stays trusted. */
  readonly onChange: (error: unknown) => void;
}

interface Believed {
  readonly facts: FrontProxy;
  readonly authorities: readonly string[];
  readonly fingerprints: ReadonlySet<string>;
}

export class ProxyTrust {
  readonly #options: TrustOptions;
  #believed: Believed | null = null;
  /**
   * Connections whose certificate was checked, and against which facts: checking it for each request would cost too
   * much.
   */
  readonly #seen = new WeakMap<TLSSocket, { readonly by: Believed; readonly ok: boolean }>();
  #wrong = '';

  constructor(options: TrustOptions) {
    this.#options = options;
  }

  /** PEM, one certificate each. */
  get authorities(): readonly string[] {
    return this.#believed?.authorities ?? [];
  }

  /** Never rejects. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { read, onChange } = this.#options;
    try {
      const facts = await read(signal);
      const changed = JSON.stringify(facts) !== JSON.stringify(this.#believed?.facts ?? null);
      this.#wrong = '';
      if (!changed) return;
      this.#believed = facts && believed(facts);
      onChange(null);
    } catch (error) {
      // Logged once, not every ten seconds.
      if (!signal.aborted && String(error) !== this.#wrong) onChange(error);
      this.#wrong = String(error);
    }
  }

  /** Runs until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock, everyMs } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.refresh(signal);
    }
  }

  /** Who the front proxy says is asking. Null: this is not the front proxy, or it names nobody. */
  principalOf(request: IncomingMessage): Principal | null {
    const believes = this.#believed;
    const { socket, headersDistinct: headers } = request;
    if (!believes || !(socket instanceof TLSSocket) || !this.#isProxy(socket, believes)) return null;
    const { userHeaders, uidHeaders, groupHeaders, extraPrefixes } = believes.facts;
    const first = (names: readonly string[]) => names.map(name => headers[name]?.[0]).find(value => value);
    const name = first(userHeaders);
    if (!name) return null;
    const extra: Record<string, string[]> = {};
    for (const [header, values = []] of Object.entries(headers)) {
      const prefix = extraPrefixes.find(one => header.startsWith(one));
      if (prefix === undefined) continue;
      const key = decoded(header.slice(prefix.length));
      extra[key] = [...(extra[key] ?? []), ...values];
    }
    const groups = groupHeaders.flatMap(header => headers[header] ?? []);
    return { name, uid: first(uidHeaders) ?? '', groups, extra };
  }

  #isProxy(socket: TLSSocket, by: Believed): boolean {
    const seen = this.#seen.get(socket);
    if (seen?.by === by) return seen.ok;
    const ok = socket.authorized && vouchedFor(socket.getPeerCertificate(true), by);
    this.#seen.set(socket, { by, ok });
    return ok;
  }
}

/** `authorized` says that its chain was good when the connection began, by the authorities of that moment. */
function vouchedFor(shown: DetailedPeerCertificate, { facts, fingerprints }: Believed): boolean {
  const { names } = facts;
  if (names.length > 0 && !names.includes(shown.subject?.CN as string)) return false;
  for (let one = shown, depth = 0; one && depth < 8; one = one.issuerCertificate, depth += 1) {
    if (fingerprints.has(one.fingerprint256)) return true;
    if (one.issuerCertificate === one) return false;
  }
  return false;
}

function believed(facts: FrontProxy): Believed {
  const blocks = facts.authority.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const fingerprints = new Set(blocks.map(pem => new X509Certificate(pem).fingerprint256));
  return { facts, authorities: blocks, fingerprints };
}

/** Keys of extras are percent-encoded where a header's name cannot hold them. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
