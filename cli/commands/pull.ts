/**
 * `pull`: brings the latest versions into the files, merging where both sides changed. Invariant: a text that
 * nobody saved is never replaced but by a merge that contains it, and is kept in `.pawl/kept` even then; the file is
 * written before the state, so that being killed in between can only make the next run look again.
 */
import { textOfBase } from '../base.ts';
import type { Client } from '../client.ts';
import type { SurveyedConfig } from '../compare.ts';
import type { Context } from '../context.ts';
import { labelled, markedWithoutBase } from '../diffs.ts';
import { CliError, type Exit } from '../errors.ts';
import { replaceFile } from '../files.ts';
import { commitName } from '../provenance.ts';
import { Refusal } from '../refusal.ts';
import type { Base, GitPosition } from '../state.ts';
import { inParallel, survey } from '../survey.ts';
import { oneLine, table } from '../terminal.ts';
import { count, versionName, who } from '../words.ts';
import { configName } from '../workspace.ts';

type Outcome = 'updated' | 'created' | 'merged' | 'clash' | 'left';

interface Pulled {
  readonly entry: SurveyedConfig;
  readonly outcome: Outcome;
  readonly note: string;
  /** The exit status for a file that was left alone: 3 when a person has to decide, 2 when it failed. */
  readonly exit?: Exit;
}

export interface PullOptions {
  readonly dryRun?: boolean;
  /** Commit what was brought in. */
  readonly commit?: boolean;
  /** With `commit`: on this branch, which begins at HEAD. */
  readonly branch?: string;
}

export async function pull(
  context: Context,
  typed: readonly string[],
  { dryRun = false, commit = false, branch }: PullOptions,
): Promise<Exit> {
  const { terminal } = context;
  const only = context.files(typed);
  if (branch !== undefined && !commit)
    throw new CliError('Usage', '--branch names where to commit: give --commit, too');
  if (commit) await context.git.origin();
  if (branch !== undefined && !(await context.git.isFree(branch)))
    throw new CliError(
      'Git',
      `branch ${branch} has commits that are not here; delete it, or name another one`,
    );
  const { entries, leftOut, state, client } = await survey(context, only);
  for (const { file, why } of leftOut) terminal.tell(oneLine(`left out: ${file}: ${why}`));
  const named = new Set(only);
  const wanted = entries.filter(entry => concerns(entry, named.has(entry.file)));
  if (commit) await refuseUncommitted(context, wanted);
  const pulled: Pulled[] = [];
  const learned = new Map<string, Base>();
  const remember = () => {
    state.update(learned);
    learned.clear();
  };
  try {
    await inParallel(wanted, async entry => {
      const one = await bring(context, client, entry, { dryRun, clashes: !commit });
      pulled.push(one);
      terminal.progress(`${pulled.length} of ${wanted.length} …`);
      if (dryRun || one.outcome === 'left') return;
      const { version, content_sha256 } = entry.head!;
      learned.set(configName(entry.config), { version, sha256: content_sha256 });
      // A merge that is forgotten is only done again, but its markers would be of an unknown version.
      if (one.outcome === 'merged' || one.outcome === 'clash' || learned.size >= 100) remember();
    });
  } finally {
    remember();
  }
  terminal.done();
  pulled.sort((a, b) => (a.entry.file < b.entry.file ? -1 : 1));
  const committed = commit && !dryRun ? await commitPulled(context, client, pulled, branch) : null;
  await report(context, pulled, dryRun, committed);
  if (pulled.some(({ exit }) => exit === 2)) return 2;
  return pulled.some(({ outcome, exit }) => outcome === 'clash' || exit === 3) ? 3 : 0;
}

/** A text that nobody committed would go into a commit of other people's. */
async function refuseUncommitted(context: Context, wanted: readonly SurveyedConfig[]): Promise<void> {
  const files = wanted.filter(({ local }) => local !== null).map(({ file }) => file);
  const [first, ...more] = await context.git.uncommitted(files);
  if (first === undefined) return;
  const others = more.length > 0 ? `, and ${more.length} more` : '';
  throw new CliError(
    'Git',
    `${first}${others} has changes that are in no commit. Commit them, then pull --commit again`,
  );
}

async function commitPulled(
  context: Context,
  client: Client,
  pulled: readonly Pulled[],
  branch: string | undefined,
): Promise<GitPosition | null> {
  const { pullMessage, versionsBrought } = await import('../pull-commit.ts');
  const done = pulled.filter(({ outcome }) => outcome !== 'left' && outcome !== 'clash');
  if (done.length === 0) return null;
  const brought = done.map(({ entry }) => {
    const from = entry.local === null ? 0 : (entry.base?.version ?? 0);
    return { config: entry.config, head: entry.head!, from };
  });
  const message = pullMessage(brought, await versionsBrought(client, brought));
  return context.git.commit(
    done.map(({ entry }) => entry.file),
    message,
    branch,
  );
}

