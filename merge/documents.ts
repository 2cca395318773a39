/**
 * Merges a stream of documents. Invariant: documents are matched by position when all three streams have as many,
 * else by a unique identity, else by what they hold; they come and go whole, and are never reordered.
 */

import { itemStep, type Path, root } from '../text/path.ts';
import { cell, commentCell } from './cell.ts';
import { mergeValue } from './cells.ts';
import { mergeComments } from './comments.ts';
import { isCollection, type MergeContext, wholeText } from './context.ts';
import { type Doc, type Node, type Tree, trimLines } from './node.ts';
import { apart, entangled, reordered, type Tokens } from './order.ts';
import { namesByContent } from './pairs.ts';
import { mayBeRenamed } from './renames.ts';
import { mergeText } from './text-document.ts';
import { each, every, type Three } from './three.ts';

export function mergeStreams(context: MergeContext): void {
  const { base, current, proposed } = context;
  const single = every(context, tree => tree.docs.length === 1);
  const identity = identities(context);
  const byName = !single && identity !== null;
  const byPosition = base.docs.length === current.docs.length && base.docs.length === proposed.docs.length;
  if (!byName && byPosition) {
    for (const [index, doc] of current.docs.entries()) {
      const path = single ? root : itemStep(root, index, `document ${index}`);
      mergeDoc(context, { base: base.docs[index]!, current: doc, proposed: proposed.docs[index]! }, path);
    }
    return;
  }
  const names = identity ?? byContent(context);
  if (names === null) return clashAll(context);
  mergeNamed(context, names);
  if (identity === null) context.guessed = true;
}

/**
 * Documents without a name: of a side that has as many as base each is the one at its position, else the one that it is
 * or is alike to. Null: that cannot be told, or both sides added some.
 */
function byContent(context: MergeContext): Tokens | null {
  if (!context.guesses) return null;
  const contents = each(context, tree => tree.docs.map(doc => doc.entry));
  const { base } = contents;
  const told = each(contents, side => {
    const found = namesByContent({ base, current: side, proposed: base });
    if (found === null || side.length === base.length) return found?.base ?? null;
    const kept = found.current.filter(name => found.base.includes(name)).length;
    // What is gone on a side that added some may be what it added, written anew.
    return kept === Math.min(base.length, side.length) ? found.current : null;
  });
  if (told.base === null || told.current === null || told.proposed === null) return null;
  const tokens = told as Tokens;
  const own = (side: readonly string[], other: readonly string[]) =>
    side.some(name => !tokens.base.includes(name) && !other.includes(name));
  const both = own(tokens.current, tokens.proposed) && own(tokens.proposed, tokens.current);
  return both || !apart(tokens) ? null : tokens;
}

function clashAll(context: MergeContext): void {
  context.clash('Document', root, each(context, wholeText), 0);
}

/** What follows a last `---`, where that is nothing: everything else comes before it. */
const afterLast = JSON.stringify(['', '', '']);

/** The parts of a document's name; null without one. Nothing after a last `---` is a document of its own. */
function nameOf(doc: Doc, last: boolean): { kind: string; name: string; rest: string } | null {
  if (last && doc.empty && doc.head === '') return { kind: '', name: '', rest: '' };
  const read = (node: Node, key: string) => node.entries.find(entry => entry.key === `s:${key}`)?.node;
  const rootNode = doc.entry.node;
  const metadata = read(rootNode, 'metadata');
  const inMetadata = (key: string) => (metadata === undefined ? undefined : read(metadata, key));
  const name = inMetadata('name') ?? read(rootNode, 'name') ?? read(rootNode, 'id');
  if (name === undefined || name.kind !== 'scalar' || name.meaning === '') return null;
  const rest = JSON.stringify([read(rootNode, 'apiVersion')?.meaning, inMetadata('namespace')?.meaning]);
  return { kind: read(rootNode, 'kind')?.meaning ?? '', name: name.meaning, rest };
}

