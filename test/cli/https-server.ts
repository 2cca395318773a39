/** A server over TLS that answers as a test tells it to, and remembers what it was asked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { createAuthority, type Identity } from '../../local/x509.ts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the client's certificate; empty: none. */
  readonly commonName: string;
}

/** `cut`: the connection ends without an answer. `held`: it stays, and there is none. */
export type Reply = { status?: number; headers?: Record<string, string>; body?: unknown } | 'cut' | 'held';

export interface HttpsServer extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  /** File. */
  readonly ca: string;
  readonly caPem: string;
  readonly asked: Asked[];
  readonly client: Identity;
  /** How many are open. */
  connections(): Promise<number>;
}

export async function startHttpsServer(reply: (asked: Asked, nth: number) => Reply): Promise<HttpsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'pawl-https-'));
  const authority = createAuthority('test-ca');
  const { certificate: cert, key } = authority.issue({ commonName: 'server' }, 'server', [
    '127.0.0.1',
    'localhost',
  ]);
  const asked: Asked[] = [];
  const tls = { cert, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false };
  const server = createServer(tls, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject ?? {};
    const one: Asked = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body,
      commonName: String(CN ?? ''),
    };
    asked.push(one);
    const answer = reply(one, asked.length);
    if (answer === 'cut') return request.socket.destroy();
    if (answer === 'held') return;
    const { status = 200, headers = {}, body: sent = {} } = answer;
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof sent === 'string' ? sent : JSON.stringify(sent));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const ca = join(folder, 'ca.crt');
  writeFileSync(ca, authority.certificate);
  return {
    ...{ folder, ca, asked, caPem: authority.certificate },
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    client: authority.issue({ commonName: 'ada' }, 'client'),
    connections: () => promisify(server.getConnections.bind(server))(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
