/**
 * What a request still brings when it is answered: most that are refused are, before they have arrived. A client that asks
 * first is not told to send a body. Of another one, it is read and dropped: most clients send the whole of it before they
 * look for an answer, and a connection that is closed on them takes the answer along. Invariant: of one address no more is
 * read so than its share, because reading takes the one event loop from everybody; beyond that the connection is closed.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Clock, sleepOn } from '../runtime/clock.ts';
import type { Shares } from '../runtime/shares.ts';
import { bodyRestMs, paced } from './body-pace.ts';

/** Of smaller ones most has arrived already. */
const largeBytes = 64 * 1024;
/** A client that sends nothing more for so long reads, or is gone. */
const idleMs = 2_000;

const { signal: never } = new AbortController();

export class UnreadBodies {
  readonly #shares: Shares;
  readonly #clock: Pick<Clock, 'timer'>;
  readonly #wanted = new WeakSet<IncomingMessage>();

  constructor(shares: Shares, clock: Pick<Clock, 'timer'>) {
    this.#shares = shares;
    this.#clock = clock;
  }

  /** Before the body is read: tells a client that asked (`Expect: 100-continue`) to send it. */
  want({ raw, headers }: FastifyRequest, reply: FastifyReply): void {
    if (headers.expect === undefined) return;
    this.#wanted.add(raw);
    reply.raw.writeContinue();
  }

  /** Before the answer is sent. */
  drop({ raw, headers, ip }: FastifyRequest, reply: FastifyReply): void {
    const isLarge =
      headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > largeBytes;
    if (
      !isLarge ||
      raw.complete ||
      raw.readableEnded ||
      (headers.expect !== undefined && !this.#wanted.has(raw))
    )
      return;
    if (this.#shares.secondsUntilRoom(ip) > 0) return void reply.header('connection', 'close');
    const close = () => {
      raw.off('data', count);
      raw.socket.destroySoon();
    };
    if (!reply.raw.shouldKeepAlive) {
      // Node would close with the answer, as the client wishes: it is closed when all of the body has come.
      reply.raw.shouldKeepAlive = true;
      raw.once('end', close);
    }
    const came = paced(raw, () => sleepOn(this.#clock, bodyRestMs, never));
    let idle = this.#clock.timer(idleMs, close);
    const count = (chunk: Buffer) => {
      idle.cancel();
      this.#shares.take(ip, chunk.length);
      if (this.#shares.secondsUntilRoom(ip) > 0) close();
      else idle = this.#clock.timer(idleMs, close);
      came(chunk.length);
    };
    raw.on('data', count);
    for (const event of ['end', 'close']) raw.once(event, () => idle.cancel());
  }
}
