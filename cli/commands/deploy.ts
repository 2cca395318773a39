/**
 * `deploy`: every file that was changed here becomes a version, all in one deployment or none. Invariant: what would
 * take back somebody else's save, or differs from the file, is shown and asked about, and only at a terminal.
 */
import type { DeploymentItem, DeploymentResult, OnStale } from '../../api/types.gen.ts';
import { findBase, textOfBase } from '../base.ts';
import type { Client } from '../client.ts';
import type { SurveyedConfig } from '../compare.ts';
import type { Context } from '../context.ts';
import { type Change, maxChanges, sendChanges, settleFiles } from '../deployment.ts';
import { painted, unified } from '../diffs.ts';
import { endOfDryRun, wouldAsk } from '../dry-run.ts';
import { CliError, type Exit } from '../errors.ts';
import { commitName, provenanceOf } from '../provenance.ts';
import type { LocalFile } from '../scan.ts';
import { inParallel, survey } from '../survey.ts';
import { oneLine, table } from '../terminal.ts';
import { count, who } from '../words.ts';
import { configName } from '../workspace.ts';

export interface DeployOptions {
  readonly yes?: boolean;
  readonly onStale?: OnStale;
  readonly dryRun?: boolean;
  readonly message?: string;
  readonly bypass?: string;
  /** Create again what was deleted on the server. */
  readonly recreate?: boolean;
}

export async function deploy(
  context: Context,
  typed: readonly string[],
  options: DeployOptions,
): Promise<Exit> {
  const { terminal } = context;
  const { yes = false, dryRun = false, onStale, message } = options;
  const only = context.files(typed);
  const origin = await context.git.origin();
  const { entries, leftOut, state, client } = await survey(context, only);
  for (const { file, why } of leftOut) terminal.tell(oneLine(`left out: ${file}: ${why}`));
  refuseUnready(context, entries);
  const changes = await changesOf(client, context, entries, options.recreate ?? false);
  mention(context, entries, options);
  if (changes.length === 0) {
    if (context.structured) await context.print({ items: [], dry_run: dryRun });
    else terminal.tell('Nothing to deploy: no file was changed here.');
    return 0;
  }
  if (changes.length > maxChanges) {
    throw new CliError(
      'Usage',
      `${changes.length} files were changed; one deployment takes ${maxChanges}. Name a folder: ${context.command('deploy', 'FOLDER')}`,
    );
  }
  const uncommitted = await context.git.uncommitted(changes.map(({ entry }) => entry.file));
  const differs = uncommitted.length > 0;
  if (differs) warnUncommitted(context, uncommitted, commitName(origin.git));
  const back = await showGoingBack(context, client, changes);
  if (back > 0 && !yes && !dryRun) await askToGoBack(context, back);
  const provenance = await provenanceOf(context, origin, { differs, message });
  const sending = { yes, dryRun, onStale, bypass: options.bypass, ...provenance };
  const result = await sendChanges(context, client, changes, sending);
  if (context.structured) await context.print(result);
  else
    report(
      context,
      changes,
      result,
      differs ? `uncommitted changes on ${commitName(origin.git)}` : commitName(origin.git),
    );
  if (dryRun && back > 0 && !yes) throw wouldAsk();
  if (dryRun) return endOfDryRun(context, result.items);
  await settle(context, client, { state, changes, items: result.items, yes });
  return 0;
}

function warnUncommitted({ terminal }: Context, uncommitted: readonly string[], commit: string): void {
  const names =
    uncommitted.slice(0, 3).join(', ') +
    (uncommitted.length > 3 ? `, and ${uncommitted.length - 3} more` : '');
  const warning = terminal.paint('yellow', 'warning:', 'err');
  terminal.tell(
    `${warning} uncommitted changes: ${oneLine(names)}. The history will say that the text differs from ${commit}.`,
  );
}

function refuseUnready(context: Context, entries: readonly SurveyedConfig[]): void {
  const list = (found: readonly SurveyedConfig[], command: string) =>
    found.map(({ file }) => `  ${context.command(command, file)}`).join('\n');
  const marked = entries.filter(({ standing }) => standing === 'unresolved');
  if (marked.length > 0) {
    const files = count(marked.length, 'file still holds', 'files still hold');
    throw new CliError(
      'Unresolved',
      `${files} conflict markers. Nothing was deployed. Decide each place:\n${list(marked, 'resolve')}`,
    );
  }
  const lost = entries.filter(({ standing }) => standing === 'unknown-base');
  if (lost.length === 0) return;
  throw new CliError(
    'Conflict',
    `Neither the state file nor the histories say which version ${count(lost.length, 'file was', 'files were')} edited ` +
      `from. Nothing was deployed. Bring the latest version in first, and decide what differs:\n${list(lost, 'pull')}`,
  );
}

