/**
 * The versions that were read, page by page, brought up to date. Invariant: a version never changes, so nothing is read again
 * but what may be new at the top.
 */
import type { VersionPage } from '../../api/types.gen.ts';

/**
 * With what is new at the top.
 * @param newest the first page as it is now
 * @returns null: more is new than the page holds, or it says nothing of what is known
 */
export function withNewest(
  pages: readonly VersionPage[],
  { config, items, next_cursor }: VersionPage,
): readonly VersionPage[] | null {
  const [first, ...rest] = pages;
  if (!first) return null;
  const before = pages.find(page => page.items.length > 0)?.items[0]?.version;
  const added = items.filter(({ version }) => before === undefined || version > before);
  const joins = added.length < items.length || next_cursor === undefined;
  if (!joins) return null;
  return [{ ...first, config, items: [...added, ...first.items] }, ...rest];
}

export const withoutVersion = (pages: readonly VersionPage[], gone: number): readonly VersionPage[] =>
  pages.map(page => ({ ...page, items: page.items.filter(({ version }) => version !== gone) }));
