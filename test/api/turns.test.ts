/** Turns at costly work: fair to tenants, bounded, and given up by those who go away. */
import { expect, it } from 'vitest';
import { type TurnLimits, Turns } from '../../server/turns.ts';

const signal = new AbortController().signal;
const settle = () => new Promise(resolve => setImmediate(resolve));

/** Work that lasts until it is told to end; `began` is who was let in, in order. */
function world(limits: TurnLimits = { atOnce: 2, waitingEach: 2 }) {
  const turns = new Turns(limits);
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (name: string, tenant: string, asked = signal) =>
    turns.run(tenant, asked, () => {
      began.push(name);
      return new Promise<void>(resolve => ends.set(name, resolve));
    });
  const end = async (name: string) => {
    ends.get(name)!();
    await settle();
  };
  return { ask, began, end };
}

it('lets each tenant do one at a time, and serves them in turn', async () => {
  const { ask, began, end } = world();
  for (const name of ['e1', 'e2', 'e3']) void ask(name, 'eve');
  void ask('a1', 'ada');
  void ask('b1', 'bob');
  await settle();
  expect(began).toEqual(['e1', 'a1']);
  await end('a1');
  expect(began).toEqual(['e1', 'a1', 'b1']);
  await end('e1');
  await end('e2');
  expect(began).toEqual(['e1', 'a1', 'b1', 'e2', 'e3']);
});

it('lets each tenant do as many at a time as it is told, and still serves them in turn', async () => {
  const { ask, began, end } = world({ atOnce: 3, each: 2, waitingEach: 9 });
  for (const name of ['e1', 'e2', 'e3', 'e4']) void ask(name, 'eve');
  for (const name of ['a1', 'a2', 'a3']) void ask(name, 'ada');
  await settle();
  expect(began).toEqual(['e1', 'e2', 'a1']);
  await end('e1');
  await end('a1');
  await end('e2');
  expect(began).toEqual(['e1', 'e2', 'a1', 'e3', 'a2', 'e4']);
});

it('refuses a tenant who has as many waiting as they may, and nobody else', async () => {
  const { ask } = world();
  for (const name of ['e1', 'e2', 'e3']) void ask(name, 'eve');
  await expect(ask('e4', 'eve')).rejects.toMatchObject({ reason: 'TooManyRequests' });
  void ask('a1', 'ada');
});

it('passes over those who went away, whose work never begins', async () => {
  const { ask, began, end } = world({ atOnce: 1, waitingEach: 9 });
  const gone = new AbortController();
  void ask('e1', 'eve');
  const left = ask('a1', 'ada', gone.signal);
  void ask('b1', 'bob');
  gone.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  await end('e1');
  expect(began).toEqual(['e1', 'b1']);
});

it('goes on after work that failed', async () => {
  const turns = new Turns({ atOnce: 1, waitingEach: 1 });
  await expect(turns.run('a', signal, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await turns.run('a', signal, async () => 'done')).toBe('done');
});
