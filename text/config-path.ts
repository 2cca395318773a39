/**
 * The only spelling of a config's path and of its namespace's name. Every path that passes names exactly one config:
 * nothing in it is decoded, normalised, case-folded or trimmed anywhere, so two different strings are two different
 * configs.
 */

/** A config namespace's name, as Kubernetes names namespaces. */
export const isNamespaceName = (name: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);

export const maxPathLength = 512;

/** Segments of letters, digits and . _ @ + = - joined by single slashes; source for the CRD's pattern. */
export const pathPattern = '^[A-Za-z0-9._@+=-]+(/[A-Za-z0-9._@+=-]+)*$';

/** Segments that file systems and URLs read as directions; the CRD's CEL rule asks for the negation. */
export const dotSegmentPattern = '(^|/)[.]{1,2}(/|$)';

const path = new RegExp(pathPattern);
const dotSegment = new RegExp(dotSegmentPattern);

/**
 * Null when a new config may have the path, else why not: an address of another config's versions reads the same. Those
 * that have such a path already keep it.
 */
export function checkNewPath(value: string): string | null {
  if (!/\/versions(\/[1-9][0-9]*)?$/.test(value)) return null;
  return "the path ends like the address of a config's versions (/versions or /versions/N); end it otherwise";
}

/** Null when the path is good, else what to change. Total: any string has an answer. */
export function checkPath(value: string): string | null {
  if (value.length <= maxPathLength && path.test(value) && !dotSegment.test(value)) return null;
  if (value === '') return 'the path is empty; write one such as limits/eu.yaml';
  if (value.length > maxPathLength) {
    return `the path has ${value.length} characters; at most ${maxPathLength} are allowed`;
  }
  if (value.startsWith('/')) return 'the path starts with a slash; remove it';
  if (value.endsWith('/')) return 'the path ends with a slash; remove it or name the config after it';
  if (value.includes('//')) return 'the path has two slashes in a row; remove one';
  if (dotSegment.test(value)) return 'a segment of the path is `.` or `..`; write the path without it';
  const bad = [...value].find(character => !/^[A-Za-z0-9._@+=/-]$/.test(character)) ?? '';
  const shown = /^[!-~]$/.test(bad) ? `\`${bad}\`` : codePoint(bad);
  return `the path contains ${shown}; use letters, digits and . _ @ + = - in segments joined by slashes`;
}

function codePoint(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `the character U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
}
