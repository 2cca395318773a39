/**
 * Comparing texts, which takes long for large ones: at once for those people usually write, in a worker thread for
 * the rest. The answer is the same in both places.
 */

import { type Offload, OffloadLimit, type PlaceInLine, runHere } from '../runtime/offload.ts';
import { readBody } from '../text/body.ts';
import type { BodyProblem } from '../text/body-problem.ts';
import type { Format } from '../text/format.ts';
import { type BlamedLine, LineBlame } from '../text/line-blame.ts';
import { unifiedDiff } from '../text/text-diff.ts';
import { type ValueDiff, valueDiff } from '../text/value-diff.ts';
import { Refused } from './problems.ts';

export interface Compared {
  readonly unified: string;
  readonly leftOut: number;
  readonly structural: ValueDiff;
}

export interface Compare {
  readonly format: Format;
  readonly from: { readonly text: string; readonly label: string };
  readonly to: { readonly text: string; readonly label: string };
  readonly maxBytes: number;
}

export interface BlameStep {
  readonly version: bigint;
  readonly text: string;
}

/** Arguments and answers survive a structured clone. */
export const tasks = {
  compare({ format, from, to, maxBytes }: Compare): Compared | { readonly problem: BodyProblem } {
    const [before, after] = [from, to].map(({ text }) => readBody(text, format, { maxBytes }));
    if (!after!.ok) return { problem: after!.problem };
    const labels = { from: from.label, to: to.label };
    const diff = unifiedDiff(from.text, to.text, labels, { maxBytes: 1 << 20, maxEdits: 20_000 });
    // A saved text can be read; should a later rule refuse it, its lines can still be compared.
    const structural = before!.ok ? valueDiff(before!.body.json, after!.body.json) : { changes: [], more: 0 };
    const leftOut = Number.isFinite(diff.truncated) ? diff.truncated : 1;
    return { unified: diff.text, leftOut, structural };
  },
  blame([first, ...older]: readonly BlameStep[], complete: boolean): readonly BlamedLine[] {
    const blame = new LineBlame(first!.text, first!.version);
    for (const { text, version } of older) blame.step(text, version);
    if (complete) blame.finish();
    return blame.lines;
  },
} as const;

/** Texts shorter than this, in characters, are compared in a few milliseconds. */
const heavyFrom = 32 * 1024;

export class Comparer {
  readonly #offload: Offload;

  constructor(offload: Offload) {
    this.#offload = offload;
  }

  /** Rejects with Refused when it takes too long, and with OffloadBusy where the line is full. */
  async compare(input: Compare, place: PlaceInLine): Promise<Compared | { readonly problem: BodyProblem }> {
    if (input.from.text.length + input.to.text.length < heavyFrom)
      return runHere(place, () => tasks.compare(input));
    return this.#run('compare', [input], place);
  }

  /** @param steps newest first */
  async blame(
    steps: readonly BlameStep[],
    complete: boolean,
    place: PlaceInLine,
  ): Promise<readonly BlamedLine[]> {
    const size = steps.reduce((sum, { text }) => sum + text.length, 0);
    if (size < heavyFrom) return runHere(place, () => tasks.blame(steps, complete));
    return this.#run('blame', [steps, complete], place);
  }

  async #run<T>(task: keyof typeof tasks, args: readonly unknown[], place: PlaceInLine): Promise<T> {
    try {
      return (await this.#offload.run(task, args, place)) as T;
    } catch (cause) {
      if (!(cause instanceof OffloadLimit)) throw cause;
      const detail = `These texts are too large to be compared here: ${cause.message}.`;
      throw new Refused('BodyTooLarge', detail, {}, { cause });
    }
  }
}
