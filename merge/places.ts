/**
 * Describes a clash for its reader: pointers, paths, and what each side has where. Invariant: places are sorted by
 * where they are in current, and no place is reported twice.
 */

import { pointer, readable } from '../text/path.ts';
import type { FoundPlace, MergeContext, Span } from './context.ts';
import type { SourceText } from './source.ts';
import type { Three } from './three.ts';
import type { Place, Side } from './types.ts';

export type Sources = Three<SourceText>;

export function distinct(context: MergeContext): FoundPlace[] {
  const seen = new Set<string>();
  return context.places
    .toSorted((a, b) => a.at - b.at)
    .filter(place => {
      const key = `${place.kind} ${pointer(place.path)}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

export function toPlace(found: FoundPlace, sources: Sources): Place {
  return {
    kind: found.kind,
    pointer: pointer(found.path),
    path: readable(found.path),
    base: toSide(sources.base, found.base),
    current: toSide(sources.current, found.current),
    proposed: toSide(sources.proposed, found.proposed),
    ...(found.detail === undefined ? {} : { detail: found.detail }),
  };
}

function toSide(source: SourceText, span: Span | null): Side | null {
  if (span === null) return null;
  const raw = source.text.slice(span.start, span.end);
  const text = raw.trim() === '' ? '' : raw.replace(/^(?:[ \t]*\n)+/, '').trim();
  return { text, ...source.lineColumn(text === '' ? span.start : span.start + raw.indexOf(text)) };
}
