/**
 * The least that a server can do about a hostile tenant: TLS, and no to everything, a second later, as Pawl says it. What
 * the tenant still takes of the machine is the price of its own process and of the network. Forked by hostile.ts, to which
 * it says its port. Invariant: it ends when its parent does.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ToRefuse {
  /** Files. */
  readonly cert: string;
  readonly key: string;
}

const laterMs = 1_000;
/** What is left of a body is not read. */
const refusal = { 'retry-after': '1', connection: 'close' };

process.once('disconnect', () => process.exit());
process.once('message', ({ cert, key }: ToRefuse) => {
  const tls = { cert: readFileSync(cert), key: readFileSync(key) };
  const server = createServer(tls, ({ method, url = '' }, response) => {
    // What the tenant prepares is taken, or it would not begin.
    if (method === 'PUT' && !url.includes('dry_run')) return void response.writeHead(201).end();
    setTimeout(() => response.writeHead(429, refusal).end(), laterMs);
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
});
