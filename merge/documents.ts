/**
 * Merges a stream of documents. Invariant: documents are matched by position when all three streams have as many,
 * else by a unique identity; they come and go whole, and are never reordered.
 */

import { itemStep, type Path, root } from '../text/path.ts';
import { cell, commentCell } from './cell.ts';
import { mergeValue } from './cells.ts';
import { type Context, isCollection, wholeText } from './context.ts';
import type { Doc, Tree } from './node.ts';
import { reordered, type Tokens } from './order.ts';
import { each, every, type Three } from './three.ts';

export function mergeStreams(context: Context): void {
  const { base, current, proposed } = context;
  const single = every(context, tree => tree.docs.length === 1);
  const names = each(context, identities);
  const byName = !single && every(names, list => new Set(list).size === list.length && !list.includes(''));
  const byPosition = base.docs.length === current.docs.length && base.docs.length === proposed.docs.length;
  if (!byName && byPosition) {
    for (const [index, doc] of current.docs.entries()) {
      const path = single ? root : itemStep(root, index, `document ${index}`);
      mergeDoc(context, { base: base.docs[index]!, current: doc, proposed: proposed.docs[index]! }, path);
    }
    return;
  }
  if (byName) mergeNamed(context, names);
  else clashAll(context);
}

function clashAll(context: Context): void {
  context.clash('Document', root, each(context, wholeText), 0);
}

/** apiVersion, kind, namespace and name of each document; '' without a name. */
function identities(tree: Tree): string[] {
  return tree.docs.map(doc => {
    const read = (node: Doc['entry']['node'], key: string) =>
      node.entries.find(entry => entry.key === `s:${key}`)?.node;
    const rootNode = doc.entry.node;
    const metadata = read(rootNode, 'metadata');
    const name =
      (metadata === undefined ? undefined : read(metadata, 'name')) ??
      read(rootNode, 'name') ??
      read(rootNode, 'id');
    if (name === undefined || name.kind !== 'scalar' || name.meaning === '') return '';
    const namespace = metadata === undefined ? undefined : read(metadata, 'namespace');
    return JSON.stringify([
      read(rootNode, 'apiVersion')?.meaning,
      read(rootNode, 'kind')?.meaning,
      namespace?.meaning,
      name.meaning,
    ]);
  });
}

function mergeNamed(context: Context, { base: b, current: c, proposed: p }: Tokens): void {
  const { base, current, proposed } = context;
  if (reordered(b, c) || reordered(b, p) || renamedTwice(b, c, p)) return clashAll(context);
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
      else removeDoc(context, at, path);
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
    while (place + 1 < c.length && !inB.has(c[place + 1]!) && !inP.has(c[place + 1]!)) place++;
    insertDoc(context, at, place, path);
  }
}

/** Whether a document both sides removed may have been renamed by each to something else. */
function renamedTwice(b: readonly string[], c: readonly string[], p: readonly string[]): boolean {
  const [inB, inC, inP] = [b, c, p].map(side => new Set(side)) as [Set<string>, Set<string>, Set<string>];
  const own = (side: Set<string>, other: Set<string>) =>
    [...side].some(name => !inB.has(name) && !other.has(name));
  return b.some(name => !inC.has(name) && !inP.has(name)) && own(inC, inP) && own(inP, inC);
}

function marked(tree: Tree, doc: Doc): boolean {
  return /^---(?=\s)/m.test(tree.text.slice(doc.start, Math.max(doc.contentStart, doc.start)));
}

function removeDoc(context: Context, at: number, path: Path): void {
  const doc = context.current.docs[at]!;
  context.splice(doc.start, doc.end, '', path);
}

function insertDoc(context: Context, at: number, after: number, path: Path): void {
  const { current, proposed } = context;
  const doc = proposed.docs[at]!;
  let text = proposed.text.slice(doc.start, doc.end);
  const place = after === -1 ? 0 : current.docs[after]!.end;
  if (after >= 0 && !marked(proposed, doc)) text = `---\n${text}`;
  const next = current.docs[after + 1];
  if (next !== undefined && !marked(current, next)) text = `${text}---\n`;
  context.splice(place, place, text, path);
}

function mergeDoc(context: Context, docs: Three<Doc>, path: Path): void {
  const { base: b, current: c, proposed: p } = docs;
  const { base, current, proposed } = context;
  if (base.text.slice(b.start, b.end) === proposed.text.slice(p.start, p.end)) return;
  const span = (doc: Doc) => ({ start: doc.start, end: doc.end });
  const header = (tree: Tree, doc: Doc) => tree.text.slice(doc.start, doc.contentStart);
  const [hb, hc, hp] = [header(base, b), header(current, c), header(proposed, p)];
  const nested =
    isCollection(p.entry.node) &&
    b.entry.node.kind === p.entry.node.kind &&
    c.entry.node.kind === p.entry.node.kind;
  const inline =
    !b.entry.node.block && !c.entry.node.block && !p.entry.node.block && !b.empty && !c.empty && !p.empty;
  if (!nested && !inline) {
    if (b.value === p.value && b.full === p.full) return;
    if (c.full === p.full) return;
    if (c.full === b.full) return context.splice(c.start, c.end, proposed.text.slice(p.start, p.end), path);
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
  else if (head === 'clash') context.clash('Comment', path, each(docs, headSpan), c.start);
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
