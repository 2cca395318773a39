/**
 * How to reach one API server, and with which credentials. Two sources: a kubeconfig file (kubeconfig.ts) and the
 * service account of the pod we run in (in-cluster.ts). Invariant: credentials() may be called any number of times and
 * always returns what is valid now, so that rotated tokens, CAs and client certificates are picked up without a
 * restart.
 */

/** TLS material, in the shapes node:tls takes. */
export interface TlsMaterial {
  readonly ca?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  readonly servername?: string | undefined;
  /** False only for insecure-skip-tls-verify. */
  readonly rejectUnauthorized?: boolean | undefined;
}

export interface Credentials {
  /** Authorization and Impersonate-User, if any. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

export interface Access {
  /** Base URL; may have a path, as behind Rancher. */
  readonly server: URL;
  /** http, https or socks proxy to the server. */
  readonly proxyUrl?: string | undefined;
  /** How long credentials may be reused without asking again, in milliseconds. */
  readonly refreshMs: number;
  credentials(): Promise<Credentials>;
  /** The default Kubernetes namespace of this access; null: none is named. */
  namespace(): Promise<string | null>;
}

/** There is no usable way to an API server; the message says what to set. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly reason = 'NoAccess';
}
