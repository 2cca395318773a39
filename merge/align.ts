/**
 * Decides how the items of a list are told apart. Invariant: an identity is used only where it is present and
 * unique in base, current and proposed; a changed identity is a removal and an addition, never a rename.
 */

import { type Path, pointer } from '../text/path.ts';
import { guesses } from './guesses.ts';
import { type Alignment, compositeKeys, identityKeys } from './identity.ts';
import { entriesOf } from './moved.ts';
import type { Entry, Node } from './node.ts';
import { each, every, type Three } from './three.ts';
import type { ListPolicy, ListRule } from './types.ts';

type Lists = Three<Node>;

export function align(lists: Lists, path: Path, policy: ListPolicy | undefined): Alignment {
  const rule = policy === undefined ? null : ruleFor(policy, pointer(path));
  if (rule === 'atomic') return plain('atomic', lists);
  if (rule === 'ordered') return plain('ordered', lists);
  if (rule === 'set') {
    const found = identified(
      lists,
      entry => `#${entry.node.value}`,
      () => null,
    );
    return found ?? plain('unidentified', lists);
  }
  if (rule !== null) {
    return identified(lists, keysToken(rule.keys, true), label(rule.keys)) ?? plain('unidentified', lists);
  }
  return (
    identified(lists, soleKey, entry => entriesOf(entry.node)[0]?.name ?? null) ??
    inferred(lists) ??
    partly(lists)
  );
}

function inferred(lists: Lists): Alignment | null {
  for (const key of identityKeys) {
    const found = identified(lists, keysToken([key], true), label([key]));
    if (found !== null) return found;
  }
  for (const keys of compositeKeys) {
    const found = identified(lists, keysToken(keys, false), label(keys));
    if (found !== null) return found;
  }
  return null;
}

/** Items that have a unique name go by it, the others by what they are. */
function partly(lists: Lists): Alignment {
  const named = (entry: Entry): string | null => {
    for (const key of identityKeys) {
      const token = keysToken([key], true)(entry);
      if (token !== null) return `${key} ${token}`;
    }
    return soleKey(entry);
  };
  const counts = each(lists, list => {
    const count = new Map<string, number>();
    for (const entry of list.entries) {
      const token = named(entry);
      if (token !== null) count.set(token, (count.get(token) ?? 0) + 1);
    }
    return count;
  });
  const token = (entry: Entry): string => {
    const name = named(entry);
    const unique = name !== null && every(counts, count => (count.get(name) ?? 0) <= 1);
    return unique ? name : `#${entry.node.value}`;
  };
  const tokens = each(lists, list => list.entries.map(token));
  return {
    kind: 'ordered',
    tokens,
    label: entry => {
      const key = identityKeys.find(name => keysToken([name], true)(entry) !== null);
      return key === undefined ? null : label([key])(entry);
    },
    others: () => guesses(lists),
  };
}

function plain(kind: Alignment['kind'], lists: Lists): Alignment {
  const tokens = each(lists, list => list.entries.map(entry => `#${entry.node.value}`));
  return { kind, tokens, label: () => null, others: null };
}

function identified(
  lists: Lists,
  token: (entry: Entry) => string | null,
  name: Alignment['label'],
): Alignment | null {
  const names = (list: Node): string[] | null => {
    const own = new Set<string>();
    for (const entry of list.entries) {
      const found = token(entry);
      if (found === null || own.has(found)) return null;
      own.add(found);
    }
    return [...own];
  };
  const base = names(lists.base);
  const current = base && names(lists.current);
  const proposed = current && names(lists.proposed);
  if (base === null || current === null || proposed === null) return null;
  return { kind: 'keyed', tokens: { base, current, proposed }, label: name, others: null };
}

function soleKey(entry: Entry): string | null {
  return entry.node.kind === 'map' && entriesOf(entry.node).length === 1
    ? `sole ${entriesOf(entry.node)[0]!.key}`
    : null;
}

function keysToken(keys: readonly string[], all: boolean): (entry: Entry) => string | null {
  return entry => {
    if (entry.node.kind !== 'map') return null;
    if (keys.length === 1) return single(entry, `s:${keys[0]}`);
    const parts: (string | null)[] = [];
    for (const [index, key] of keys.entries()) {
      const found = entriesOf(entry.node).find(candidate => candidate.key === `s:${key}`);
      if (found === undefined) {
        if (all || index === 0) return null;
        parts.push(null);
      } else if (found.node.kind === 'scalar' && found.node.end > found.node.start)
        parts.push(found.node.meaning);
      else return null;
    }
    return JSON.stringify(parts);
  };
}

/** The scalar below a key; null: there is none, or it is empty. */
function single(entry: Entry, key: string): string | null {
  for (const { key: own, node } of entriesOf(entry.node)) {
    if (own === key) return node.kind === 'scalar' && node.end > node.start ? node.meaning : null;
  }
  return null;
}

function label(keys: readonly string[]): (entry: Entry) => string | null {
  return entry => {
    const parts: string[] = [];
    for (const key of keys) {
      const found = entriesOf(entry.node).find(candidate => candidate.key === `s:${key}`);
      if (found !== undefined) parts.push(`${key}=${found.node.meaning.replace(/^[sp]:/, '')}`);
    }
    return parts.length === 0 ? null : parts.join(',');
  };
}

/** The rule of the first pattern that matches a pointer. */
export function ruleFor(policy: ListPolicy, at: string): ListRule | null {
  const steps = at.split('/').slice(1);
  for (const [pattern, rule] of Object.entries(policy)) {
    if (matches(pattern.split('/').slice(1), steps)) return rule;
  }
  return null;
}

function matches(pattern: readonly string[], steps: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return steps.length === 0;
  if (first === '**') return matches(rest, steps) || (steps.length > 0 && matches(pattern, steps.slice(1)));
  return steps.length > 0 && (first === '*' || first === steps[0]) && matches(rest, steps.slice(1));
}