async function changesOf(
  client: Client,
  context: Context,
  entries: readonly SurveyedConfig[],
  recreate: boolean,
): Promise<Change[]> {
  const changes: Change[] = [];
  const behind: SurveyedConfig[] = [];
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
    const base = known === null ? ((await findBase(client, context.git, entry))?.base ?? null) : entry.base;
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

/** Says what is not deployed and why, for people who expected it to be. */
function mention(context: Context, entries: readonly SurveyedConfig[], { recreate }: DeployOptions): void {
  const { terminal } = context;
  const of = (...standings: SurveyedConfig['standing'][]) =>
    entries.filter(({ standing }) => standings.includes(standing));
  const behind = of('changed-there', 'new-there');
  if (behind.length > 0)
    terminal.tell(
      `${count(behind.length, 'file has', 'files have')} newer versions on the server: ${context.command('pull')}`,
    );
  for (const { file, again } of behind) {
    if (again !== undefined)
      terminal.tell(
        `${file} has the text of version ${again} again, and nothing in Git says that this was on purpose. To save ` +
          `that text: ${context.command('restore', `${file}@${again}`)}`,
      );
  }
  for (const { file } of of('gone-here')) {
    terminal.tell(
      `${file} is gone here and stays on the server. To delete it with its history: ${context.command('delete', file)}`,
    );
  }
  if (recreate) return;
  for (const { file } of of('gone-there')) {
    terminal.tell(
      `${file} was deleted on the server. To create it again: ${context.command('deploy', '--recreate', file)}`,
    );
  }
}

/** Shows which of others' saves going back to an older text takes back. Answers how many files do. */
async function showGoingBack(context: Context, client: Client, changes: readonly Change[]): Promise<number> {
  // Where the latest is newer still, the server merges and asks for a confirmation.
  const back = changes.filter(({ entry }) => entry.again !== undefined && entry.standing === 'changed-here');
  const { terminal } = context;
  await inParallel(back, async ({ entry, text }) => {
    const { config, file, head, again = 0 } = entry;
    const latest = head!.version;
    const [{ body_raw }, versions] = await Promise.all([
      client.read(config.namespace, config.path, latest),
      client.versions(config.namespace, config.path, latest - again),
    ]);
    const since = versions.filter(({ version }) => version > again);
    const people = [...new Set(since.map(who))].slice(0, 5).join(', ');
    const diff = await unified(body_raw, text, { from: `version ${latest}`, to: `version ${again} again` });
    terminal.tell(
      `${terminal.paint('bold', oneLine(file), 'err')} has the text of version ${again} again. Saving it takes back ` +
        `what ${people} saved since:\n${painted(terminal, diff.replace(/\n$/, ''), 'err')}`,
    );
  });
  return back.length;
}

async function askToGoBack({ terminal }: Context, files: number): Promise<void> {
  if (!(await terminal.confirm(files === 1 ? 'Save it?' : `Save these ${files}?`, '--yes')))
    throw new CliError('Declined', 'Nothing was saved, and your files are as they were.');
}

function report(
  context: Context,
  changes: readonly Change[],
  { items, dry_run: dryRun }: DeploymentResult,
  from: string,
): void {
  const { terminal } = context;
  const rows = changes.map(({ entry }) => {
    const item = items.find(one => configName(one) === configName(entry.config));
    return [entry.file, versionOf(item), becameOf(item)];
  });
  terminal.out(table(['FILE', 'VERSION', dryRun ? 'WOULD BE' : 'RESULT'], rows));
  if (dryRun) return;
  const saved = items.filter(item => !isUnchanged(item));
  if (saved.length === 0) terminal.tell('Nothing was saved: the latest versions have these texts already.');
  else terminal.tell(`Deployed ${count(saved.length, 'change')} from ${from}.`);
}

/** Says which files differ from what was saved, and writes the saved text into them where that is wanted. */
async function settle(
  context: Context,
  client: Client,
  {
    state,
    changes,
    items,
    yes,
  }: {
    readonly state: Parameters<typeof settleFiles>[2];
    readonly changes: readonly Change[];
    readonly items: readonly DeploymentItem[];
    readonly yes: boolean;
  },
): Promise<void> {
  const { terminal } = context;
  const merged = changes.filter(({ entry }) => {
    const item = items.find(one => configName(one) === configName(entry.config));
    return item?.content_sha256 !== undefined && item.content_sha256 !== entry.local.sha256;
  });
  const names = merged.map(({ entry }) => oneLine(entry.file));
  if (merged.length > 0)
    terminal.tell(
      `${names.slice(0, 3).join(', ')}${names.length > 3 ? `, and ${names.length - 3} more` : ''}: the merged text is on the server, ` +
        'and in no commit yet.',
    );
  const ask = merged.length > 0 && !yes && terminal.interactive;
  const bring = yes || (ask && (await terminal.confirm('Write it into your files?', '--yes')));
  const { behind } = await settleFiles(context, client, state, changes, { items, bring });
  if (behind.length > 0)
    terminal.tell(`Your files are as they were. To have the merged text in them: ${context.command('pull')}`);
  else if (merged.length > 0) terminal.tell('Your files hold it now; commit them.');
}

const versionOf = (item: DeploymentItem | undefined): string =>
  String(item?.new_version ?? item?.old_version ?? '');

const isUnchanged = ({ operation, result }: DeploymentItem): boolean =>
  operation === 'unchanged' || result === 'unchanged';

function becameOf(item: DeploymentItem | undefined): string {
  if (item === undefined) return '';
  const { operation, result, old_version, approval_required } = item;
  if (approval_required) return 'waiting for an approval';
  if (operation === 'create') return 'created';
  if (isUnchanged(item)) return 'unchanged';
  const onto = old_version === undefined ? '' : ` onto version ${old_version}`;
  return result === 'merged' || result === 'confirmed' ? `merged${onto}` : 'saved';
}
