/**
 * What the merge engine promises, over generated documents, styles and edits. `PAWL_DEEP_RUNS` sets how often each
 * property is tried (300 by default) and `PAWL_SEED` the seed; fast-check prints the seed of a failure, and looks for
 * no smaller one when `PAWL_FAST` is set.
 */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { merge } from '../../merge/merge.ts';
import type { Clash, Clean, MergeResult } from '../../merge/types.ts';
import {
  type Ast,
  applyEdits,
  type Done,
  documents,
  type Edit,
  edits,
  named,
  printJson,
  printYaml,
  renamed,
  type Style,
  styles,
  touches,
} from './generate.ts';
import {
  additionsMeet,
  canon,
  expected,
  expectSameAgain,
  ordered,
  type Plain,
  plain,
  scalars,
} from './oracle.ts';

vi.setConfig({ testTimeout: 1_800_000 });

const numRuns = Number(process.env.PAWL_DEEP_RUNS ?? 300);
const check = <T extends unknown[]>(property: fc.IPropertyWithHooks<T>) =>
  fc.assert(property, { numRuns, endOnFailure: process.env.PAWL_FAST !== undefined });

interface Case {
  format: 'yaml' | 'json';
  ast: Ast;
  style: Style;
  mine: Edit[];
  theirs: Edit[];
}

interface Texts {
  base: string;
  current: string;
  proposed: string;
  done: { mine: Done[]; theirs: Done[] };
  asts: { base: Ast; current: Ast; proposed: Ast };
}

const print = (at: Case, ast: Ast, style = at.style) =>
  at.format === 'yaml' ? printYaml(ast, style) : printJson(ast, style);

function cases(count = 3, ops?: readonly Edit['op'][], comments = true): fc.Arbitrary<Case> {
  return fc.constantFrom<'yaml' | 'json'>('yaml', 'yaml', 'json').chain(format =>
    fc.record({
      format: fc.constant(format),
      ast: documents({ json: format === 'json', comments }),
      style: styles,
      mine: edits(count, ops),
      theirs: edits(count, ops),
    }),
  );
}

function texts(at: Case, only?: (done: Done, holder: Ast) => boolean): Texts {
  const json = at.format === 'json';
  const mine = applyEdits(at.ast, at.mine, 'c', json);
  const theirs = applyEdits(at.ast, at.theirs, 'p', json, only);
  return {
    base: print(at, at.ast),
    current: print(at, mine.ast),
    proposed: print(at, theirs.ast),
    done: { mine: mine.done, theirs: theirs.done },
    asts: { base: at.ast, current: mine.ast, proposed: theirs.ast },
  };
}

const run = (
  at: Case,
  { base, current, proposed }: { base: string; current: string; proposed: string },
): MergeResult => merge(base, current, proposed, { format: at.format });

const show = (at: Texts, result?: MergeResult) =>
  `--- base\n${at.base}\n--- current\n${at.current}\n--- proposed\n${at.proposed}\n--- ${result?.kind} ${result?.kind === 'clash' ? result.places.map(place => `${place.kind} ${place.path} ${place.detail ?? ''}`).join() : ''} ${result?.kind === 'clean' ? `\n${result.text}` : JSON.stringify(result?.kind === 'clash' ? result.places : result)}`;

/** Edits of one side that share no path with the other's, in maps and named lists only. */
function disjoint(at: Case, only: (done: Done, holder: Ast) => boolean = () => true): Texts {
  const ordered = (done: Done) => done.path.some(step => step.startsWith('#'));
  const first = applyEdits(at.ast, at.mine, 'c', at.format === 'json', done => !ordered(done));
  return texts(
    { ...at, mine: at.mine },
    (done, holder) =>
      only(done, holder) &&
      !ordered(done) &&
      first.done.every(other => !touches(other.path, done.path)) &&
      texts0(at).every(other => !touches(other.path, done.path)),
  );
}

function texts0(at: Case): Done[] {
  return applyEdits(at.ast, at.mine, 'c', at.format === 'json').done;
}

