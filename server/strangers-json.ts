/**
 * Reads JSON that a request brings. Invariant: each member that stands in the text is in the value. JSON.parse keeps the
 * last of two with one name, so what was shown, approved or logged on the way here may have been the other. And what it
 * makes of a text is bounded before it is made: an empty list takes two bytes of a text and many times that in memory.
 */
import { invalid } from './errors.ts';
import type { Fault } from './spec.ts';

const maxDepth = 64;
/** The largest request that says something, a deployment of 500 changes, has about 10,000. */
const maxValues = 100_000;

/** @throws Refused */
export function readStrangersJson(text: string): unknown {
  const fault = faultOf(text);
  if (fault) throw invalid([{ in: 'body', ...fault }]);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid([{ in: 'body', detail: 'is not JSON' }]);
  }
}

interface Open {
  /** null: a list. */
  readonly names: Set<string> | null;
  step: string | number;
}

const code = (character: string) => character.charCodeAt(0);
const [quote, backslash, comma] = [code('"'), code('\\'), code(',')];
const [openBrace, closeBrace, openBracket, closeBracket] = [code('{'), code('}'), code('['), code(']')];

/** Of a text that is not JSON, null or any fault. */
function faultOf(text: string): Omit<Fault, 'in'> | null {
  const open: Open[] = [];
  let values = 0;
  let nameIsNext = false;
  for (let at = 0; at < text.length; at += 1) {
    const inside = open.at(-1);
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at);
        if (end < 0) return null;
        if (nameIsNext && inside?.names) {
          const name = nameOf(text.slice(at, end + 1));
          inside.step = name;
          if (inside.names.has(name))
            return { name: pointerTo(open), detail: 'is given twice; send it once' };
          inside.names.add(name);
          nameIsNext = false;
        }
        at = end;
        break;
      }
      case openBrace:
      case openBracket:
        if (open.length === maxDepth)
          return { detail: `has more than ${maxDepth} lists and objects inside one another` };
        values += 1;
        nameIsNext = text.charCodeAt(at) === openBrace;
        open.push({ names: nameIsNext ? new Set() : null, step: 0 });
        break;
      case closeBrace:
      case closeBracket:
        open.pop();
        break;
      case comma:
        values += 1;
        nameIsNext = inside?.names != null;
        if (inside && typeof inside.step === 'number') inside.step += 1;
        break;
    }
    if (values > maxValues)
      return { detail: `has more than ${maxValues} values; send them in several requests` };
  }
  return null;
}

/** @returns where the closing quote stands; -1: nowhere */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === backslash) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
  return -1;
}

/** One name may be spelled in several ways. */
function nameOf(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal;
  }
}

function pointerTo(open: readonly Open[]): string {
  const steps = open.map(({ step }) => String(step).replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 64));
  return steps.map(step => `/${step}`).join('');
}
