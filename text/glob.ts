/**
 * Names and paths by pattern: `*` is any part of one segment, `**` any number of segments, and everything else is
 * itself. A pattern without a wildcard covers everything below it, too, as in a grant. Invariant: the time is bounded by
 * the product of both lengths, whatever the pattern.
 */

/** Whether a pattern, of at most 512 characters, covers a path. */
export function coversPath(pattern: string, path: string): boolean {
  if (!pattern.includes('*')) return path === pattern || path.startsWith(`${pattern}/`);
  return segmentsMatch(pattern.split('/'), path.split('/'));
}

/** Whether a pattern covers a name that has no segments. */
export function coversName(pattern: string, name: string): boolean {
  return segmentMatches(pattern, name);
}

/** `reached` holds the numbers of segments of the path that the pattern up to here may have taken. */
function segmentsMatch(pattern: readonly string[], path: readonly string[]): boolean {
  let reached = new Set([0]);
  for (const part of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      if (part === '**') for (let to = at; to <= path.length; to += 1) next.add(to);
      else if (at < path.length && segmentMatches(part, path[at]!)) next.add(at + 1);
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(path.length);
}

/** Greedy, with the last `*` tried again one character further: at most one return for each character. */
function segmentMatches(pattern: string, text: string): boolean {
  let [p, t, star, from] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p;
      from = t;
      p += 1;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star === -1) return false;
    else {
      p = star + 1;
      from += 1;
      t = from;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
