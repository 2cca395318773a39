/** Drafts: gone only when saved or thrown away, and never another person's. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Draft, Drafts, type Shelf } from '../../../ui/pure/drafts.ts';

class Memory implements Shelf {
  readonly map = new Map<string, string>();
  room = Number.POSITIVE_INFINITY;
  get length() {
    return this.map.size;
  }
  key = (index: number) => [...this.map.keys()][index] ?? null;
  getItem = (key: string) => this.map.get(key) ?? null;
  setItem(key: string, value: string) {
    if (value.length > this.room) throw new Error('QuotaExceededError');
    this.map.set(key, value);
  }
  removeItem = (key: string) => void this.map.delete(key);
}

const draft = (given: Partial<Draft> = {}): Draft => ({
  ...{ id: 'a', user: 'ada', namespace: 'payments', path: 'limits/eu.yaml', base: 3, text: 'cap: 1\n' },
  ...{ comment: '', at: 1, ...given },
});

const place = { user: 'ada', namespace: 'payments', path: 'limits/eu.yaml' };

describe('a draft', () => {
  it('is found again as it was kept, whatever was typed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ maxLength: 20 }),
        fc.nat(),
        (text, comment, base) => {
          const drafts = new Drafts(new Memory());
          expect(drafts.keep(draft({ text, comment, base }))).toBe(true);
          expect(drafts.of(place)).toEqual([draft({ text, comment, base })]);
          expect(drafts.find(place, 'a')).toEqual(draft({ text, comment, base }));
        },
      ),
    );
  });

  it('of one window is not written over by another window on the same config', () => {
    const drafts = new Drafts(new Memory());
    drafts.keep(draft({ id: 'a', text: 'one', at: 1 }));
    drafts.keep(draft({ id: 'b', text: 'two', at: 2 }));
    expect(drafts.of(place).map(({ text }) => text)).toEqual(['two', 'one']);
    drafts.discard(draft({ id: 'b' }));
    expect(drafts.of(place).map(({ text }) => text)).toEqual(['one']);
  });

  it('is offered to the person who typed it only, and at its own config only', () => {
    const drafts = new Drafts(new Memory());
    drafts.keep(draft());
    drafts.keep(draft({ id: 'b', path: 'limits/eu.yaml.old' }));
    expect(drafts.of({ ...place, user: 'bob' })).toEqual([]);
    expect(drafts.find({ ...place, user: 'bob' }, 'a')).toBeNull();
    expect(drafts.of(place).map(({ id }) => id)).toEqual(['a']);
  });

  it('that has no room says so, and leaves what was kept before', () => {
    const memory = new Memory();
    const drafts = new Drafts(memory);
    drafts.keep(draft());
    memory.room = 10;
    expect(drafts.keep(draft({ text: 'x'.repeat(100) }))).toBe(false);
    expect(drafts.of(place)).toEqual([draft()]);
  });

  it('that somebody else put there and cannot be read is passed over', () => {
    const memory = new Memory();
    memory.map.set('pawl-draft/payments/limits/eu.yaml?x', 'nonsense');
    memory.map.set('pawl-draft/payments/limits/eu.yaml?y', JSON.stringify(draft({ id: 'z' })));
    expect(new Drafts(memory).of(place)).toEqual([]);
  });
});
