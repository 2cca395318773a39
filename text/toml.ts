/**
 * TOML 1.0, read strictly. Two parsers must agree that a text is TOML: toml-eslint-parser, whose tree keeps every
 * spelling, and smol-toml, which the merge's verifier reads with. Invariant: no number or date becomes a JavaScript one.
 */
import { parse as parseStrictly, TomlError } from 'smol-toml';
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { BodyFault, type BodyLimits, nameKey, tooDeep } from './body-problem.ts';
import type { Value } from './convert/value.ts';
import { yamlDecimalLexeme } from './json-number.ts';
import { refuseUnkeepable } from './keyed.ts';

/** @throws BodyFault */
export function readToml(text: string, limits: BodyLimits): Value {
  const from = text.startsWith('\ufeff') ? 1 : 0;
  const view = text.slice(from);
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(view, { tomlVersion: '1.0' });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const code = /multiple times/.test(error.message) ? 'DuplicateKey' : 'Syntax';
    // Where a line ends too early, the parser points at the next one.
    const early = code === 'Syntax' && view[error.index - 1] === '\n';
    const at = early ? error.index - 1 : error.index;
    throw new BodyFault(code, from + at, `${error.message}; ${adviceFor(error.message)}`);
  }
  const value = new Reader(view, limits, from).read(program);
  try {
    parseStrictly(view, { integersAsBigInt: true });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const said = error.message.split('\n', 1)[0]!.replace(/^Invalid TOML document: /, '');
    throw new BodyFault('Syntax', from + offsetOf(view, error), `${said}; correct the TOML here`);
  }
  return value;
}

function adviceFor(message: string): string {
  return /multiple times/.test(message) ? 'keep one of them' : 'correct the TOML here';
}

function offsetOf(text: string, { line, column }: TomlError): number {
  let at = 0;
  for (let nth = 1; nth < line; nth += 1) at = text.indexOf('\n', at) + 1;
  return at + column - 1;
}

/** A table or list while it is read; what it holds comes from several places of the text. */
class Growing {
  readonly fields = new Map<string, Held>();
}

type Held = Growing | Growing[] | Value;

class Reader {
  readonly #text: string;
  readonly #limits: BodyLimits;
  readonly #from: number;

  constructor(text: string, limits: BodyLimits, from: number) {
    this.#text = text;
    this.#limits = limits;
    this.#from = from;
  }

  read(program: AST.TOMLProgram): Value {
    const top = new Growing();
    for (const one of program.body[0].body) {
      if (one.type === 'TOMLKeyValue') this.#put(top, one, 0);
      else {
        const table = this.#table(top, one);
        for (const pair of one.body) this.#put(table, pair, one.resolvedKey.length);
      }
    }
    return finish(top);
  }

  /** The table a header opens; of a list, its last item, or a new one where the header is its own. */
  #table(top: Growing, { kind, key, range }: AST.TOMLTable): Growing {
    let at = top;
    const names = key.keys.map(nameOf);
    if (names.length > this.#limits.maxDepth) throw tooDeep(this.#from + range[0], this.#limits);
    for (const [index, name] of names.entries()) {
      refuseUnkeepable(name, this.#from + range[0], nameKey(name));
      const known = at.fields.get(name);
      if (kind === 'array' && index === names.length - 1) {
        const list = Array.isArray(known) ? known : [];
        at.fields.set(name, list);
        at = new Growing();
        list.push(at);
      } else if (Array.isArray(known)) at = known.at(-1)!;
      else at = descend(at, name);
    }
    return at;
  }

  #put(table: Growing, { key, value, range }: AST.TOMLKeyValue, depth: number): void {
    let at = table;
    const names = key.keys.map(nameOf);
    for (const name of names) refuseUnkeepable(name, this.#from + range[0], nameKey(name));
    for (const name of names.slice(0, -1)) at = descend(at, name);
    at.fields.set(names.at(-1)!, this.#value(value, depth + names.length));
  }

  #value(value: AST.TOMLContentNode, depth: number): Held {
    const at = this.#from + value.range[0];
    if (depth > this.#limits.maxDepth) throw tooDeep(at, this.#limits);
    if (value.type === 'TOMLArray') {
      const items = value.elements.map(element => finish(this.#value(element, depth + 1)));
      return { kind: 'list', items };
    }
    if (value.type === 'TOMLInlineTable') {
      const table = new Growing();
      for (const pair of value.body) this.#put(table, pair, depth);
      return table;
    }
    const text = this.#text.slice(...value.range);
    switch (value.kind) {
      case 'string':
        refuseUnkeepable(value.value, at, 'this string');
        return { kind: 'string', text: value.value };
      case 'boolean':
        return { kind: 'bool', text: value.value ? 'true' : 'false' };
      case 'integer':
        return { kind: 'number', text: value.bigint.toString() };
      case 'float':
        return float(text);
      default:
        return { kind: 'string', text };
    }
  }
}

function float(text: string): Value {
  if (/nan$/.test(text)) return { kind: 'notFinite', text: '.nan' };
  if (/inf$/.test(text)) return { kind: 'notFinite', text: text.startsWith('-') ? '-.inf' : '.inf' };
  return { kind: 'number', text: yamlDecimalLexeme(text.replaceAll('_', '')) ?? text };
}

function descend(table: Growing, name: string): Growing {
  const known = table.fields.get(name);
  if (known instanceof Growing) return known;
  const fresh = new Growing();
  table.fields.set(name, fresh);
  return fresh;
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

function finish(held: Held): Value {
  if (Array.isArray(held)) return { kind: 'list', items: held.map(finish) };
  if (!(held instanceof Growing)) return held;
  const entries = [...held.fields].map(([name, inner]) => {
    return { key: { kind: 'string' as const, text: name }, name, value: finish(inner) };
  });
  return { kind: 'map', entries };
}
