/**
 * Random documents and random edits for the merge engine's properties. A document is a small tree that carries its
 * own style (quotes, brackets, comments, indentation), so an edit changes the printed text only where it is made.
 * Invariant: every scalar, key and comment an edit writes is unique, so that a test can tell whether it survived.
 */
import fc from 'fast-check';

export type Ast =
  | { t: 'scalar'; text: string }
  | { t: 'text'; lines: string[]; header: string }
  | { t: 'map'; flow: boolean; entries: Entry[]; foot: string[] }
  | { t: 'list'; flow: boolean; named: boolean; items: Entry[]; foot: string[] };

export interface Entry {
  key: string;
  lead: string[];
  tail: string;
  value: Ast;
}

export interface Style {
  indent: number;
  flush: boolean;
  eol: '\n' | '\r\n';
  ended: boolean;
}

const lexemes = [
  '1',
  '1.0',
  '1e3',
  '0x1F',
  '12345678901234567890',
  '-0',
  'true',
  'null',
  '~',
  'plain',
  'two words',
  "'single'",
  '"double"',
  '"esc\\n\\u00e9"',
  "'it''s'",
  'yes',
  '012',
  'http://x/y?z',
  '2020-01-01',
  '""',
  '"a # b"',
  '.5',
  'ünï',
];
const jsonLexemes = [
  '1',
  '1.0',
  '1e3',
  '12345678901234567890',
  '-0',
  'true',
  'null',
  '"text"',
  '"esc\\n\\u00e9"',
  '""',
  '"a, b: [c]"',
  '"  "',
];

const keys = ['a', 'b', 'c', 'd', 'e', 'name', 'id', 'x-y', 'long_key', 'q r'];

/** Mostly the first value. */
function often<T>(first: T, ...rest: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(first) },
    ...rest.map(value => ({ weight: 1, arbitrary: fc.constant(value) })),
  );
}

function entryOf(
  value: fc.Arbitrary<Ast>,
  flow: boolean,
  comments: boolean,
): fc.Arbitrary<Omit<Entry, 'key'>> {
  const quiet = flow || !comments;
  return fc.record({
    lead: quiet
      ? fc.constant<string[]>([])
      : often<string[]>([], ['#L'], [''], ['', '#L'], ['#L', '#L', '#L', '#L']),
    tail: quiet ? fc.constant('') : often<string>('', '#T'),
    value,
  });
}

function footOf(flow: boolean, comments: boolean): fc.Arbitrary<string[]> {
  return flow || !comments ? fc.constant([]) : often<string[]>([], ['#F'], ['#F', '#F', '#F']);
}

