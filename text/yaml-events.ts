/**
 * The structure of a YAML text as a flat list of events with offsets. js-yaml finds it in about a tenth of the time that
 * `yaml` takes. Invariant: a text that is read here means to `yaml` the same; where the two could differ, and where a
 * fault must be named with its place, the answer is null and `yaml` reads the text.
 */
import { COLLECTION_STYLE, EVENT_ID, type Event, parseEvents, SCALAR_STYLE } from 'js-yaml';

export { getScalarValue as scalarText, type ScalarEvent } from 'js-yaml';
export const { SCALAR, MAPPING, SEQUENCE, ALIAS, DOCUMENT, POP } = EVENT_ID;
export const { PLAIN, SINGLE_QUOTED, DOUBLE_QUOTED } = SCALAR_STYLE;
export const { FLOW } = COLLECTION_STYLE;
export type { Event };

export interface YamlEvents {
  readonly text: string;
  readonly all: readonly Event[];
  /** For each event that opens something, or is whole, the index of what comes after it. */
  readonly after: Int32Array;
  /** For each collection in brackets, the offset after its closing one. */
  readonly ends: Int32Array;
  /** The collections in brackets that have a comment between them, not counting inner ones. */
  readonly commented: ReadonlySet<number>;
  /** The pairs that stand in a list in brackets without braces of their own. */
  readonly pairs: ReadonlySet<number>;
  /** Whether there is an anchor or an alias. */
  readonly anchors: boolean;
}

/** Deepest nesting that is read here; deeper texts are refused elsewhere. */
const maxDepth = 199;

/**
 * What was read last: a merge and the strict reader, which come one after the other, find the same text here. They hold
 * no text longer than its reader does.
 */
const recent: WeakRef<YamlEvents>[] = [];
const mostRecent = 8;

/** null: left to `yaml`. */
export function readYamlEvents(text: string): YamlEvents | null {
  for (const known of recent) {
    const events = known.deref();
    if (events?.text === text) return events;
  }
  const events = read(text);
  if (events === null) return null;
  recent.push(new WeakRef(events));
  if (recent.length > mostRecent) recent.shift();
  return events;
}

function read(text: string): YamlEvents | null {
  // Tabs before a line, directives, ends of documents, indented starts of documents, lone carriage returns and marks inside: too rare to be sure of.
  if (text.includes('\n%') || text.startsWith('%') || text.includes('\n...') || text.startsWith('...'))
    return null;
  if (/[\uFEFF\u2028\u2029\u0085]/.test(text) || (text.includes('\r') && /\r(?!\n)/.test(text))) return null;
  if (text.includes(' ---') && /^ +---/m.test(text)) return null;
  if (text.includes('\t') && /^[^\S\n]*\t/m.test(text)) return null;
  let all: Event[];
  try {
    all = parseEvents(text, { maxDepth: maxDepth + 2 });
  } catch {
    return null;
  }
  return new Scan(text, all).run();
}

/** One pass over the events for what they do not say themselves. */
class Scan implements YamlEvents {
  readonly text: string;
  readonly all: readonly Event[];
  readonly after: Int32Array;
  readonly ends: Int32Array;
  readonly commented = new Set<number>();
  readonly pairs = new Set<number>();
  anchors = false;
  readonly #open: number[] = [];
  /** How many things each open one has so far. */
  readonly #held: number[] = [];
  /** The innermost open collection in brackets, or -1. */
  #flow = -1;
  /** Where the last thing between brackets ended. */
  #last = 0;
  #isOdd = false;

  constructor(text: string, all: readonly Event[]) {
    this.text = text;
    this.all = all;
    this.after = new Int32Array(all.length);
    this.ends = new Int32Array(all.length);
  }

