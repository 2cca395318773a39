/** Who may only create changes nothing that exists, and who may only update creates nothing, whatever base they name. */
import { describe, expect, it } from 'vitest';
import { allowedBase } from '../../../history/core/base-rights.ts';

const all = { update: true, create: true };
const creator = { update: false, create: true };
const updater = { update: true, create: false };

describe('the base that somebody may name', () => {
  it.each([null, 0n, 7n])('is theirs to choose with all rights: %s', base => {
    expect(allowedBase(all, base, null)).toEqual({ base, missing: null });
  });

  it('of who may only create is that there is nothing yet', () => {
    expect(allowedBase(creator, null, false)).toEqual({ base: 0n, missing: null });
    expect(allowedBase(creator, null, true)).toEqual({ base: 0n, missing: 'update' });
    expect(allowedBase(creator, 0n, false)).toEqual({ base: 0n, missing: null });
    expect(allowedBase(creator, 7n, null)).toEqual({ base: 7n, missing: 'update' });
  });

  it('of who may only update is a version that exists', () => {
    expect(allowedBase(updater, 7n, null)).toEqual({ base: 7n, missing: null });
    expect(allowedBase(updater, null, true)).toEqual({ base: null, missing: null });
    expect(allowedBase(updater, null, false)).toEqual({ base: null, missing: 'create' });
    expect(allowedBase(updater, 0n, false)).toEqual({ base: 0n, missing: 'create' });
  });

  it('depends on whether there is a version where none is named', () => {
    expect(allowedBase(creator, null, null)).toBeNull();
    expect(allowedBase(updater, 0n, null)).toBeNull();
  });

  it('is nobody’s who may do neither', () => {
    expect(allowedBase({ update: false, create: false }, null, null)).toMatchObject({ missing: 'update' });
  });
});
