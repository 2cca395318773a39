/**
 * In Node: node:https with an authority from a file, a token from the file that Kubernetes rotates, and the last good values
 * on disk. Invariant: connections belong to the client, and end with it.
 */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { PawlClient } from './client.ts';
import { DiskTexts } from './disk.ts';
import { PawlError } from './errors.ts';
import type { Answer, Exchange } from './exchange.ts';
import type { Pace } from './time.ts';

export interface NodeOptions {
  /** Such as `https://pawl.pawl.svc:8443`. */
  readonly server: string;
  /** The projected token of a service account, for Pawl's audience. Read for each request, so a new one is used at once. */
  readonly tokenFile?: string;
  /** Instead of a file. */
  readonly token?: string | (() => string | Promise<string>);
  /** PEM. Default: the authorities that Node trusts. */
  readonly caFile?: string;
  /** Where last good values are kept, files that only their owner may read. Default: nowhere. */
  readonly cacheFolder?: string;
  readonly pace?: Partial<Pace>;
}

/** Throws PawlError where the options are not enough. */
export function connect({ server, caFile, cacheFolder, pace, ...options }: NodeOptions): PawlClient {
  if (!server.startsWith('https://')) {
    throw new PawlError(
      'unavailable',
      `the server ${server} is not an https:// URL: Pawl is never served without TLS`,
    );
  }
  // Without a bound of connections: each config that is followed holds one.
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 4 });
  return new PawlClient({
    ...{
      server,
      pace,
      exchange: byHttps(agent, caFile),
      token: tokenOf(options),
      close: () => agent.destroy(),
    },
    kept: cacheFolder === undefined ? undefined : new DiskTexts(cacheFolder, server),
  });
}

function tokenOf({ tokenFile, token }: Pick<NodeOptions, 'tokenFile' | 'token'>): () => Promise<string> {
  if (typeof token === 'function') return async () => token();
  if (token !== undefined) return async () => token;
  if (tokenFile === undefined) throw new PawlError('token', 'connect() needs a tokenFile or a token');
  return () => readFile(tokenFile, 'utf8');
}

/** The authority is read for each request, as the token: the agent keeps connections of an old one apart. */
function byHttps(agent: Agent, caFile: string | undefined): Exchange {
  return async ({ url, method, headers, body, signal }) => {
    const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { ...headers, ...length };
    const asking = request(url, { method, headers: all, agent, signal, ...(ca !== undefined && { ca }) });
    asking.once('error', reject);
    asking.once('response', incoming => {
      // What goes wrong later is thrown where the chunks are read.
      asking.on('error', () => undefined);
      incoming.on('error', () => undefined);
      resolve({
        status: incoming.statusCode ?? 0,
        header: name => incoming.headers[name]?.toString(),
        chunks: incoming as AsyncIterable<Uint8Array>,
        drop: () => void incoming.destroy(),
      });
    });
    asking.end(body);
    return promise;
  };
}

export * from './index.ts';
