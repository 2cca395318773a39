/** A unified diff as lines with their numbers on both sides. Invariant: every line of the diff is in the answer. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed' | 'hunk' | 'note';
  readonly text: string;
  readonly left: number | null;
  readonly right: number | null;
}

const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

export function readUnified(diff: string): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let [left, right] = [0, 0];
  let inside = false;
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const start = hunk.exec(line);
    if (start) {
      [left, right] = [Number(start[1]), Number(start[2])];
      inside = true;
      lines.push({ kind: 'hunk', text: line, left: null, right: null });
    } else if (!inside) {
      if (line !== '' && !/^(---|\+\+\+|===) ?/.test(line))
        lines.push({ kind: 'note', text: line, left: null, right: null });
    } else if (line.startsWith('+')) {
      lines.push({ kind: 'added', text: line.slice(1), left: null, right: right++ });
    } else if (line.startsWith('-')) {
      lines.push({ kind: 'removed', text: line.slice(1), left: left++, right: null });
    } else if (line.startsWith(' ') || line === '') {
      lines.push({ kind: 'same', text: line.slice(1), left: left++, right: right++ });
    } else {
      lines.push({ kind: 'note', text: line.replace(/^\\ /, ''), left: null, right: null });
    }
  }
  return lines;
}

export function countOf(lines: readonly DiffLine[]): { readonly added: number; readonly removed: number } {
  const of = (kind: DiffLine['kind']) => lines.filter(line => line.kind === kind).length;
  return { added: of('added'), removed: of('removed') };
}
