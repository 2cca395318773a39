/** What the decider fetches for an edit, and what it knows to be missing. */
import { afterAll, expect, it } from 'vitest';
import { Decider } from '../../../history/settle/decider.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import type { VersionText } from '../../../history/words/save.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { Offload } from '../../../runtime/offload.ts';
import { aLine, anEdit, aVersion, aView, law, person } from '../core/make.ts';

const module = new URL('../../../history/settle/thinker-thread.ts', import.meta.url);
const limits = { taskCpuMs: 60_000, maxHeapMiB: 1024, idleMs: 60_000 };
const offload = new Offload({ module, clock: systemClock, ...limits });
const thinker = new Thinker(offload, { maxBodyBytes: 1_048_576 });
afterAll(() => offload.close());

/** An edit by bob of the object on which ada saved all versions. */
async function decide(versions: readonly VersionText[], body: string) {
  const store = {
    texts: async (_: unknown, numbers: readonly bigint[]) =>
      new Map(versions.filter(({ record: { version } }) => numbers.includes(version)).map(textOf)),
    between: async (_: unknown, { limit }: { limit: number }) => versions.slice(-limit),
    lineText: async () => null,
  };
  const { record, text } = versions.at(-1)!;
  const line = aLine(text, { uid: 'uid-0', version: record.version, actor: person('ada') });
  const edit = { ...anEdit({ body }), actor: person('bob') };
  const source = { cluster: 'default', namespace: 'payments', name: 'limits' };
  const view = aView(record, { line });
  const { signal } = new AbortController();
  const concluded = await new Decider(store, thinker).decide(edit, view, law, source, signal);
  if (concluded === 'raced') throw new Error(concluded);
  return concluded.decision;
}

const textOf = ({ record, text }: VersionText) => [record.version, text] as const;

const saved = (count: number, from: number, text: (at: number) => string): VersionText[] =>
  Array.from({ length: count }, (_, at) => ({
    record: aVersion(BigInt(from + at), text(at), { actor: person('ada') }),
    text: text(at),
  }));

it('asks for the base where a config has more versions than are compared', async () => {
  const short = (at: number) => `cap: ${at}\nfee: 5\n`;
  const asked = { refusal: { kind: 'base-unknown' } };
  expect(await decide(saved(40, 1, short), short(0))).toMatchObject(asked);
  expect(await decide(saved(33, 1, short), short(99))).toMatchObject({ kind: 'save' });
  // Numbers go on after a delete: these are all versions there are.
  expect(await decide(saved(3, 50, short), short(99))).toMatchObject({ kind: 'save' });
});

it('compares fewer versions of long texts, and asks for the base just the same', async () => {
  const long = (at: number) => `cap: ${at}\n# ${'x'.repeat(1_000_000)}\n`;
  expect(await decide(saved(6, 1, long), long(99))).toMatchObject({ refusal: { kind: 'base-unknown' } });
});
