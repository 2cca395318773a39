/**
 * Large texts are merged by what is not the same in all three. Whatever that leaves out, the answer is the one that the
 * whole texts have: tried with generated texts that are mostly alike, and with each way in which a text may be something
 * else than it seems.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { leaveOut } from '../../merge/left-out.ts';
import { merge, mergeWhole } from '../../merge/merge.ts';
import type { Three } from '../../merge/three.ts';
import { type Ast, applyEdits, documents, type Entry, edits, printYaml, styles } from './generate.ts';

vi.setConfig({ testTimeout: 1_800_000 });

const numRuns = Number(process.env.PAWL_DEEP_RUNS ?? 300);
const yaml = { format: 'yaml' } as const;
const always = { length: 0, part: Number.NEGATIVE_INFINITY };

const limits = (count: number) => Array.from({ length: count }, (_, at) => `limit_${at}: ${at} # a day\n`);
const [few, many] = [limits(9).join(''), limits(400).join('')];
const around = (text: string, head = 'a: 1', tail = 'z: 1'): string => `${head}\n${text}${tail}\n`;
const sides = (text: string): Three<string> => ({
  base: around(text),
  current: around(text, 'a: 2'),
  proposed: around(text, 'a: 1', 'z: 2'),
});

const isEntries = (ast: Ast): ast is Extract<Ast, { t: 'map' }> => ast.t === 'map';

/** A document whose outermost map has these entries, again and again under names of their own. */
function padded(ast: Ast, padding: readonly Entry[], times: number): Ast {
  if (!isEntries(ast)) return ast;
  const plain = (entry: Entry) => !entry.key.includes(' ');
  const pads = Array.from({ length: times }, (_, at) => ({
    ...padding[at % padding.length]!,
    key: `pad_${at}`,
  }));
  const own = ast.entries.filter(plain);
  const half = own.length >> 1;
  return { ...ast, entries: [...own.slice(0, half), ...pads, ...own.slice(half)] };
}

describe('what is the same in all three texts', () => {
  it('is left out, and in the answer as it was', () => {
    const whole = sides(many);
    const short = leaveOut(whole)!;
    expect(short.texts.base.length).toBeLessThan(whole.base.length / 20);
    const answer = merge(whole.base, whole.current, whole.proposed, yaml);
    expect(answer).toMatchObject({ kind: 'clean', text: around(many, 'a: 2', 'z: 2') });
    expect(answer).toEqual(mergeWhole(whole, yaml));
  });

  it('changes no answer, whatever people edit', () => {
    let restored = 0;
    const cases = fc.record({
      ast: documents({ json: false, comments: true }),
      padding: documents({ json: false, comments: true }),
      times: fc.integer({ min: 3, max: 30 }),
      style: styles,
      mine: edits(3),
      theirs: edits(3),
    });
    const property = fc.property(cases, ({ ast, padding, times, style, mine, theirs }) => {
      const root = padded(ast, isEntries(padding) ? padding.entries : [], times);
      const print = (one: Ast) => printYaml(one, { ...style, eol: '\n' });
      const whole = {
        base: print(root),
        current: print(applyEdits(root, mine, 'c', false).ast),
        proposed: print(applyEdits(root, theirs, 'p', false).ast),
      };
      const { base, current, proposed } = whole;
      if (proposed === base || proposed === current || current === base) return;
      const short = leaveOut(whole, always);
      const answer = short?.restore(mergeWhole(short.texts, yaml));
      if (!answer) return;
      restored += 1;
      expect(answer).toEqual(mergeWhole(whole, yaml));
    });
    fc.assert(property, { numRuns, endOnFailure: process.env.PAWL_FAST !== undefined });
    expect(restored).toBeGreaterThan(numRuns / 10);
  });

  it('stays where it is when others are put next to it, moved around it, or take its place', () => {
    const lines = limits(60);
    const text = (...parts: readonly (readonly string[])[]) => parts.flat().join('');
    const [a, b, c] = [lines.slice(0, 20), lines.slice(20, 40), lines.slice(40)];
    const ways: Three<string>[] = [
      { base: text(a, b, c), current: text(b, a, c), proposed: text(a, b, c, ['new: 1\n']) },
      { base: text(a, b, c), current: text(a, ['x: 1\n'], b, c), proposed: text(a, b, ['v: 1\n'], c) },
      { base: text(a, b, c), current: text(a, c), proposed: text(['first: 1\n'], a, b, c) },
      { base: text(a, b, c), current: text(a, ['# why\n'], b, c), proposed: text(a, b, c, ['# end\n']) },
      { base: text(a, b, c), current: text(a, b, ['x: 1\n'], c), proposed: text(c, a, b) },
    ];
    for (const whole of ways) {
      const short = leaveOut(whole, always)!;
      const answer = short.restore(mergeWhole(short.texts, yaml));
      const expected = mergeWhole(whole, yaml);
      if (answer) expect(answer).toEqual(expected);
      expect(merge(whole.base, whole.current, whole.proposed, yaml)).toEqual(expected);
    }
  });
});

