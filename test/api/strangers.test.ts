/** Tokens that anybody makes up cost the API server a bounded number of questions, and nobody known their way in. */
import { expect, it } from 'vitest';
import { Gate, type Principal } from '../../server/gate.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const ada: Principal = { name: 'ada', uid: '1', groups: [], extra: {} };

function world() {
  const clock = new FakeClock();
  const seen = { asked: 0, underWay: 0, most: 0 };
  const token = async (shown: string) => {
    seen.asked += 1;
    seen.underWay += 1;
    seen.most = Math.max(seen.most, seen.underWay);
    await Promise.resolve();
    seen.underWay -= 1;
    return shown === 'good' ? ada : null;
  };
  const gate = new Gate({ token, access: async () => true }, clock);
  const ask = (shown: string, remoteAddress: string) =>
    gate.identify(`Bearer ${shown}`, { remoteAddress }).then(
      () => 'known',
      error => (error as { reason: string }).reason,
    );
  return { clock, seen, ask };
}

it('asks about so many unknown tokens of an address in a minute, and then not until it is over', async () => {
  const { clock, seen, ask } = world();
  expect(await ask('good', 'evil')).toBe('known');
  for (let one = 0; one < 700; one += 1) await ask(`made-up-${one}`, 'evil');
  expect(seen.asked).toBe(601);
  expect(await ask('made-up', 'evil')).toBe('TooManyRequests');
  expect(await ask('made-up', 'other')).toBe('Unauthenticated');
  await clock.advance(20_000);
  // Its answer is not remembered any more, and that it was good is.
  expect(await ask('good', 'evil')).toBe('known');
  await clock.advance(40_000);
  expect(await ask('made-up', 'evil')).toBe('Unauthenticated');
});

it('asks again about a token that was accepted while made-up ones of its address wait for their answers', async () => {
  const clock = new FakeClock();
  const stuck = new Promise<null>(() => {});
  const token = async (shown: string) => (shown === 'good' ? ada : stuck);
  const gate = new Gate({ token, access: async () => true }, clock);
  const from = { remoteAddress: 'ingress' };
  await gate.identify('Bearer good', from);
  for (let one = 0; one < 8; one += 1) void gate.identify(`Bearer made-up-${one}`, from);
  // Its answer is not remembered any more.
  await clock.advance(20_000);
  expect(await gate.identify('Bearer good', from)).toEqual(ada);
});

it('asks one question of an address at a time, and keeps a bounded number waiting', async () => {
  const { seen, ask } = world();
  const answers = await Promise.all(Array.from({ length: 400 }, (_, one) => ask(`made-up-${one}`, 'evil')));
  expect(seen.most).toBe(1);
  expect(answers.filter(answer => answer === 'Unauthenticated')).toHaveLength(257);
  expect(answers.filter(answer => answer === 'TooManyRequests')).toHaveLength(143);
});
