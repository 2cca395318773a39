/** The blocks of a page: what stands between fences, as a reader copies it. Invariant: no block is left out, indented or not. */

export interface Block {
  /** Of the opening fence. */
  readonly line: number;
  /** The first word behind the fence; empty: it says none. */
  readonly language: string;
  /** Ends with a line break. */
  readonly text: string;
}

/** The first line names a block in its page. */
export const nameOf = (text: string): string => text.split('\n', 1)[0]!.trim();

const fence = /^( *)(`{3,}|~{3,})\s*(\S*)/;

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { indent: string; mark: string; block: Block; lines: string[] } | null = null;
  for (const [index, line] of page.split('\n').entries()) {
    const [, indent = '', mark = '', language = ''] = fence.exec(line) ?? [];
    if (open !== null) {
      if (mark === open.mark && language === '') {
        blocks.push({ ...open.block, text: open.lines.map(each => `${each}\n`).join('') });
        open = null;
      } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    } else if (mark !== '')
      open = { indent, mark, block: { line: index + 1, language, text: '' }, lines: [] };
  }
  return blocks;
}

/** Lines that Markdown takes for code because four spaces stand before them: numbers of the first of each such block. */
export function indentedBlocks(page: string): number[] {
  const found: number[] = [];
  let inFence = false;
  let before = '';
  for (const [index, line] of page.split('\n').entries()) {
    if (fence.test(line)) inFence = !inFence;
    else if (!inFence && before === '' && /^ {4,}\S/.test(line)) found.push(index + 1);
    before = line;
  }
  return found;
}
