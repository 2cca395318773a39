/**
 * What the verifier asks of comments and of the lines of a text: whether each is there as often as the changes of the
 * two sides add up to. Invariant: it counts, and knows nothing of how a result was made.
 */
import type { Four } from './verify-order.ts';

export function tally(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** Each thing in a text that looks like a comment; strings may look so too. */
export function openedBy(opener: string, text: string): string[] {
  const found: string[] = [];
  for (let at = text.indexOf(opener); at !== -1; at = text.indexOf(opener, at + 1)) {
    if (at > 0 && !/\s/.test(text[at - 1]!)) continue;
    const end = text.indexOf('\n', at);
    found.push(text.slice(at, end === -1 ? text.length : end).trimEnd());
    if (end === -1) break;
    at = end;
  }
  return found;
}

/**
 * Whether what people wrote is there as often as the two sides' changes add up to. Where the result is `current`
 * itself, only whether what proposed added is there: current may have moved what proposed removed.
 */
export function commentsLost([b, c, p, r]: Four<Map<string, number>>, current = false): string | null {
  for (const comment of new Set([...b.keys(), ...c.keys(), ...p.keys(), ...r.keys()])) {
    const [x, y, z, times] = [b, c, p, r].map(side => side.get(comment) ?? 0) as Four<number>;
    const [least, most] = current ? [z > x ? 1 : 0, times] : bounds(x, y, z);
    if (times < least || times > most) {
      return `a comment or line is there ${times} times instead of ${least}: ${comment}`;
    }
  }
  return null;
}

/**
 * Whether each line of a text is there as often as the two sides' changes add up to. Where the result is one side's
 * own text, a line may have gone in one place and come in another; then it is asked for what the other side added, and
 * that a line the other side took out does not stand where it stood.
 */
export function linesAddUp([b, c, p, r]: Four<string>): boolean {
  const [inBase, inCurrent, inProposed, inResult] = [b, c, p, r].map(text => tally(text.split('\n'))) as Four<
    Map<string, number>
  >;
  const count = (lines: Map<string, number>, line: string) => lines.get(line) ?? 0;
  for (const line of new Set([
    ...inBase.keys(),
    ...inCurrent.keys(),
    ...inProposed.keys(),
    ...inResult.keys(),
  ])) {
    const [x, y, z, times] = [inBase, inCurrent, inProposed, inResult].map(side =>
      count(side, line),
    ) as Four<number>;
    const [least, most] = bounds(x, y, z);
    if (times >= least && times <= most) continue;
    const stayed = (side: string) => x === 1 && times === 1 && around(b, line) === around(side, line);
    if (r === c && (z <= x || times > 0) && !stayed(c)) continue;
    if (r === p && (y <= x || times > 0) && !stayed(p)) continue;
    return false;
  }
  return true;
}

/** Whether the lines that all four texts have once stand in the order that the two sides' changes ask for. */
export function linesInOrder(texts: Four<string>): boolean {
  const lines = texts.map(text => text.split('\n'));
  const once = lines.map(list => tally(list));
  const [b, c, p, r] = lines.map(list =>
    list.filter(line => once.every(count => count.get(line) === 1)).join('\n'),
  ) as Four<string>;
  if (c === p || b === p) return r === c;
  return b === c && r === p;
}

/** A line with its neighbours, where it stands first. */
function around(text: string, line: string): string {
  const lines = text.split('\n');
  const at = lines.indexOf(line);
  return JSON.stringify([lines[at - 1], line, lines[at + 1]]);
}

/** How often something may be in a result that base has `x`, current `y` and proposed `z` times. */
function bounds(x: number, y: number, z: number): [number, number] {
  if (y === x) return [z, z];
  if (z === x) return [y, y];
  const sum = Math.max(0, y + z - x);
  if (y > x && z > x) return [Math.max(y, z), sum];
  if (y < x && z < x) return [sum, Math.min(y, z)];
  return [sum, sum];
}