/**
 * What each document is called, unique in its stream: by kind and name where that is enough, so that a document whose
 * apiVersion or namespace changed is still the same one; else with apiVersion and namespace. Null: some have no name.
 */
function identities(context: MergeContext): Tokens | null {
  const names = each(context, tree => tree.docs.map((doc, at) => nameOf(doc, at === tree.docs.length - 1)));
  for (const whole of [false, true]) {
    const tokens = each(names, list =>
      list.map(found => found && JSON.stringify([found.kind, found.name, whole ? found.rest : ''])),
    );
    if (every(tokens, list => !list.includes(null) && new Set(list).size === list.length))
      return tokens as Tokens;
  }
  return null;
}

function mergeNamed(context: MergeContext, names: Tokens): void {
  const { base: b, current: c, proposed: p } = names;
  const { base, current, proposed } = context;
  const contents = each(context, tree => tree.docs.map(doc => doc.entry));
  const isUntold = entangled(names) || (!context.again && mayBeRenamed(names, contents, true));
  if (reordered(b, c) || reordered(b, p) || isUntold) return clashAll(context);
  const gone = new Set<number>();
  const fresh = new Map<number, number[]>();
  const index = (list: readonly string[]) => new Map(list.map((name, at) => [name, at]));
  const [inB, inC, inP] = [index(b), index(c), index(p)];
  const span = (tree: Tree, at: number | undefined) =>
    at === undefined ? null : { start: tree.docs[at]!.start, end: tree.docs[at]!.end };
  for (const [at, name] of c.entries()) {
    const path = itemStep(root, at, `document ${at}`);
    const [before, there] = [inB.get(name), inP.get(name)];
    const doc = current.docs[at]!;
    if (before !== undefined && there !== undefined)
      mergeDoc(context, { base: base.docs[before]!, current: doc, proposed: proposed.docs[there]! }, path);
    else if (before !== undefined) {
      if (base.docs[before]!.full !== doc.full)
        context.clash(
          'EditDelete',
          path,
          { base: span(base, before), current: span(current, at), proposed: null },
          doc.start,
        );
      else gone.add(at);
    } else if (there !== undefined && proposed.docs[there]!.full !== doc.full) {
      context.clash(
        'AddAdd',
        path,
        { base: null, current: span(current, at), proposed: span(proposed, there) },
        doc.start,
      );
    }
  }
  let after = -1;
  for (const [at, name] of p.entries()) {
    const path = itemStep(root, at, `document ${at}`);
    const here = inC.get(name);
    if (here !== undefined) {
      after = here;
      continue;
    }
    const before = inB.get(name);
    if (before !== undefined) {
      if (base.docs[before]!.full !== proposed.docs[at]!.full) {
        context.clash(
          'EditDelete',
          path,
          { base: span(base, before), current: null, proposed: span(proposed, at) },
          after === -1 ? 0 : current.docs[after]!.end,
        );
      }
      continue;
    }
    let place = after;
    const isOwn = (token: string) => token !== afterLast && !inB.has(token) && !inP.has(token);
    while (place + 1 < c.length && isOwn(c[place + 1]!)) place++;
    fresh.set(place, [...(fresh.get(place) ?? []), at]);
  }
  // Each side removed some, and together all: there is no text of no documents.
  if (gone.size === c.length && fresh.size === 0) return clashAll(context);
  emitDocs(context, { gone, after: fresh });
}

function marked(tree: Tree, doc: Doc): boolean {
  return /^---(?=\s)/m.test(tree.text.slice(doc.start, Math.max(doc.contentStart, doc.start)));
}

/** Documents of current that go, and documents of proposed that come after one of current (-1: the front). */
interface DocPlan {
  readonly gone: ReadonlySet<number>;
  readonly after: ReadonlyMap<number, readonly number[]>;
}

