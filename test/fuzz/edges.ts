/**
 * Counts which branches of our sources run: a load hook puts a counter into each block, case and operand that may or may not be
 * evaluated. Invariant: what it inserts has no line end, so places in errors stay as they are.
 */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vite';

/** More than our sources have. */
const maxEdges = 1 << 18;
const counters = new Uint8Array(maxEdges);
let edges = 0;

/** @param isOurs by URL: what to count in, of all that is loaded from now on */
export function countEdges(isOurs: (url: string) => boolean): void {
  Object.assign(globalThis, { __edges: counters });
  registerHooks({
    load(url, context, next) {
      if (!isOurs(url)) return next(url, context);
      const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module', source: counted(source), shortCircuit: true };
    },
  });
}

/** Which branches an input reached that none before it reached: the invariant of a corpus. */
export class Reached {
  readonly #known = new Uint8Array(maxEdges);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Of all that are loaded. */
  get of(): number {
    return edges;
  }

  /** Whether something ran since the last call that never ran before, or ran far more often. */
  gained(): boolean {
    let isNew = false;
    for (let edge = 0; edge < edges; edge += 1) {
      const times = counters[edge]!;
      if (times === 0) continue;
      counters[edge] = 0;
      const much = times > 31 ? 4 : times > 3 ? 2 : 1;
      const known = this.#known[edge]!;
      if ((known & much) !== 0) continue;
      if (known === 0) this.#count += 1;
      this.#known[edge] = known | much;
      isNew = true;
    }
    return isNew;
  }
}

interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** The source with a counter at the begin of each branch. */
export function counted(source: string): string {
  const inserted: { at: number; text: string; closes: boolean }[] = [];
  const put = (at: number, text: string) => inserted.push({ at, text, closes: false });
  const count = () => `__edges[${edges++ % maxEdges}]++`;
  const around = (node: Syntax, open: string, close: string) => {
    put(node.start, open);
    inserted.push({ at: node.end, text: close, closes: true });
  };
  const branch = (node: Syntax) => around(node, `(${count()},`, ')');
  const body = (node: unknown) => {
    if (isSyntax(node) && node.type !== 'BlockStatement') around(node, `{${count()};`, '}');
  };
  const visit = (node: Syntax): void => {
    const { type } = node;
    if (type === 'BlockStatement') put(node.start + 1, `${count()};`);
    else if (type === 'IfStatement') for (const side of [node.consequent, node.alternate]) body(side);
    else if (/^(While|DoWhile|For|ForIn|ForOf)Statement$/.test(type)) body(node.body);
    else if (type === 'SwitchCase') {
      const [first] = node.consequent as Syntax[];
      if (first) put(first.start, `${count()};`);
    } else if (type === 'ConditionalExpression') {
      for (const side of [node.consequent, node.alternate]) branch(side as Syntax);
    } else if (type === 'LogicalExpression') branch(node.right as Syntax);
    else if (type === 'ArrowFunctionExpression' && (node.body as Syntax).type !== 'BlockStatement') {
      branch(node.body as Syntax);
    }
    for (const inner of Object.values(node).flat()) if (isSyntax(inner)) visit(inner);
  };
  visit(parseAst(source) as unknown as Syntax);
  inserted.sort((a, b) => a.at - b.at || Number(b.closes) - Number(a.closes));
  let text = '';
  let from = 0;
  for (const { at, text: piece } of inserted) {
    text += source.slice(from, at) + piece;
    from = at;
  }
  return text + source.slice(from);
}

const isSyntax = (value: unknown): value is Syntax =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Syntax).type === 'string' &&
  'start' in value;
