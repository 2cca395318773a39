/** Large answers arrive whole, cost no more than their reader takes, and have their turn. */
import { connect } from 'node:net';
import fastify from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { sendWhole } from '../../server/answering.ts';
import { BytesUnderWay } from '../../server/bytes-under-way.ts';
import { until } from '../setup/until.ts';

const mib = 1 << 20;
const all = new BytesUnderWay({ total: 256 * mib, each: 256 * mib });
const answers = {
  text: 'ä'.repeat(mib),
  json: { body_raw: 'ä"\n'.repeat(mib), versions: [{ version: 1 }, { version: 2 }] },
  huge: 'x'.repeat(64 * mib),
  small: { body_raw: 'cap: 1\n' },
};
const turns: string[] = [];
const app = fastify();
app.get<{ Params: { name: keyof typeof answers } }>('/:name', ({ params: { name } }, reply) => {
  const inTurn = async <T>(work: () => T) => {
    turns.push(name);
    return work();
  };
  const hold = all.hold('ada');
  reply.raw.once('close', () => hold.release());
  return sendWhole(reply, answers[name], { inTurn, hold: () => hold, clock: systemClock, ms: 60_000 }, false);
});
afterEach(() => turns.splice(0));

it('a large answer arrives as it would in one piece, after its turn', async () => {
  const text = await app.inject({ url: '/text' });
  expect(text.body).toBe(answers.text);
  expect(text.headers['content-length']).toBe(String(2 * mib));
  expect((await app.inject({ url: '/json' })).body).toBe(JSON.stringify(answers.json));
  expect(turns).toEqual(['text', 'json']);
  await until('the bytes are given back', 5_000, () => all.total === 0);
});

it('HEAD tells its length and sends nothing of it', async () => {
  const head = await app.inject({ method: 'HEAD', url: '/text' });
  expect(head.headers['content-length']).toBe(String(2 * mib));
  expect(head.body).toBe('');
});

it('a small one is sent at once', async () => {
  expect((await app.inject({ url: '/small' })).body).toBe(JSON.stringify(answers.small));
  expect(turns).toEqual([]);
});

it('of one that is not read, only what the network takes is written', async () => {
  const sockets: { bytesWritten: number; writableNeedDrain: boolean }[] = [];
  app.server.once('connection', socket => sockets.push(socket));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as { port: number };
  const client = connect(port, '127.0.0.1').pause();
  try {
    client.write('GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until('the network takes no more', 10_000, () => sockets[0]?.writableNeedDrain === true);
    expect(sockets[0]!.bytesWritten).toBeLessThan(32 * mib);
  } finally {
    client.destroy();
    await app.close();
  }
});