/** @param named whether this very file was asked for, so that a file deleted here is wanted back */
function concerns({ standing, file }: SurveyedConfig, named: boolean): boolean {
  switch (standing) {
    case 'changed-there':
    case 'changed-both':
    case 'new-there':
    case 'unknown-base':
    case 'unresolved':
    case 'gone-there':
      return true;
    case 'gone-here':
      return named && file !== '';
    default:
      return false;
  }
}

async function bring(
  context: Context,
  client: Client,
  entry: SurveyedConfig,
  { dryRun, clashes }: { readonly dryRun: boolean; readonly clashes: boolean },
): Promise<Pulled> {
  const { standing, local, head, config, file } = entry;
  const left = (note: string, exit: Exit): Pulled => ({ entry, outcome: 'left', note, exit });
  if (standing === 'unresolved')
    return left(`holds conflict markers: ${context.command('resolve', file)}`, 3);
  if (head === null)
    return left(
      `was deleted on the server; delete it here too, or ${context.command('deploy', '--recreate', file)}`,
      0,
    );
  const write = (text: string) => {
    if (!dryRun)
      replaceFile(context.workspace.root, {
        file,
        text,
        expected: local?.sha256 ?? null,
        keep: standing !== 'changed-there',
      });
  };
  try {
    const { body_raw: latest } = await client.read(config.namespace, config.path, head.version);
    if (local === null) {
      write(latest);
      return { entry, outcome: 'created', note: `version ${head.version}` };
    }
    if (standing === 'changed-there') {
      write(latest);
      return {
        entry,
        outcome: 'updated',
        note: `version ${entry.base?.version} → ${head.version} by ${who(head)}`,
      };
    }
    const base = await textOfBase(client, entry);
    if (base === null) {
      if (!clashes)
        return left(`nothing says which version it was made from: ${context.command('pull', file)}`, 3);
      write(await markedWithoutBase(latest, local.text, versionName(head)));
      return {
        entry,
        outcome: 'clash',
        note: 'the version it was edited from is not known: conflict markers at every difference',
      };
    }
    const { merge } = await import('../../merge/merge.ts');
    const result = merge(base, latest, local.text, { format: entry.format });
    if (result.kind === 'refused') return left(refusedWords(result.message, result.position), 2);
    if (result.kind !== 'clean' && !clashes)
      return left(
        `clashes with version ${head.version} by ${who(head)}: ${context.command('pull', file)}`,
        3,
      );
    write(result.kind === 'clean' ? result.text : labelled(result.marked, versionName(head)));
    if (result.kind === 'clean')
      return { entry, outcome: 'merged', note: `your edit, onto version ${head.version} by ${who(head)}` };
    return {
      entry,
      outcome: 'clash',
      note: `with version ${head.version} by ${who(head)}: ${result.places
        .map(({ path }) => path || '/')
        .slice(0, 3)
        .join(', ')}`,
    };
  } catch (error) {
    if (error instanceof CliError && error.reason === 'File') return left(error.message, 2);
    // One config was refused, such as one that may be listed but not read; the others are brought in all the same.
    if (error instanceof Refusal) return left(error.message, 2);
    throw error;
  }
}

const branchOf = ({ branch }: GitPosition) =>
  branch === null ? {} : { branch: branch.replace('refs/heads/', '') };

function refusedWords(
  message: string,
  { input, line, column }: { input: string; line: number; column: number },
): string {
  const whose = input === 'proposed' ? 'your text' : 'the version on the server';
  return `${whose} cannot be read: ${message} (line ${line}, column ${column}); correct it, then pull again`;
}

async function report(
  context: Context,
  pulled: readonly Pulled[],
  dryRun: boolean,
  committed: GitPosition | null,
): Promise<void> {
  const { terminal } = context;
  if (context.structured) {
    await context.print({
      dry_run: dryRun,
      ...(committed && {
        commit: { id: committed.commit, ...branchOf(committed) },
      }),
      files: pulled.map(({ entry, outcome, note }) => ({
        ...{ file: entry.file, ...entry.config, result: outcome, note },
        ...(entry.head !== null && { version: entry.head.version }),
      })),
    });
    return;
  }
  if (pulled.length === 0) {
    terminal.tell('Nothing to pull: the server has nothing newer.');
    return;
  }
  terminal.out(
    table(
      [dryRun ? 'WOULD BE' : 'RESULT', 'FILE', 'NOTE'],
      pulled.map(({ entry, outcome, note }) => [outcome, entry.file, note]),
    ),
  );
  if (committed)
    terminal.tell(
      `Committed as ${commitName({ commit: committed.commit, ...branchOf(committed) }).replace(/^commit /, '')}.`,
    );
  const clashes = pulled.filter(({ outcome }) => outcome === 'clash');
  if (clashes.length === 0 || dryRun) return;
  terminal.tell(
    `\n${count(clashes.length, 'file holds', 'files hold')} conflict markers now: above "=======" is the server's text, below it is yours. Decide each place:`,
  );
  for (const { entry } of clashes) terminal.tell(`  ${context.command('resolve', entry.file)}`);
  terminal.tell('The files’ previous texts are in .pawl/kept.');
}
