/** What the decider fetches for an edit, and what it knows to be missing. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Edit } from '../../../history/core/edit.ts';
import { Decider } from '../../../history/settle/decider.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import type { VersionRecord } from '../../../history/words/model.ts';
import type { VersionText } from '../../../history/words/save.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { Offload } from '../../../runtime/offload.ts';
import { aLine, anEdit, aRequest, aVersion, aView, law, person } from '../core/make.ts';

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

describe('an edit that was merged and saved before, sent again from the same base', () => {
  const port = (name: string, port: number) => `  - name: ${name}\n    port: ${port}\n    protocol: TCP\n`;
  const ports = (...more: string[]) => `ports:\n${[port('http', 80), ...more].join('')}`;
  const proposed = ports();
  const mergedText = ports(port('admin', 81));
  /** Another person added a port beside one that the edit removes: from the result that looks like a new name. */
  const texts = [ports(port('metrics', 90)), ports(port('metrics', 90), port('admin', 81))];
  const known = (merged: Partial<VersionRecord>, ...later: string[]): VersionText[] =>
    [...texts, mergedText, ...later].map((text, at) => {
      const facts = { actor: person(at === 2 ? 'bob' : 'ada'), ...(at === 2 && merged) };
      return { record: aVersion(BigInt(at + 1), text, facts), text };
    });
  const merged = { kind: 'merged', baseVersion: 1n } as const;

  async function again(versions: readonly VersionText[], edit: Edit) {
    const store = {
      texts: async () => new Map(versions.map(textOf)),
      between: async (_: unknown, { from }: { from: bigint }) =>
        versions.filter(({ record: { version } }) => version > from),
      lineText: async () => null,
    };
    const view = aView(versions.at(-1)!.record, { base: versions[0]!.record });
    const { signal } = new AbortController();
    const source = { cluster: '', namespace: '', name: '' };
    const concluded = await new Decider(store, thinker).decide(edit, view, law, source, signal);
    if (concluded === 'raced') throw new Error(concluded);
    return concluded.decision;
  }
  const sent = aRequest(proposed, { baseVersion: 1n, onStale: 'Merge' });

  it('is there already, and no clash', async () => {
    const unchanged = (version: bigint) => ({ kind: 'unchanged', version, expectedHead: version });
    expect(await again(known(merged), sent)).toMatchObject(unchanged(3n));
    expect(await again(known({ ...merged, kind: 'confirmed' }), sent)).toMatchObject(unchanged(3n));
    const elsewhere = `${mergedText}replicas: 3\n`;
    expect(await again(known(merged, elsewhere), sent)).toMatchObject(unchanged(4n));
    const object = anEdit({ body: proposed, baseVersion: 1, onStale: 'Merge' });
    expect(await again(known(merged), object)).toMatchObject(unchanged(3n));
  });

  it('is a clash where no version is that edit, or others have changed it since', async () => {
    const clash = { kind: 'refused', refusal: { kind: 'clash' } };
    expect(await again(known({}), sent)).toMatchObject(clash);
    expect(await again(known({ ...merged, baseVersion: 2n }), sent)).toMatchObject(clash);
    const back = ports(port('admin', 81), port('metrics', 91));
    expect(await again(known(merged, back), sent)).toMatchObject(clash);
    const other = aRequest(ports(port('metrix', 90)), { baseVersion: 1n, onStale: 'Merge' });
    expect(await again(known(merged), other)).toMatchObject(clash);
  });
});
