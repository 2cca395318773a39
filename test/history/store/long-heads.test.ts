/** Whose long text is read next, when many are asked for at once. */
import { expect, it } from 'vitest';
import { PostgresHistory } from '../../../history/store/history.ts';
import type { PostgresStore } from '../../../history/store/store.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { FakeClock, settle } from '../../runtime/fake-clock.ts';

const never = new AbortController().signal;

/** All texts are long; `reads` are the questions for one of them, answered when told to. */
function world(clock?: Clock) {
  const reads: { path: string; answer: () => void }[] = [];
  const calls = {
    schema: 'pawl',
    async run(name: string, _: string, values: readonly unknown[]) {
      // Their texts are long.
      if (name === 'history.heads')
        return (values[1] as string[]).map(() => ({ version: '1', body_raw: null }));
      const { promise, resolve } = Promise.withResolvers<void>();
      reads.push({ path: values[1] as string, answer: resolve });
      await promise;
      return [];
    },
  };
  const history = new PostgresHistory({ calls } as unknown as PostgresStore, clock);
  const ask = (tenant: string, path: string) => history.head({ namespace: 'a', path }, never, tenant);
  const settled = async () => {
    for (let turn = 0; turn < 5; turn += 1) await settle();
  };
  return { reads, ask, settled };
}

it('a long text waits for at most one more of a tenant who asked for 24 before', async () => {
  const { reads, ask, settled } = world();
  const asked = Array.from({ length: 24 }, (_, index) => ask('eve', `eve ${index}`));
  await settled();
  // One alone would be read at once.
  asked.push(ask('ada', 'ada 0'), ask('ada', 'ada 1'));
  await settled();
  const before = reads.length;
  for (let at = 0; at < reads.length; at += 1) {
    reads[at]!.answer();
    await settled();
  }
  await Promise.all(asked);
  const paths = reads.map(({ path }) => path);
  expect(paths).toHaveLength(26);
  expect(paths.indexOf('ada 0') - before).toBeLessThanOrEqual(1);
});

it('of many long texts, the next is read after three times as long as the one before took', async () => {
  const clock = new FakeClock();
  const { reads, ask, settled } = world(clock);
  const asked = Array.from({ length: 4 }, (_, index) => ask('eve', `eve ${index}`));
  await settled();
  expect(reads).toHaveLength(2);
  await clock.advance(10);
  reads[0]!.answer();
  await asked[0];
  await clock.advance(29);
  await settled();
  expect(reads).toHaveLength(2);
  await clock.advance(1);
  await settled();
  expect(reads).toHaveLength(3);
  // However long one took.
  await clock.advance(60_000);
  reads[1]!.answer();
  await clock.advance(50);
  await settled();
  expect(reads).toHaveLength(4);
  for (const { answer } of reads) answer();
  await Promise.all(asked);
});

it('a long text that nobody waits behind delays none that is asked for later', async () => {
  const clock = new FakeClock();
  const { reads, ask, settled } = world(clock);
  for (const [turn, path] of ['first', 'second', 'third'].entries()) {
    const asked = ask('ada', path);
    await settled();
    expect(reads).toHaveLength(turn + 1);
    await clock.advance(10);
    reads[turn]!.answer();
    await asked;
  }
});
