/** What is asked of the store for a request that is refused, but may have been done before. */
import { expect, it } from 'vitest';
import type { WriteRequest } from '../../history/settle/change.ts';
import type { Written } from '../../history/settle/requests.ts';
import type { Call } from '../../server/call.ts';
import { writeUnless } from '../../server/idempotency.ts';
import type { Writing } from '../../server/ports.ts';
import { Refused } from '../../server/problems.ts';

const refused = new Refused('Forbidden', 'no');
const idempotency = { key: 'k', principal: 'ann', requestSha256: '00' };
/** In the line of heavy texts. */
const place = () => ({ line: 'ann', maxWaiting: 1, signal: new AbortController().signal });
const replayed: Written = { kind: 'written', answers: [], replayed: true };

async function asking(done: Awaited<ReturnType<Writing['done']>>, write: () => Promise<Written>, key = true) {
  const dryRuns: boolean[] = [];
  const writing: Pick<Writing, 'done' | 'write'> = {
    done: async () => done,
    write: (_, { dryRun }) => {
      dryRuns.push(dryRun);
      return write();
    },
  };
  const request = { idempotency: key ? idempotency : null } as WriteRequest;
  const call = { writing, query: {}, place, signal: new AbortController().signal } as unknown as Call;
  const answer = await writeUnless(refused, call, request).catch((error: unknown) => error);
  return { answer, dryRuns };
}

it.each([true, false])('what nothing is in the way of is written, or tried when dry is %s', async dry => {
  const tried: boolean[] = [];
  const writing = {
    write: async (_: WriteRequest, { dryRun }: { dryRun: boolean }) => void tried.push(dryRun),
  };
  const { signal } = new AbortController();
  const call = { writing, query: { dry_run: dry }, place, signal } as unknown as Call;
  await writeUnless(null, call, { idempotency } as WriteRequest);
  expect(tried).toEqual([dry]);
});

it('what was done is answered as it was, and nothing can be written by asking', async () => {
  expect(await asking('known', async () => replayed)).toEqual({ answer: replayed, dryRuns: [true] });
});

it('what was not done, or has no key, is refused as it would have been', async () => {
  const never = () => Promise.reject(new Error('asked'));
  expect(await asking('unknown', never)).toEqual({ answer: refused, dryRuns: [] });
  expect(await asking('known', never, false)).toEqual({ answer: refused, dryRuns: [] });
  expect((await asking('reused', never)).answer).toMatchObject({ reason: 'IdempotencyKeyReused' });
});

it('a key that is forgotten between the two questions is one that nobody knows', async () => {
  const { answer, dryRuns } = await asking('known', async () => ({ kind: 'dry-run', answers: [] }));
  expect([answer, dryRuns]).toEqual([refused, [true]]);
});

it('what was done is never said to have changed nothing because its answer cannot be had', async () => {
  const { answer } = await asking('known', () => Promise.reject(new Error('gone')));
  expect(answer).toMatchObject({
    reason: 'StoreUnavailable',
    message: expect.stringMatching(/^This was done before/),
  });
});