function tree(depth: number, flow: boolean, json: boolean, comments: boolean): fc.Arbitrary<Ast> {
  const scalar: fc.Arbitrary<Ast> = fc
    .constantFrom(...(json ? jsonLexemes : lexemes))
    .map(text => ({ t: 'scalar', text }));
  if (depth === 0) return scalar;
  const inner = (inFlow: boolean): fc.Arbitrary<Ast> =>
    fc.oneof(
      { weight: 5, arbitrary: scalar },
      { weight: 2, arbitrary: tree(depth - 1, inFlow, json, comments) },
      ...(inFlow || json ? [] : [{ weight: 1, arbitrary: text }]),
    );
  const inBrackets = json || flow;
  const flows = inBrackets
    ? fc.constant(true)
    : fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
  return flows.chain(own => {
    const child = entryOf(inner(own), own, comments);
    const map = fc
      .uniqueArray(fc.constantFrom(...keys), { minLength: depth > 2 ? 1 : 0, maxLength: 5 })
      .chain(names =>
        fc
          .record({
            entries: fc.array(child, { minLength: names.length, maxLength: names.length }),
            foot: footOf(own, comments),
          })
          .map(
            ({ entries, foot }): Ast => ({
              t: 'map',
              flow: own,
              entries: entries.map((e, i) => ({ key: names[i]!, ...e })),
              foot: entries.length > 0 ? foot : [],
            }),
          ),
      );
    const list = fc.record({ items: fc.array(child, { maxLength: 4 }), foot: footOf(own, comments) }).map(
      ({ items, foot }): Ast => ({
        t: 'list',
        flow: own,
        named: false,
        items: items.map(e => ({ key: '', ...e })),
        foot: items.length > 0 ? foot : [],
      }),
    );
    const named = fc
      .uniqueArray(fc.constantFrom('lint', 'test', 'build', 'ship'), { minLength: 1, maxLength: 4 })
      .chain(names =>
        fc
          .array(fc.record({ one: child, two: child }), { minLength: names.length, maxLength: names.length })
          .map(
            (bodies): Ast => ({
              t: 'list',
              flow: own,
              named: true,
              foot: [],
              items: bodies.map((body, i) => ({
                key: '',
                lead: own ? [] : body.one.lead,
                tail: '',
                value: {
                  t: 'map',
                  flow: own,
                  foot: [],
                  entries: [
                    {
                      key: 'name',
                      lead: [],
                      tail: '',
                      value: { t: 'scalar', text: json ? `"${names[i]}"` : names[i]! },
                    },
                    { key: 'run', ...body.one, lead: [] },
                    { key: 'with', ...body.two },
                  ],
                },
              })),
            }),
          ),
      );
    return fc.oneof(
      { weight: 4, arbitrary: map },
      { weight: 1, arbitrary: list },
      { weight: 2, arbitrary: named },
    );
  });
}

const text: fc.Arbitrary<Ast> = fc
  .record({
    lines: fc.array(fc.constantFrom('alpha', 'beta', '  gamma', '', '# not a comment', 'delta: 1'), {
      minLength: 1,
      maxLength: 5,
    }),
    header: fc.constantFrom('|', '|-', '>'),
  })
  .map(({ lines, header }): Ast => ({ t: 'text', lines: ['first', ...lines, 'last'], header }));

/** A document whose root is a map. */
export function documents(options: { json: boolean; comments: boolean }): fc.Arbitrary<Ast> {
  return tree(3, false, options.json, options.comments)
    .filter(ast => ast.t === 'map' && ast.entries.length > 0)
    .map(number);
}

/** Gives every comment of a fresh document a number of its own. */
function number(ast: Ast): Ast {
  let next = 0;
  const visit = (node: Ast): void => {
    if (node.t === 'scalar' || node.t === 'text') return;
    for (const entry of node.t === 'map' ? node.entries : node.items) {
      entry.lead = entry.lead.map(line => (line === '' ? '' : `# lead ${next++}`));
      if (entry.tail !== '') entry.tail = `# tail ${next++}`;
      if (entry.value.t === 'text') entry.tail = '';
      visit(entry.value);
    }
    node.foot = node.foot.map(() => `# foot ${next++}`);
  };
  const copy = structuredClone(ast);
  visit(copy);
  return copy;
}

export const styles: fc.Arbitrary<Style> = fc.record({
  indent: fc.constantFrom(2, 4, 3),
  flush: fc.boolean(),
  eol: fc.constantFrom<'\n' | '\r\n'>('\n', '\n', '\r\n'),
  ended: fc.constantFrom(true, true, true, false),
});

export function printYaml(ast: Ast, style: Style): string {
  const lines: string[] = [];
  block(ast, 0, style, lines);
  let out = `${lines.join('\n')}\n`;
  if (!style.ended) out = out.replace(/\n$/, '');
  return style.eol === '\n' ? out : out.replaceAll('\n', style.eol);
}

function inline(ast: Ast): string | null {
  if (ast.t === 'scalar') return ast.text;
  if (ast.t === 'text') return null;
  if (ast.t === 'map') {
    if (!ast.flow && ast.entries.length > 0) return null;
    return `{${ast.entries.map(e => `${e.key}: ${inline(e.value)}`).join(', ')}}`;
  }
  if (!ast.flow && ast.items.length > 0) return null;
  return `[${ast.items.map(e => inline(e.value)).join(', ')}]`;
}

