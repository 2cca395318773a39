/**
 * Merges the lines of a text scalar. Invariant: a merge is proposed only when every line that separates two
 * sides' changes is unchanged and unique; otherwise the answer is null, which is a clash.
 */
import { diff3MergeRegions } from 'node-diff3';

export function mergeLines(base: string, current: string, proposed: string): string | null {
  const merged = mergeOnce(base, current, proposed);
  // Lines that repeat can be paired in more than one way; an answer that would not hold again does not count.
  const stable =
    merged !== null &&
    (merged === proposed || mergeOnce(base, merged, proposed) === merged) &&
    (merged === current || mergeOnce(base, current, merged) === merged);
  return stable ? merged : null;
}

function mergeOnce(base: string, current: string, proposed: string): string | null {
  const [b, c, p] = [base.split('\n'), current.split('\n'), proposed.split('\n')];
  if (b.length > 2_000 || c.length > 2_000 || p.length > 2_000) return null;
  const regions = diff3MergeRegions(c, b, p);
  const merged: string[] = [];
  let lastChange: 'a' | 'b' | 'both' | null = null;
  let anchored = true;
  for (const region of regions) {
    if (!region.stable) {
      const agreed =
        region.aContent.length === region.bContent.length &&
        region.aContent.every((line, at) => line === region.bContent[at]);
      if (!agreed || (lastChange !== null && lastChange !== 'both' && !anchored)) return null;
      lastChange = 'both';
      anchored = false;
      merged.push(...(region.aContent as string[]));
      continue;
    }
    const { buffer, bufferContent } = region;
    if (buffer === 'o') {
      anchored ||= bufferContent.some(
        line => line !== '' && unique(b, line) && unique(c, line) && unique(p, line),
      );
    } else {
      const side: 'a' | 'b' = buffer;
      if (lastChange !== null && lastChange !== side && !anchored) return null;
      lastChange = side;
      anchored = false;
    }
    merged.push(...(bufferContent as string[]));
  }
  return merged.join('\n');
}

function unique(lines: readonly string[], line: unknown): boolean {
  return lines.indexOf(line as string) === lines.lastIndexOf(line as string);
}