/** Of two additions in the place of a removed item nobody can tell which comes first: a clash, as docs/merge.md says. */
function meet({ base, current, proposed }: Texts): boolean {
  return additionsMeet(plain(base), plain(current), plain(proposed));
}

describe('bytes', () => {
  test('nothing proposed, nothing new, or nothing else changed: the answer is one of the inputs, byte for byte', () => {
    check(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.constantFrom<'yaml' | 'json'>('yaml', 'json'),
        (x, y, format) => {
          expect(merge(x, y, x, { format })).toMatchObject({ kind: 'clean', text: y });
          expect(merge(x, x, y, { format })).toMatchObject({ kind: 'clean', text: y });
          expect(merge(x, y, y, { format })).toMatchObject({ kind: 'clean', text: y });
        },
      ),
    );
  });

  test('any three texts get an answer, and the same one each time', () => {
    const scrap = fc
      .array(
        fc.constantFrom(
          'a',
          'b',
          ':',
          ' ',
          '\n',
          '  ',
          '- ',
          '[',
          ']',
          '{',
          '}',
          ',',
          '"',
          "'",
          '#',
          '&x',
          '*x',
          '|',
          '>',
          '!t',
          '---',
          '\r\n',
          '\t',
          '<<',
          '?',
          '1',
          '\uFEFF',
        ),
        { maxLength: 14 },
      )
      .map(parts => parts.join(''));
    check(
      fc.property(
        scrap,
        scrap,
        scrap,
        fc.constantFrom<'yaml' | 'json'>('yaml', 'json'),
        (b, c, p, format) => {
          const result = merge(b, c, p, { format });
          expect(merge(b, c, p, { format })).toEqual(result);
        },
      ),
    );
  });

  test('one changed scalar changes the bytes of that scalar and no others', () => {
    check(
      fc.property(cases(3), at => {
        const one = { ...at, theirs: at.theirs.slice(0, 1).map(edit => ({ ...edit, op: 'set' as const })) };
        const all = disjoint(one);
        if (
          all.done.theirs.length === 0 ||
          all.base === all.current ||
          all.done.mine.some(done => done.op === 'move')
        )
          return;
        const result = run(at, all);
        if (result.kind !== 'clean') return;
        if (result.text !== all.current) expect(result.edits.length, show(all, result)).toBe(1);
        for (const edit of result.edits) expect(edit.text.trim(), show(all, result)).toMatch(/^"?p0"?$/);
      }),
    );
  });
});

describe('values', () => {
  test('a clean merge is what the rules say, on every path', () => {
    check(
      fc.property(cases(4), at => {
        const all = texts(at);
        const result = run(at, all);
        expect(result.kind, show(all, result)).not.toBe('refused');
        if (result.kind !== 'clean') return;
        const want = expected(plain(all.base), plain(all.current), plain(all.proposed));
        expect(want.kind, show(all, result)).not.toBe('clash');
        if (want.kind === 'value')
          expect(canon(plain(result.text), true), show(all, result)).toBe(want.canon);
      }),
    );
  });

  test('a clean merge invents nothing: every scalar and key is on one of the three sides', () => {
    check(
      fc.property(cases(4, ['set', 'add', 'delete', 'retype', 'move', 'requote']), at => {
        const all = texts(at);
        const result = run(at, all);
        if (result.kind !== 'clean') return;
        const known = new Set([all.base, all.current, all.proposed].flatMap(text => scalars(plain(text))));
        for (const scalar of scalars(plain(result.text)))
          expect(known.has(scalar), `${scalar}\n${show(all, result)}`).toBe(true);
      }),
    );
  });

  test('nothing written is lost: every new word is in the result or its place is named', () => {
    check(
      fc.property(cases(4), at => {
        const all = texts(at);
        const result = run(at, all);
        if (result.kind !== 'clean') return;
        for (const [side, text] of [
          ['mine', all.current],
          ['theirs', all.proposed],
        ] as const) {
          for (const done of all.done[side]) {
            if (done.wrote === null || !new RegExp(`\\b${done.wrote}\\b`).test(text)) continue;
            expect(result.text, show(all, result)).toMatch(new RegExp(`\\b${done.wrote}\\b`));
          }
        }
      }),
    );
  });
});

