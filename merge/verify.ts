/**
 * The second opinion. Given the three texts and a result, says why the result may be wrong, or null. It shares no
 * code with the walk that made the result: it reads values again and asks, for every path, one question. Invariant:
 * it never explains a doubt away; a text it cannot follow is a doubt.
 */
import { formats } from '../text/formats.ts';
import { checks, type Readable } from './formats.ts';
import { compositeKeys, identityKeys } from './identity.ts';
import { maxExpanded } from './limits.ts';
import type { Three } from './three.ts';
import type { Format, ListPolicy, MergeEdit } from './types.ts';
import { type InternedValue, NoValues, Values } from './values.ts';
import { commentsLost, linesAddUp, linesInOrder, openedBy, tally } from './verify-lines.ts';
import {
  documentKind,
  documentName,
  type ItemNaming,
  misnamed,
  nameBy,
  positions,
  renumbered,
  soleKey,
  textNames,
  wrappedName,
} from './verify-names.ts';
import {
  bothReplace,
  type Four,
  inEachOrder,
  inOrder,
  mayBeReplaced,
  type Named,
  renamedAndGone,
} from './verify-order.ts';
import { byContent, renamedAgain } from './verify-renames.ts';

type Held = InternedValue | null;

/** What speaks against a result. */
export interface Doubted {
  readonly kind: 'Unverified' | 'Anchor' | 'Comment' | 'DuplicateKey';
  readonly detail: string;
}

/** Null when nothing speaks against the result, else what does. */
export function doubt(
  { base, current, proposed }: Three<Readable>,
  result: Readable,
  format: Format,
  policy: ListPolicy | undefined,
): Doubted | null {
  try {
    const sides = [base, current, proposed, result];
    const check = (expand: boolean): Doubted | null => {
      const values = new Values(maxExpanded);
      const duplicates: number[] = [];
      const [b, c, p, r] = sides.map(side => {
        const before = values.duplicates;
        const docs = side.values(values, expand);
        duplicates.push(values.duplicates - before);
        return docs;
      }) as Four<InternedValue[]>;
      if (duplicates[3]! > Math.max(duplicates[1]!, duplicates[2]!)) {
        return { kind: 'DuplicateKey', detail: 'a key would stand twice in one map' };
      }
      const detail = new Check(policy).stream([b, c, p, r]);
      return detail === null ? null : { kind: expand ? 'Anchor' : 'Unverified', detail };
    };
    const found = check(false);
    if (found !== null) return found;
    const { aliases, comments } = checks[format];
    if (aliases !== null && sides.some(side => aliases.test(side.text))) {
      const expanded = check(true);
      if (expanded !== null) return { ...expanded, detail: `with aliases expanded: ${expanded.detail}` };
    }
    const { lineComments } = formats[format];
    if (lineComments.length === 0) return null;
    const isCurrent = result.text === current.text;
    const count = (find: (text: string) => readonly string[]) =>
      commentsLost(sides.map(side => tally(find(side.text))) as Four<Map<string, number>>, isCurrent);
    // The quick look takes strings for comments too; only where it finds something is the exact one worth its time.
    const lost =
      count(text => lineComments.flatMap(opener => openedBy(opener, text))) === null ? null : count(comments);
    return lost === null ? null : { kind: 'Comment', detail: lost };
  } catch (error) {
    if (error instanceof NoValues || error instanceof RangeError)
      return { kind: 'Unverified', detail: error.message };
    throw error;
  }
}

