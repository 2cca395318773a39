/**
 * The operator's own HTTP server: /healthz (the process answers), /readyz (it has seen the cluster and may work) and
 * /metrics. Neither probe depends on PostgreSQL: restarting the operator would not bring it back.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpDoor {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface HttpDoorOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** null when ready, else why not. */
  readonly notReady: () => string | null;
  readonly metrics: () => Promise<{ contentType: string; text: string }>;
}

export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'GET only\n');
    switch (request.url?.split('?', 1)[0]) {
      case '/healthz':
        return answer(200, 'ok\n');
      case '/readyz': {
        const why = options.notReady();
        return why === null ? answer(200, 'ok\n') : answer(503, `${why}\n`);
      }
      case '/metrics':
        options.metrics().then(
          ({ contentType, text }) => answer(200, text, contentType),
          () => answer(500, 'metrics cannot be collected\n'),
        );
        return;
      default:
        return answer(404, 'There are /healthz, /readyz and /metrics.\n');
    }
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  await listen(server, options.host, options.port);
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host || undefined, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
