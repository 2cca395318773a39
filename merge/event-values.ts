/**
 * The plain values of a YAML text from its events, for the verifier. Invariant: they are the values that `Values.yaml`
 * reads from the same text; nothing of the engine's own tree is looked at.
 */
import {
  ALIAS,
  type Event,
  FLOW,
  MAPPING,
  PLAIN,
  SCALAR,
  type ScalarEvent,
  SEQUENCE,
  scalarText,
  type YamlEvents,
} from '../text/yaml-events.ts';
import { type InternedValue, type KeptEntry, NoValues, type Values } from './values.ts';

/** The documents of a stream; with `expand`, aliases and merge keys stand for what they refer to. */
export function eventValues(into: Values, events: YamlEvents, expand: boolean): InternedValue[] {
  const docs: InternedValue[] = [];
  for (let at = 0; at < events.all.length; at = events.after[at]!)
    docs.push(new Walk(into, events, expand).value(at + 1));
  return docs.length === 0 ? [into.leaf('null', null)] : docs;
}

/** What YAML 1.2 takes for a number. */
const number =
  /^(?:0o[0-7]+|0x[\da-fA-F]+|[-+]?(?:\d+|(?:\.\d+|\d+\.\d*)|(?:\.\d+|\d+(?:\.\d*)?)[eE][-+]?\d+|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN))$/;
const word = /^(?:true|True|TRUE|false|False|FALSE)$/;
const nothing = /^(?:~|null|Null|NULL|)$/;

/** Shorter entries are read again rather than looked up. */
const leastKept = 48;

class Walk {
  readonly #into: Values;
  readonly #events: YamlEvents;
  readonly #all: readonly Event[];
  readonly #text: string;
  readonly #expand: boolean;
  readonly #anchors = new Map<string, InternedValue>();

  constructor(into: Values, events: YamlEvents, expand: boolean) {
    this.#into = into;
    this.#events = events;
    this.#all = events.all;
    this.#text = events.text;
    this.#expand = expand;
  }

  value(index: number): InternedValue {
    const event = this.#all[index]!;
    this.#into.spend();
    if (event.type === ALIAS) {
      const name = this.#text.slice(event.anchorStart, event.anchorEnd);
      const target = this.#anchors.get(name);
      if (target === undefined) throw new NoValues(`no anchor ${name} before its alias`);
      return this.#expand ? target : this.#into.leaf(`*${name}`, null);
    }
    let value: InternedValue;
    if (event.type === SCALAR) value = this.#scalar(event);
    else if (event.type === SEQUENCE) value = this.#list(index);
    else if (event.type === MAPPING) value = this.#map(index);
    else throw new NoValues('this is not a value');
    if (event.anchorStart === -1) return value;
    const name = this.#text.slice(event.anchorStart, event.anchorEnd);
    this.#anchors.set(name, value);
    return this.#expand ? value : this.#into.anchored(value, name);
  }

  #scalar(event: ScalarEvent): InternedValue {
    const said = scalarText(this.#text, event);
    if (event.style === PLAIN) {
      if (nothing.test(said)) return this.#into.leaf('null', null);
      if (word.test(said) || number.test(said)) return this.#into.leaf(said, null);
    }
    return this.#into.leaf(`s:${said}`, said);
  }

  #list(index: number): InternedValue {
    const { after } = this.#events;
    const items: InternedValue[] = [];
    const until = after[index]! - 1;
    for (let at = index + 1; at < until; at = after[at]!) {
      const [item, next] = [this.#all[at]!, after[at]!];
      const isBlock = (item.type === MAPPING || item.type === SEQUENCE) && item.style !== FLOW;
      const raw = isBlock && next < until ? this.#raw(item.start, next) : null;
      items.push(
        raw === null ? this.value(at) : this.#kept(raw, (item as { start: number }).start, at).value,
      );
    }
    return this.#into.list(items);
  }

  #map(index: number): InternedValue {
    const { after } = this.#events;
    const entries = new Map<string, InternedValue>();
    const until = after[index]! - 1;
    const isBlock = (this.#all[index] as { style: number }).style !== FLOW;
    for (let at = index + 1; at < until; ) {
      const key = this.#all[at]!;
      const value = after[at]!;
      const next = after[value]!;
      const start =
        key.type === SCALAR && key.valueStart !== -1 ? key.valueStart - (key.style === PLAIN ? 0 : 1) : -1;
      const held = this.#all[value]!;
      const isLong = held.type === MAPPING || held.type === SEQUENCE;
      const raw = isBlock && isLong && start !== -1 && next < until ? this.#raw(start, next) : null;
      const kept = raw === null ? null : this.#kept(raw, start, at, value);
      this.#into.put(entries, kept?.name ?? this.#name(at), kept?.value ?? this.value(value));
      at = next;
    }
    if (this.#expand) this.#into.inherit(entries);
    return this.#into.map(entries, '');
  }

  #name(index: number): string {
    const key = this.value(index);
    if (key.string !== null) return key.string;
    const event = this.#all[index]!;
    return event.type === SCALAR ? `!${scalarText(this.#text, event)}` : `?${key.id}`;
  }

  /** From `start` to the line of what stands at `next`; null: not worth keeping, or what stands there is empty. */
  #raw(start: number, next: number): string | null {
    // An anchor gives a value to what stands elsewhere.
    if (this.#events.anchors) return null;
    const event = this.#all[next]!;
    const to =
      event.type === SCALAR
        ? event.valueStart
        : event.type === ALIAS
          ? -1
          : (event as { start: number }).start;
    if (to - start < leastKept) return null;
    return this.#text.slice(start, this.#text.lastIndexOf('\n', to - 1) + 1);
  }

  /**
   * The same bytes in the same column are the same value, in whichever of the texts; but what is a whole item in one list is
   * one of several entries in another.
   */
  #kept(raw: string, start: number, index: number, value = index): KeptEntry {
    const column = start - (this.#text.lastIndexOf('\n', start - 1) + 1);
    const kept = this.#into.kept(value === index ? 'items' : 'entries', this.#expand, column);
    let found = kept.get(raw);
    if (found === undefined) {
      const { duplicates } = this.#into;
      found = { name: value === index ? '' : this.#name(index), value: this.value(value) };
      if (this.#into.duplicates === duplicates) kept.set(raw, found);
    }
    return found;
  }
}
