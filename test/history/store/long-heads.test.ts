/** Whose long text is read next, when many are asked for at once. */
import { expect, it } from 'vitest';
import { PostgresHistory } from '../../../history/store/history.ts';
import type { PostgresStore } from '../../../history/store/store.ts';
import { settle } from '../../runtime/fake-clock.ts';

const never = new AbortController().signal;

it('a long text waits for at most one more of a tenant who asked for 24 before', async () => {
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
  const history = new PostgresHistory({ calls } as unknown as PostgresStore);
  const ask = (tenant: string, path: string) => history.head({ namespace: 'a', path }, never, tenant);
  const asked = Array.from({ length: 24 }, (_, index) => ask('eve', `eve ${index}`));
  const settled = async () => {
    for (let turn = 0; turn < 5; turn += 1) await settle();
  };
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
