/** Places that break a rule, in words. Invariant: a place names keys and lines, and never a value. */
import type { ViolatingConfig, Violation } from '../../api/types.gen.ts';

export const ruleOf = ({ schema, rule }: Violation): string => {
  if (schema !== undefined) return `schema ${schema}`;
  return rule === undefined ? 'secret' : `secret: ${rule}`;
};

export function violatedPlace({ line, column }: Violation): string {
  if (line === undefined) return 'the whole text';
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
}

export function foundWords(found: readonly ViolatingConfig[], isAll: boolean): string {
  const many =
    found.length === 1
      ? '1 config violates a rule'
      : `${found.length.toLocaleString('en')} configs violate a rule`;
  return isAll ? `${many}.` : `${many} so far.`;
}
