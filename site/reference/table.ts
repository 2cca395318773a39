/** Tables of Markdown. Invariant: nothing in a cell ends the cell, its row or the code it stands in. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellOf).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

const cellOf = (text: string): string =>
  text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|');

export const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

/** The beginning of every page of the reference. */
export const opening = (title: string, source: string): string =>
  `# ${title}\n\n<!-- Generated from ${source} by \`npm run generate\`. Do not edit. -->\n`;
