/** The versions that were read, brought up to date by what is new. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VersionPage } from '../../../api/types.gen.ts';
import { withNewest, withoutVersion } from '../../../ui/pure/version-pages.ts';

const size = 5;

/** As the server answers: the versions below a number, newest first. */
function pageOf(versions: readonly number[], below = Number.POSITIVE_INFINITY): VersionPage {
  const older = versions.filter(version => version < below).toSorted((a, b) => b - a);
  const items = older.slice(0, size).map(version => ({ version }));
  const more = older.length > size && { next_cursor: String(older[size - 1]) };
  return { config: { latest_version: versions.at(-1) }, items, ...more } as VersionPage;
}

const shown = (pages: readonly VersionPage[]) =>
  pages.flatMap(({ items }) => items.map(({ version }) => version));

/** How many there were, how many pages were read of them, how many were saved since. */
const cases = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 4 }), fc.nat(12));

describe('versions that were read page by page', () => {
  it('are what reading all pages again would show, after any saves, or are to be read again', () => {
    fc.assert(
      fc.property(cases, ([before, read, saved]) => {
        const old = Array.from({ length: before }, (_, index) => index + 1);
        const now = Array.from({ length: before + saved }, (_, index) => index + 1);
        const pages = [pageOf(old)];
        for (let page = 1; page < read && pages.at(-1)!.next_cursor !== undefined; page += 1)
          pages.push(pageOf(old, Number(pages.at(-1)!.next_cursor)));
        const next = withNewest(pages, pageOf(now));
        if (next === null) {
          expect(saved).toBeGreaterThanOrEqual(size);
          return;
        }
        const oldest = shown(pages).at(-1) ?? 0;
        expect(shown(next)).toEqual(now.filter(version => version >= oldest).toReversed());
        expect(next[0]!.config.latest_version).toBe(now.at(-1));
        expect(next.at(-1)!.next_cursor).toBe(pages.at(-1)!.next_cursor);
      }),
    );
  });

  it('lose the one that was deleted, and no other', () => {
    const pages = [pageOf([1, 2, 3, 4, 5, 6, 7]), pageOf([1, 2])];
    expect(shown(withoutVersion(pages, 4))).toEqual([7, 6, 5, 3, 2, 1]);
  });
});
