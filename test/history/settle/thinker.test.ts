/** The thinker answers the same at once and in its thread, and refuses what takes too long. */
import { afterAll, describe, expect, it } from 'vitest';
import { decide } from '../../../history/core/decide.ts';
import { nothingSince } from '../../../history/core/take-back.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { Offload, OffloadLimit } from '../../../runtime/offload.ts';
import { readBody } from '../../../text/body.ts';
import type { Format } from '../../../text/format.ts';
import { aLine, anEdit, aVersion, aView, emptyView, law } from '../core/make.ts';

const module = new URL('../../../history/settle/thinker-thread.ts', import.meta.url);
const offload = new Offload({
  module,
  clock: systemClock,
  taskCpuMs: 60_000,
  maxHeapMiB: 1024,
  idleMs: 60_000,
});
const thinker = new Thinker(offload, { maxBodyBytes: 1_048_576 });

afterAll(() => offload.close());

const large = (value: number) =>
  Array.from({ length: 5_000 }, (_, index) => `key_${index}: ${index === 7 ? value : index}\n`).join('');
const read = (text: string, format: Format) => readBody(text, format);

describe('an edit that may take back what others saved', () => {
  const person = (name: string) => ({ name, verified: true });
  const bodies = Array.from(
    { length: 33 },
    (_, round) => `${'# as agreed\n'.repeat(40)}cap: ${round}\nfee: 1\n`,
  );
  const versions = bodies.map((text, round) => ({
    record: aVersion(BigInt(round + 1), text, { actor: person('ada') }),
    text,
  }));
  const head = versions.at(-1)!;
  const line = aLine(head.text, { uid: 'uid-0', version: head.record.version, actor: person('ada') });
  const edit = { ...anEdit({ body: head.text.replace('fee: 1', 'fee: 2') }), actor: person('bob') };
  const texts = { base: head.text, head: head.text };
  const found = async (by: Thinker) => {
    const decision = await by.decide(edit, aView(head.record, { line }), law);
    if (decision.kind !== 'stale') throw new Error(decision.kind);
    return decision;
  };

  it('is held against many versions in the thread, however short each of them is', async () => {
    const tasks: string[] = [];
    const noting = { run: (task: string) => Promise.resolve(tasks.push(task)) } as unknown as Offload;
    const aside = new Thinker(noting, { maxBodyBytes: 1_048_576 });
    await aside.decideStale(edit, await found(aside), texts, law, { versions, isCut: false });
    await aside.decideStale(edit, await found(aside), texts, law, {
      versions: versions.slice(-2),
      isCut: false,
    });
    expect(tasks).toEqual(['decideStale']);
  });

  it('is asked for its base where finding it takes too long', async () => {
    const limit = { run: () => Promise.reject(new OffloadLimit('too long')) } as unknown as Offload;
    const hasty = new Thinker(limit, { maxBodyBytes: 1_048_576 });
    const since = { versions, isCut: false };
    expect(await hasty.decideStale(edit, await found(hasty), texts, law, since)).toMatchObject({
      refusal: { kind: 'base-unknown', head: head.record },
    });
  });
});

it('a short clash is charged to its tenant, each time it is merged again', async () => {
  const charged: string[] = [];
  // Linux counts a thread's time by its ticks, so that what is shorter than one is often charged as 0.
  const place = (what: string) => ({ charge: () => void charged.push(what) });
  const texts = { base: 'cap: 1\nfee: 1\n', proposed: 'cap: 2\nfee: 1\n' };
  const first = aVersion(1n, texts.base);
  const head = 'cap: 3\nfee: 2\n';
  const since = [
    { record: aVersion(2n, 'cap: 1\nfee: 2\n'), text: 'cap: 1\nfee: 2\n' },
    { record: { ...aVersion(3n, head), kind: 'merged' as const, baseVersion: 1n }, text: head },
  ];
  const clash = {
    stale: { base: { kind: 'version', record: first } },
    texts,
    format: 'yaml',
    places: [{ pointer: '/cap' }],
    marked: '',
  };
  await thinker.isSavedBefore(clash as never, since, head, place('twins'));
  await thinker.blame(anEdit({ body: texts.proposed }).config, clash as never, since, place('blame'));
  expect(charged).toEqual(['twins', 'blame']);
});

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
    expect(await thinker.decideStale(proposal, decision, texts, law, nothingSince)).toMatchObject({
      kind: 'save',
      body: { text: `${large(9)}more: 1\n` },
    });
  });

  it('that takes too long is refused, and others are answered', async () => {
    const hasty = new Offload({
      module,
      clock: systemClock,
      taskCpuMs: 1,
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
