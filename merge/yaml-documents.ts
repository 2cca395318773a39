/**
 * Reads a stream of YAML documents. Invariant: documents tile the text: what stands before `---` and after the last
 * entry belongs to exactly one of them.
 */
import { type CST, isScalar } from 'yaml';
import {
  type Doc,
  type DocParts,
  type Entry,
  type Ids,
  makeDoc,
  makeNode,
  type Node,
  type Tree,
  trimLines,
  Unreadable,
} from './node.ts';
import { lineStart, nextLine } from './source.ts';
import { opaque } from './yaml-block.ts';
import { headOf, setLead, settle } from './yaml-comments.ts';
import { type Any, type Parsed, parseYaml } from './yaml-parse.ts';
import { Reader } from './yaml-tree.ts';

/** Reads one YAML stream with the `yaml` library. Throws `Unreadable`. */
export function yamlTree(text: string, ids: Ids, parsed: Parsed = parseYaml(text)): Tree {
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
    reader.startDocument();
    const contents = contentsOf(reader, (source?.contents ?? null) as Any | null);
    docs.push(makeDoc(text, readDoc(text, start, end, contents), ids));
    start = end;
  }
  return { text, docs, unit: unitOf(docs), repeated: reader.repeated };
}

export function unitOf(docs: readonly Doc[]): string {
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

function contentsOf(reader: Reader, contents: Any | null): Contents | null {
  if (contents === null || (isScalar(contents) && contents.range![0] === contents.range![1])) return null;
  return {
    first: (contents.srcToken as CST.Token | undefined)?.offset ?? contents.range![0],
    end: contents.range![1],
    read: first => reader.value(contents, [], first, 0)?.node ?? null,
  };
}

/** What a document holds. */
export interface Contents {
  readonly first: number;
  /** Where it ends, or before. */
  readonly end: number;
  /** null: too odd to splice. */
  read(first: number): Node | null;
}

/** The document between `start` and `end`; its contents are null where it holds nothing. */
export function readDoc(text: string, start: number, end: number, contents: Contents | null): DocParts {
  const slice = text.slice(start, end);
  const closing = slice.includes('...') ? lastMatch(slice, /^\.\.\.(?=\s|$)/gm) : -1;
  const empty = contents === null;
  const first = contents?.first ?? end;
  const contentEnd = closing !== -1 && start + closing >= (contents?.end ?? start) ? start + closing : end;
  const header = text.slice(start, empty ? contentEnd : first);
  const marker = lastMatch(header, /^---(?=[ \t\n]|$)/gm);
  let contentStart = start;
  if (marker !== -1) {
    const after = start + marker + 3;
    const rest = text.slice(after, nextLine(text, after)).trim();
    contentStart = rest === '' || rest.startsWith('#') ? nextLine(text, after) : after;
    if (contentStart === after) while (text[contentStart] === ' ') contentStart++;
  }
  const make = (entry: Entry, headEnd: number): DocParts => {
    const head = trimLines(text.slice(contentStart, headEnd));
    return { start, end, contentStart, contentEnd, head, headEnd, entry, empty };
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
  if (contents === null) {
    const at = contentEnd;
    return make(whole(makeNode('scalar', at, at, { meaning: 'p:' }), '', at, at), contentEnd);
  }
  let body = contentStart;
  while (body < first) {
    const next = nextLine(text, body);
    const line = text.slice(body, Math.min(next, first)).trim();
    if (line !== '' && !line.startsWith('#')) break;
    if (next > first) break;
    body = next;
  }
  const node = /^\s*$/.test(text.slice(body, first)) ? contents.read(first) : null;
  if (node === null) {
    const odd = opaque(text, body, contentEnd, true);
    return make(whole(odd, '', odd.end, odd.end), body);
  }
  const entry = whole(node, '', node.end, node.end);
  if (node.entries.length > 0 && node.block) {
    const top = node.entries[0]!;
    const line = lineStart(text, top.start);
    const headEnd = top.compact ? contentStart : headOf(text, contentStart, line);
    if (!top.compact) setLead(text, top, headEnd);
    entry.end = node.end + 1;
    settle(text, entry, contentEnd, -1);
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

function lastMatch(text: string, pattern: RegExp): number {
  let found = -1;
  for (const match of text.matchAll(pattern)) found = match.index;
  return found;
}