function block(ast: Ast, column: number, style: Style, lines: string[]): void {
  const pad = ' '.repeat(column);
  const short = inline(ast);
  if (short !== null) {
    lines.push(pad + short);
    return;
  }
  if (ast.t !== 'map' && ast.t !== 'list') throw new Error('text at the root');
  for (const entry of ast.t === 'map' ? ast.entries : ast.items) {
    for (const line of entry.lead) lines.push(line === '' ? '' : pad + line);
    const tail = entry.tail === '' ? '' : ` ${entry.tail}`;
    const head = ast.t === 'map' ? `${pad}${entry.key}:` : `${pad}-`;
    const value = entry.value;
    const own = inline(value);
    if (own !== null) lines.push(`${head} ${own}${tail}`);
    else if (value.t === 'text') {
      lines.push(
        `${head} ${value.header}`,
        ...value.lines.map(line => (line === '' ? '' : `${' '.repeat(column + style.indent)}${line}`)),
      );
    } else if (
      ast.t === 'list' &&
      value.t === 'map' &&
      entry.tail === '' &&
      value.entries[0]!.lead.length === 0
    ) {
      const inner: string[] = [];
      block(value, column + 2, style, inner);
      lines.push(`${pad}- ${inner[0]!.trimStart()}`, ...inner.slice(1));
    } else {
      lines.push(head + tail);
      const flush = style.flush && ast.t === 'map' && value.t === 'list';
      // A closing comment flush with the next key would be that key's.
      block(flush ? { ...value, foot: [] } : value, flush ? column : column + style.indent, style, lines);
    }
  }
  for (const line of ast.foot) lines.push(pad + line);
}

export function printJson(ast: Ast, style: Style): string {
  const unit = style.flush ? '\t' : ' '.repeat(style.indent);
  const print = (node: Ast, pad: string): string => {
    if (node.t === 'scalar') return node.text;
    if (node.t === 'text') return JSON.stringify(node.lines.join('\n'));
    const entries = node.t === 'map' ? node.entries : node.items;
    const [open, close] = node.t === 'map' ? ['{', '}'] : ['[', ']'];
    if (entries.length === 0) return open! + close!;
    const inner = entries.map(
      e =>
        `${pad}${unit}${node.t === 'map' ? `${JSON.stringify(e.key)}: ` : ''}${print(e.value, pad + unit)}`,
    );
    return `${open}\n${inner.join(',\n')}\n${pad}${close}`;
  };
  const out = print(ast, '') + (style.ended ? '\n' : '');
  return style.eol === '\n' ? out : out.replaceAll('\n', style.eol);
}

export interface Edit {
  op:
    | 'set'
    | 'add'
    | 'beside'
    | 'delete'
    | 'rename'
    | 'comment'
    | 'remark'
    | 'foot'
    | 'tail'
    | 'retype'
    | 'move'
    | 'requote'
    | 'line';
  at: number;
  where: number;
}

export const edits = (
  max: number,
  ops: readonly Edit['op'][] = [
    'set',
    'set',
    'set',
    'add',
    'add',
    'beside',
    'delete',
    'rename',
    'comment',
    'remark',
    'foot',
    'tail',
    'retype',
    'move',
    'requote',
    'line',
  ],
): fc.Arbitrary<Edit[]> =>
  fc.array(fc.record({ op: fc.constantFrom(...ops), at: fc.nat(200), where: fc.nat(20) }), {
    minLength: 1,
    maxLength: max,
  });

/** What an edit did: the path it touched, and the words it wrote. */
export interface Done {
  op: Edit['op'];
  path: string[];
  wrote: string | null;
}

interface Spot {
  holder: Extract<Ast, { t: 'map' | 'list' }>;
  index: number;
  path: string[];
}

