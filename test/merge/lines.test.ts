/**
 * What a merge promises, for the formats whose entries are whole lines, and for texts that are nothing but lines. Made-up
 * files of each format, and made-up edits by two sides. `PAWL_DEEP_RUNS` and `PAWL_SEED` as in properties.test.ts.
 */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { type Format, type MergeResult, merge, type Place } from '../../merge/merge.ts';
import { readBody } from '../../text/body.ts';
import { canon, expected, expectSameAgain, plain } from './oracle.ts';

vi.setConfig({ testTimeout: 1_800_000 });

const numRuns = Number(process.env.PAWL_DEEP_RUNS ?? 300);

type Keyed = 'jsonc' | 'properties' | 'env' | 'ini' | 'toml';

interface Line {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly comment: string;
}

interface Change {
  readonly op: 'edit' | 'remove' | 'add' | 'comment' | 'move';
  readonly at: number;
  readonly text: string;
}

const keys = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];

const lines = (format: Keyed): fc.Arbitrary<Line[]> =>
  fc.uniqueArray(
    fc.record({
      section:
        format === 'properties' || format === 'env' ? fc.constant('') : fc.constantFrom('', 'one', 'two'),
      key: fc.constantFrom(...keys),
      value: fc.constantFrom('1', '2', 'x y', '', 'long value, of some words', 'a=b', 'a#b'),
      comment: fc.constantFrom('', '', 'why', 'two\nlines', 'parted\n'),
    }),
    { selector: ({ section, key }) => `${section} ${key}`, maxLength: 8 },
  );

const changes = fc.array(
  fc.record({
    op: fc.constantFrom<Change['op']>('edit', 'edit', 'edit', 'remove', 'add', 'comment', 'move'),
    at: fc.nat(7),
    text: fc.constantFrom('7', '8', 'new words', ''),
  }),
  { minLength: 1, maxLength: 3 },
);

/** @param only entries that may change */
function edited(
  base: readonly Line[],
  list: readonly Change[],
  tag: string,
  only = (_: Line) => true,
): Line[] {
  const result = [...base];
  for (const [nth, { op, at, text }] of list.entries()) {
    const index = result.length === 0 ? 0 : at % result.length;
    const line = result[index];
    if (op === 'add') {
      const section = line?.section ?? '';
      result.splice(index, 0, {
        section,
        key: `${tag}${nth}`,
        value: `${tag}${text}`,
        comment: nth === 1 ? 'new' : '',
      });
    } else if (line === undefined || !base.includes(line) || !only(line)) continue;
    else if (op === 'edit') result[index] = { ...line, value: `${tag}${text}` };
    else if (op === 'comment') result[index] = { ...line, comment: `${tag} says ${text}` };
    else if (op === 'remove') result.splice(index, 1);
    else {
      result.splice(index, 1);
      result.splice((at * 3) % (result.length + 1), 0, line);
    }
  }
  return result;
}

interface Style {
  readonly separator: string;
  readonly opener: string;
  readonly gap: string;
}

const styles = (format: Keyed): fc.Arbitrary<Style> =>
  fc.record({
    separator: fc.constantFrom(...(format === 'properties' ? ['=', ': ', ' = '] : ['=', ' = '])),
    opener: fc.constantFrom(
      ...{ jsonc: ['//'], properties: ['#', '!'], env: ['#'], ini: ['#', ';'], toml: ['#'] }[format],
    ),
    gap: fc.constantFrom('', '\n'),
  });

/** The same as JSON with comments: sections are brackets below their names, and gaps are commas behind the last entry. */
function printJsonc(list: readonly Line[], { gap }: Style): string {
  const say = (own: readonly Line[], indent: string, more = '') =>
    own
      .map(({ key, value, comment }, at) => {
        const said = comment.split('\n').map(line => (line === '' ? '' : `${indent}// ${line}\n`));
        const comma = at < own.length - 1 || gap !== '' || more !== '' ? ',' : '';
        return `${said.join('')}${indent}"${key}": ${JSON.stringify(value)}${comma}\n`;
      })
      .join('') + more;
  const sections = ['one', 'two'].flatMap(section => {
    const own = list.filter(line => line.section === section);
    return own.length === 0 ? [] : [`  "${section}": {\n${say(own, '    ')}  }`];
  });
  const last = sections.length > 0 && gap !== '' ? ',\n' : '\n';
  const more = sections.length > 0 ? sections.join(',\n') + last : '';
  return `{\n${say(
    list.filter(({ section }) => section === ''),
    '  ',
    more,
  )}}\n`;
}

