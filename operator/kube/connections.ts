/**
 * The TCP connections to one API server: one pool for calls and another for watches, so that a burst of
 * calls cannot starve a watch of its connection. Invariant: HTTP/1.1 only. Over HTTP/2 undici puts
 * everything on one connection, and when that one hangs without being closed, every call hangs with it;
 * over HTTP/1.1 an aborted call destroys its own socket and the next one gets a fresh one.
 */
import type { Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { AccessError, type TlsMaterial } from './access.ts';
import { Agent, proxyAgents } from './undici.ts';

export interface Dispatchers {
  readonly calls: Dispatcher;
  readonly watches: Dispatcher;
}

export interface ConnectionOptions {
  readonly server: URL;
  readonly proxyUrl?: string | undefined;
  readonly tls: TlsMaterial;
  /** Most connections for calls at a time; further calls wait. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
}

export function openConnections(options: ConnectionOptions): Dispatchers {
  return { calls: dispatcher(options, options.connections), watches: dispatcher(options, null) };
}

function dispatcher(options: ConnectionOptions, connections: number | null): Dispatcher {
  const { server, proxyUrl, connectTimeoutMs } = options;
  const tls = Object.fromEntries(
    Object.entries(options.tls).filter(([, value]) => value !== undefined),
  ) as Omit<TlsMaterial, never>;
  const pool = {
    connections,
    allowH2: false,
    // The API server closes idle connections after 90 s; we must be first, or a call meets the close.
    keepAliveTimeout: 30_000,
    keepAliveMaxTimeout: 60_000,
    // session.ts and watch-stream.ts have deadlines of their own, which also end when the caller's signal does.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const connect = {
    ...tls,
    timeout: connectTimeoutMs,
    keepAlive: true,
    // Below the idle limits of cloud load balancers, as in client-go.
    keepAliveInitialDelay: 30_000,
  };
  if (proxyUrl === undefined)
    return new Agent({ ...pool, connect } as ConstructorParameters<typeof Agent>[0]);
  const proxy = URL.parse(proxyUrl);
  const via = proxyAgents();
  switch (proxy?.protocol) {
    case 'http:':
    case 'https:':
      return new via.ProxyAgent({
        ...pool,
        uri: proxyUrl,
        requestTls: connect,
        connectTimeout: connectTimeoutMs,
      } as ProxyAgent.Options);
    case 'socks5:':
    case 'socks5h:':
    case 'socks:':
      return new via.Socks5ProxyAgent(proxyUrl, {
        ...pool,
        requestTls: { ...connect, servername: tls.servername ?? server.hostname },
      } as Socks5ProxyAgent.Options);
    default:
      throw new AccessError(`proxy-url must be http, https or socks5, not ${proxy?.protocol ?? 'that'}`);
  }
}
