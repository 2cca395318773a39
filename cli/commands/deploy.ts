/**
 * `deploy`: every file that was changed here becomes a version, all in one deployment or none. Invariant: it asks
 * only about files that somebody else has saved since, and only at a terminal.
 */
import type { DeploymentItem, OnStale } from '../../api/types.gen.ts';
import { findBase, textOfBase } from '../base.ts';
import type { Client } from '../client.ts';
import type { Entry } from '../compare.ts';
import type { Context } from '../context.ts';
import { type Change, maxChanges, sendChanges, settleFiles } from '../deployment.ts';
import { CliError, type Exit } from '../errors.ts';
import type { Origin } from '../git.ts';
import type { LocalFile } from '../scan.ts';
import { inParallel, survey } from '../survey.ts';
import { oneLine, table } from '../terminal.ts';
import { count } from '../words.ts';
import { configName } from '../workspace.ts';

export interface DeployOptions {
  readonly yes?: boolean;
  readonly onStale?: OnStale;
  readonly dryRun?: boolean;
  readonly message?: string;
  /** Create again what was deleted on the server. */
  readonly recreate?: boolean;
}

export async function deploy(
  context: Context,
  typed: readonly string[],
  options: DeployOptions,
): Promise<Exit> {
  const { terminal } = context;
  const only = context.files(typed);
  const paths = only.length > 0 ? only : context.workspace.folders.map(({ folder }) => folder);
  const origin = await context.git.origin(paths);
  const { entries, leftOut, state, client } = await survey(context, only);
  warnUncommitted(context, origin);
  for (const { file, why } of leftOut) terminal.tell(oneLine(`left out: ${file}: ${why}`));
  refuseUnready(context, entries);
  const changes = await changesOf(client, context, entries, options.recreate ?? false);
  mention(context, entries, options);
  if (changes.length === 0) {
    if (context.structured) await context.print({ items: [], dry_run: options.dryRun ?? false });
    else terminal.tell('Nothing to deploy: no file was changed here.');
    return 0;
  }
  if (changes.length > maxChanges) {
    throw new CliError(
      'Usage',
      `${changes.length} files were changed; one deployment takes ${maxChanges}. Name a folder: ${context.command('deploy', 'FOLDER')}`,
    );
  }
  const { yes = false, dryRun = false, onStale, message } = options;
  const result = await sendChanges(context, client, changes, {
    yes,
    dryRun,
    onStale,
    comment: message,
    git: origin.git,
  });
  if (result === null) {
    terminal.tell(
      'Nothing was saved: this was a dry run. Without --dry-run you would be asked about the above.',
    );
    return 0;
  }
  if (!dryRun) await settleFiles(context, client, state, changes, result.items);
  if (context.structured) await context.print(result);
  else report(context, changes, result.items, origin, dryRun);
  return 0;
}

function warnUncommitted(context: Context, { uncommitted, git }: Origin): void {
  if (uncommitted.length === 0) return;
  const names =
    uncommitted.slice(0, 3).join(', ') +
    (uncommitted.length > 3 ? `, and ${uncommitted.length - 3} more` : '');
  const warning = context.terminal.paint('yellow', 'warning:', 'err');
  context.terminal.tell(
    `${warning} uncommitted changes: ${names}. The deployment is recorded as commit ${git.commit.slice(0, 7)}, changed.`,
  );
}

function refuseUnready(context: Context, entries: readonly Entry[]): void {
  const list = (found: readonly Entry[], command: string) =>
    found.map(({ file }) => `  ${context.command(command, file)}`).join('\n');
  const marked = entries.filter(({ standing }) => standing === 'unresolved');
  if (marked.length > 0) {
    const files = count(marked.length, 'file still holds', 'files still hold');
    throw new CliError(
      'Unresolved',
      `${files} the markers of a clash. Nothing was deployed. Decide each place:\n${list(marked, 'resolve')}`,
    );
  }
  const lost = entries.filter(({ standing }) => standing === 'unknown-base');
  if (lost.length === 0) return;
  throw new CliError(
    'Conflict',
    `of ${count(lost.length, 'file', 'files')} nothing says which version it was edited from: neither the state file nor ` +
      `the histories. Nothing was deployed. Take the latest in first, and decide what differs:\n${list(lost, 'pull')}`,
  );
}

