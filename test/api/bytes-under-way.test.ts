/** What the memory of a pod is made for: nobody holds more of it than their share, and all of them not more than all. */
import { expect, it } from 'vitest';
import { BytesUnderWay } from '../../server/bytes-under-way.ts';
import { tenantOf } from '../../server/tenant.ts';

const refusal = (call: () => void): string => {
  try {
    call();
    return 'taken';
  } catch (error) {
    return (error as { reason: string }).reason;
  }
};

it('refuses a tenant beyond their share, and everybody beyond the whole, until something is given back', () => {
  const all = new BytesUnderWay({ total: 100, each: 60 });
  const [ada, bob, eve] = ['ada', 'bob', 'eve'].map(name => all.hold(name)) as [
    ReturnType<typeof all.hold>,
    ReturnType<typeof all.hold>,
    ReturnType<typeof all.hold>,
  ];
  eve.grow(50);
  expect(refusal(() => all.hold('eve').grow(20))).toBe('TooManyRequests');
  ada.grow(40);
  expect(refusal(() => bob.grow(20))).toBe('Busy');
  expect([bob.bytes, all.total]).toEqual([0, 90]);
  eve.release();
  bob.grow(20);
  expect(all.total).toBe(60);
});

it('gives back everything once, however often it is asked, and takes nothing afterwards', () => {
  const all = new BytesUnderWay({ total: 100, each: 100 });
  const hold = all.hold('ada');
  hold.grow(30);
  hold.resize(70);
  hold.release();
  hold.release();
  hold.grow(10);
  expect(all.total).toBe(0);
});

it('tells what a write has done, whatever else waits', () => {
  const all = new BytesUnderWay({ total: 10, each: 10 });
  const hold = all.hold('ada');
  hold.resize(50, true);
  expect(all.total).toBe(50);
  hold.release();
  expect(all.total).toBe(0);
});

it('takes the service accounts of a namespace for one tenant, and a person for one', () => {
  const names = ['system:serviceaccount:evil:a', 'system:serviceaccount:evil:b', 'ada', 'system:admin'];
  expect(names.map(name => tenantOf({ name }))).toEqual([
    'system:serviceaccount:evil',
    'system:serviceaccount:evil',
    'ada',
    'system:admin',
  ]);
});