function spots(ast: Ast): Spot[] {
  const found: Spot[] = [];
  const visit = (node: Ast, path: string[]): void => {
    if (node.t !== 'map' && node.t !== 'list') return;
    const entries = node.t === 'map' ? node.entries : node.items;
    for (const [index, entry] of entries.entries()) {
      const step = node.t === 'map' ? entry.key : node.named ? nameOf(entry) : `#${index}`;
      const own = [...path, step];
      found.push({ holder: node, index, path: own });
      visit(entry.value, own);
    }
  };
  visit(ast, []);
  return found;
}

export function nameOf(entry: Entry): string {
  const value = entry.value;
  const name = value.t === 'map' ? value.entries.find(e => e.key === 'name')?.value : undefined;
  return name?.t === 'scalar' ? name.text : '?';
}

function rename(entry: Entry, name: string): void {
  if (entry.value.t !== 'map') throw new Error('a named item is a map');
  entry.value.entries.find(inner => inner.key === 'name')!.value = { t: 'scalar', text: name };
}

/** The entry at a path, under another name. */
export function renamed(ast: Ast, path: readonly string[], to: string, json: boolean): Ast {
  const copy = structuredClone(ast);
  const spot = spots(copy).find(found => JSON.stringify(found.path) === JSON.stringify(path))!;
  const entry = (spot.holder.t === 'map' ? spot.holder.entries : spot.holder.items)[spot.index]!;
  if (spot.holder.t === 'map') entry.key = to;
  else rename(entry, json ? `"${to}"` : to);
  return copy;
}

/** Paths of the entries that have a name: keys of maps, and items of named lists. */
export function named(ast: Ast): string[][] {
  return spots(ast)
    .filter(({ holder, index }) =>
      holder.t === 'map' ? holder.entries[index]!.key !== 'name' : holder.named && holder.items.length > 0,
    )
    .map(({ path }) => path)
    .filter(path => path.every(step => !step.startsWith('#')));
}