/** Whether `text` is `current` with exactly these edits; anything else in it is a doubt. */
export function editsExplain(current: string, edits: readonly MergeEdit[], text: string): boolean {
  let at = 0;
  let written = '';
  for (const edit of edits) {
    if (edit.start < at || edit.end < edit.start || edit.end > current.length) return false;
    written += current.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return written + current.slice(at) === text;
}

class Check {
  readonly #policy: ListPolicy | undefined;
  readonly #keys: readonly (readonly string[])[];
  /** What was found where the same four values met before. */
  readonly #seen = new Map<string, string | null>();

  constructor(policy: ListPolicy | undefined) {
    this.#policy = policy;
    const own = Object.values(policy ?? {}).flatMap(rule => (typeof rule === 'object' ? [rule.keys] : []));
    this.#keys = [...own, ...identityKeys.map(key => [key]), ...compositeKeys];
  }

  /** What is wrong in a stream of documents. */
  stream(sides: Four<readonly InternedValue[]>): string | null {
    const [b, c, p, r] = sides;
    if (sides.every(docs => docs.length === 1)) return this.walk(b[0]!, c[0]!, p[0]!, r[0]!, '');
    const paired = sides.every(docs => docs.length === r.length);
    if (
      paired &&
      r.every((doc, index) => this.walk(b[index]!, c[index]!, p[index]!, doc, `/${index}`) === null)
    )
      return null;
    const named = [documentKind, documentName].some(name => this.#byName(sides, name, ''));
    if (named) return null;
    const contents = byContent(sides);
    return contents !== null && this.#byThese(contents, '') ? null : 'the documents do not add up';
  }

  /** What is wrong at `path` or below it. */
  walk(b: Held, c: Held, p: Held, r: Held, path: string): string | null {
    const [ib, ic, ip, ir] = [b?.id ?? 0, c?.id ?? 0, p?.id ?? 0, r?.id ?? 0];
    if (ic === ip) return ir === ic ? null : `${path}: both sides agree, the result does not`;
    if (ib === ic)
      return ir === ip ? null : `${path}: changed only in proposed, and the result has something else`;
    if (ib === ip)
      return ir === ic ? null : `${path}: changed only in current, and the result has something else`;
    const key = `${ib},${ic},${ip},${ir}`;
    let found = this.#seen.get(key);
    if (found === undefined) {
      found = this.#inside(b, c, p, r, path);
      this.#seen.set(key, found);
    }
    return found;
  }

  #inside(b: Held, c: Held, p: Held, r: Held, path: string): string | null {
    if (b === null || c === null || p === null || r === null) return `${path}: changed in different ways`;
    if (b.map !== null && c.map !== null && p.map !== null && r.map !== null) {
      return this.#maps(b.map, c.map, p.map, r.map, path);
    }
    if (b.list !== null && c.list !== null && p.list !== null && r.list !== null) {
      return this.#lists([b.list, c.list, p.list, r.list], path)
        ? null
        : `${path}: the items of this list do not add up`;
    }
    if (b.string !== null && c.string !== null && p.string !== null && r.string !== null) {
      const texts: Four<string> = [b.string, c.string, p.string, r.string];
      return texts.every(text => text.includes('\n')) && linesAddUp(texts) && linesInOrder(texts)
        ? null
        : `${path}: changed in different ways`;
    }
    return `${path}: changed in different ways`;
  }

  #maps(b: Named, c: Named, p: Named, r: Named, path: string): string | null {
    const renamed = renamedAndGone(b, c, p, r);
    if (renamed !== null) return `${path}/${renamed}: one side may have renamed what the other removed`;
    for (const key of new Set([...b.keys(), ...c.keys(), ...p.keys(), ...r.keys()])) {
      const found = this.walk(
        b.get(key) ?? null,
        c.get(key) ?? null,
        p.get(key) ?? null,
        r.get(key) ?? null,
        `${path}/${key}`,
      );
      if (found !== null) return found;
    }
    return null;
  }

  #lists(lists: Four<readonly InternedValue[]>, path: string): boolean {
    if (
      Object.values(this.#policy ?? {}).includes('set') &&
      this.#byName(lists, item => `${item.id}`, path, true)
    )
      return true;
    if (this.#byName(lists, soleKey, path)) return true;
    for (const keys of this.#keys) if (this.#byName(lists, nameBy(keys), path)) return true;
    return (this.#byAnchors(lists, path) || this.#byGuess(lists, path)) && !misnamed(lists);
  }

  /** Whether the items add up by a name that is none of the known ones; much more is asked of such a one. */
  #byGuess(lists: Four<readonly InternedValue[]>, path: string): boolean {
    for (const name of [wrappedName, ...textNames(lists)]) {
      if (this.#byName(lists, name, path) && !renumbered(lists, name)) return true;
    }
    if (lists.every(list => list.every(item => item.map === null && item.list === null))) {
      const named = lists.map(
        (list): Named => new Map(list.map(item => [`${item.id}`, item])),
      ) as Four<Named>;
      const once = named.every((own, side) => own.size === lists[side]!.length);
      if (once && this.#byThese(named, path)) return true;
    }
    const [b, c, p, r] = lists;
    if (
      positions(lists) &&
      r.every((item, at) => this.walk(b[at]!, c[at]!, p[at]!, item, `${path}/${at}`) === null)
    )
      return true;
    const contents = byContent(lists);
    return contents !== null && this.#byThese(contents, path);
  }

  /** The same by names that say nothing but what the items hold: none may have taken the place of another. */
  #byThese(named: Four<Named>, path: string): boolean {
    return this.#maps(...named, path) === null && inOrder(named) && !mayBeReplaced(named);
  }

  /** Whether the items add up when they are told apart by `name`, unique in all four lists. */
  #byName(lists: Four<readonly InternedValue[]>, name: ItemNaming, path: string, unordered = false): boolean {
    const named: Map<string, InternedValue>[] = [];
    for (const list of lists) {
      const own = new Map<string, InternedValue>();
      for (const item of list) {
        const key = name(item);
        if (key === null || own.has(key)) return false;
        own.set(key, item);
      }
      named.push(own);
    }
    const sides = named as Four<Map<string, InternedValue>>;
    if (this.#maps(...sides, path) === null && (unordered || inOrder(sides))) return true;
    if (unordered) return false;
    const again = renamedAgain(sides);
    if (again === null || this.#maps(...again.sides, path) !== null) return false;
    return inOrder(again.sides) && !bothReplace(sides, again);
  }

  /** Whether the items add up between the items that are the same and unique in all four lists. */
  #byAnchors(lists: Four<readonly InternedValue[]>, path: string): boolean {
    const names = lists.map(list => list.map(item => this.#nameOf(item)));
    const counts = names.map(list => tally(list));
    const tokens = lists.map((list, side) =>
      list.map((item, index) => {
        const name = names[side]![index]!;
        return counts.every(count => (count.get(name) ?? 0) <= 1) ? name : `#${item.id}`;
      }),
    );
    const where = tokens.map(list => new Map(list.map((token, index) => [token, index])));
    const once = tokens.map(list => tally(list));
    const common = tokens[0]!.filter(token => once.every(count => count.get(token) === 1));
    const anchors = inEachOrder(common, where as Four<Map<string, number>>);
    const from: Four<number> = [0, 0, 0, 0];
    for (const anchor of [...anchors, null]) {
      const to = lists.map((list, side) =>
        anchor === null ? list.length : where[side]!.get(anchor)!,
      ) as Four<number>;
      if (to.some((at, side) => at < from[side]!)) return false;
      if (
        !this.#segment(
          lists.map((list, side) => list.slice(from[side], to[side])) as Four<InternedValue[]>,
          path,
        )
      )
        return false;
      if (anchor !== null) {
        const [b, c, p, r] = lists.map((list, side) => list[to[side]!]!) as Four<InternedValue>;
        if (this.walk(b, c, p, r, `${path}/*`) !== null) return false;
      }
      for (const side of [0, 1, 2, 3] as const) from[side] = to[side] + 1;
    }
    return this.#conserved(tokens as Four<string[]>);
  }

  #nameOf(item: InternedValue): string {
    for (const key of identityKeys) {
      const name = nameBy([key])(item);
      if (name !== null) return `${key} ${name}`;
    }
    return soleKey(item) ?? `#${item.id}`;
  }

  #segment(parts: Four<readonly InternedValue[]>, path: string): boolean {
    const [b, c, p, r] = parts.map(part => part.map(item => item.id).join()) as Four<string>;
    if (c === p) return r === c;
    if (b === c) return r === p;
    if (b === p) return r === c;
    const [pb, pc, pp, pr] = parts;
    const paired = pb.length === pc.length && pc.length === pp.length && pp.length === pr.length;
    if (
      paired &&
      pr.every((item, index) => this.walk(pb[index]!, pc[index]!, pp[index]!, item, `${path}/*`) === null)
    )
      return true;
    // An item that each part holds once divides them all, if what stands on either side of it adds up.
    const once = parts.map(part => tally(part.map(item => `${item.id}`)));
    const middle = pb.find(({ id }) => once.every(count => count.get(`${id}`) === 1));
    if (middle === undefined) return false;
    const at = parts.map(part => part.findIndex(({ id }) => id === middle.id));
    const [before, behind] = [
      parts.map((part, side) => part.slice(0, at[side])),
      parts.map((part, side) => part.slice(at[side]! + 1)),
    ] as Four<InternedValue[]>[];
    return this.#segment(before!, path) && this.#segment(behind!, path);
  }

  /** An item one side took out is not back. */
  #conserved(tokens: Four<string[]>): boolean {
    const [b, c, p, r] = tokens.map(list => tally(list)) as Four<Map<string, number>>;
    for (const [token, times] of r) {
      const [x, y, z] = [b.get(token) ?? 0, c.get(token) ?? 0, p.get(token) ?? 0];
      // An item merged from both sides is on none of them; the walk has judged it.
      if (x + y + z > 0 && times > Math.max(y, z, y + z - x)) return false;
      const most = y < x && z < x ? Math.min(y, z) : Math.max(0, y + z - x);
      if (x > 0 && Math.min(y, z) < x && times > most) return false;
    }
    return true;
  }
}
