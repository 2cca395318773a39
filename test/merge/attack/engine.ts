/**
 * The engine as attack.py asks it: a line of JSON with three texts in, a line with the answer out. Invariant: every
 * question has one answer; what is thrown is one, too.
 */
import { createInterface } from 'node:readline';
import { type MergeResult, merge } from '../../../merge/merge.ts';

interface Question {
  readonly base: string;
  readonly current: string;
  readonly proposed: string;
}

function short(result: MergeResult) {
  if (result.kind === 'clean') return { kind: 'clean', text: result.text };
  if (result.kind === 'refused') return { kind: 'refused', why: `${result.reason}: ${result.message}` };
  return {
    kind: 'clash',
    places: result.places.map(({ kind, path, detail }) => ({ kind, path, detail: detail ?? '' })),
  };
}

function answer({ base, current, proposed }: Question): unknown {
  try {
    const result = merge(base, current, proposed, { format: 'yaml' });
    if (result.kind !== 'clean') return short(result);
    const again = merge(base, result.text, proposed, { format: 'yaml' });
    return { ...short(result), again: short(again) };
  } catch (error) {
    return { kind: 'thrown', why: error instanceof Error ? error.stack : String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as Question))}\n`);
}
