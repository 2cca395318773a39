/**
 * Sends answers that may be large to clients that may be slow. Invariant: an answer that is not read in time is given
 * up, with its connection; unread bytes are counted, so that clients that never read cannot fill the memory; and no more
 * of a large answer is encrypted than its client takes.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../runtime/clock.ts';
import type { Hold } from './bytes-under-way.ts';

/** Smaller ones fit into what the kernel keeps for a connection. */
const largeBytes = 64 * 1024;

/** Of a large answer, as one write to its connection: encrypting it takes a fraction of a millisecond. */
const pieceBytes = 64 * 1024;

export interface Pace {
  readonly hold: () => Hold;
  readonly clock: Clock;
  /** Waits for a turn at work that holds up the event loop. */
  readonly inTurn: <T>(work: () => T) => Promise<T>;
  /** For a large answer, or one event of a stream, to be read. */
  readonly ms: number;
}

/**
 * Throws Refused, or rejects with it, when there is no room for it.
 * @param whole a text as it stands, or what is sent as JSON
 * @param must the result of a write is always sent, even beyond the limits
 */
export function sendWhole(
  reply: FastifyReply,
  whole: string | object,
  pace: Pace,
  must: boolean,
): FastifyReply | Promise<FastifyReply> {
  const weight = weightOf(whole);
  if (weight > largeBytes) return sendLarge(reply, whole, weight, pace, must);
  return reply.send(textOf(whole));
}

async function sendLarge(
  reply: FastifyReply,
  whole: string | object,
  weight: number,
  { hold, inTurn, clock, ms }: Pace,
  must: boolean,
): Promise<FastifyReply> {
  hold().resize(weight, must);
  const bytes = await inTurn(() => Buffer.from(textOf(whole)));
  hold().resize(bytes.length, must);
  // Node leaves out the body itself.
  if (reply.request.method === 'HEAD') return reply.send(bytes);
  reply.header('content-length', bytes.length);
  const cut = clock.timer(ms, () => reply.raw.destroy());
  reply.raw.once('close', () => cut.cancel());
  return reply.send(Readable.from(piecesOf(bytes), { objectMode: false, highWaterMark: pieceBytes }));
}

const textOf = (whole: string | object): string =>
  typeof whole === 'string' ? whole : JSON.stringify(whole);

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** About as many bytes as it has as JSON, without its making. */
function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + 1 + weightOf(one), 2);
  let sum = 2;
  for (const key in value) sum += key.length + 4 + weightOf((value as Record<string, unknown>)[key]);
  return sum;
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
