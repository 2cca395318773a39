/** The thinker answers the same at once and in its thread, and refuses what takes too long. */
import { afterAll, describe, expect, it } from 'vitest';
import { decide } from '../../../history/core/decide.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { Offload } from '../../../runtime/offload.ts';
import { readBody } from '../../../text/body.ts';
import type { Format } from '../../../text/format.ts';
import { anEdit, aVersion, aView, emptyView, law } from '../core/make.ts';

const module = new URL('../../../history/settle/thinker-thread.ts', import.meta.url);
const offload = new Offload({
  module,
  clock: systemClock,
  taskTimeoutMs: 60_000,
  maxHeapMiB: 1024,
  idleMs: 60_000,
});
const thinker = new Thinker(offload, { maxBodyBytes: 1_048_576 });

afterAll(() => offload.close());

const large = (value: number) =>
  Array.from({ length: 5_000 }, (_, index) => `key_${index}: ${index === 7 ? value : index}\n`).join('');
const read = (text: string, format: Format) => readBody(text, format);

describe('a large text', () => {
  it('is read in the thread, with the answer it would get at once', async () => {
    const proposal = anEdit({ body: large(1) });
    expect(await thinker.decide(proposal, emptyView, law)).toEqual(decide(proposal, emptyView, read, law));
  });

  it('is merged in the thread, byte for byte', async () => {
    const view = aView(aVersion(2n, `${large(1)}more: 1\n`), { base: aVersion(1n, large(1)) });
    const proposal = anEdit({ body: large(9), baseVersion: 1, onStale: 'Merge' });
    const decision = await thinker.decide(proposal, view, law);
    if (decision.kind !== 'stale') throw new Error(decision.kind);
    const texts = { base: large(1), head: `${large(1)}more: 1\n` };
    expect(await thinker.decideStale(proposal, decision, texts, law, [])).toMatchObject({
      kind: 'save',
      body: { text: `${large(9)}more: 1\n` },
    });
  });

  it('that takes too long is refused, and others are answered', async () => {
    const hasty = new Offload({
      module,
      clock: systemClock,
      taskTimeoutMs: 1,
      maxHeapMiB: 1024,
      idleMs: 60_000,
    });
    try {
      const decision = await new Thinker(hasty, { maxBodyBytes: 1_048_576 }).decide(
        anEdit({ body: large(1) }),
        emptyView,
        law,
      );
      expect(decision).toMatchObject({ kind: 'refused', refusal: { kind: 'too-hard' } });
    } finally {
      await hasty.close();
    }
  });
});
