/**
 * `import git`: the commits of a folder become versions, oldest first, each with its author, time and message. Invariant: it
 * goes on where the last import stopped, so being ended at any moment costs nothing but the time.
 */
import { setImmediate } from 'node:timers/promises';
import type { ConfigItem, ImportedCommit } from '../../api/types.gen.ts';
import { sha256 } from '../../text/sha256.ts';
import type { Client } from '../client.ts';
import type { Context } from '../context.ts';
import { CliError, type Exit } from '../errors.ts';
import { HistoryBuilder, type Step } from '../file-histories.ts';
import { GitRepository } from '../git.ts';
import { gitText } from '../git-child.ts';
import { type Signature, signatureOf } from '../git-commit.ts';
import { commitsOf } from '../git-log.ts';
import { GitObjects } from '../git-objects.ts';
import { formatRules, type ImportFolder, importFolder } from '../import-folder.ts';
import { type ConfigHistory, resumptionAt, resumptionOf } from '../import-plan.ts';
import { Refusal } from '../refusal.ts';
import { oneLine, table } from '../terminal.ts';
import { count } from '../words.ts';
import { configName } from '../workspace.ts';

export interface ImportGitOptions {
  readonly since?: string;
  readonly format?: string[];
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** A batch has so many versions, and about so many characters of texts. */
const batchVersions = 200;
const batchLength = 1 << 20;
const maxBytes = 1 << 20;
const maxCommitBytes = 16 << 20;
/** Lines about skipped commits, and about files that were left out, without -o wide. */
const shownLines = 10;

interface Planned {
  readonly history: ConfigHistory;
  readonly from: number;
  /** The latest version that the server has; moves on with each batch. */
  after: number;
  parentSha256: string | null;
  imported: number;
}

interface Skipped {
  readonly path: string;
  readonly commit: string;
  readonly why: string;
}

interface Plan {
  readonly planned: readonly Planned[];
  readonly refused: readonly { readonly history: ConfigHistory; readonly why: string }[];
  readonly leftOut: readonly { readonly file: string; readonly why: string }[];
  readonly deleted: number;
  /** Configs of the server whose files Git renamed, with the new names. */
  readonly renamed: readonly (readonly [name: string, file: string])[];
  readonly steps: number;
}

export async function importGit(context: Context, typed: string, options: ImportGitOptions): Promise<Exit> {
  const { terminal, signal } = context;
  const folder = await importFolder(context, typed, formatRules(options.format));
  const client = await context.client();
  using objects = new GitObjects({ folder: folder.folder, signal });
  const plan = await planOf(context, client, folder, objects, options.since);
  terminal.done();
  tell(context, plan);
  const { planned, refused, steps } = plan;
  const configs = planned.filter(({ from, history }) => from < history.steps.length);
  const namespaces = [...new Set(configs.map(({ history }) => history.config.namespace))];
  const skipped: Skipped[] = [];
  if (steps > 0 && options.dryRun !== true) {
    const what = `${count(steps, 'version')} of ${count(configs.length, 'config')} into ${namespaces.join(', ')}`;
    terminal.tell(
      `Importing ${what}. Each will bear its commit's author and time, and you as the one who imports.`,
    );
    if (options.yes !== true && !(await terminal.confirm('Import them?', '--yes')))
      throw new CliError('Declined', 'Nothing was imported.');
    for (const namespace of namespaces) {
      const mine = configs.filter(({ history }) => history.config.namespace === namespace);
      await send(context, client, namespace, mine, { folder: folder.folder, objects, skipped });
    }
  }
  await report(context, plan, skipped, options.dryRun === true);
  return refused.length > 0 ? 3 : 0;
}

async function planOf(
  context: Context,
  client: Client,
  folder: ImportFolder,
  objects: GitObjects,
  since: string | undefined,
): Promise<Plan> {
  const { terminal, signal } = context;
  const place = { folder: folder.folder, signal };
  const after = since === undefined ? null : await commitsSince(place, since);
  const kindOf = (path: string) => {
    const found = folder.fileOf(path);
    return 'format' in found ? found.format : null;
  };
  const builder = new HistoryBuilder((from, to) => kindOf(from) === kindOf(to));
  let commits = 0;
  for await (const commit of commitsOf(place, folder.inRepository)) {
    builder.add(commit);
    commits += 1;
    if (commits % 500 === 0) terminal.progress(`Reading the history: ${commits} commits …`);
  }
  const { files, deleted, renamed, unnamed } = builder.end();
  const leftOut = unnamed > 0 ? [{ file: count(unnamed, 'file'), why: 'the name is not UTF-8' }] : [];
  const histories: ConfigHistory[] = [];
  for (const [file, all] of files) {
    const found = folder.fileOf(file);
    const steps = after === null ? all : sinceOf(all, after);
    if ('leftOut' in found) leftOut.push({ file, why: found.leftOut });
    else histories.push({ ...found, file, steps });
  }
  const items = await itemsOf(client, histories);
  const planned: Planned[] = [];
  const refused: { history: ConfigHistory; why: string }[] = [];
  for (const history of histories) {
    const item = items.get(configName(history.config));
    let resumption = resumptionOf(history, item);
    if (resumption.kind === 'look') {
      const at = await newestWith(objects, history.steps, resumption.sha256);
      resumption = resumptionAt(resumption, at, item!);
    }
    if (resumption.kind === 'refused') refused.push({ history, why: resumption.why });
    else if (resumption.kind === 'go-on') planned.push({ history, ...resumption, imported: 0 });
  }
  const olds = [...renamed].flatMap(([old, file]): (readonly [string, string])[] => {
    const found = folder.fileOf(old);
    const name = 'config' in found ? configName(found.config) : '';
    return items.has(name) ? [[name, file]] : [];
  });
  const steps = planned.reduce((sum, { history, from }) => sum + history.steps.length - from, 0);
  return { planned, refused, leftOut, deleted: deleted.length, renamed: olds, steps };
}

async function commitsSince(
  place: { folder: string; signal: AbortSignal },
  since: string,
): Promise<Set<string>> {
  const unknown = (cause: unknown) => {
    if (!(cause instanceof CliError)) throw cause;
    throw new CliError('Git', `--since ${since} is not a commit of this branch`, { cause });
  };
  const name = await gitText(
    place,
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${since}^{commit}`,
  ).catch(unknown);
  await gitText(place, 'merge-base', '--is-ancestor', name.trim(), 'HEAD').catch(unknown);
  const names = await gitText(place, 'rev-list', '--first-parent', 'HEAD', `^${name.trim()}`);
  return new Set(names.split('\n').filter(line => line !== ''));
}

/** The text that it had at that commit, and all after it. */
function sinceOf(steps: readonly Step[], after: ReadonlySet<string>): readonly Step[] {
  const first = steps.findIndex(({ commit }) => after.has(commit));
  return steps.slice(first < 0 ? -1 : Math.max(0, first - 1));
}

/** What the server has, by name. */
async function itemsOf(
  client: Client,
  histories: readonly ConfigHistory[],
): Promise<Map<string, ConfigItem>> {
  const items = new Map<string, ConfigItem>();
  for (const namespace of new Set(histories.map(({ config }) => config.namespace))) {
    const listed = await client.configs(namespace).catch((error: unknown) => {
      if (error instanceof Refusal && error.kind === 'namespace-not-found') return [];
      throw error;
    });
    for (const item of listed) items.set(`${namespace}/${item.path}`, item);
  }
  return items;
}

/** -1: none. */
async function newestWith(objects: GitObjects, steps: readonly Step[], wanted: string): Promise<number> {
  for (let at = steps.length - 1; at >= 0; at -= 1) {
    const bytes = await objects.read(steps[at]!.blob, maxBytes);
    if (bytes !== null && sha256(bytes) === wanted) return at;
  }
  return -1;
}

interface Outgoing {
  readonly one: Planned;
  readonly step: Step;
  readonly commit: ImportedCommit;
}

async function send(
  context: Context,
  client: Client,
  namespace: string,
  planned: readonly Planned[],
  { folder, objects, skipped }: { folder: string; objects: GitObjects; skipped: Skipped[] },
): Promise<void> {
  const { terminal, signal } = context;
  const { git } = await new GitRepository(folder, signal).origin();
  const from = { ...(git.branch && { branch: git.branch }), ...(git.remote && { remote: git.remote }) };
  const queue = planned
    .flatMap(one => one.history.steps.slice(one.from).map(step => ({ one, step })))
    .sort((a, b) => a.step.order - b.step.order);
  let batch: Outgoing[] = [];
  let length = 0;
  let done = 0;
  // Several files of one commit, one after the other.
  const written: { commit: string; of: Signature | null } = { commit: '', of: null };
  const flush = async () => {
    if (batch.length === 0) return;
    const { items } = await client.importVersions(namespace, {
      versions: batch.map(({ commit }) => commit),
      ...from,
    });
    for (const [index, { result, version, problem }] of items.entries()) {
      const { one, step } = batch[index]!;
      if (result === 'skipped')
        skipped.push({
          path: one.history.config.path,
          commit: step.commit,
          why: problem?.detail ?? 'it was skipped',
        });
      else {
        one.after = version!;
        one.parentSha256 = null;
        if (result === 'imported') one.imported += 1;
      }
    }
    batch = [];
    length = 0;
    terminal.progress(`Imported ${done} of ${queue.length} versions into ${namespace} …`);
  };
  for (const { one, step } of queue) {
    signal.throwIfAborted();
    const text = await textOf(objects, step);
    done += 1;
    if (typeof text !== 'string') {
      skipped.push({ path: one.history.config.path, commit: step.commit, why: text.why });
      continue;
    }
    if (batch.length >= batchVersions || (batch.length > 0 && length + text.length > batchLength))
      await flush();
    if (written.of === null || written.commit !== step.commit) {
      written.commit = step.commit;
      written.of = signatureOf((await objects.read(step.commit, maxCommitBytes)) ?? tooLarge);
    }
    const { author, authoredAt, message } = written.of;
    const commit = {
      ...{ path: one.history.config.path, format: one.history.format, body_raw: text, commit: step.commit },
      ...{
        author,
        authored_at: authoredAt,
        comment: message,
        file: step.path.slice(0, 2_048),
        after: one.after,
      },
      ...(one.parentSha256 !== null && { parent_sha256: one.parentSha256 }),
    };
    batch.push({ one, step, commit });
    length += text.length;
    if (done % 100 === 0) await setImmediate();
  }
  await flush();
  terminal.done();
}

/** A commit whose message nobody could read anyway. */
const tooLarge = Buffer.from('author unknown <> 0 +0000\n\n');

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function textOf(objects: GitObjects, { blob }: Step): Promise<string | { readonly why: string }> {
  const bytes = await objects.read(blob, maxBytes);
  if (bytes === null) return { why: `it has more than ${maxBytes} bytes` };
  try {
    const text = decoder.decode(bytes);
    return text.startsWith('version https://git-lfs.github.com/spec/')
      ? { why: 'Git has only an LFS pointer of it' }
      : text;
  } catch {
    return { why: 'it is not UTF-8 text' };
  }
}

function tell(context: Context, { leftOut, deleted, renamed, refused }: Plan): void {
  const { terminal } = context;
  const most = context.output === 'wide' ? Number.POSITIVE_INFINITY : shownLines;
  for (const { file, why } of leftOut.slice(0, most)) terminal.tell(oneLine(`left out: ${file}: ${why}`));
  if (leftOut.length > most) terminal.tell(`left out: ${leftOut.length - most} more (-o wide lists them)`);
  if (deleted > 0) terminal.tell(`left out: ${count(deleted, 'file')} that Git has deleted since`);
  for (const [name, file] of renamed) {
    const [namespace = '', ...path] = name.split('/');
    terminal.tell(
      oneLine(`${name} stays, with its history: Git renamed its file to ${file}. To delete it:`) +
        `\n  ${context.command('delete', '-n', namespace, path.join('/'))}`,
    );
  }
  for (const { history, why } of refused)
    terminal.tell(oneLine(`refused: ${configName(history.config)}: ${why}`));
}

async function report(
  context: Context,
  plan: Plan,
  skipped: readonly Skipped[],
  dryRun: boolean,
): Promise<void> {
  const { terminal } = context;
  const { planned, refused, leftOut } = plan;
  const of = (one: Planned) => (dryRun ? one.history.steps.length - one.from : one.imported);
  const changed = planned.filter(one => of(one) > 0);
  if (context.structured) {
    await context.print({
      dry_run: dryRun,
      configs: changed.map(one => ({
        ...one.history.config,
        format: one.history.format,
        versions: of(one),
        latest: one.after,
      })),
      refused: refused.map(({ history, why }) => ({ ...history.config, why })),
      skipped,
      left_out: leftOut,
    });
    return;
  }
  const most = context.output === 'wide' ? Number.POSITIVE_INFINITY : shownLines;
  for (const { path, commit, why } of skipped.slice(0, most))
    terminal.tell(oneLine(`skipped: commit ${commit.slice(0, 7)} of ${path}: ${why}`));
  if (skipped.length > most) terminal.tell(`skipped: ${skipped.length - most} more (-o wide lists them)`);
  if (changed.length === 0) {
    if (refused.length === 0 && skipped.length === 0)
      terminal.tell('Nothing to import: the server has all of it.');
    return;
  }
  const heading = dryRun ? 'WOULD IMPORT' : 'IMPORTED';
  const rows = changed.map(one => [
    configName(one.history.config),
    one.history.format,
    String(of(one)),
    dryRun ? '' : String(one.after),
  ]);
  terminal.out(table(['CONFIG', 'FORMAT', heading, 'LATEST'], rows));
}
