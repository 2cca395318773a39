/**
 * `merge-file` and `install-merge-driver`: our merge for Git's own merges. Invariant: what is left in CURRENT after a
 * clash, or when a text cannot be read, holds both sides, since Git takes it for the whole of the conflict.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Format, formatExtensions, formatNames, formatOfPath } from '../../text/format.ts';
import type { Context } from '../context.ts';
import { CliError, type Exit } from '../errors.ts';
import { GitRepository } from '../git.ts';
import { readText } from '../scan.ts';
import { formatOfFile } from '../workspace.ts';

export interface MergeFileOptions {
  readonly write?: boolean;
  readonly format?: Format;
  /** The path whose extension gives the format, when the three files are temporary ones. */
  readonly path?: string;
}

export async function mergeFile(
  context: Context,
  [base, current, proposed]: readonly [string, string, string],
  { write = false, format, path }: MergeFileOptions,
): Promise<Exit> {
  const { terminal } = context;
  const byLines = async (why: string): Promise<Exit> => {
    terminal.tell(`${why}; merged by lines instead`);
    const git = new GitRepository(context.surroundings.cwd, context.signal);
    return (await git.mergeFile(current, base, proposed)) ? 1 : 0;
  };
  const texts: string[] = [];
  for (const [input, file] of Object.entries({ base, current, proposed })) {
    const read = readText(file);
    if (typeof read === 'string') texts.push(read);
    else if (write) return byLines(`${input}: ${read.why}`);
    else throw new CliError('File', `${file}: ${read.why}`);
  }
  const [b, c, p] = texts as [string, string, string];
  const { merge } = await import('../../merge/merge.ts');
  const result = merge(b, c, p, { format: format ?? formatBy(context, [path, current, proposed, base]) });
  const answer = (text: string) => (write ? writeFileSync(current, text) : terminal.out(text));
  switch (result.kind) {
    case 'clean':
      for (const { pointer, message } of result.notices) terminal.tell(`${pointer || '/'}: ${message}`);
      answer(result.text);
      return 0;
    case 'clash':
      for (const place of result.places) terminal.tell(`${place.kind} at ${place.path || '/'}`);
      if (context.structured) await context.print({ places: result.places });
      if (write || !context.structured) answer(result.marked);
      return write ? 1 : 3;
    case 'refused': {
      const { input, line, column } = result.position;
      const why = `${input}: ${result.message} (line ${line}, column ${column})`;
      if (write) return byLines(why);
      terminal.tell(why);
      return 2;
    }
  }
}

function formatBy(context: Context, files: readonly (string | undefined)[]): Format {
  const rules = context.maybeWorkspace ?? { formats: [] };
  for (const file of files) {
    const format = file === undefined ? null : (formatOfFile(rules, file) ?? formatOfPath(file));
    if (format !== null) return format;
  }
  throw new CliError(
    'Usage',
    `the format is not clear from the file names: give ${formatNames.map(name => `--format ${name}`).join(' or ')}`,
  );
}

/** @param program what Git is to call, a shell's words */
export async function installMergeDriver(context: Context, program: string): Promise<Exit> {
  const { workspace, git, terminal } = context;
  await git.setConfig('merge.pawl.name', 'Pawl: merges configs by their keys');
  await git.setConfig('merge.pawl.driver', `${program} merge-file --write --path %P %O %A %B`);
  const file = join(workspace.root, '.gitattributes');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const present = new Set(before.split(/\r?\n/));
  const wanted = workspace.folders.flatMap(({ folder }) =>
    formatExtensions.map(extension =>
      attribute(folder === '.' ? `*${extension}` : `${folder}/**/*${extension}`),
    ),
  );
  wanted.push(...workspace.formats.map(([glob]) => attribute(glob)));
  const missing = wanted.filter(line => !present.has(line));
  if (missing.length > 0) {
    const gap = before === '' || before.endsWith('\n') ? '' : '\n';
    appendFileSync(file, `${gap}${missing.join('\n')}\n`);
  }
  if (context.structured) await context.print({ attributes: wanted, added: missing });
  else terminal.out(`Git now merges these files with Pawl:\n${wanted.map(line => `  ${line}\n`).join('')}`);
  terminal.tell(
    'The setting belongs to this clone. Commit .gitattributes, and have everybody else run this command once in their clone.',
  );
  return 0;
}

function attribute(pattern: string): string {
  return `${/\s|"/.test(pattern) ? JSON.stringify(pattern) : pattern} merge=pawl`;
}