describe('clashes', () => {
  test('edits of different paths never clash', () => {
    check(
      fc.property(cases(3, ['set', 'add', 'delete', 'retype', 'requote']), at => {
        const all = disjoint(at);
        if (meet(all)) return;
        const result = run(at, all);
        expect(result.kind, show(all, result)).toBe('clean');
      }),
    );
  });

  test('different values written to one scalar always clash, there', () => {
    check(
      fc.property(cases(1, ['set']), at => {
        const same = { ...at, theirs: at.mine };
        const all = texts(same);
        if (all.done.mine.length === 0) return;
        const result = run(at, all);
        expect(result.kind, show(all, result)).toBe('clash');
      }),
    );
  });

  test('an edit inside what the other side deletes always clashes, both ways', () => {
    check(
      fc.property(cases(1, ['set']), fc.nat(5), (at, up) => {
        const edited = applyEdits(at.ast, at.mine, 'c', at.format === 'json');
        const [done] = edited.done;
        if (done === undefined || done.path.some(step => step.startsWith('#'))) return;
        const depth = 1 + (up % done.path.length);
        const removed = remove(at.ast, done.path.slice(0, depth));
        const all: Texts = {
          base: print(at, at.ast),
          current: print(at, edited.ast),
          proposed: print(at, removed),
          done: { mine: [], theirs: [] },
          asts: { base: at.ast, current: edited.ast, proposed: removed },
        };
        expect(run(at, all).kind, show(all)).toBe('clash');
        expect(merge(all.base, all.proposed, all.current, { format: at.format }).kind, show(all)).toBe(
          'clash',
        );
      }),
    );
  });

  test('what one side removes and the other renames always clashes, both ways', () => {
    check(
      fc.property(cases(2), fc.nat(100), fc.boolean(), (at, which, edited) => {
        const paths = named(at.ast);
        if (paths.length === 0) return;
        const path = paths[which % paths.length]!;
        const json = at.format === 'json';
        const elsewhere = edited
          ? applyEdits(at.ast, at.mine, 'c', json, done => done.op !== 'move' && !touches(done.path, path))
              .ast
          : at.ast;
        const [base, gone, kept] = [
          at.ast,
          remove(elsewhere, path),
          renamed(at.ast, path, 'fresh', json),
        ].map(ast => print(at, ast)) as [string, string, string];
        const all = { base, current: gone, proposed: kept };
        for (const swapped of [false, true]) {
          const result = swapped
            ? merge(base, kept, gone, { format: at.format })
            : merge(base, gone, kept, { format: at.format });
          expect(result.kind, JSON.stringify({ ...all, result }, null, 1)).toBe('clash');
        }
      }),
    );
  });

  test('named items stand in an order both sides wrote, beside renamed and inserted ones', () => {
    check(
      fc.property(cases(2, ['rename', 'beside', 'beside', 'add', 'delete', 'set']), fc.nat(3), (at, more) => {
        const all = texts({ ...at, ast: steps(3 + more, at.format === 'json') });
        const result = run(at, all);
        if (result.kind !== 'clean') return;
        const sides = [all.base, all.current, all.proposed, result.text].map(plain) as [
          Plain,
          Plain,
          Plain,
          Plain,
        ];
        expect(ordered(...sides), show(all, result)).toBe(true);
      }),
    );
  });

  test('an item that one side renames and the other edits is one item, edited under its new name', () => {
    check(
      fc.property(
        fc.record({ count: fc.integer({ min: 2, max: 5 }), at: fc.nat(4), field: fc.nat(3), far: fc.nat(4) }),
        fc.constantFrom<'set' | 'drop' | 'add' | 'both'>('set', 'drop', 'add', 'both'),
        styles,
        fc.boolean(),
        ({ count, at, field, far }, how, style, json) => {
          const base = steps(count, json, true);
          const which = at % count;
          const retitle = (ast: Ast) =>
            renamed(ast, ['steps', json ? `"step${which}"` : `step${which}`], 'fresh', json);
          const edit = (ast: Ast, index: number): Ast => {
            const copy = structuredClone(ast);
            const { entries } = stepsOf(copy)[index]!.value as Extract<Ast, { t: 'map' }>;
            const place = 1 + (field % (entries.length - 1));
            if (how === 'drop') entries.splice(place, 1);
            else if (how === 'set') entries[place]!.value = scalar('edited', json);
            else entries.splice(place, 0, { key: 'more', lead: [], tail: '', value: scalar('edited', json) });
            return copy;
          };
          const elsewhere = far % count;
          if (how === 'both' && elsewhere === which) return;
          const edited = how === 'both' ? edit(edit(base, which), elsewhere) : edit(base, which);
          const print = (ast: Ast) => (json ? printJson(ast, style) : printYaml(ast, style));
          const [b, c, p] = [base, retitle(base), edited].map(print) as [string, string, string];
          const want = canon(plain(print(retitle(edited))));
          for (const [mine, theirs] of [
            [c, p],
            [p, c],
          ] as const) {
            const result = merge(b, mine, theirs, { format: json ? 'json' : 'yaml' });
            expect(result.kind, JSON.stringify({ b, mine, theirs, result }, null, 1)).toBe('clean');
            expect(canon(plain((result as Clean).text))).toBe(want);
          }
        },
      ),
    );
  });

  test('swapping the sides gives the same kind of answer, the same values, and the same places with sides swapped', () => {
    check(
      fc.property(
        cases(3, ['set', 'add', 'beside', 'delete', 'rename', 'comment', 'tail', 'retype', 'requote']),
        at => {
          const all = texts(at);
          const one = run(at, all);
          const other = merge(all.base, all.proposed, all.current, { format: at.format });
          expect(other.kind, show(all, one)).toBe(one.kind);
          if (one.kind === 'clean') {
            const sorted = (result: MergeResult) => scalars(plain((result as Clean).text)).sort();
            expect(sorted(other), show(all, one)).toEqual(sorted(one));
          } else if (one.kind === 'clash') {
            const named = (result: Clash, swap: boolean) =>
              result.places
                .map(
                  place =>
                    `${place.kind} ${place.path.replace(/\[[^\]]*\]/g, '[*]')} ${(swap ? place.proposed : place.current)?.text} ${(swap ? place.current : place.proposed)?.text}`,
                )
                .sort();
            expect(named(other as Clash, true), show(all, one)).toEqual(named(one, false));
          }
        },
      ),
    );
  });

  test('every place says where it is on each side that has something there', () => {
    check(
      fc.property(cases(4), at => {
        const all = texts(at);
        const result = run(at, all);
        if (result.kind !== 'clash') return;
        expect(result.places.length).toBeGreaterThan(0);
        for (const place of result.places) {
          for (const side of ['base', 'current', 'proposed'] as const) {
            const found = place[side];
            if (found === null) continue;
            const rest = all[side]
              .replaceAll('\r\n', '\n')
              .split('\n')
              .slice(found.line - 1)
              .join('\n')
              .slice(found.column - 1);
            expect(
              rest.startsWith(found.text),
              `${side} ${JSON.stringify(place)}\n${show(all, result)}`,
            ).toBe(true);
          }
        }
        expect(result.marked.match(/^<{7} current\r?$/gm)?.length).toBe(
          result.marked.match(/^>{7} proposed\r?$/gm)?.length,
        );
      }),
    );
  });
});

