/** In a browser: fetch, and a token from a function. A page can reach only a server of its own origin, or one that lets it. */
import { PawlClient } from './client.ts';
import { byFetch } from './exchange.ts';
import type { Pace } from './time.ts';

export interface BrowserOptions {
  /** Such as `https://pawl.example.com`. */
  readonly server: string;
  readonly token: () => string | Promise<string>;
  readonly pace?: Partial<Pace>;
}

export function connect({ server, token, pace }: BrowserOptions): PawlClient {
  return new PawlClient({
    server,
    pace,
    exchange: byFetch,
    token: async () => token(),
    close: () => undefined,
  });
}

export * from './index.ts';
