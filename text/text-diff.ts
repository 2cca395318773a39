/**
 * A unified diff a person reads in a status: bounded in bytes and in work, deterministic (a limit on edits,
 * not on time). Nothing is left out in silence: a shortened diff ends with a line that says how much.
 */
import { createTwoFilesPatch, FILE_HEADERS_ONLY, structuredPatch } from 'diff';

export interface DiffLimits {
  /** Bytes of UTF-8 of the whole text, closing line included. */
  readonly maxBytes: number;
  /** Added and removed lines up to which a difference is worked out. */
  readonly maxEdits: number;
}

export const defaultDiffLimits: DiffLimits = { maxBytes: 16 * 1024, maxEdits: 2000 };

/** Only when the diff does not fit: one long line must not hide all the others. */
const maxLineLength = 400;

export interface Diff {
  /** Empty when the texts are equal. Ends with a line end otherwise. */
  readonly text: string;
  /** Lines of the diff left out; Infinity when it was too large to be worked out. */
  readonly truncated: number;
}

/** Line ends are part of lines: a CR before an LF stays in the text, and a missing last one is marked. */
export function unifiedDiff(
  from: string,
  to: string,
  labels: { readonly from: string; readonly to: string },
  limits: DiffLimits = defaultDiffLimits,
): Diff {
  if (from === to) return { text: '', truncated: 0 };
  const [fromLabel, toLabel] = [oneLine(labels.from), oneLine(labels.to)];
  const patch = createTwoFilesPatch(fromLabel, toLabel, from, to, undefined, undefined, {
    context: 3,
    maxEditLength: limits.maxEdits,
    headerOptions: FILE_HEADERS_ONLY,
  });
  if (patch === undefined) {
    const note = `# more than ${limits.maxEdits} lines differ: compare the two texts themselves\n`;
    return { text: `--- ${fromLabel}\n+++ ${toLabel}\n${note}`, truncated: Number.POSITIVE_INFINITY };
  }
  if (Buffer.byteLength(patch) <= limits.maxBytes) return { text: patch, truncated: 0 };
  return cut(patch, limits.maxBytes);
}

/**
 * The lines that differ, a list for each place, and not where that is: the same edit of another text is the same answer.
 * @param context lines around each place that belong to it
 * @returns null: more than `maxEdits` lines differ
 */
export function changedLines(
  from: string,
  to: string,
  { context, maxEdits }: { readonly context: number; readonly maxEdits: number },
): readonly (readonly string[])[] | null {
  const options = { context, maxEditLength: maxEdits };
  const patch = structuredPatch('', '', from, to, undefined, undefined, options);
  return patch?.hunks.map(({ lines }) => lines) ?? null;
}

function cut(patch: string, maxBytes: number): Diff {
  const lines = patch.replace(/\n$/, '').split('\n');
  const kept: string[] = [];
  // Room for the closing line at its longest.
  let room = maxBytes - 64;
  for (const line of lines) {
    const shown = shorten(line);
    room -= Buffer.byteLength(shown) + 1;
    if (room < 0) break;
    kept.push(shown);
  }
  const truncated = lines.length - kept.length;
  if (truncated > 0) kept.push(`# ${truncated} more lines of this diff are left out`);
  return { text: `${kept.join('\n')}\n`, truncated };
}

function shorten(line: string): string {
  if (line.length <= maxLineLength) return line;
  const head = line.slice(0, maxLineLength).replace(/[\ud800-\udbff]$/, '');
  return `${head}… (${line.length - head.length} more characters)`;
}

/** A label comes from people's names and paths; it must not forge lines of the diff. */
function oneLine(label: string): string {
  return label.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, maxLineLength);
}
