/**
 * The limits within which a merge answers. Invariant: an input beyond a limit is refused before any work whose
 * cost grows faster than the input.
 */

/** Longest input, in UTF-16 units. */
export const maxLength = 4 * 1024 * 1024;

/** Deepest nesting of maps and lists. */
export const maxDepth = 200;

/** Longest list segment, in items, that is compared item by item when nothing in it is unique. */
export const maxDiffEdits = 2_000;

/** Most pairs of nodes the verifier looks at in the expanded view of anchors and merge keys. */
export const maxExpanded = 2_000_000;
