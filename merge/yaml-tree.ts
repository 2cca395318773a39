/**
 * Reads YAML into spans, from the documents and source tokens of the `yaml` library. Invariant: what the engine
 * cannot splice safely (explicit keys, keys that are collections or aliases, pairs inside a flow list, comments
 * inside brackets, values split from their key by a comment) becomes one opaque node, compared and replaced
 * whole. Nothing is guessed.
 */
import {
  type Alias,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { flowEntry } from './json-tree.ts';
import { maxDepth } from './limits.ts';
import {
  column,
  type Doc,
  type Entry,
  type Ids,
  identifyDoc,
  type Node,
  type Tree,
  trimLines,
  Unreadable,
} from './node.ts';
import { lineStart, nextLine } from './source.ts';

type Item = CST.CollectionItem;
type Any = Scalar | Alias | YAMLMap | YAMLSeq;

/** Plain strings that readers of YAML 1.1 take for a boolean, a number or a date: compared by spelling. */
const ambiguous = /^(?:[yn]|yes|no|on|off|[-+]?[\d.][\d_.,:eE+-]*|0[xob][\da-fA-F_]+|\d{4}-\d\d?-\d\d?.*)$/i;

/** A document of the `yaml` library, kept so that the verifier need not parse again. */
export type Parsed = ReturnType<typeof parseYaml>;

/** Parses a stream with the settings the whole engine relies on. */
export function parseYaml(text: string) {
  const parsed = parseAllDocuments(text, {
    keepSourceTokens: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  return [...parsed];
}

class Reader {
  readonly text: string;
  readonly duplicates = new Map<string, number>();
  #anchors = new Set<string>();

  constructor(text: string) {
    this.text = text;
  }

  startDocument(): void {
    this.#anchors = new Set();
  }

  #node(kind: Node['kind'], start: number, end: number, rest: Partial<Node>): Node {
    return {
      kind,
      start,
      valueStart: start,
      end,
      flow: false,
      block: false,
      props: '',
      column: 0,
      entries: [],
      foot: '',
      footStart: end,
      meaning: '',
      string: null,
      value: 0,
      full: 0,
      ...rest,
    };
  }

  /** The span from `start` to `end`, as one atom. */
  opaque(start: number, end: number): Node {
    let from = start;
    while (this.text[from] === ' ' || this.text[from] === '\t') from++;
    let to = Math.max(from, end);
    while (to > from && /\s/.test(this.text[to - 1]!)) to--;
    const block = this.text.slice(from, to).includes('\n') || this.text[from] === '\n';
    return this.#node('opaque', from, to, { block });
  }

  /** Every alias and anchor below a node that became opaque still counts. */
  #visit(value: Any | null, depth: number): void {
    if (depth > maxDepth)
      throw new Unreadable('TooDeep', `nested more than ${maxDepth} levels`, value?.range?.[0] ?? 0);
    if (value === null) return;
    if (isAlias(value)) {
      if (!this.#anchors.has(value.source)) {
        throw new Unreadable(
          'UnknownAlias',
          `no anchor ${value.source} before this alias`,
          value.range?.[0] ?? 0,
        );
      }
      return;
    }
    if (value.anchor !== undefined) this.#anchors.add(value.anchor);
    if (isMap(value)) {
      for (const pair of value.items as Pair[]) {
        this.#visit(pair.key as Any | null, depth + 1);
        this.#visit(pair.value as Any | null, depth + 1);
      }
    } else if (isSeq(value)) {
      for (const item of value.items) this.#visit(item as Any, depth + 1);
    }
  }

  /** The identity of a map key, or the meaning of a scalar. */
  #meaning(scalar: Scalar): string {
    const source = scalar.source ?? '';
    if (scalar.tag !== undefined) return `t:${scalar.tag}:${source}`;
    if (scalar.type === 'PLAIN' && (typeof scalar.value !== 'string' || ambiguous.test(source)))
      return `p:${source}`;
    return `s:${String(scalar.value)}`;
  }

  /**
   * A value whose properties and comments stand in `tokens` after `from`. Null when it is too odd to splice.
   */
  value(
    value: Any | null,
    tokens: readonly CST.SourceToken[],
    from: number,
    depth: number,
  ): { node: Node; tail: string } | null {
    const parts: string[] = [];
    let start = -1;
    let tail = '';
    let line = 0;
    for (const token of tokens) {
      if (token.offset < from) continue;
      if (token.type === 'newline') line++;
      else if (token.type === 'anchor' || token.type === 'tag') {
        if (line > 0) return null;
        if (start === -1) start = token.offset;
        parts.push(token.source);
      } else if (token.type === 'comment') {
        if (line > 0) {
          if (!(isMap(value) || isSeq(value)) || value.flow === true) return null;
        } else tail = token.source.trimEnd();
      }
    }
    const props = parts.join(' ');
    if (value === null) return null;
    const node = this.#bare(value, depth);
    if (node === null) return null;
    if (line > 0 && !node.block && node.end > node.start) return null;
    if (start !== -1) {
      const empty = node.end === node.start;
      if (empty || node.block) {
        const last = tokens.findLast(token => token.type === 'anchor' || token.type === 'tag');
        node.valueStart = last!.offset + last!.source.length;
        if (empty) node.end = node.valueStart;
      }
      node.start = start;
      node.props = props;
    } else if (node.end === node.start) {
      node.start = from;
      node.valueStart = from;
      node.end = from;
    }
    return { node, tail };
  }

  #bare(value: Any, depth: number): Node | null {
    if (depth > maxDepth)
      throw new Unreadable('TooDeep', `nested more than ${maxDepth} levels`, value.range?.[0] ?? 0);
    const [start, end] = value.range!;
    if (isAlias(value)) {
      this.#visit(value, depth);
      return this.#node('alias', start, end, { meaning: value.source });
    }
    if (value.anchor !== undefined) this.#anchors.add(value.anchor);
    if (isScalar(value)) return this.#scalar(value, start, end);
    if (value.flow === true) return this.#flow(value, depth);
    const token = value.srcToken as CST.BlockMap | CST.BlockSequence | undefined;
    if (token === undefined || (token.type !== 'block-map' && token.type !== 'block-seq')) return null;
    return isMap(value) ? this.#blockMap(value, token, depth) : this.#blockList(value, token, depth);
  }

  #scalar(scalar: Scalar, start: number, end: number): Node | null {
    const block = scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED';
    if (block && /^[^\n]*#/.test(this.text.slice(start, end))) return null;
    const meaning = this.#meaning(scalar);
    return this.#node('scalar', start, block && this.text[end - 1] === '\n' ? end - 1 : end, {
      block,
      meaning,
      string: meaning.startsWith('s:') ? meaning.slice(2) : null,
    });
  }

  #blockMap(map: YAMLMap, token: CST.BlockMap | CST.BlockSequence, depth: number): Node | null {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    let odd = false;
    let twice = false;
    const pairs = map.items as Pair<Any | null, Any | null>[];
    let previousEnd = -1;
    const indent = token.indent;
    for (const pair of pairs) {
      const item = pair.srcToken as Item | undefined;
      const colonToken = item?.sep?.find(sep => sep.type === 'map-value-ind');
      const key = pair.key;
      if (
        item === undefined ||
        colonToken === undefined ||
        !isScalar(key) ||
        key.range == null ||
        key.range[0] === key.range[1] ||
        item.start.some(t => t.type === 'explicit-key-ind')
      ) {
        odd = true;
        break;
      }
      const prop = item.start.find(t => t.type === 'anchor' || t.type === 'tag');
      const start = prop?.offset ?? key.range[0];
      const identity = this.#meaning(key);
      if (key.anchor !== undefined) this.#anchors.add(key.anchor);
      if (seen.has(identity)) twice = true;
      seen.add(identity);
      const built = this.value(pair.value, item.sep!, colonToken.offset + 1, depth + 1);
      const entry = this.#entry(entries, previousEnd, indent, {
        key: identity,
        name: key.source ?? '',
        start,
        keyEnd: key.range[1],
        colon: colonToken.offset + 1,
        built,
        value: pair.value,
      });
      previousEnd = entry.end;
    }
    if (odd)
      for (const pair of pairs) {
        this.#visit(pair.key, depth);
        this.#visit(pair.value, depth);
      }
    return this.#collection('map', entries, odd || twice, twice && !odd, token, map);
  }

  #blockList(list: YAMLSeq, token: CST.BlockMap | CST.BlockSequence, depth: number): Node | null {
    const items = (token.items as Item[]).filter(item => item.start.some(t => t.type === 'seq-item-ind'));
    const entries: Entry[] = [];
    const odd = items.length !== list.items.length;
    let previousEnd = -1;
    for (const [index, item] of list.items.entries()) {
      if (odd) this.#visit(item as Any, depth);
      else {
        const tokens = items[index]!.start;
        const dash = tokens.find(t => t.type === 'seq-item-ind')!;
        const built = this.value(item as Any, tokens, dash.offset + 1, depth + 1);
        const entry = this.#entry(entries, previousEnd, token.indent, {
          key: '',
          name: '',
          start: dash.offset,
          keyEnd: dash.offset + 1,
          colon: dash.offset + 1,
          built,
          value: item as Any,
        });
        previousEnd = entry.end;
      }
    }
    return this.#collection('list', entries, odd, false, token, list);
  }

  #collection(
    kind: 'map' | 'list',
    entries: Entry[],
    opaque: boolean,
    twice: boolean,
    token: CST.BlockMap | CST.BlockSequence,
    value: YAMLMap | YAMLSeq,
  ): Node | null {
    const last = entries.at(-1);
    if (opaque || last === undefined) {
      const [start, end] = value.range!;
      const from = Math.min(start, token.offset, entries[0]?.start ?? start);
      const node = this.opaque(from, end);
      if (twice) this.duplicates.set(trimLines(this.text.slice(node.start, node.end)), node.start);
      return { ...node, block: true };
    }
    const first = entries[0]!;
    return this.#node(kind, first.start, last.end - 1, {
      block: true,
      column: column(this.text, first.start),
      entries,
      footStart: last.end,
    });
  }

  #entry(
    siblings: Entry[],
    previousEnd: number,
    indent: number,
    given: {
      key: string;
      name: string;
      start: number;
      keyEnd: number;
      colon: number;
      built: { node: Node; tail: string } | null;
      value: Any | null;
    },
  ): Entry {
    const { start, colon, built } = given;
    const line = lineStart(this.text, start);
    const compact = this.text.slice(line, start).trim() !== '';
    let leadStart = compact ? start : line;
    if (previousEnd !== -1) leadStart = this.settle(siblings.at(-1)!, line, indent);
    let node: Node;
    let tail = '';
    let tailStart: number;
    let tailEnd: number;
    let end: number;
    if (built === null) {
      node = this.opaque(colon, nextLine(this.text, Math.max(colon, (given.value?.range?.[1] ?? colon) - 1)));
      if (given.value !== null) this.#visit(given.value, 0);
      tailStart = node.end;
      tailEnd = node.end;
      end = nextLine(this.text, node.end);
    } else {
      node = built.node;
      if (node.block) {
        // The comment on the line of the key; block scalars and opaque values hold theirs inside.
        tail = built.tail;
        tailStart = node.props === '' ? colon : node.valueStart;
        tailEnd = node.kind === 'map' || node.kind === 'list' ? this.text.indexOf('\n', colon) : tailStart;
        if (tail === '') tailEnd = tailStart;
        end = this.text[node.end] === '\n' ? node.end + 1 : nextLine(this.text, node.end);
      } else {
        tailStart = node.end;
        tailEnd = nextLine(this.text, node.end) - 1;
        tail = this.text.slice(tailStart, tailEnd).trim();
        end = tailEnd + 1;
      }
    }
    const lead = trimLines(this.text.slice(leadStart, compact ? start : line).replace(/\n$/, ''));
    const entry: Entry = {
      key: given.key,
      name: given.name,
      leadStart,
      start,
      keyEnd: given.keyEnd,
      colon,
      node,
      tail,
      tailStart,
      tailEnd,
      end,
      lead: leadStart === line || compact ? '' : lead === '' ? '\n' : lead,
      compact,
    };
    if (node.block && node.entries.length > 0) this.#firstLead(entry);
    siblings.push(entry);
    return entry;
  }

  /** Lines between a key and the first entry below it belong to that entry. */
  #firstLead(entry: Entry): void {
    const first = entry.node.entries[0]!;
    if (first.compact) return;
    const from = nextLine(this.text, entry.colon);
    this.setLead(first, from);
  }

  setLead(entry: Entry, from: number): void {
    const line = lineStart(this.text, entry.start);
    entry.leadStart = from;
    if (from >= line) {
      entry.leadStart = line;
      entry.lead = '';
      return;
    }
    const lead = trimLines(this.text.slice(from, line - 1));
    entry.lead = lead === '' ? '\n' : lead;
  }

  /**
   * Gives the comment lines between an entry and `until` to the deepest collection that ends there and is not
   * indented deeper than they are; returns where the lines begin that belong to what follows.
   */
  settle(entry: Entry, until: number, indent: number): number {
    const owners: Entry[] = [];
    for (let owner: Entry | undefined = entry; owner !== undefined; owner = owner.node.entries.at(-1)) {
      if (!owner.node.block || owner.node.entries.length === 0) break;
      owners.push(owner);
    }
    let from = entry.end;
    let deepest = owners.length - 1;
    for (let at = from; at < until && deepest >= 0; ) {
      const next = Math.min(nextLine(this.text, at), until);
      const line = this.text.slice(at, next);
      at = next;
      if (line.trim() === '') continue;
      const depth = line.length - line.trimStart().length;
      let index = deepest;
      while (index >= 0 && owners[index]!.node.column > depth) index--;
      if (index < 0 || owners[index]!.node.column <= indent) break;
      // A list flush with its key: the comment belongs to the map that holds both.
      while (index > 0 && owners[index - 1]!.node.column === owners[index]!.node.column) index--;
      deepest = index;
      for (let up = 0; up <= index; up++) {
        owners[up]!.end = next;
        owners[up]!.node.end = next - 1;
      }
      from = next;
    }
    for (const owner of owners) {
      const node = owner.node;
      node.footStart = node.entries.at(-1)!.end;
      node.foot = trimLines(this.text.slice(node.footStart, Math.max(node.footStart, node.end)));
    }
    return from;
  }

  #flow(value: YAMLMap | YAMLSeq, depth: number): Node | null {
    const [start, end] = value.range!;
    const odd = (): Node => {
      this.#visit(value, depth);
      return this.#node('opaque', start, end, { flow: true });
    };
    const token = value.srcToken as CST.FlowCollection | undefined;
    if (token?.type !== 'flow-collection' || holdsComment(token)) return odd();
    const entries: Entry[] = [];
    if (isSeq(value)) {
      if (token.items.length !== value.items.length && token.items.length !== value.items.length + 1)
        return odd();
      for (const [index, item] of (value.items as Any[]).entries()) {
        const nested = item as Any;
        if (isMap(nested) && (nested.srcToken as CST.Token | undefined)?.type !== 'flow-collection')
          return odd();
        const tokens = token.items[index]!.start;
        const prop = tokens.find(t => t.type === 'anchor' || t.type === 'tag');
        const from = prop?.offset ?? nested.range![0];
        const built = this.#flowValue(nested, tokens, from, depth);
        if (built === null || built.end === built.start) return odd();
        entries.push(flowEntry('', '', built.start, built.start, built.start, built));
      }
      return this.#node('list', start, end, { flow: true, entries });
    }
    const seen = new Set<string>();
    for (const pair of value.items as Pair<Any | null, Any | null>[]) {
      const item = pair.srcToken as Item | undefined;
      const key = pair.key;
      const colonToken = item?.sep?.find(sep => sep.type === 'map-value-ind');
      if (
        item === undefined ||
        colonToken === undefined ||
        !isScalar(key) ||
        key.range == null ||
        key.range[0] === key.range[1] ||
        pair.value === null ||
        item.start.some(t => t.type === 'explicit-key-ind' || t.type === 'anchor' || t.type === 'tag')
      )
        return odd();
      const identity = this.#meaning(key);
      if (seen.has(identity)) {
        this.duplicates.set(trimLines(this.text.slice(start, end)), start);
        return odd();
      }
      seen.add(identity);
      const built = this.#flowValue(pair.value, item.sep!, colonToken.offset + 1, depth);
      if (built === null) return odd();
      entries.push(
        flowEntry(identity, key.source ?? '', key.range[0], key.range[1], colonToken.offset + 1, built),
      );
    }
    return this.#node('map', start, end, { flow: true, entries });
  }

  /** A value inside brackets; line breaks before it do not matter there. */
  #flowValue(value: Any, tokens: readonly CST.SourceToken[], from: number, depth: number): Node | null {
    const props = tokens.filter(t => t.offset >= from && (t.type === 'anchor' || t.type === 'tag'));
    const node = this.#bare(value, depth + 1);
    if (node === null) return null;
    const empty = node.end === node.start;
    if (props.length > 0) {
      if (empty) return null;
      node.start = props[0]!.offset;
      node.props = props.map(t => t.source).join(' ');
    } else if (empty) {
      node.start = from;
      node.valueStart = from;
      node.end = from;
    }
    return node;
  }
}