/** Every document but the first of the result begins with a marker; one that stays keeps the marker it has. */
function emitDocs(context: MergeContext, { gone, after }: DocPlan): void {
  const { current, proposed } = context;
  let first = true;
  for (let at = -1; at < current.docs.length; at++) {
    const doc = current.docs[at];
    if (doc !== undefined && gone.has(at))
      context.splice(doc.start, doc.end, '', itemStep(root, at, `document ${at}`));
    else if (doc !== undefined) first = false;
    const place = doc?.end ?? 0;
    const next = current.docs.findIndex((_, index) => index > at && !gone.has(index));
    const fresh = after.get(at) ?? [];
    for (const [order, index] of fresh.entries()) {
      const own = proposed.docs[index]!;
      let text = proposed.text.slice(own.start, own.end);
      if (!first && !marked(proposed, own)) text = `---\n${text}`;
      first = false;
      const last = order === fresh.length - 1;
      if (last && at === next - 1 && !marked(current, current.docs[next]!)) text = `${text}---\n`;
      context.splice(place, place, text, itemStep(root, index, `document ${index}`));
    }
  }
}

function mergeDoc(context: MergeContext, docs: Three<Doc>, path: Path): void {
  const { base: b, current: c, proposed: p } = docs;
  const { base, current, proposed } = context;
  if (base.text.slice(b.start, b.end) === proposed.text.slice(p.start, p.end)) return;
  if (p.entry.node.kind === 'text') return mergeText(context, path);
  const span = (doc: Doc) => ({ start: doc.start, end: doc.end });
  const header = (tree: Tree, doc: Doc) => tree.text.slice(doc.start, doc.contentStart);
  const [hb, hc, hp] = [header(base, b), header(current, c), header(proposed, p)];
  const nested =
    isCollection(p.entry.node) &&
    b.entry.node.kind === p.entry.node.kind &&
    c.entry.node.kind === p.entry.node.kind;
  const inline =
    !b.entry.node.block && !c.entry.node.block && !p.entry.node.block && !b.empty && !c.empty && !p.empty;
  const silent = b.empty && c.empty && p.empty;
  if (!nested && !inline && !silent) {
    const said = (doc: Doc, own: string) => `${doc.full} ${trimLines(own)}`;
    const [before, here, there] = [said(b, hb), said(c, hc), said(p, hp)];
    const take = cell(before, here, there);
    if (take === 'take') return context.splice(c.start, c.end, proposed.text.slice(p.start, p.end), path);
    if (take === 'keep' || c.full === p.full) return;
    const kind =
      b.empty && b.head === ''
        ? 'AddAdd'
        : c.entry.node.kind === p.entry.node.kind
          ? 'EditEdit'
          : 'TypeChange';
    return context.clash(kind, path, each(docs, span), c.start);
  }
  const take = cell(hb, hc, hp);
  if (take === 'take') context.splice(c.start, c.contentStart, hp, path);
  else if (take === 'clash' && cell(bare(hb), bare(hc), bare(hp)) === 'clash')
    context.clash('Document', path, each(docs, span), c.start);
  const head = commentCell(b.head, c.head, p.head);
  const headSpan = (doc: Doc) => ({ start: doc.contentStart, end: doc.headEnd });
  if (head === 'take')
    context.splice(c.contentStart, c.headEnd, proposed.text.slice(p.contentStart, p.headEnd), path);
  else if (head === 'clash') {
    const own = current.text.slice(c.contentStart, c.headEnd);
    const merged = mergeComments(
      each(docs, doc => doc.head.replace(/\n$/, '')),
      own,
      0,
    );
    if (merged !== null) context.splice(c.contentStart, c.headEnd, merged, path);
    else context.clash(silent ? 'EditEdit' : 'Comment', path, each(docs, headSpan), c.start);
  }
  if (silent) return;
  mergeValue(
    context,
    each(docs, doc => doc.entry),
    path,
    false,
  );
}

/** A header without layout: `---` alone says nothing. */
function bare(header: string): string {
  return header.replace(/^---[ \t]*$/gm, '').trim();
}
