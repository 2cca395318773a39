/**
 * What differs between two values, place by place: the structural diff of two texts, in which comments, layout and
 * the order of keys are no difference. Numbers are compared by their spelling, never as JavaScript numbers, so that
 * 9007199254740993 and …992 differ. Bounded: what does not fit is counted.
 */
import { diffArrays } from 'diff';

export interface ValueChange {
  readonly kind: 'add' | 'remove' | 'replace';
  /** RFC 6901; of a removed place in the old value, otherwise in the new one. */
  readonly pointer: string;
  /** JSON, shortened when long. */
  readonly before?: string;
  readonly after?: string;
}

export interface ValueDiff {
  readonly changes: readonly ValueChange[];
  /** Changes not listed. */
  readonly more: number;
}

const maxChanges = 1_000;
const maxShown = 1_000;
/** Items added and removed up to which two lists are aligned; beyond, they are compared item by item. */
const maxEdits = 1_000;

/** A number as it is spelled. */
class Spelled {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = null | boolean | string | Spelled | readonly Value[] | { readonly [key: string]: Value };

/** @param before value as JSON text, as in `Body.json` */
export function valueDiff(before: string, after: string): ValueDiff {
  const changes: ValueChange[] = [];
  let more = 0;
  const tell = (change: ValueChange) => {
    if (changes.length < maxChanges) changes.push(change);
    else more += 1;
  };
  compare(read(before), read(after), '', tell);
  return { changes, more };
}

type Tell = (change: ValueChange) => void;

function compare(before: Value, after: Value, pointer: string, tell: Tell): void {
  if (isList(before) && isList(after)) return compareLists(before, after, pointer, tell);
  if (isObject(before) && isObject(after)) return compareObjects(before, after, pointer, tell);
  const [was, is] = [written(before), written(after)];
  if (was !== is) tell({ kind: 'replace', pointer, before: shown(was), after: shown(is) });
}

type Fields = { readonly [key: string]: Value };

function compareObjects(before: Fields, after: Fields, pointer: string, tell: Tell): void {
  for (const key of Object.keys(before)) {
    const at = `${pointer}/${escaped(key)}`;
    if (Object.hasOwn(after, key)) compare(before[key]!, after[key]!, at, tell);
    else tell({ kind: 'remove', pointer: at, before: shown(written(before[key]!)) });
  }
  for (const key of Object.keys(after)) {
    if (Object.hasOwn(before, key)) continue;
    tell({ kind: 'add', pointer: `${pointer}/${escaped(key)}`, after: shown(written(after[key]!)) });
  }
}

function compareLists(before: readonly Value[], after: readonly Value[], pointer: string, tell: Tell): void {
  const parts = diffArrays(before.map(written), after.map(written), { maxEditLength: maxEdits }) ?? [
    { removed: true, count: before.length },
    { added: true, count: after.length },
  ];
  let [old, now] = [0, 0];
  for (let i = 0; i < parts.length; i += 1) {
    const { added = false, removed = false, count = 0 } = parts[i]!;
    if (!added && !removed) {
      old += count;
      now += count;
      continue;
    }
    // What is taken out and put in at one place is compared item by item.
    const next = removed && parts[i + 1]?.added ? parts[i + 1]! : undefined;
    const [gone, come] = removed ? [count, next?.count ?? 0] : [0, count];
    if (next) i += 1;
    const both = Math.min(gone, come);
    for (let k = 0; k < both; k += 1)
      compare(before[old + k]!, after[now + k]!, `${pointer}/${now + k}`, tell);
    for (let k = both; k < gone; k += 1) {
      tell({ kind: 'remove', pointer: `${pointer}/${old + k}`, before: shown(written(before[old + k]!)) });
    }
    for (let k = both; k < come; k += 1) {
      tell({ kind: 'add', pointer: `${pointer}/${now + k}`, after: shown(written(after[now + k]!)) });
    }
    old += gone;
    now += come;
  }
}

function read(json: string): Value {
  const keep = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? new Spelled(context?.source ?? String(value)) : value;
  return JSON.parse(json, keep as (key: string, value: unknown) => unknown) as Value;
}

/** As JSON with sorted keys, so that equal values are equal texts. */
function written(value: Value): string {
  if (value instanceof Spelled) return value.text;
  if (isList(value)) return `[${value.map(written).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value).sort();
  return `{${fields.map(key => `${JSON.stringify(key)}:${written(value[key]!)}`).join(',')}}`;
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

function isObject(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof Spelled);
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

const shown = (json: string): string => (json.length > maxShown ? `${json.slice(0, maxShown - 1)}…` : json);