/** Whether a comment stands between the brackets, not counting what inner brackets hold. */
function holdsComment(token: CST.FlowCollection): boolean {
  const any = (tokens: readonly CST.SourceToken[] | undefined) =>
    tokens?.some(t => t.type === 'comment') ?? false;
  const after = (inner: CST.Token | null | undefined) =>
    inner != null && 'end' in inner ? any(inner.end) : false;
  return token.items.some(item => any(item.start) || any(item.sep) || after(item.key) || after(item.value));
}

/** Reads one YAML stream. Throws `Unreadable`. */
export function yamlTree(text: string, ids: Ids, parsed = parseYaml(text)): Tree {
  for (const doc of parsed) {
    const error = doc.errors[0];
    if (error !== undefined) {
      const reason = error.code === 'RESOURCE_EXHAUSTION' ? 'TooDeep' : 'Syntax';
      throw new Unreadable(reason, error.message, error.pos[0], { cause: error });
    }
  }
  const reader = new Reader(text);
  const docs: Doc[] = [];
  const count = Math.max(1, parsed.length);
  let start = 0;
  for (let index = 0; index < count; index++) {
    const source = parsed[index];
    const end = index === count - 1 ? text.length : source!.range[2];
    const doc = readDoc(reader, text, start, end, (source?.contents ?? null) as Any | null);
    identifyDoc(text, doc, ids);
    docs.push(doc);
    start = end;
  }
  return { text, docs, unit: unitOf(docs), duplicates: reader.duplicates };
}

