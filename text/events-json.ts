/**
 * YAML as JSON text from events, by the rules of yaml-json.ts. Invariant: where that would refuse a text this answers
 * null, so that a refusal has one wording and one place.
 */
import type { BodyLimits } from './body-problem.ts';
import {
  ALIAS,
  type Event,
  MAPPING,
  PLAIN,
  SCALAR,
  SEQUENCE,
  scalarText,
  type YamlEvents,
} from './yaml-events.ts';
import { plainJson } from './yaml-json.ts';

/** Thrown at the first thing to be refused; the reader with words says what it is. */
class Refused extends Error {}

interface Rendered {
  readonly json: string;
  /** Collections inside one another; 0 for a scalar. */
  readonly height: number;
}

/** One JSON text a document; null: something is refused. */
export function eventsJson(events: YamlEvents, limits: BodyLimits): string[] | null {
  if (events.all.length === 0) return null;
  const found: string[] = [];
  try {
    for (let at = 0; at < events.all.length; at = events.after[at]!)
      found.push(new Renderer(events, limits).node(at + 1, 0).json);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
  return found;
}

class Renderer {
  readonly #events: YamlEvents;
  readonly #all: readonly Event[];
  readonly #limits: BodyLimits;
  /** The latest value of each anchor; 'open' while it is being read. */
  readonly #anchors = new Map<string, Rendered | 'open'>();
  #expanded = 0;

  constructor(events: YamlEvents, limits: BodyLimits) {
    this.#events = events;
    this.#all = events.all;
    this.#limits = limits;
  }

  node(index: number, depth: number): Rendered {
    const event = this.#all[index]!;
    if (event.type === ALIAS) return this.#alias(this.#name(event), depth);
    if (event.type !== SCALAR && event.type !== MAPPING && event.type !== SEQUENCE) throw new Refused();
    const anchor = event.anchorStart === -1 ? null : this.#name(event);
    if (anchor !== null) this.#anchors.set(anchor, 'open');
    const rendered =
      event.type === SCALAR
        ? { json: this.#scalar(index), height: 0 }
        : this.#collection(index, event.type, depth);
    if (anchor !== null) this.#anchors.set(anchor, rendered);
    return rendered;
  }

  #name(event: { readonly anchorStart: number; readonly anchorEnd: number }): string {
    return this.#events.text.slice(event.anchorStart, event.anchorEnd);
  }

  #alias(name: string, depth: number): Rendered {
    const target = this.#anchors.get(name);
    if (target === undefined || target === 'open') throw new Refused();
    this.#expanded += target.json.length;
    const { maxAliasExpansion, maxDepth } = this.#limits;
    if (this.#expanded > maxAliasExpansion || depth + target.height > maxDepth) throw new Refused();
    return target;
  }

  #collection(index: number, type: typeof MAPPING | typeof SEQUENCE, depth: number): Rendered {
    if (depth >= this.#limits.maxDepth) throw new Refused();
    const { after } = this.#events;
    const until = after[index]! - 1;
    const seen = new Set<string>();
    let body = '';
    let height = 0;
    for (let at = index + 1; at < until; at = after[at]!) {
      if (body !== '') body += ',';
      if (type === MAPPING) {
        body += `${this.#key(at, seen)}:`;
        at = after[at]!;
      }
      const value = this.node(at, depth + 1);
      if (value.height > height) height = value.height;
      body += value.json;
    }
    return { json: type === MAPPING ? `{${body}}` : `[${body}]`, height: height + 1 };
  }

  #key(index: number, seen: Set<string>): string {
    const { type } = this.#all[index]!;
    if (type === MAPPING || type === SEQUENCE) throw new Refused();
    const { json, height } = this.node(index, 0);
    if (height > 0) throw new Refused();
    const key = json.startsWith('"') ? json : JSON.stringify(json);
    if (seen.has(key)) throw new Refused();
    seen.add(key);
    return key;
  }

  #scalar(index: number): string {
    const event = this.#all[index]!;
    if (event.type !== SCALAR) throw new Refused();
    const said = scalarText(this.#events.text, event);
    if (event.style === PLAIN) return plainJson(said);
    if (said.includes('\0') || !said.isWellFormed()) throw new Refused();
    return JSON.stringify(said);
  }
}
