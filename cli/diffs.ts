/** Unified diffs for people. The diff library is loaded only when there is something to show. */
import { safeLines, type Terminal } from './terminal.ts';

/** Added and removed lines up to which a difference is worked out. */
const maxEdits = 20_000;

/** Empty when the texts are equal. */
export async function unified(
  from: string,
  to: string,
  labels: { from: string; to: string },
): Promise<string> {
  if (from === to) return '';
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  const patch = createTwoFilesPatch(labels.from, labels.to, from, to, undefined, undefined, {
    context: 3,
    maxEditLength: maxEdits,
    headerOptions: FILE_HEADERS_ONLY,
  });
  return patch ?? `--- ${labels.from}\n+++ ${labels.to}\n# more than ${maxEdits} lines differ\n`;
}

export function painted(terminal: Terminal, diff: string, stream: 'out' | 'err' = 'out'): string {
  return safeLines(diff)
    .split('\n')
    .map(line => {
      if (/^(---|\+\+\+) /.test(line)) return terminal.paint('bold', line, stream);
      if (line.startsWith('@@')) return terminal.paint('cyan', line, stream);
      if (line.startsWith('+')) return terminal.paint('green', line, stream);
      if (line.startsWith('-')) return terminal.paint('red', line, stream);
      return line;
    })
    .join('\n');
}

/**
 * A merge's markers in the words of the person who has to decide.
 * @param theirs such as `version 13 (bob)`
 * @param mine the other side
 */
export function labelled(marked: string, theirs: string, mine = 'yours'): string {
  return marked
    .replace(/^<{7} current(?=\r?$)/gm, () => `<<<<<<< ${theirs}`)
    .replace(/^\|{7} base(?=\r?$)/gm, '||||||| before both edits')
    .replace(/^>{7} proposed(?=\r?$)/gm, () => `>>>>>>> ${mine}`);
}

/**
 * Two texts in one, with markers where they differ: for when nothing is known that both were made from. Every line of
 * both is in it.
 */
export async function markedWithoutBase(current: string, proposed: string, theirs: string): Promise<string> {
  const { diffLines } = await import('diff');
  const parts: string[] = [];
  let removed = '';
  let added = '';
  const ended = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  const flush = () => {
    if (removed === '' && added === '') return;
    parts.push(`<<<<<<< ${theirs}\n${ended(removed)}=======\n${ended(added)}>>>>>>> yours\n`);
    removed = '';
    added = '';
  };
  for (const part of diffLines(current, proposed)) {
    if (part.removed) removed += part.value;
    else if (part.added) added += part.value;
    else {
      flush();
      parts.push(part.value);
    }
  }
  flush();
  return parts.join('');
}
