/** A tenant's requests take so much processor time, whatever becomes of them; then the tenant is told when to go on. */
import { expect, it } from 'vitest';
import { Shares } from '../../runtime/shares.ts';
import type { Refused } from '../../server/problems.ts';
import { ProcessorTime } from '../../server/processor-time.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const { signal } = new AbortController();
const make = () => {
  const clock = new FakeClock();
  return { clock, time: new ProcessorTime(new Shares({ perSecond: 250, burst: 1_000 }, clock), clock) };
};
const asked = (time: ProcessorTime, tenant: string) => {
  try {
    time.place(tenant, signal);
    return 'taken';
  } catch (error) {
    const { reason, members } = error as Refused;
    return { reason, retry_after: members.retry_after };
  }
};

it('a tenant who is alone may take all there is, and has a share as soon as somebody else asks', async () => {
  const { clock, time } = make();
  time.place('eve', signal).charge!(60_000);
  expect(asked(time, 'eve')).toBe('taken');
  expect(asked(time, 'ada')).toBe('taken');
  for (let turn = 0; turn < 3; turn++)
    expect(asked(time, 'eve')).toMatchObject({ reason: 'TooManyRequests' });
  await clock.advance(10_001);
  expect(asked(time, 'eve')).toBe('taken');
});

it('a tenant has a share also while others do nothing but read', async () => {
  const { clock, time } = make();
  time.place('eve', signal).charge!(60_000);
  time.sees('ada');
  expect(asked(time, 'eve')).toMatchObject({ reason: 'TooManyRequests' });
  await clock.advance(10_001);
  time.sees('eve');
  expect(asked(time, 'eve')).toBe('taken');
});

it('what a text took is counted afterwards, and only its tenant waits until a part of it is given back', async () => {
  const { clock, time } = make();
  asked(time, 'ada');
  const { charge, line } = time.place('eve', signal);
  expect(line).toBe('eve');
  charge!(1_000);
  expect(asked(time, 'eve')).toBe('taken');
  charge!(1_000);
  expect(asked(time, 'eve')).toEqual({ reason: 'TooManyRequests', retry_after: 4 });
  expect(asked(time, 'ada')).toBe('taken');
  await clock.advance(4_000);
  expect(asked(time, 'eve')).toBe('taken');
});

it('a search counts for as long as it lasts, also one that fails', async () => {
  const { clock, time } = make();
  const lasting = async (ms: number) => {
    await clock.advance(ms);
    throw new Error('gone');
  };
  asked(time, 'ada');
  await expect(time.timed('eve', () => lasting(2_000))).rejects.toThrow('gone');
  const never = async () => expect.unreachable();
  await expect(time.timed('eve', never)).rejects.toMatchObject({
    ...{ reason: 'TooManyRequests', members: { retry_after: 4 } },
    message: 'Your requests have taken 2.0 s of processor time within moments. Send this one in 4 s.',
  });
  expect(await time.timed('ada', async () => 'found')).toBe('found');
});

it('what runs on the event loop counts for as long as it takes, also where it throws', () => {
  let now = 0;
  const clock = { monotonic: () => now };
  const time = new ProcessorTime(new Shares({ perSecond: 250, burst: 1_000 }, clock), clock);
  const slow = () => {
    now += 2_000;
    throw new Error('is not JSON');
  };
  asked(time, 'ada');
  expect(() => time.counted('eve', slow)).toThrow('is not JSON');
  expect(asked(time, 'eve')).toEqual({ reason: 'TooManyRequests', retry_after: 4 });
});
