/**
 * The answer to a half-typed command line, for whichever shell asks: candidates, a tab and a description each, and a last
 * line that says what the shell may add (cobra's words, which kubectl reads).
 */
import type { Env } from './asking.ts';
import { complete } from './complete.ts';
import { namesFrom } from './complete-names.ts';
import { buildProgram } from './program/program.ts';
import { version } from './version.ts';

/** @param words what stands after the program's name; the last is the one being typed */
export function completionOf(words: readonly string[], env: Env): Promise<string> {
  const program = buildProgram('kubectl pawl', async () => {}, { version: '', mergeProgram: '' });
  return complete(program, words, namesFrom(env, version));
}
