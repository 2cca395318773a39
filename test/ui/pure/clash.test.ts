/** Places to decide, and the text that comes out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merge } from '../../../merge/merge.ts';
import { type Decision, leftOf, placesIn, preview, readMarked, resultOf } from '../../../ui/pure/clash.ts';

const lines = fc
  .array(fc.stringMatching(/^[a-z: 0-9]{0,8}$/), { maxLength: 4 })
  .map(all => all.map(line => `${line}\n`).join(''));
const block = fc.record({ base: lines, theirs: lines, mine: lines });
const clashes = fc
  .array(fc.tuple(lines, block), { minLength: 1, maxLength: 4 })
  .chain(parts => lines.map(last => ({ parts, last })));
const decision: fc.Arbitrary<Decision> = fc.oneof(
  fc.constant({ keep: 'theirs' as const }),
  fc.constant({ keep: 'mine' as const }),
  lines.map(text => ({ keep: 'edited' as const, text })),
);

const marked = ({
  parts,
  last,
}: {
  parts: [string, { base: string; theirs: string; mine: string }][];
  last: string;
}) =>
  parts
    .map(
      ([text, { base, theirs, mine }]) =>
        `${text}<<<<<<< current\n${theirs}||||||| base\n${base}=======\n${mine}>>>>>>> proposed\n`,
    )
    .join('') + last;

describe('a marked text', () => {
  it('is read as what stands between the places, and the places', () => {
    fc.assert(
      fc.property(clashes, given => {
        const clash = readMarked(marked(given));
        expect(clash?.blocks).toEqual(given.parts.map(([, one]) => one));
        expect(clash?.texts).toEqual([...given.parts.map(([text]) => text), given.last]);
      }),
    );
  });

  it('gives the text between the places and the decisions in their order, once all are made', () => {
    fc.assert(
      fc.property(
        clashes.chain(given =>
          fc.tuple(
            fc.constant(given),
            fc.array(decision, { minLength: given.parts.length, maxLength: given.parts.length }),
          ),
        ),
        ([given, decisions]) => {
          const clash = readMarked(marked(given))!;
          const sides = given.parts.map(([text, one], index) => {
            const made = decisions[index]!;
            return text + (made.keep === 'edited' ? made.text : one[made.keep]);
          });
          expect(resultOf(clash, decisions)).toBe(sides.join('') + given.last);
          const some = decisions.map((made, index) => (index === 0 ? null : made));
          expect(resultOf(clash, some)).toBeNull();
          expect(leftOf(clash, some)).toBe(1);
          expect(preview(clash, some)[1]).toMatchObject({ text: given.parts[0]![1].theirs, decided: false });
        },
      ),
    );
  });

  it.each(['a: 1\n', '<<<<<<< current\na\n', '=======\n', '<<<<<<< current\n<<<<<<< current\n'])(
    'that is not made of whole blocks has no places: %j',
    text => expect(readMarked(text)).toBeNull(),
  );

  it('is what the merge writes, with carriage returns as well', () => {
    for (const end of ['\n', '\r\n']) {
      const text = (cap: number, fee: number) => [`cap: ${cap}`, 'x: 1', `fee: ${fee}`, ''].join(end);
      const result = merge(text(1, 1), text(2, 1), text(3, 2), { format: 'yaml' });
      expect(result.kind).toBe('clash');
      const clash = readMarked(result.kind === 'clash' ? result.marked : '')!;
      expect(resultOf(clash, [{ keep: 'mine' }])).toBe(text(3, 2));
      expect(resultOf(clash, [{ keep: 'theirs' }])).toBe(text(2, 2));
    }
  });
});

describe('a place', () => {
  it('is found in the block that holds all its sides', () => {
    const one = { base: 'cap: 1\n', theirs: 'cap: 2\n', mine: 'cap: 3\n' };
    const places = [
      { name: 'cap', base: '1', current: '2', proposed: '3' },
      { name: 'fee', base: '7', current: '8', proposed: '9' },
    ];
    expect(placesIn(one, places).map(({ name }) => name)).toEqual(['cap']);
  });
});
