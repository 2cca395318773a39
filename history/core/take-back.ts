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

/** The newest versions of a config, as far as they were fetched. */
export interface Since {
  /** Oldest first, the latest at the end. */
  readonly versions: readonly VersionText[];
  /** Whether older ones were left out. */
  readonly isCut: boolean;
}

/** Where nothing is to be looked for. */
export const nothingSince: Since = { versions: [], isCut: false };

export interface TakenBack {
  /** The version the text was most likely edited from. */
  readonly step: VersionText;
  /** The result of the edit on that base. */
  readonly merged: MergeResult;
  /** The versions of others after that. */
  readonly others: readonly VersionRecord[];
}

/** Characters of the three texts of every merge, about, that one search may take; the first merge is always made. */
const maxMerged = 1 << 20;

/**
 * @param texts the latest one, and the one that is to take its place
 * @returns `unknown`: the edit may be older than what is known here, or finding out takes too much work
 */
export function takenBack(
  actor: Actor,
  format: Format,
  { head, result }: { readonly head: string; readonly result: string },
  { versions, isCut }: Since,
  merge: typeof mergeTexts = mergeTexts,
): TakenBack | 'unknown' | null {
  const own = versions.findLastIndex(({ record }) => isSamePerson(record.actor, actor));
  const first = Math.max(own, 0);
  const changed = changedParts(head, result);
  let [merged, next] = [0, partsOf(versions[first]?.text ?? '')];
  // The oldest first: a text that lacks several edits of others was made before all of them.
  for (const [index, step] of versions.entries()) {
    const after = versions[index + 1];
    if (index < first || !after) continue;
    const parts = next;
    next = partsOf(after.text);
    // Nobody's own: the author's last one is `first`, or none of these.
    if (!after.record.actor.verified) continue;
    if (!takesBack(changed, parts, next)) continue;
    const size = step.text.length + head.length + result.length;
    if (merged > 0 && merged + size > maxMerged) return 'unknown';
    merged += size;
    const kept = merge(step.text, head, result, { format });
    if (kept.kind === 'refused' || ended(withEditsOf(kept)) === ended(result)) continue;
    return { step, merged: kept, others: versions.slice(index + 1).map(({ record }) => record) };
  }
  // Older than all of these, it would take back what none of them shows.
  return isCut && own < 0 ? 'unknown' : null;
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

interface ChangedParts {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

function changedParts(head: string, result: string): ChangedParts {
  const [before, after] = [partsOf(head), partsOf(result)];
  return { added: [...after.difference(before)], removed: [...before.difference(after)] };
}

/**
 * A look at the parts of the texts, which spares nearly every merge: what takes back a change from one version to the
 * next has again what that change removed, or lacks what it added.
 */
function takesBack({ added, removed }: ChangedParts, step: Set<string>, next: Set<string>): boolean {
  return (
    added.some(part => step.has(part) && !next.has(part)) ||
    removed.some(part => !step.has(part) && next.has(part))
  );
}

/**
 * The lines of a text, and the entries within a line, each also with the one before it: the same entry may stand in
 * several places, and others may have swapped two of them.
 */
function partsOf(text: string): Set<string> {
  const parts = new Set<string>();
  let before = '';
  for (const part of text.split(/\r?\n|[,{}[\]]/)) {
    if (part.trim() === '') continue;
    parts.add(part).add(`${before}\n${part}`);
    before = part;
  }
  return parts;
}
