/**
 * Lists whose items are moved, inserted, removed and edited by both sides, in every way that items are told apart by: where
 * a clean answer has them. The rules are asked of names alone. `PAWL_DEEP_RUNS` and `PAWL_SEED` as in properties.test.ts.
 */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { merge } from '../../merge/merge.ts';
import type { Format } from '../../text/format.ts';

vi.setConfig({ testTimeout: 1_800_000 });

const numRuns = Number(process.env.PAWL_DEEP_RUNS ?? 300);

interface Item {
  readonly name: string;
  readonly value: string;
}

interface Form {
  readonly format: Format;
  readonly print: (items: readonly Item[]) => string;
  readonly name: RegExp;
}

const yaml = (item: (item: Item) => string, name: RegExp): Form => ({
  format: 'yaml',
  print: items => `s:\n${items.map(item).join('')}`,
  name,
});

const forms: Readonly<Record<string, Form>> = {
  'a known key': yaml(({ name, value }) => `- name: ${name}\n  v: ${value}\n`, /name: (\w+)/g),
  'a key of no known name': yaml(({ name, value }) => `- expr: ${name}\n  v: ${value}\n`, /expr: (\w+)/g),
  'a name in a wrapper': yaml(
    ({ name, value }) => `- job:\n    name: ${name}\n    v: ${value}\n`,
    /name: (\w+)/g,
  ),
  'their only key': yaml(({ name, value }) => `- ${name}: ${value}\n`, /^- (\w+):/gm),
  'what they are': yaml(({ name }) => `- ${name}\n`, /^- (\w+)/gm),
  'a key in JSON': {
    format: 'json',
    print: items => JSON.stringify(items.map(({ name, value }) => ({ id: name, v: value }))),
    name: /"id":"(\w+)"/g,
  },
  'a key in TOML': {
    format: 'toml',
    print: items => items.map(({ name, value }) => `[[s]]\nname = "${name}"\nv = "${value}"\n`).join(''),
    name: /^name = "(\w+)"/gm,
  },
  'their documents': {
    format: 'yaml',
    print: items => items.map(({ name, value }) => `kind: A\nname: ${name}\nv: ${value}\n`).join('---\n'),
    name: /^name: (\w+)/gm,
  },
};

type Step = readonly [how: 'insert' | 'remove' | 'move' | 'edit', at: number, to: number];

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(fc.constantFrom<Step[0]>('insert', 'remove', 'move', 'move', 'edit'), fc.nat(5), fc.nat(5)),
  { minLength: 1, maxLength: 2 },
);

function edited(items: readonly Item[], all: readonly Step[], whose: string): Item[] {
  const result = [...items];
  for (const [nth, [how, at, to]] of all.entries()) {
    const place = at % result.length;
    const fresh = `${whose}${nth}`;
    if (how === 'insert') result.splice(to % (result.length + 1), 0, { name: fresh, value: `v${fresh}` });
    else if (how === 'edit') result[place] = { ...result[place]!, value: `e${fresh}` };
    else if (how === 'move') result.splice(to % result.length, 0, ...result.splice(place, 1));
    else if (result.length > 1) result.splice(place, 1);
  }
  return result;
}

test.each(Object.entries(forms))('items told apart by %s stand as their sides have them', (_, form) => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5 }), steps, steps, (many, mine, theirs) => {
      const base = ['alpha', 'bravo', 'charlie', 'delta', 'echo']
        .slice(0, many)
        .map((name, at) => ({ name, value: `v${at}` }));
      const texts = [base, edited(base, mine, 'mine'), edited(base, theirs, 'theirs')].map(form.print);
      const result = merge(texts[0]!, texts[1]!, texts[2]!, { format: form.format });
      const told = JSON.stringify({ texts, result });
      expect(result.kind === 'clash' ? result.places.map(({ kind }) => kind) : [], told).not.toContain(
        'Unverified',
      );
      if (result.kind !== 'clean') return;
      const [b, c, p, r] = [...texts, result.text].map(text =>
        Array.from(text!.matchAll(form.name), ([, name]) => name!),
      ) as [string[], string[], string[], string[]];
      expect(new Set(r).size, told).toBe(r.length);
      const both = r.filter(name => c.includes(name) && p.includes(name));
      for (const [side, other] of [
        [c, p],
        [p, c],
      ] as const) {
        // Of two that all have, the side that changed their order says it.
        for (const one of both)
          for (const two of both) {
            const before = (names: string[]) => names.indexOf(one) < names.indexOf(two);
            if (b.includes(one) && b.includes(two) && before(side) !== before(b) && one !== two)
              expect(before(r), told).toBe(before(side));
          }
        const kept = side.filter(name => r.includes(name));
        for (const [at, name] of kept.entries()) {
          if (b.includes(name) || other.includes(name)) continue;
          const above = kept.slice(0, at).findLast(one => both.includes(one));
          const below = kept.slice(at + 1).find(one => both.includes(one));
          const between = r.slice(
            above === undefined ? 0 : r.indexOf(above) + 1,
            below === undefined ? r.length : r.indexOf(below),
          );
          expect(between, told).toContain(name);
          for (const one of between.filter(moved => both.includes(moved)))
            expect(r.indexOf(one) < r.indexOf(name), told).toBe(side.indexOf(one) < side.indexOf(name));
        }
      }
    }),
    { numRuns },
  );
});