function unitOf(docs: readonly Doc[]): string {
  for (const doc of docs) {
    const root = doc.entry.node;
    for (const entry of root.entries) {
      if (entry.node.block && entry.node.kind === 'map' && entry.node.column > root.column) {
        return ' '.repeat(entry.node.column - root.column);
      }
    }
  }
  return '  ';
}

function readDoc(reader: Reader, text: string, start: number, end: number, contents: Any | null): Doc {
  reader.startDocument();
  const slice = text.slice(start, end);
  const closing = lastMatch(slice, /^\.\.\.(?=\s|$)/gm);
  const first =
    contents === null ? end : ((contents.srcToken as CST.Token | undefined)?.offset ?? contents.range![0]);
  const empty = contents === null || (isScalar(contents) && contents.range![0] === contents.range![1]);
  const contentEnd =
    closing !== -1 && start + closing >= (empty ? start : contents!.range![1]) ? start + closing : end;
  const header = text.slice(start, empty ? contentEnd : first);
  const marker = lastMatch(header, /^---(?=[ \t\n]|$)/gm);
  let contentStart = start;
  if (marker !== -1) {
    const after = start + marker + 3;
    const rest = text.slice(after, nextLine(text, after)).trim();
    contentStart = rest === '' || rest.startsWith('#') ? nextLine(text, after) : after;
    if (contentStart === after) while (text[contentStart] === ' ') contentStart++;
  }
  const make = (entry: Entry, headEnd: number): Doc => {
    const head = trimLines(text.slice(contentStart, headEnd));
    return { start, end, contentStart, contentEnd, head, headEnd, entry, empty, value: 0, full: 0 };
  };
  const whole = (node: Node, tail: string, tailStart: number, tailEnd: number): Entry => ({
    key: '',
    name: '',
    leadStart: contentStart,
    start: node.start,
    keyEnd: node.start,
    colon: node.start,
    node,
    tail,
    tailStart,
    tailEnd,
    end: contentEnd,
    lead: '',
    compact: contentStart > start && text[contentStart - 1] !== '\n',
  });
  if (empty) {
    const at = contentEnd;
    const node = reader.opaque(at, at);
    return make(
      whole(
        { ...node, kind: 'scalar', meaning: 'p:', start: at, valueStart: at, end: at, block: false },
        '',
        at,
        at,
      ),
      contentEnd,
    );
  }
  let body = contentStart;
  while (body < first) {
    const next = nextLine(text, body);
    const line = text.slice(body, Math.min(next, first)).trim();
    if (line !== '' && !line.startsWith('#')) break;
    if (next > first) break;
    body = next;
  }
  const built = /^\s*$/.test(text.slice(body, first)) ? reader.value(contents, [], first, 0) : null;
  if (built === null) {
    const node = { ...reader.opaque(body, contentEnd), block: true };
    return make(whole(node, '', node.end, node.end), body);
  }
  const node = built.node;
  const entry = whole(node, '', node.end, node.end);
  if (node.entries.length > 0 && node.block) {
    const top = node.entries[0]!;
    const line = lineStart(text, top.start);
    const headEnd = top.compact ? contentStart : headOf(text, contentStart, line);
    if (!top.compact) reader.setLead(top, headEnd);
    entry.end = node.end + 1;
    reader.settle(entry, contentEnd, -1);
    entry.end = contentEnd;
    node.end = Math.max(node.end, contentEnd - 1);
    node.foot = trimLines(text.slice(node.footStart, node.end));
    return make(entry, headEnd);
  }
  if (node.kind === 'map' || node.kind === 'list') {
    // Brackets at the root: a comment on their line, then the closing comments of the document.
    const tailEnd = Math.max(node.end, Math.min(nextLine(text, node.end), contentEnd) - 1);
    node.footStart = Math.min(tailEnd + 1, contentEnd);
    node.foot = trimLines(text.slice(node.footStart, Math.max(node.footStart, contentEnd - 1)));
    return make({ ...entry, tail: text.slice(node.end, tailEnd).trim(), tailStart: node.end, tailEnd }, body);
  }
  const foot = text.slice(node.end, contentEnd);
  return make(
    {
      ...entry,
      tail: trimLines(foot).trim(),
      tailStart: node.end,
      tailEnd: Math.max(node.end, contentEnd - 1),
    },
    body,
  );
}

/** Comments that a blank line separates from the first entry speak of the whole document: where they end. */
function headOf(text: string, from: number, until: number): number {
  let spoke = false;
  let end = from;
  for (let at = from; at < until; ) {
    const next = Math.min(nextLine(text, at), until);
    if (text.slice(at, next).trim() !== '') spoke = true;
    else if (spoke) end = next;
    at = next;
  }
  return end;
}

function lastMatch(text: string, pattern: RegExp): number {
  let found = -1;
  for (const match of text.matchAll(pattern)) found = match.index;
  return found;
}
