/**
 * Where things stand in a YAML text, as its events and the bytes between them tell. Invariant: every offset is the one that
 * the `yaml` library's tokens have; where that cannot be told, `Odd` is thrown.
 */
import {
  ALIAS,
  DOUBLE_QUOTED,
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
import { makeNode, type Node } from './node.ts';
import { lineStart, nextLine } from './source.ts';
import type { Built } from './yaml-block.ts';
import { plainMeaning } from './yaml-parse.ts';

/** Thrown where a text is left to the other reader. */
export class Odd extends Error {}

export class EventOffsets {
  readonly text: string;
  readonly #events: YamlEvents;
  readonly #all: readonly Event[];

  constructor(events: YamlEvents) {
    this.text = events.text;
    this.#events = events;
    this.#all = events.all;
  }

  /** The first byte of a value without its properties; of a text in block style, its first line. */
  startOf(event: Event): number {
    if (event.type === SCALAR)
      return event.style === PLAIN || event.style > DOUBLE_QUOTED ? event.valueStart : event.valueStart - 1;
    if (event.type === ALIAS) return event.anchorStart - 1;
    return (event as { start: number }).start;
  }

  /** The first byte of a value with its properties, or for a text in block style of its first line's last. */
  firstOf(index: number): number {
    const event = this.#all[index]!;
    if (event.type === SCALAR || event.type === MAPPING || event.type === SEQUENCE) {
      if (event.anchorStart !== -1) return event.anchorStart - 1;
      if (event.type === SCALAR && event.valueStart === -1) throw new Odd();
      if (event.type === SCALAR && event.style > DOUBLE_QUOTED) return event.valueStart - 1;
    }
    return this.startOf(event);
  }

  /** Whether no value stands there, and no anchor. */
  isEmpty(index: number): boolean {
    const event = this.#all[index]!;
    return event.type === SCALAR && event.valueStart === -1 && event.anchorStart === -1;
  }

  /** The first byte of a key. */
  keyStart(index: number): number {
    const event = this.#all[index]!;
    if (
      event.type !== SCALAR ||
      event.valueStart === -1 ||
      event.anchorStart !== -1 ||
      event.style > DOUBLE_QUOTED
    )
      throw new Odd();
    return event.style === PLAIN ? event.valueStart : event.valueStart - 1;
  }

  /** Whether an entry shares its line with what comes before it. */
  compact(start: number, indent: number): boolean {
    const text = this.text;
    for (let at = start - indent; at < start; at++) if (text[at] !== ' ' && text[at] !== '\t') return true;
    return false;
  }

  /** The dash of an item that is not the first: it opens its line, and what it holds may begin lines below. */
  dashOf(item: number, indent: number, previous: number): number {
    const text = this.text;
    for (let line = lineStart(text, this.firstOf(item)); line > previous; line = lineStart(text, line - 1)) {
      const dash = line + indent;
      const after = text[dash + 1];
      if (text[dash] !== '-' || (after !== ' ' && after !== '\n' && after !== '\t')) continue;
      let at = line;
      while (text[at] === ' ') at++;
      if (at === dash) return dash;
    }
    throw new Odd();
  }

  /** Where the header of a text in block style is, from the colon, dash or anchor before it. */
  header(from: number): number {
    const text = this.text;
    let at = from;
    for (; text[at] !== '|' && text[at] !== '>'; at++) {
      if (text[at] === '#') at = text.indexOf('\n', at);
      else if (text[at] !== ' ' && text[at] !== '\n' && text[at] !== '\t') throw new Odd();
      if (at === -1) throw new Odd();
    }
    return at;
  }

  /** A scalar as a node; null: too odd to splice. */
  scalar(event: ScalarEvent, start: number): Node | null {
    const text = this.text;
    const said = event.fast ? text.slice(event.valueStart, event.valueEnd) : scalarText(text, event);
    if (event.style === PLAIN) {
      const meaning = plainMeaning(said);
      return makeNode('scalar', start, event.valueEnd, { meaning, string: meaning[0] === 's' ? said : null });
    }
    const meaning = `s:${said}`;
    if (event.style <= DOUBLE_QUOTED)
      return makeNode('scalar', start, event.valueEnd + 1, { meaning, string: said });
    const header = text.slice(start, event.valueStart);
    if (header.includes('#')) return null;
    // Of blank lines below a stated indentation, the two libraries make different texts.
    if (/\d/.test(header)) throw new Odd();
    return makeNode('scalar', start, this.blockTextEnd(event) - 1, { block: true, meaning, string: said });
  }

  /** After the last line end of a text in block style; empty lines below it are its own only where it keeps them. */
  blockTextEnd({ valueStart, valueEnd, chomping }: ScalarEvent): number {
    const text = this.text;
    if (text[valueEnd - 1] !== '\n' || valueEnd <= valueStart) throw new Odd();
    if (chomping === 3) return valueEnd;
    let indent = 0;
    for (let at = valueStart; text[at] === ' ' || text[at] === '\n'; at++)
      indent = text[at] === ' ' ? indent + 1 : 0;
    let last = valueEnd - 1;
    for (;;) {
      let at = last - 1;
      const lastChar = at;
      while (text[at] === ' ') at--;
      if (text[at] !== '\n' || at < valueStart || at + 1 + indent <= lastChar) return last + 1;
      last = at;
    }
  }

  /**
   * What stands for a value that is missing. A comment below it makes it an atom, but for those that a line without
   * one divides from it and that are not indented.
   * @param next the line of the next entry; -1: it is the last
   */
  missing(colon: number, next: number, bound: number, indent: number): Built {
    const text = this.text;
    const below = nextLine(text, colon);
    const until = next === -1 ? lineStart(text, bound) : next;
    // `yaml` gives the line end after such a value to the next document.
    if (next === -1 && text.startsWith('---', until)) throw new Odd();
    let odd = false;
    if (below < until) {
      if (next === -1) odd = text.slice(below, until).includes('#');
      else {
        for (let at = below; at < until && !odd; at = nextLine(text, at)) {
          let column = 0;
          while (text[at + column] === ' ') column++;
          if (text[at + column] === '\t') throw new Odd();
          odd = text[at + column] === '#' && (at === below || column > indent);
        }
      }
    }
    return odd ? null : { node: makeNode('scalar', colon, colon, { meaning: 'p:' }), tail: '' };
  }

  /** Where a value ends that is too odd to splice. */
  endOf(index: number, colon: number): number {
    const event = this.#all[index]!;
    if (event.type === ALIAS) return event.anchorEnd;
    if (event.type === SCALAR) {
      if (event.valueStart === -1) return colon;
      if (event.style === PLAIN) return event.valueEnd;
      return event.style <= DOUBLE_QUOTED ? event.valueEnd + 1 : this.blockTextEnd(event);
    }
    if ((event.type === MAPPING || event.type === SEQUENCE) && event.style === FLOW)
      return this.#events.ends[index]!;
    throw new Odd();
  }
}
