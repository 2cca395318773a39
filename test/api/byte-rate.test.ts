/** Large bodies take the processor from everybody: a tenant who sends them without end waits. */
import { expect, it } from 'vitest';
import { Shares } from '../../runtime/shares.ts';
import { ByteRate } from '../../server/byte-rate.ts';
import type { Refused } from '../../server/problems.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const asked = (rate: ByteRate, tenant: string, bytes: number) => {
  try {
    rate.take(tenant, bytes);
    return 'taken';
  } catch (error) {
    return (error as Refused).members.retry_after;
  }
};

it('a tenant sends a burst at once and then so much a second, is told when to go on, and others do not wait', async () => {
  const clock = new FakeClock();
  const rate = new ByteRate(new Shares({ perSecond: 10, burst: 100 }, clock));
  expect(asked(rate, 'eve', 60)).toBe('taken');
  expect(asked(rate, 'eve', 60)).toBe(2);
  expect(asked(rate, 'eve', 40)).toBe('taken');
  expect(asked(rate, 'ada', 100)).toBe('taken');
  expect(asked(rate, 'eve', 60)).toBe(6);
  await clock.advance(6_000);
  expect(asked(rate, 'eve', 60)).toBe('taken');
});

it('a body larger than the burst is taken from a tenant who has sent nothing for long, once', async () => {
  const clock = new FakeClock();
  const rate = new ByteRate(new Shares({ perSecond: 10, burst: 100 }, clock));
  expect(asked(rate, 'eve', 150)).toBe('taken');
  expect(asked(rate, 'eve', 1)).toBe(6);
  await clock.advance(15_000);
  expect(asked(rate, 'eve', 150)).toBe('taken');
});