/** Applies edits to a copy; `who` makes what is written unique to a side. `only` can refuse an edit by its path. */
export function applyEdits(
  ast: Ast,
  list: readonly Edit[],
  who: string,
  json: boolean,
  only: (done: Done, holder: Ast) => boolean = () => true,
): { ast: Ast; done: Done[] } {
  const copy = structuredClone(ast);
  const done: Done[] = [];
  for (const [order, edit] of list.entries()) {
    const all = spots(copy);
    const spot = all[edit.at % Math.max(1, all.length)];
    if (spot === undefined) break;
    const { holder, index, path } = spot;
    const entries = holder.t === 'map' ? holder.entries : holder.items;
    const entry = entries[index]!;
    const wrote = `${who}${order}`;
    const scalar: Ast = { t: 'scalar', text: json ? `"${wrote}"` : wrote };
    const attempt = (record: Done, act: () => void): void => {
      if (!only(record, holder)) return;
      act();
      done.push(record);
    };
    const identity = holder.t === 'map' && entry.key === 'name';
    switch (edit.op) {
      case 'set':
        if (entry.value.t === 'scalar' && !identity)
          attempt({ op: 'set', path, wrote }, () => {
            entry.value = scalar;
          });
        break;
      case 'add':
      case 'beside': {
        // Anywhere in the collection, or right before or behind the entry.
        const to = edit.op === 'add' ? edit.where % (entries.length + 1) : index + (edit.where % 2);
        const parent = path.slice(0, -1);
        if (holder.t === 'map') {
          attempt({ op: 'add', path: [...parent, `k${wrote}`], wrote }, () =>
            entries.splice(to, 0, {
              key: `k${wrote}`,
              lead: [],
              tail: '',
              value: scalar,
            }),
          );
        } else {
          const value: Ast = holder.named
            ? {
                t: 'map',
                flow: holder.flow,
                foot: [],
                entries: [
                  {
                    key: 'name',
                    lead: [],
                    tail: '',
                    value: { t: 'scalar', text: json ? `"n${wrote}"` : `n${wrote}` },
                  },
                  { key: 'run', lead: [], tail: '', value: scalar },
                ],
              }
            : scalar;
          attempt(
            {
              op: 'add',
              path: [...parent, holder.named ? nameOf({ key: '', lead: [], tail: '', value }) : `#+${wrote}`],
              wrote,
            },
            () => entries.splice(to, 0, { key: '', lead: [], tail: '', value }),
          );
        }
        break;
      }
      case 'delete':
        if (!identity)
          attempt({ op: 'delete', path, wrote: null }, () => {
            entries.splice(index, 1);
            if (entries.length === 0) holder.foot = [];
          });
        break;
      case 'rename':
        if (holder.t === 'map' && !identity && entry.key !== 'run' && entry.key !== 'with')
          attempt({ op: 'rename', path, wrote }, () => {
            entry.key = `k${wrote}`;
          });
        else if (holder.t === 'list' && holder.named)
          attempt({ op: 'rename', path, wrote }, () => rename(entry, json ? `"n${wrote}"` : `n${wrote}`));
        break;
      case 'remark': {
        const lines = entry.lead.filter(line => line !== '');
        if (lines.length > 0)
          attempt({ op: 'remark', path, wrote }, () => {
            const at = entry.lead.indexOf(lines[edit.where % lines.length]!);
            entry.lead = entry.lead.with(at, `# ${wrote}`);
          });
        break;
      }
      case 'foot':
        if (holder.foot.length > 0)
          attempt({ op: 'foot', path: path.slice(0, -1), wrote }, () => {
            holder.foot = holder.foot.with(edit.where % holder.foot.length, `# ${wrote}`);
          });
        break;
      case 'comment':
        if (!holder.flow && !json)
          attempt({ op: 'comment', path, wrote }, () => {
            entry.lead = [...entry.lead.filter(line => line === ''), `# ${wrote}`];
          });
        break;
      case 'tail':
        if (!holder.flow && !json && entry.value.t !== 'text' && holder.t === 'map')
          attempt({ op: 'tail', path, wrote }, () => {
            entry.tail = `# ${wrote}`;
          });
        break;
      case 'retype':
        if (!identity && !(holder.t === 'list' && holder.named))
          attempt({ op: 'retype', path, wrote }, () => {
            const flow = holder.flow || json;
            entry.value =
              entry.value.t === 'scalar'
                ? {
                    t: edit.where % 2 === 0 ? 'map' : 'map',
                    flow,
                    foot: [],
                    entries: [{ key: 'in', lead: [], tail: '', value: scalar }],
                  }
                : scalar;
          });
        break;
      case 'move':
        if (holder.t === 'list' && entries.length > 1)
          attempt({ op: 'move', path, wrote: null }, () => {
            const [taken] = entries.splice(index, 1);
            entries.splice(edit.where % (entries.length + 1), 0, taken!);
          });
        break;
      case 'requote':
        if (
          !json &&
          entry.value.t === 'scalar' &&
          /^[a-z ]+$/.test(entry.value.text) &&
          !identity &&
          !['true', 'null', 'yes'].includes(entry.value.text)
        ) {
          const { text: old } = entry.value;
          attempt({ op: 'requote', path, wrote: null }, () => {
            entry.value = { t: 'scalar', text: `"${old}"` };
          });
        }
        break;
      case 'line':
        if (entry.value.t === 'text') {
          const value = entry.value;
          attempt({ op: 'line', path, wrote }, () => {
            const lines = [...value.lines];
            lines[1 + (edit.where % (lines.length - 1))] = wrote;
            entry.value = { ...value, lines };
          });
        }
        break;
    }
  }
  return { ast: copy, done };
}

/** Whether one path is the other or lies inside it. */
export function touches(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((step, index) => step === b[index]);
}
