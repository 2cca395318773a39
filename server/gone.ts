/** Clients that go away. Invariant: no work goes on for an answer that nobody waits for. */
import type { FastifyReply } from 'fastify';

/** Aborted when the connection closes before the answer has ended. */
export function signalOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const leave = () => gone.abort(new Error('the client went away'));
  if (raw.destroyed) leave();
  raw.once('close', () => {
    if (!raw.writableFinished) leave();
  });
  return gone.signal;
}
