/**
 * The least that a server of HTTPS with Node can be: TLS, one statement of bare pg and its row as JSON, for every
 * client. Forked by door-bare.ts, to which it says its port. Invariant: it ends when its parent does.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

export interface ToServe {
  readonly databaseUrl: string;
  /** Takes namespace and path, and gives a row. */
  readonly statement: string;
  readonly namespace: string;
  readonly connections: number;
  readonly certFile: string;
  readonly keyFile: string;
}

process.once('disconnect', () => process.exit());
process.once('message', (toServe: ToServe) => {
  const { databaseUrl, statement, namespace, connections, certFile, keyFile } = toServe;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: connections, idleTimeoutMillis: 0 });
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const server = createServer(tls, (request, response) => {
    const values = [namespace, request.url!.slice(1)];
    pool.query({ name: 'read', text: statement, values }).then(
      ({ rows: [row] }) => response.setHeader('content-type', 'application/json').end(JSON.stringify(row)),
      error => response.writeHead(500).end(String(error)),
    );
  });
  // Others are measured between two turns of this one.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
});
