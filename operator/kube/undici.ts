/**
 * The part of undici that Pawl uses. Its own index loads fetch, WebSockets, caches and mocks as well, 13 MiB of
 * resident memory that Pawl does not need. Invariant: same classes, same behaviour; the version is pinned, and the
 * session's tests talk to a real server through what is loaded here.
 */
import { createRequire } from 'node:module';
import type undici from 'undici';

type Undici = Pick<typeof undici, 'Agent' | 'ProxyAgent' | 'Socks5ProxyAgent'>;

const require = createRequire(import.meta.url);

/** As undici's index does it: request(), stream() and so on are methods that live apart. */
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js') as typeof undici.Dispatcher;
Object.assign(Dispatcher.prototype, require('undici/lib/api/index.js'));

export const Agent = require('undici/lib/dispatcher/agent.js') as Undici['Agent'];

/** What it takes to go through a proxy; loaded only by those who do. */
export function proxyAgents(): Pick<Undici, 'ProxyAgent' | 'Socks5ProxyAgent'> {
  return require('undici') as Undici;
}