  run(): YamlEvents | null {
    const { all, after } = this;
    for (let index = 0; index < all.length; index++) {
      const event = all[index]!;
      if (this.#flow === -1 && this.#isStray(event)) return null;
      switch (event.type) {
        case POP:
          if (!this.#close(index)) return null;
          break;
        case DOCUMENT:
          this.#push(index);
          break;
        case ALIAS:
          this.anchors = true;
          after[index] = index + 1;
          if (this.pairs.has(this.#open.at(-1)!)) return null;
          if (this.#flow !== -1) this.#token(event.anchorStart - 1, event.anchorEnd);
          break;
        case SCALAR: {
          after[index] = index + 1;
          if (event.tagStart !== -1) return null;
          if (event.anchorStart !== -1 && !this.#anchor(event)) return null;
          if (this.#flow === -1 || event.valueStart === -1) break;
          const quote = event.style === PLAIN ? 0 : 1;
          this.#token(event.valueStart - quote, event.valueEnd + quote);
          break;
        }
        default:
          if (event.tagStart !== -1) return null;
          if (event.anchorStart !== -1 && !this.#anchor(event)) return null;
          if (event.style === FLOW) this.#bracket(index, event.start);
          this.#push(index);
          if (this.#open.length > maxDepth) return null;
      }
    }
    return this.#isOdd ? null : this;
  }

  /**
   * Whether the two may differ about it: it is a rare kind of key; or a comment divides a value from its key or dash, which
   * `yaml` takes for a fault if it stands further left.
   */
  #isStray(event: Event): boolean {
    if (event.type === POP || event.type === DOCUMENT) return false;
    const parent = this.all[this.#open.at(-1)!]!;
    // A document that is one block in `|` may have its lines at the margin, where js-yaml sees comments.
    if (parent.type === DOCUMENT) return event.type === SCALAR && event.style > DOUBLE_QUOTED;
    const nth = this.#held[this.#open.length - 1]!++;
    if (parent.type === MAPPING && nth % 2 === 0) return !this.#isPlainKey(event);
    let start: number;
    if (event.type === ALIAS) start = event.anchorStart - 1;
    else if (event.type !== SCALAR) {
      if (event.style !== FLOW) return false;
      start = event.start;
    } else if (event.style > DOUBLE_QUOTED) return false;
    else start = event.valueStart;
    const { text } = this;
    let at = start - 1;
    while (text[at] === ' ' || text[at] === '"' || text[at] === "'") at--;
    if (at < 0 || text[at] !== '\n') return false;
    const above = text.slice(0, at).trimEnd();
    return above
      .slice(above.lastIndexOf('\n') + 1)
      .trimStart()
      .startsWith('#');
  }

  /**
   * `yaml` refuses some keys that are empty, in several lines, collections, have an anchor behind another key, or stand behind
   * something on their line.
   */
  #isPlainKey(event: Event): boolean {
    if (event.type === ALIAS) return this.#opensLine(event.anchorStart - 1);
    if (event.type !== SCALAR || event.valueStart === -1) return false;
    const quote = event.style === PLAIN ? 0 : 1;
    if (!this.#opensLine(event.anchorStart === -1 ? event.valueStart - quote : event.anchorStart - 1))
      return false;
    const line = this.text.indexOf('\n', event.valueStart);
    return line === -1 || line >= event.valueEnd;
  }

  /** Whether nothing but spaces and dashes stands before it on its line. */
  #opensLine(start: number): boolean {
    const { text } = this;
    let at = start - 1;
    while (text[at] === ' ' || text[at] === '-') at--;
    return at < 0 || text[at] === '\n';
  }

  /** Whether an anchor is one to both: white space comes after it. */
  #anchor(event: { anchorStart: number; anchorEnd: number }): boolean {
    this.anchors = true;
    if (this.#flow !== -1) this.#token(event.anchorStart - 1, event.anchorEnd);
    return ' \n\r'.includes(this.text[event.anchorEnd] ?? '\n');
  }

  /** Something between brackets; what stands before it may be a comment. */
  #token(start: number, end: number): void {
    if (start - this.#last > 2 && this.text.slice(this.#last, start).includes('#')) {
      this.commented.add(this.#flow);
      // `yaml` misses the space after a colon that a comment stands before.
      if (this.text[start - 1] === ':') this.#isOdd = true;
    }
    this.#last = end;
  }

  #push(index: number): void {
    this.#held[this.#open.length] = 0;
    this.#open.push(index);
  }

  #bracket(index: number, start: number): void {
    const next = this.all[index + 1]!;
    const isPair =
      this.all[index]!.type === MAPPING &&
      (this.text[start] !== '{' || (next.type === MAPPING && next.start === start));
    if (isPair) {
      this.pairs.add(index);
      return;
    }
    if (this.#flow !== -1) this.#token(start, start + 1);
    this.#last = start + 1;
    this.#flow = index;
  }

  #close(index: number): boolean {
    const opened = this.#open.pop()!;
    this.after[opened] = index + 1;
    if (this.pairs.has(opened)) {
      this.ends[opened] = this.#last;
      return true;
    }
    if (opened !== this.#flow) return true;
    const { text } = this;
    const closing = this.all[opened]!.type === MAPPING ? '}' : ']';
    let at = this.#last;
    for (; text[at] !== closing; at++) {
      const char = text[at];
      if (char === '#') {
        this.commented.add(opened);
        at = text.indexOf('\n', at);
        if (at === -1) return false;
      } else if (char === undefined || !' \t\n\r,:?'.includes(char)) return false;
    }
    this.#last = at + 1;
    this.ends[opened] = this.#last;
    this.#flow = this.#open.findLast(outer => this.#isBracket(outer)) ?? -1;
    return true;
  }

  #isBracket(index: number): boolean {
    const event = this.all[index]!;
    return (
      (event.type === MAPPING || event.type === SEQUENCE) && event.style === FLOW && !this.pairs.has(index)
    );
  }
}