describe('again', () => {
  test('merging a result again changes nothing, from either side', () => {
    check(
      fc.property(cases(4), at => {
        const all = texts(at);
        const result = run(at, all);
        if (result.kind !== 'clean') return;
        const { format } = at;
        const said = show(all, result);
        expectSameAgain(merge(all.base, result.text, all.proposed, { format }), result.text, said);
        expectSameAgain(merge(all.base, all.current, result.text, { format }), result.text, said);
      }),
    );
  });

  test('edits that do not meet come to the same value in any order', () => {
    check(
      fc.property(cases(2, ['set', 'delete', 'requote']), at => {
        const all = disjoint(at);
        const [one, two] = [run(at, all), merge(all.base, all.proposed, all.current, { format: at.format })];
        expect([one.kind, two.kind], show(all, one)).toEqual(['clean', 'clean']);
        expect(canon(plain((one as Clean).text)), show(all, one)).toBe(canon(plain((two as Clean).text)));
      }),
    );
  });

  test('restyling current changes neither the answer nor the values', () => {
    check(
      fc.property(cases(2, ['set', 'add', 'delete'], false), styles, fc.boolean(), (at, style, flow) => {
        const all = disjoint({ ...at, mine: at.mine.slice(0, 1) });
        if (meet(all)) return;
        const restyled = flow && at.format === 'yaml' ? flowed(all.asts.current) : all.asts.current;
        const again = { ...all, current: print(at, restyled, style) };
        const [one, two] = [run(at, all), run(at, again)];
        expect([one.kind, two.kind], `${show(all, one)}\n====\n${show(again, two)}`).toEqual([
          'clean',
          'clean',
        ]);
        expect(canon(plain((two as Clean).text)), show(again, two)).toBe(canon(plain((one as Clean).text)));
      }),
    );
  });
});

