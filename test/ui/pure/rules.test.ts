/** What the page says of a namespace's rules: freezes, the trash, violations, promotions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeletedConfig, DeploymentItem, Freeze, Problem } from '../../../api/types.gen.ts';
import { frozenBy } from '../../../history/words/policy.ts';
import { endOf, freezesOn, freezesOnAll, heldBy, localOf } from '../../../ui/pure/freezes.ts';
import {
  changesIn,
  labelOf,
  promotedWords,
  promotionOf,
  promotionOutlook,
  sourceOf,
} from '../../../ui/pure/promotion.ts';
import { numbersOf, trashRows, undeletedWords } from '../../../ui/pure/trash.ts';
import { foundWords, ruleOf, violatedPlace } from '../../../ui/pure/violations.ts';

const segment = fc.constantFrom('limits', 'fees', 'eu', 'a', '*', '**', 'e*');
const pattern = fc.array(segment, { minLength: 1, maxLength: 3 }).map(parts => parts.join('/'));
const name = fc.constantFrom('limits', 'fees', 'eu', 'a', 'eur');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'));
const freeze = fc.record(
  {
    name: fc.uuid(),
    paths: fc.array(pattern, { minLength: 1, maxLength: 2 }),
    reason: fc.constant('closing'),
    until: fc.constantFrom('2027-01-01T00:00:00Z', '2027-02-01T00:00:00Z', '2027-03-01T00:00:00Z'),
  },
  { requiredKeys: ['name', 'reason', 'until'] },
) as fc.Arbitrary<Freeze>;
const freezes = fc.array(freeze, { maxLength: 4 });

describe('a freeze', () => {
  it('is said of a config exactly where the server refuses its saves, and of several the same one', () => {
    fc.assert(
      fc.property(freezes, path, (all, config) => {
        const refused = frozenBy({ freezes: all }, config, new Date('2026-12-01'));
        expect(freezesOn(config, all)[0]?.until).toBe(refused?.until);
      }),
    );
  });

  it('is said of a folder only where it holds every config in it', () => {
    fc.assert(
      fc.property(freezes, path, path, (all, folder, below) => {
        if (freezesOnAll(`${folder}/`, all).length > 0)
          expect(freezesOn(`${folder}/${below}`, all).length).toBeGreaterThan(0);
        if (freezesOnAll('', all).length > 0) expect(freezesOn(below, all).length).toBeGreaterThan(0);
      }),
    );
  });

  it('names what it holds, and is ended where it was made', () => {
    const more = { name: 'n', reason: 'closing', until: '2027-01-01T00:00:00Z' };
    expect(heldBy(more)).toBe('the whole namespace');
    expect(heldBy({ ...more, paths: ['limits', 'fees'] })).toBe('limits, fees');
    expect(endOf(more)).toBeNull();
    expect(endOf({ ...more, by: 'ada' })).toEqual({});
    expect(endOf({ ...more, by: 'ada', paths: ['limits'] })).toEqual({ path: 'limits' });
    expect(endOf({ ...more, by: 'ada', paths: ['limits', 'fees'] })).toBeNull();
  });

  it('ends at the moment that its field shows, to the minute', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('2026-01-01'), max: new Date('2030-01-01') }), moment => {
        const shown = new Date(localOf(moment)).getTime();
        expect(moment.getTime() - shown).toBeGreaterThanOrEqual(0);
        expect(moment.getTime() - shown).toBeLessThan(60_000);
      }),
    );
  });
});

describe('the trash', () => {
  const deleted = (of: string, first_version: number, last_version: number): DeletedConfig => ({
    ...{ path: of, format: 'yaml', versions: last_version - first_version + 1, bytes: 10 },
    ...{ first_version, last_version, deleted_by: 'ada' },
    ...{ deleted_at: '2026-11-29T09:00:00Z', kept_until: '2026-12-06T09:00:00Z' },
  });

  it('offers the newest delete of each config only', () => {
    const rows = trashRows([deleted('a', 4, 5), deleted('b', 1, 1), deleted('a', 1, 3)]);
    expect(rows.map(({ isNewest }) => isNewest)).toEqual([true, true, false]);
  });

  it('says what came back, and what stays the latest', () => {
    expect(numbersOf(deleted('a', 3, 3))).toBe('version 3');
    const came = { versions: 3, first_version: 1, last_version: 3 };
    expect(undeletedWords('a', { ...came, latest: 3, as_history: false })).toBe(
      'Undeleted a with 3 versions. The latest is version 3.',
    );
    expect(undeletedWords('a', { ...came, latest: 4, as_history: true })).toBe(
      'Undeleted versions 1 to 3 of a as its history. Version 4, saved since, stays the latest.',
    );
  });
});

describe('a violation', () => {
  it('names its place and its rule', () => {
    expect(violatedPlace({ line: 3, column: 6, message: '' })).toBe('line 3, column 6');
    expect(violatedPlace({ message: '' })).toBe('the whole text');
    expect(ruleOf({ schema: 'limits', rule: 'maximum', message: '' })).toBe('schema limits');
    expect(ruleOf({ rule: 'github', message: '' })).toBe('secret: github');
    expect(foundWords([], false)).toBe('0 configs violate a rule so far.');
  });
});

describe('a promotion', () => {
  const one = { namespace: 'staging', path: 'eu.yaml' };
  const problem = (reason: string, more: Partial<Problem> = {}): Problem => ({
    ...{ type: '', title: '', status: 409, detail: '', reason, request_id: '' },
    ...more,
  });
  const item: DeploymentItem = {
    ...{ namespace: 'prod', path: 'eu.yaml', operation: 'update', old_version: 8, since_version: 10 },
    promoted_from: { ...one, version: 12 },
  };

  it('is asked about one config, or all in a folder', () => {
    expect(promotionOf(one, { to: 'prod', since: 4 })).toEqual({
      ...{ from: 'staging', to: 'prod', paths: ['eu.yaml'], since: 4 },
    });
    expect(promotionOf({ namespace: 'staging', prefix: '' }, { to: 'prod' })).toEqual({
      ...{ from: 'staging', to: 'prod', prefix: '' },
    });
  });

  it('is shown, asked about, decided or refused, as the server answers', () => {
    const kindOf = (given: Problem, what: Parameters<typeof promotionOutlook>[0] = one) =>
      promotionOutlook(what, given).kind;
    const promoted_from = { namespace: 'staging', path: 'eu.yaml', version: 12 };
    const clash = { marked: 'x', current_version: 8, promoted_from };
    expect(kindOf(problem('ConfirmationRequired', { items: [item], token: 't' }))).toBe('shown');
    expect(kindOf(problem('BaseVersionRequired'))).toBe('since');
    expect(kindOf(problem('VersionConflict', clash))).toBe('clash');
    // What cannot be marked, or is about many, cannot be decided here.
    expect(kindOf(problem('VersionConflict', { current_version: 8 }))).toBe('refused');
    const folder = { namespace: 'staging', prefix: 'limits/' };
    expect(kindOf(problem('VersionConflict', clash), folder)).toBe('refused');
    expect(kindOf(problem('BaseVersionRequired'), folder)).toBe('refused');
    expect(kindOf(problem('Frozen'))).toBe('refused');
  });

  it('says against what it is shown, since when, and what became of it', () => {
    expect(labelOf(item)).toBe('eu.yaml, against version 8 of prod');
    expect(sourceOf(item)).toBe('What changed in staging from version 10 to version 12.');
    const { old_version: _, since_version: __, ...created } = item;
    expect(labelOf(created)).toBe('eu.yaml will be new in prod');
    expect(sourceOf(created)).toBe('The text of version 12 of staging.');
    expect(sourceOf({ ...item, since_version: 12 })).toBe('Nothing changed in staging since version 12.');
    expect(promotedWords('prod', [{ ...item, new_version: 9 }])).toBe(
      'Promoted eu.yaml to prod as version 9.',
    );
    expect(promotedWords('prod', [item, { ...item, path: 'de.yaml' }])).toBe('Promoted 2 configs to prod.');
    expect(promotedWords('prod', [{ ...item, operation: 'unchanged' }])).toBe(
      'Nothing changed: prod has this very text.',
    );
    expect(changesIn([item, { ...item, operation: 'unchanged' }])).toEqual([item]);
  });
});
