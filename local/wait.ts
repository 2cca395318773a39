/** Waiting on a condition with a deadline or for the end of the program, and ports to listen on. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Tries until `probe` returns something other than undefined, and returns that. An exception of `probe` counts
 * as "not yet" and becomes the cause of the error when the deadline passes; `Hopeless` ends the wait at once.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { timeoutMs = 120_000, everyMs = 40 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      cause = error;
    }
    if (Date.now() >= deadline) throw new Error(`${what} did not happen within ${timeoutMs} ms`, { cause });
    await delay(everyMs);
  }
}

/** Thrown by a probe when waiting on makes no sense. */
export class Hopeless extends Error {}

/** Settles at Ctrl-C or when asked to end; keeps the program running until then. A repeated signal is the same one. */
export function untilInterrupted(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    const alive = setInterval(() => {}, 60_000);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        clearInterval(alive);
        resolve(signal);
      });
    }
  });
}

/**
 * A port of 127.0.0.1 nobody listens on. It lies below the range the system picks outgoing ports from: a server
 * that is stopped and started again must find its port free, and a client that knocks meanwhile must not end
 * up connected to itself.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port found on 127.0.0.1 between 15000 and 32000');
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
