/**
 * A text in the person's own editor, opened again until nothing is wrong with it. Invariant: what was typed stays in a file of
 * its own until `use` has ended well, and whatever fails before names that file.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readBody } from '../text/body.ts';
import type { Format } from '../text/format.ts';
import type { Context } from './context.ts';
import { openEditor } from './editor.ts';
import { CliError } from './errors.ts';
import { readText } from './scan.ts';

export interface TextToEdit {
  /** Its last part names the file: editors go by it. */
  readonly path: string;
  readonly text: string;
  /** What the server would refuse it for, or null. */
  readonly faultOf: (text: string) => string | null;
}

/** Throws CliError `Declined` when the person gives up. */
export async function editText<T>(
  { terminal, surroundings }: Context,
  { path, text, faultOf }: TextToEdit,
  use: (text: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pawl-edit-'));
  // A path may end in a name that is too long for a disk; its end has what an editor goes by.
  const file = join(folder, basename(path).slice(-150));
  writeFileSync(file, text, { mode: 0o600 });
  for (;;) {
    await openEditor(file, surroundings.env);
    const read = readText(file);
    const fault = typeof read === 'string' ? faultOf(read) : read.why;
    if (typeof read === 'string' && fault === null) {
      const used = await use(read).catch((error: unknown) => {
        terminal.tell(`Your text is in ${file}`);
        throw error;
      });
      rmSync(folder, { recursive: true, force: true });
      return used;
    }
    terminal.tell(`Not yet: ${fault}.`);
    if (!(await terminal.confirm('Edit it again?', 'a terminal')))
      throw new CliError('Declined', `Nothing was saved. Your text is in ${file}`);
  }
}

/** What a text cannot be saved for, or null. */
export function faultIn(text: string, format: Format): string | null {
  const read = readBody(text, format, { maxBytes: Number.POSITIVE_INFINITY });
  return read.ok ? null : read.problem.message;
}