async function changesOf(
  client: Client,
  context: Context,
  entries: readonly Entry[],
  recreate: boolean,
): Promise<Change[]> {
  const changes: Change[] = [];
  const behind: Entry[] = [];
  for (const entry of entries) {
    const { local, standing, base } = entry;
    if (local === null) continue;
    const change = (baseVersion: number) =>
      changes.push({ entry: { ...entry, local: local as LocalFile }, text: local.text, baseVersion });
    if (standing === 'new-here') change(0);
    else if (standing === 'gone-there' && recreate) change(0);
    else if (standing === 'changed-here') change(base!.version);
    else if (standing === 'changed-both') behind.push(entry);
  }
  await inParallel(behind, async entry => {
    const { local } = entry;
    // The server merges from its own text of that number: it must be the one the file was made from.
    const known = await textOfBase(client, entry);
    const base = known === null ? await findBase(client, context.git, entry) : entry.base;
    if (base === null) refuseUnready(context, [{ ...entry, standing: 'unknown-base' }]);
    else
      changes.push({
        entry: { ...entry, base, local: local! },
        text: local!.text,
        baseVersion: base.version,
      });
  });
  return changes.sort((a, b) => (a.entry.file < b.entry.file ? -1 : 1));
}

/** What is not deployed and why, for whoever expected it to be. */
function mention(context: Context, entries: readonly Entry[], { recreate }: DeployOptions): void {
  const of = (...standings: Entry['standing'][]) =>
    entries.filter(({ standing }) => standings.includes(standing));
  const behind = of('changed-there', 'new-there');
  if (behind.length > 0)
    context.terminal.tell(
      `${count(behind.length, 'file has', 'files have')} newer versions on the server: ${context.command('pull')}`,
    );
  for (const { file } of of('gone-here')) {
    context.terminal.tell(
      `${file} is gone here and stays on the server; to delete it with its history: ${context.command('delete', file)}`,
    );
  }
  if (recreate) return;
  for (const { file } of of('gone-there')) {
    context.terminal.tell(
      `${file} was deleted on the server; to create it again: ${context.command('deploy', '--recreate', file)}`,
    );
  }
}

function report(
  context: Context,
  changes: readonly Change[],
  items: readonly DeploymentItem[],
  { git }: Origin,
  dryRun: boolean,
): void {
  const { terminal } = context;
  const rows = changes.map(({ entry }) => {
    const item = items.find(one => configName(one) === configName(entry.config));
    return [entry.file, versionOf(item), becameOf(item)];
  });
  terminal.out(table(['FILE', 'VERSION', dryRun ? 'WOULD BE' : 'RESULT'], rows));
  const from = `commit ${git.commit.slice(0, 7)}${git.dirty ? ', changed' : ''}${git.branch === undefined ? '' : ` (${git.branch})`}`;
  terminal.tell(
    dryRun
      ? 'Nothing was saved: this was a dry run.'
      : `Deployed ${count(changes.length, 'change')} from ${from}.`,
  );
}

const versionOf = (item: DeploymentItem | undefined): string =>
  String(item?.new_version ?? item?.old_version ?? '');

function becameOf(item: DeploymentItem | undefined): string {
  if (item === undefined) return '';
  const { operation, result, old_version } = item;
  if (operation === 'create') return 'created';
  if (operation === 'unchanged' || result === 'unchanged') return 'unchanged';
  const onto = old_version === undefined ? '' : ` onto version ${old_version}`;
  return result === 'merged' || result === 'confirmed' ? `merged${onto}` : 'saved';
}