function print(format: Keyed, list: readonly Line[], style: Style): string {
  const { separator, opener, gap } = style;
  if (format === 'jsonc') return printJsonc(list, style);
  const spell = (value: string) => {
    if (format === 'toml') return JSON.stringify(value);
    return format === 'env' && /[ #]/.test(value) ? `'${value}'` : value;
  };
  const say = ({ key, value, comment }: Line) => {
    const said =
      comment === ''
        ? ''
        : comment
            .split('\n')
            .map(line => (line === '' ? '\n' : `${opener} ${line}\n`))
            .join('');
    return `${said}${key}${separator}${spell(value)}\n`;
  };
  const sections = ['', 'one', 'two'].map(section => {
    const own = list.filter(line => line.section === section);
    return own.length === 0 ? '' : `${section === '' ? '' : `${gap}[${section}]\n`}${own.map(say).join(gap)}`;
  });
  return sections.join('');
}

const value = (text: string, format: Format) => {
  const read = readBody(text, format);
  if (!read.ok) throw new Error(`${read.problem.message}\n${text}`);
  return plain(read.body.json);
};

const shown = (texts: readonly string[], result: MergeResult) =>
  `${texts.join('\n--\n')}\n==\n${JSON.stringify(result)}`;

const cases = fc.constantFrom<Keyed>('jsonc', 'properties', 'env', 'ini', 'toml').chain(format =>
  fc.record({
    format: fc.constant(format),
    base: lines(format),
    style: styles(format),
    mine: changes,
    theirs: changes,
  }),
);

const texts = ({ format, base, style, mine, theirs }: Case) =>
  [base, edited(base, mine, 'c'), edited(base, theirs, 'p')].map(list => print(format, list, style)) as [
    string,
    string,
    string,
  ];

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const check = <T>(arbitrary: fc.Arbitrary<T>, promise: (one: T) => void) =>
  fc.assert(fc.property(arbitrary, promise), { numRuns });

const isDoubt = ({ kind }: Place) => kind === 'Unverified';

describe('keys with values', () => {
  test('a clean answer has the value that the two edits add up to, read by the strict reader', () => {
    let clean = 0;
    check(cases, one => {
      const [base, current, proposed] = texts(one);
      const result = merge(base, current, proposed, { format: one.format });
      if (result.kind !== 'clean') return;
      clean++;
      const [b, c, p, r] = [base, current, proposed, result.text].map(text => value(text, one.format));
      const wanted = expected(b!, c!, p!);
      expect(wanted, shown([base, current, proposed], result)).toEqual({ kind: 'value', canon: canon(r!) });
    });
    expect(clean).toBeGreaterThan(numRuns / 4);
  });

  test('swapping the sides swaps the answer', () => {
    check(cases, one => {
      const [base, current, proposed] = texts(one);
      const result = merge(base, current, proposed, { format: one.format });
      const swapped = merge(base, proposed, current, { format: one.format });
      // A doubt of the verifier may hang on which side is current; a clash of the two edits may not.
      const doubts = [result, swapped].filter(one => one.kind === 'clash' && one.places.every(isDoubt));
      if (doubts.length > 0) return;
      expect(swapped.kind, shown([base, current, proposed], result)).toBe(result.kind);
      if (result.kind === 'clean' && swapped.kind === 'clean')
        expect(canon(value(swapped.text, one.format))).toBe(canon(value(result.text, one.format)));
    });
  });

  test('merging the answer again changes nothing', () => {
    check(cases, one => {
      const [base, current, proposed] = texts(one);
      const result = merge(base, current, proposed, { format: one.format });
      if (result.kind !== 'clean') return;
      const again = merge(base, result.text, proposed, { format: one.format });
      expectSameAgain(again, result.text, shown([base, current, proposed], again));
    });
  });

  test('edits of different keys never clash, and the rest of current stays byte for byte', () => {
    check(cases, one => {
      const { format, base, style } = one;
      const plainEdits = (list: readonly Change[]) =>
        list.map(change => ({ ...change, op: 'edit' as const }));
      const mine = edited(base, plainEdits(one.mine), 'c', line => keys.indexOf(line.key) % 2 === 0);
      const theirs = edited(base, plainEdits(one.theirs), 'p', line => keys.indexOf(line.key) % 2 === 1);
      const both = mine.map((line, index) => (line === base[index] ? theirs[index]! : line));
      const [b, c, p, r] = [base, mine, theirs, both].map(list => print(format, list, style)) as [
        string,
        string,
        string,
        string,
      ];
      expect(merge(b, c, p, { format }), `${b}\n--\n${c}\n--\n${p}`).toMatchObject({
        kind: 'clean',
        text: r,
      });
    });
  });

  test('two edits of one value clash, and name it', () => {
    check(cases, ({ format, base, style }) => {
      if (base.length === 0) return;
      const [first, ...rest] = base as [Line, ...Line[]];
      const say = (text: string) => print(format, [{ ...first, value: text }, ...rest], style);
      const result = merge(print(format, base, style), say('mine'), say('theirs'), { format });
      expect(result).toMatchObject({ kind: 'clash', places: [{ kind: 'EditEdit' }] });
    });
  });

  test('line ends of current and its byte order mark stay', () => {
    check(cases, one => {
      const [base, current, proposed] = texts(one);
      const plainly = merge(base, current, proposed, { format: one.format });
      const windows = `\ufeff${current.replaceAll('\n', '\r\n')}`;
      const result = merge(`\ufeff${base}`, windows, `\ufeff${proposed}`, { format: one.format });
      // An empty text has no line ends to keep.
      if (current === '') return;
      if (plainly.kind === 'clean' && current !== base && proposed !== base && current !== proposed)
        expect(result).toMatchObject({
          kind: 'clean',
          text: `\ufeff${plainly.text.replaceAll('\n', '\r\n')}`,
        });
      else if (plainly.kind === 'clash') expect(result.kind).toBe('clash');
    });
  });
});

describe('lines of text', () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', '}', '', 'x', 'y');
  const text = fc.array(line, { maxLength: 12 }).map(list => list.map(said => `${said}\n`).join(''));

  test('a clean answer has each line as often as the two edits add up to, and merges again to itself, either way', () => {
    let clean = 0;
    check(fc.tuple(text, text, text), ([base, current, proposed]) => {
      const result = merge(base, current, proposed, { format: 'text' });
      if (result.kind !== 'clean') return;
      clean++;
      expect(merge(base, result.text, proposed, { format: 'text' })).toMatchObject({
        kind: 'clean',
        text: result.text,
      });
      expect(merge(base, proposed, current, { format: 'text' })).toMatchObject({
        kind: 'clean',
        text: result.text,
      });
      if (current === base || proposed === base || current === proposed) return;
      // One side's own text: a line may have gone in one place and come in another (verify-lines.ts).
      if (result.text === current || result.text === proposed) return;
      const count = (all: string, one: string) => all.split('\n').filter(other => other === one).length;
      for (const one of new Set(result.text.split('\n'))) {
        const [b, c, p, r] = [base, current, proposed, result.text].map(all => count(all, one)) as [
          number,
          number,
          number,
          number,
        ];
        if (b === c) expect(r).toBe(p);
        else if (b === p) expect(r).toBe(c);
      }
    });
    expect(clean).toBeGreaterThan(0);
  });

  test('edits apart by a line that is unchanged and unique never clash', () => {
    const block = fc.array(fc.constantFrom('{', '}', '', 'same'), { maxLength: 3 });
    // None of these is unique, so none can have moved from one block to another.
    const frame = '{\n}\n\nsame\n';
    check(fc.array(fc.tuple(block, block, block), { minLength: 1, maxLength: 6 }), blocks => {
      const build = (pick: (sides: [string[], string[], string[]], at: number) => string[]) =>
        `${frame}${blocks
          .map(
            (sides, at) =>
              `${pick(sides, at)
                .map(one => `${one}\n`)
                .join('')}anchor ${at}\n`,
          )
          .join('')}${frame}`;
      const base = build(([b]) => b);
      const current = build(([b, c], at) => (at % 2 === 0 ? c : b));
      const proposed = build(([b, , p], at) => (at % 2 === 1 ? p : b));
      const both = build(([, c, p], at) => (at % 2 === 0 ? c : p));
      expect(merge(base, current, proposed, { format: 'text' })).toMatchObject({ kind: 'clean', text: both });
    });
  });

  test('two megabytes of lines are merged within the time of a few readings', () => {
    const base = Array.from({ length: 60_000 }, (_, at) => `line ${at} of a long text\n`);
    const [current, proposed] = [[...base], [...base]];
    current[10] = 'mine\n';
    proposed[59_000] = 'theirs\n';
    const both = [...current];
    both[59_000] = 'theirs\n';
    const result = merge(base.join(''), current.join(''), proposed.join(''), { format: 'text' });
    expect(result).toMatchObject({ kind: 'clean', text: both.join('') });
  });
});

