/**
 * Sends answers that may be large to clients that may be slow. Invariant: an answer that is not read in time is given
 * up, with its connection; and unread bytes are counted, so that clients that never read cannot fill the memory.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../runtime/clock.ts';
import type { Hold } from './bytes-under-way.ts';

/** Smaller ones fit into what the kernel keeps for a connection. */
const largeBytes = 64 * 1024;

export interface Pace {
  readonly hold: () => Hold;
  readonly clock: Clock;
  /** For a large answer, or one event of a stream, to be read. */
  readonly ms: number;
}

/**
 * Throws Refused when there is no room for it.
 * @param must the result of a write is always sent, even beyond the limits
 */
export function sendWhole(
  reply: FastifyReply,
  body: string,
  { hold, clock, ms }: Pace,
  must: boolean,
): FastifyReply {
  if (body.length > largeBytes) {
    hold().resize(Buffer.byteLength(body), must);
    const cut = clock.timer(ms, () => reply.raw.destroy());
    reply.raw.once('close', () => cut.cancel());
  }
  return reply.send(body);
}

export function sendEvents(
  reply: FastifyReply,
  type: string,
  events: AsyncIterable<string>,
  pace: Pace,
): FastifyReply {
  const stream = Readable.from(paced(reply, events, pace), { objectMode: true, highWaterMark: 1 });
  return reply.header('content-type', type).send(stream);
}

async function* paced(
  { raw }: FastifyReply,
  events: AsyncIterable<string>,
  { hold, clock, ms }: Pace,
): AsyncGenerator<string> {
  // So that a watcher knows that the watch is set up even while nothing happens.
  raw.flushHeaders();
  let held = 0;
  for await (const event of events) {
    const bytes = event.length > largeBytes ? event.length : 0;
    // One event waits in the stream and one in the socket.
    if (bytes !== held) hold().resize(2 * bytes);
    held = bytes;
    const cut = clock.timer(ms, () => raw.destroy());
    yield event;
    cut.cancel();
  }
}
