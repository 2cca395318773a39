/** Drafts whose save was cut off: only what a newer version has is taken as saved. */
import { describe, expect, it } from 'vitest';
import type { VersionFacts, VersionPage } from '../../../api/types.gen.ts';
import { savedAs, textsOf } from '../../../ui/pure/saved-draft.ts';

const facts = (version: number, content_sha256: string, actor: string): VersionFacts => ({
  ...{ version, content_sha256, actor, created_at: '2026-01-01T00:00:00Z', created_by: '' },
  ...{ actor_verified: true, comment: '', kind: 'direct' as const, base_version: null, git: {} },
});
const page = (...items: VersionFacts[]): Pick<VersionPage, 'config' | 'items'> => ({
  config: { latest_version: items[0]?.version ?? 0 } as VersionPage['config'],
  items,
});
const draft = { base: 3, user: 'ada' };

describe('a draft', () => {
  it('was saved when the latest version has its text, whoever saved that', () => {
    expect(savedAs(draft, ['x'], page(facts(4, 'x', 'bob')))).toBe(4);
  });

  it('was saved when a version by the same person has its text, although others saved since', () => {
    expect(savedAs(draft, ['x'], page(facts(5, 'y', 'bob'), facts(4, 'x', 'ada')))).toBe(4);
  });

  it('was not saved when others had its text for a while only', () => {
    expect(savedAs(draft, ['x'], page(facts(5, 'y', 'bob'), facts(4, 'x', 'bob')))).toBeNull();
  });

  it('was not saved when its base or an older version has its text: somebody goes back to that', () => {
    const known = [facts(3, 'x', 'ada'), facts(2, 'x', 'ada')];
    expect(savedAs(draft, ['x'], page(...known))).toBeNull();
    expect(savedAs(draft, ['x'], page(facts(4, 'y', 'bob'), ...known))).toBeNull();
  });

  it('was saved when a version has the merge it was sent as', () => {
    expect(textsOf({ text: 'typed' })).toEqual(['typed']);
    const texts = textsOf({ text: 'typed', sent: 'merged' });
    expect(savedAs(draft, texts, page(facts(5, 'merged', 'ada'), facts(4, 'y', 'bob')))).toBe(5);
  });
});
