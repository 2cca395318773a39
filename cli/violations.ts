/** Words for what schemas and the search for secrets say to a text, wherever the command line has to tell it. */
import type { Violation } from '../api/types.gen.ts';
import type { Context } from './context.ts';
import { oneLine } from './terminal.ts';

/** Places shown of one text. */
const maxShown = 10;

/** `line 3, column 5: limits.cap must be <= 100 (schema limits)` */
export function placeOfViolation({ schema, path = '', line, column, message, rule }: Violation): string {
  const where = line === undefined ? '' : `line ${line}, column ${column ?? 1}: `;
  const by = schema !== undefined ? ` (schema ${schema})` : rule !== undefined ? ` (${rule})` : '';
  return oneLine(`${where}${path ? `${path} ` : ''}${message}${by}`);
}

/** Each in a line of its own. */
export function tellViolations({ terminal }: Context, violations: readonly Violation[] = [], more = 0): void {
  for (const one of violations.slice(0, maxShown)) terminal.tell(`  ${placeOfViolation(one)}`);
  const left = Math.max(0, violations.length - maxShown) + more;
  if (left > 0) terminal.tell(`  and ${left} more`);
}

/** Of a text that was saved, or would be, although a schema that only warns does not allow it, or it holds a secret. */
export function tellNotices(context: Context, name: string, notices: readonly Violation[] | undefined): void {
  if (notices === undefined || notices.length === 0) return;
  const warning = context.terminal.paint('yellow', 'warning:', 'err');
  const [schemas, secrets] = [true, false].map(of =>
    notices.filter(one => (one.schema !== undefined) === of),
  );
  if (schemas!.length > 0) {
    context.terminal.tell(`${warning} ${oneLine(name)} is not what a schema allows:`);
    tellViolations(context, schemas);
  }
  if (secrets!.length > 0) {
    context.terminal.tell(
      `${warning} ${oneLine(name)} seems to hold a secret. Keep it elsewhere, or write # pawl:allow-secret REASON beside it:`,
    );
    tellViolations(context, secrets);
  }
}
