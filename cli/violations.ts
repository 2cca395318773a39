/** Words for what schemas say to a text, wherever the command line has to tell it. */
import type { Violation } from '../api/types.gen.ts';
import type { Context } from './context.ts';
import { oneLine } from './terminal.ts';

/** Places shown of one text. */
const maxShown = 10;

/** `line 3, column 5: limits.cap must be <= 100 (schema limits)` */
export function placeOfViolation({ schema, path = '', line, column, message }: Violation): string {
  const where = line === undefined ? '' : `line ${line}, column ${column ?? 1}: `;
  return oneLine(`${where}${path ? `${path} ` : ''}${message} (schema ${schema})`);
}

/** Each in a line of its own. */
export function tellViolations({ terminal }: Context, violations: readonly Violation[] = [], more = 0): void {
  for (const one of violations.slice(0, maxShown)) terminal.tell(`  ${placeOfViolation(one)}`);
  const left = Math.max(0, violations.length - maxShown) + more;
  if (left > 0) terminal.tell(`  and ${left} more`);
}

/** Of a text that was saved, or would be, although a schema that only warns does not allow it. */
export function tellNotices(context: Context, name: string, notices: readonly Violation[] | undefined): void {
  if (notices === undefined || notices.length === 0) return;
  const warning = context.terminal.paint('yellow', 'warning:', 'err');
  context.terminal.tell(`${warning} ${oneLine(name)} is not what a schema allows:`);
  tellViolations(context, notices);
}