describe('a key that is added and stands in what is left out', () => {
  it('is refused as it would be without', () => {
    const { base, current } = sides(many);
    const proposed = `${base}limit_200: 7\n`;
    const short = leaveOut({ base, current, proposed });
    // As the second of its name, it is seen before.
    expect(short).toBeNull();
    const added = merge(base, current, proposed, yaml);
    expect(added).toMatchObject({ kind: 'refused', reason: 'DuplicateKey' });
  });

  it('is seen in the result, where each side has it once', () => {
    const [first, ...rest] = limits(40);
    const whole = {
      base: around(rest.join('')),
      current: around(rest.join(''), `a: 2`),
      proposed: around(rest.join(''), `a: 1\n${first}`.trimEnd()),
    };
    expect(merge(whole.base, whole.current, whole.proposed, yaml)).toEqual(mergeWhole(whole, yaml));
  });
});

describe('nothing is left out', () => {
  const notPlain: readonly (readonly [why: string, text: string])[] = [
    ['a key in quotes', `"limit": 1\n${few}`],
    ['a key that is no string', `true: 1\n${few}`],
    ['a number as key', `1: 1\n${few}`],
    ['a key twice', `limit_1: 7\n${few}`],
    ['a list', '- a\n- b\n- c\n- d\n'],
    ['several documents', `${few}---\n${few}`],
    ['a directive', `%YAML 1.2\n---\n${few}`],
    ['a bracket that is closed on a line of its own', `list: [\n  1\n]\n${few}`],
    ['line ends of another kind', few.replaceAll('\n', '\r\n')],
    ['no line end', few.trimEnd()],
    ['a byte order mark', `\u{feff}${few}`],
    ['half a character', `x: "\ud800"\n${few}`],
    ['a complex key', `? a\n: b\n${few}`],
    ['an indented map', few.replaceAll(/^/gm, '  ').replace(/ +$/, '')],
  ];
  it.each(notPlain)('beside %s', (_, text) => {
    const whole = { base: text, current: `${text}v: 1\n`, proposed: `${text}z: 1\n` };
    expect(leaveOut(whole, always)).toBeNull();
  });

  const hanging: readonly (readonly [why: string, line: (at: number) => string])[] = [
    ['an anchor', at => `limit_${at}: &a${at} 1\n`],
    ['an alias', at => `limit_${at}: *a\n`],
    ['a tag', at => `limit_${at}: !t 1\n`],
    ['a tab', at => `limit_${at}: 1\t\n`],
    ['an open bracket', at => `limit_${at}: [1,\n  2]\n`],
    ['brackets in brackets', at => `limit_${at}: [[1]]\n`],
    ['what is not to be printed', at => `limit_${at}: "\u{7}"\n`],
  ];
  it.each(hanging)('of %s', (_, line) => {
    const text = Array.from({ length: 9 }, (_, at) => line(at)).join('');
    expect(leaveOut(sides(text), always)).toBeNull();
  });

  it('where it would not be worth it', () => {
    expect(leaveOut(sides(few))).toBeNull();
    expect(leaveOut(sides(few), always)).not.toBeNull();
  });
});

describe('an answer that is not clean', () => {
  it('is that of the whole texts, with its places in their lines', () => {
    const { base, current } = sides(many);
    const proposed = around(many, 'a: 3', 'z: 2');
    const short = leaveOut({ base, current, proposed })!;
    expect(short.restore(mergeWhole(short.texts, yaml))).toBeNull();
    const answer = merge(base, current, proposed, yaml);
    expect(answer).toEqual(mergeWhole({ base, current, proposed }, yaml));
    expect(answer).toMatchObject({ kind: 'clash', places: [{ pointer: '/a' }] });
  });
});