test('any three texts get an answer in every format', () => {
  const scraps = [
    '{',
    '}',
    ',',
    '"a": 1',
    '// c\n',
    '/* c */',
    'a',
    'b',
    '=',
    ':',
    ' ',
    '\n',
    '\\',
    '#',
    '!',
    ';',
    '[',
    ']',
    '"',
    "'",
    '\t',
    'export ',
    '\r',
    '\\u00',
    '\ufeff',
  ];
  const scrap = fc.array(fc.constantFrom(...scraps), { maxLength: 20 }).map(parts => parts.join(''));
  const formats = fc.constantFrom<Format>('jsonc', 'properties', 'env', 'ini', 'toml', 'text');
  check(fc.tuple(scrap, scrap, scrap, formats), ([base, current, proposed, format]) => {
    const result = merge(base, current, proposed, { format });
    if (result.kind === 'clash')
      for (const { detail = '' } of result.places) expect(detail).not.toContain('the merge failed');
    if (result.kind !== 'clean' || base === current || base === proposed || current === proposed) return;
    const read = readBody(result.text, format);
    expect(read.ok || read.problem.code === 'DuplicateKey', shown([base, current, proposed], result)).toBe(
      true,
    );
  });
});

describe('lists of tables', () => {
  interface Item {
    readonly name: string;
    readonly size: number;
    readonly parts: readonly { readonly name: string; readonly length: number }[];
    readonly style: string;
  }
  const part = fc.record({ name: fc.constantFrom('x', 'y', 'z'), length: fc.nat(3) });
  const item: fc.Arbitrary<Item> = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    size: fc.nat(3),
    parts: fc.uniqueArray(part, { selector: ({ name }) => name, maxLength: 2 }),
    style: fc.constantFrom('', 'plain', 'bold'),
  });
  const items = fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 4 });

  const print = (list: readonly Item[], rest: number) =>
    `${list
      .map(({ name, size, parts, style }) => {
        const own = style === '' ? '' : `[item.look]\nstyle = "${style}"\n`;
        const inner = parts.map(one => `[[item.part]]\nname = "${one.name}"\nlength = ${one.length}\n`);
        return `[[item]]\nname = "${name}"\nsize = ${size}\n${own}${inner.join('')}`;
      })
      .join('\n')}[rest]\nvalue = ${rest}\n`;

  /** A few changes of a list: other sizes, parts and looks, items that go or come. */
  const change = (list: readonly Item[], others: readonly Item[], nth: number): Item[] =>
    list.flatMap((one, at) => {
      const other = others[at];
      if (other === undefined) return [one];
      if ((at + nth) % 4 === 0) return [{ ...one, size: other.size + 4 * nth }];
      if ((at + nth) % 4 === 1) return [{ ...one, parts: other.parts }];
      return (at + nth) % 4 === 2
        ? [
            { ...one, style: other.style },
            { ...other, name: `${nth}${at}` },
          ]
        : [];
    });

  test('a clean answer has the value that the two edits add up to', () => {
    let clean = 0;
    check(fc.tuple(items, items, items), ([base, mine, theirs]) => {
      const sides = [
        print(base, 1),
        print(change(base, mine, 1), 1),
        print(change(base, theirs, 2), 2),
      ] as const;
      const result = merge(...sides, { format: 'toml' });
      if (result.kind !== 'clean') return;
      clean++;
      const [b, c, p, r] = [...sides, result.text].map(text => value(text, 'toml'));
      const wanted = expected(b!, c!, p!);
      if (wanted.kind === 'unknown') return;
      expect(wanted, shown(sides, result)).toEqual({ kind: 'value', canon: canon(r!, true) });
    });
    expect(clean).toBeGreaterThan(numRuns / 4);
  });
});