const scalar = (text: string, json: boolean): Ast => ({ t: 'scalar', text: json ? `"${text}"` : text });

/** A document that is a list of named steps; `rich`: with more to tell them apart by. */
function steps(count: number, json: boolean, rich = false): Ast {
  const entry = (key: string, value: Ast) => ({ key, lead: [], tail: '', value });
  const items = Array.from({ length: count }, (_, at) => {
    const keys = rich ? ['run', 'shell', 'cwd', 'if', 'timeout'] : ['run'];
    const entries = [
      entry('name', scalar(`step${at}`, json)),
      ...keys.map(key => entry(key, scalar(`${key}${at}`, json))),
    ];
    return entry('', { t: 'map', flow: false, entries, foot: [] });
  });
  const list: Ast = { t: 'list', flow: false, named: true, items, foot: [] };
  return { t: 'map', flow: false, entries: [entry('steps', list)], foot: [] };
}

function stepsOf(ast: Ast): { value: Ast }[] {
  const list = ast.t === 'map' ? ast.entries[0]!.value : ast;
  return list.t === 'list' ? list.items : [];
}

function remove(ast: Ast, path: readonly string[]): Ast {
  const copy = structuredClone(ast);
  let holder: Ast = copy;
  for (const [index, step] of path.entries()) {
    if (holder.t !== 'map' && holder.t !== 'list') throw new Error('no such path');
    const entries = holder.t === 'map' ? holder.entries : holder.items;
    const at = entries.findIndex(entry => (holder.t === 'map' ? entry.key : nameIn(entry.value)) === step);
    if (index < path.length - 1) holder = entries[at]!.value;
    else {
      entries.splice(at, 1);
      if (entries.length === 0) holder.foot = [];
    }
  }
  return copy;
}

function nameIn(value: Ast): string {
  const name = value.t === 'map' ? value.entries.find(entry => entry.key === 'name')?.value : undefined;
  return name?.t === 'scalar' ? name.text : '?';
}

/** Everything below the root in brackets, where nothing stands in the way. */
function flowed(ast: Ast): Ast {
  const copy = structuredClone(ast);
  const possible = (node: Ast): boolean =>
    node.t === 'scalar'
      ? !/[,[\]{}]/.test(node.text) || /^["']/.test(node.text)
      : node.t !== 'text' &&
        (node.t === 'map' ? node.entries : node.items).every(entry => possible(entry.value));
  const visit = (node: Ast): void => {
    if (node.t === 'scalar' || node.t === 'text') return;
    node.flow = true;
    for (const entry of node.t === 'map' ? node.entries : node.items) visit(entry.value);
  };
  if (copy.t === 'map') for (const entry of copy.entries) if (possible(entry.value)) visit(entry.value);
  return copy;
}
