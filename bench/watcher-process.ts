/**
 * Many watchers in one process, forked by watchers.ts: opens the streams it is told to, says `open` when each has had
 * its first event, and `seen` when each has had a change. Invariant: it ends when its parent does.
 */
import { Agent, request } from 'node:https';
import { inParallel } from './api.ts';

export interface ToWatch {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly count: number;
}

export type Said =
  | { readonly kind: 'open' }
  | { readonly kind: 'seen' }
  | { readonly kind: 'failed'; readonly message: string };

/** Handshakes under way at the same time. */
const width = 32;

const say = (said: Said) => process.send?.(said);
const fail = (error: unknown) => say({ kind: 'failed', message: `a watch failed: ${error}` });

process.once('disconnect', () => process.exit());
process.once('message', (toWatch: ToWatch) => void watchAll(toWatch).catch(fail));

async function watchAll({ url, ca, token, count }: ToWatch): Promise<void> {
  // Handshakes are taken up again, as by the clients of one machine.
  const agent = new Agent({ ca, maxCachedSessions: 1, maxSockets: Number.POSITIVE_INFINITY });
  const headers = { authorization: `Bearer ${token}` };
  let waiting = count;
  const sawChange = () => {
    waiting -= 1;
    if (waiting === 0) say({ kind: 'seen' });
  };
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const asking = request(url, { agent, headers }, answer => {
        if (answer.statusCode !== 200) reject(new Error(`answered with ${answer.statusCode}`));
        let seen = false;
        answer.on('data', (chunk: Buffer) => {
          resolve();
          if (seen || !chunk.includes('event: change')) return;
          seen = true;
          sawChange();
        });
        answer.once('close', () => fail('it ended'));
      });
      asking.once('error', reject);
      asking.end();
    });
  await inParallel(Array.from({ length: count }), width, one);
  say({ kind: 'open' });
}
