/** The quota of the installation: which saves are held to it, and what that costs all others. */
import { expect, it } from 'vitest';
import { Quotas } from '../../../history/settle/quotas.ts';
import type { Quota } from '../../../history/words/policy.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';

function world(used: { versions: number; bytes: number }) {
  const asked: Quota[] = [];
  const clock = new FakeClock();
  const quotas = new Quotas({
    preset: { versionsPerDay: 100, bytes: 1_000 },
    clock,
    requests: {
      async exceeded({ quota, versions, bytes }) {
        asked.push(quota);
        const { namespace } = quota;
        if (used.versions + versions > quota.versionsPerDay!)
          return { namespace, quota: 'versions', limit: BigInt(quota.versionsPerDay!), used: 0n };
        if (used.bytes + bytes > quota.bytes!)
          return { namespace, quota: 'bytes', limit: BigInt(quota.bytes!), used: 0n };
        return null;
      },
    },
  });
  return { asked, clock, quotas };
}

it('a namespace whose policy says nothing is held to the quota of the installation from half-way on', async () => {
  const used = { versions: 0, bytes: 0 };
  const { asked, clock, quotas } = world(used);
  expect(quotas.quotaOf('a', {})).toBeNull();
  await clock.advance(1);
  for (let save = 0; save < 50; save += 1) expect(quotas.quotaOf('a', {})).toBeNull();
  expect(asked).toEqual([{ namespace: 'a', versionsPerDay: 50, bytes: 500 }]);

  used.bytes = 600;
  await clock.advance(10_000);
  quotas.quotaOf('a', {});
  await clock.advance(1);
  expect(quotas.quotaOf('a', {})).toEqual({ namespace: 'a', versionsPerDay: 100, bytes: 1_000 });
  expect(quotas.quotaOf('b', {})).toBeNull();
});

it('what a policy says counts for every save, and the installation says the rest', () => {
  const { asked, quotas } = world({ versions: 0, bytes: 0 });
  const own = { namespace: 'a', versionsPerDay: 5_000, bytes: 1_000 };
  expect(quotas.quotaOf('a', { maxVersionsPerDay: 5_000 })).toEqual(own);
  expect(quotas.quotaOf('a', { maxBytes: 7 })).toEqual({ ...own, versionsPerDay: 100, bytes: 7 });
  expect(asked).toEqual([]);
});

it('a namespace that was near its quota stays held to it while the store does not answer', async () => {
  const clock = new FakeClock();
  let away = false;
  const quotas = new Quotas({
    preset: { versionsPerDay: 100, bytes: null },
    clock,
    requests: {
      async exceeded() {
        if (away) throw new Error('away');
        return { namespace: 'a', quota: 'versions', limit: 50n, used: 50n };
      },
    },
  });
  quotas.quotaOf('a', {});
  await clock.advance(1);
  away = true;
  await clock.advance(20_000);
  quotas.quotaOf('a', {});
  await clock.advance(1);
  expect(quotas.quotaOf('a', {})).toEqual({ namespace: 'a', versionsPerDay: 100, bytes: null });
});
