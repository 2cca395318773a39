/** A client that is told to wait, and asks again at once, is not answered more often than others are served. */
import { EventEmitter } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { answerError } from '../../server/errors.ts';
import { Refused } from '../../server/problems.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

function world() {
  const sent: number[] = [];
  let code = 0;
  const raw = Object.assign(new EventEmitter(), { destroyed: false, writableFinished: false });
  const reply = {
    raw,
    sent: false,
    code(status: number) {
      code = status;
      return reply;
    },
    headers: () => reply,
    header: () => reply,
    send() {
      sent.push(code);
      return reply;
    },
  };
  const log = { error: () => undefined, debug: () => undefined };
  const clock = new FakeClock();
  const answer = (error: Error) =>
    answerError(
      error,
      { id: '1', log, headers: {} } as unknown as FastifyRequest,
      reply as unknown as FastifyReply,
      clock,
    );
  return { sent, raw, clock, answer };
}

it('a refusal for asking too often is sent after a second, and any other at once', async () => {
  const { sent, clock, answer } = world();
  await answer(new Refused('NotFound', 'not there'));
  expect(sent).toEqual([404]);
  const told = answer(new Refused('TooManyRequests', 'wait', { retry_after: 30 }));
  await clock.advance(999);
  expect(sent).toEqual([404]);
  await clock.advance(1);
  await told;
  expect(sent).toEqual([404, 429]);
});

it('nobody waits for a client that went away', async () => {
  const { raw, clock, answer } = world();
  const told = answer(new Refused('TooManyRequests', 'wait'));
  raw.emit('close');
  await told;
  expect(clock.pendingTimers).toBe(0);
});
