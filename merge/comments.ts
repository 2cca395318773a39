/**
 * Merges blocks of comment lines that both sides edited. Invariant: a block is merged line by line under the rule of
 * texts (lines.ts) or not at all, and lines that stay are current's own bytes.
 */
import { mergeLines } from './lines.ts';
import { spoken } from './node.ts';
import type { Three } from './three.ts';

/**
 * The lines of a block that all three sides have, each with its line end; null where they do not merge.
 * @param blocks the lines, trimmed
 * @param own current's lines as they stand there
 * @param indent the column of lines that come in
 */
export function mergeComments(blocks: Three<string>, own: string, indent: number): string | null {
  const { base, current, proposed } = blocks;
  if (spoken(base) === '' || spoken(current) === '' || spoken(proposed) === '') return null;
  const merged = mergeLines(base, current, proposed);
  if (merged === null || spoken(merged) === '') return null;
  // Lines that nothing is indented below stand where their neighbours stand.
  const pad = indent > 0 ? ' '.repeat(indent) : (/^[ \t]*(?=\S)/m.exec(own)?.[0] ?? '');
  const lines = own.split('\n');
  let next = 0;
  const written = merged.split('\n').map(line => {
    const at = lines.findIndex((candidate, index) => index >= next && candidate.trim() === line);
    if (at === -1) return line === '' ? '' : pad + line;
    next = at + 1;
    return lines[at]!;
  });
  return `${written.join('\n')}\n`;
}
