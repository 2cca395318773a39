/**
 * Finds out whether a text takes back what other people saved since its author was last here: whether it has, in some
 * place, what an older version had before another person changed it. Pure. Invariant: what only adds to the latest
 * text, or changes a place to something new, takes nothing back.
 */
import { type MergeResult, merge as mergeTexts } from '../../merge/merge.ts';
import type { Format } from '../../text/format.ts';
import type { Actor, VersionRecord } from '../words/model.ts';
import type { VersionText } from '../words/save.ts';
import { isSamePerson } from './edit.ts';

export interface TakenBack {
  /** The version the text was most likely edited from. */
  readonly step: VersionText;
  /** What the edit comes to when that is its base. */
  readonly merged: MergeResult;
  /** The versions of others after that. */
  readonly others: readonly VersionRecord[];
}

/**
 * @param texts the latest one, and the one that is to take its place
 * @param since the newest versions, oldest first, the latest at the end; may be cut short
 */
export function takenBack(
  actor: Actor,
  format: Format,
  { head, result }: { readonly head: string; readonly result: string },
  since: readonly VersionText[],
): TakenBack | null {
  const own = since.findLastIndex(({ record }) => isSamePerson(record.actor, actor));
  const changed = changedLines(head, result);
  // The oldest first: a text that lacks several edits of others was made before all of them.
  for (let index = Math.max(own, 0); index < since.length - 1; index++) {
    const step = since[index]!;
    const next = since[index + 1]!.record;
    if (!next.actor.verified || isSamePerson(next.actor, actor)) continue;
    if (!changed.mayComeFrom(step.text)) continue;
    const merged = mergeTexts(step.text, head, result, { format });
    if (merged.kind === 'refused' || ended(withEditsOf(merged)) === ended(result)) continue;
    return { step, merged, others: othersOf(actor, since.slice(index + 1)) };
  }
  return null;
}

/** What a merge comes to where the edit wins every place that both changed. */
function withEditsOf(merged: Exclude<MergeResult, { kind: 'refused' }>): string {
  return merged.kind === 'clean'
    ? merged.text
    : merged.marked.replace(
        /^<{7} current\r?\n[\s\S]*?^\|{7} base\r?\n[\s\S]*?^={7}\r?\n([\s\S]*?)^>{7} proposed\r?\n/gm,
        '$1',
      );
}

/** Markers are whole lines, whether or not the text has a last line end. */
const ended = (text: string): string => text.replace(/\r?\n$/, '');

function othersOf(actor: Actor, steps: readonly VersionText[]): VersionRecord[] {
  return steps.map(({ record }) => record).filter(({ actor: who }) => !isSamePerson(who, actor));
}

/**
 * A look at lines, which spares most merges: what takes something back from an older text either has one of its lines
 * again, or has no more one that came after it.
 */
function changedLines(head: string, result: string) {
  const [before, after] = [linesOf(head), linesOf(result)];
  const added = [...after].filter(line => !before.has(line));
  const removed = [...before].filter(line => !after.has(line));
  return {
    mayComeFrom(older: string): boolean {
      const lines = linesOf(older);
      return added.some(line => lines.has(line)) || removed.some(line => !lines.has(line));
    },
  };
}

const linesOf = (text: string): Set<string> => new Set(text.split('\n'));
