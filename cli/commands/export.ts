/**
 * `export`: the configs of a namespace as files, or their whole history as a Git repository. Invariant: only an empty folder
 * is written to, and what could not be written is named, with exit status 2.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ExportedVersion } from '../../api/types.gen.ts';
import { isNamespaceName } from '../../text/config-path.ts';
import type { Client } from '../client.ts';
import type { Context } from '../context.ts';
import { CliError, codeOf, type Exit } from '../errors.ts';
import { fileNames } from '../export-names.ts';
import { exportBranch, FastImport } from '../fast-import.ts';
import { GitChild, gitText } from '../git-child.ts';
import { inParallel } from '../survey.ts';
import { oneLine } from '../terminal.ts';
import { count } from '../words.ts';

/** Entries of the deployment log that are asked which versions were saved together. */
const maxDeployments = 10_000;

export async function exportNamespace(
  context: Context,
  namespace: string,
  typed: string,
  { history = false }: { readonly history?: boolean },
): Promise<Exit> {
  if (!isNamespaceName(namespace))
    throw new CliError('Usage', `${namespace} is not a valid name of a config namespace`);
  const folder = emptyFolder(resolve(context.surroundings.cwd, typed));
  const client = await context.client();
  const latest = new Map<string, number>();
  for (const { path, latest: head } of await client.configs(namespace))
    if (head) latest.set(path, head.version);
  const files = fileNames([...latest.keys()]);
  try {
    return history
      ? await writeHistory(context, client, { namespace, folder, latest, files })
      : await writeFiles(context, client, { namespace, folder, latest, files });
  } catch (error) {
    context.terminal.tell(`${typed} is not complete; delete it before you export again`);
    throw error;
  }
}

/** Throws CliError `File`. */
function emptyFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length === 0) return folder;
  } catch (cause) {
    throw new CliError('File', `cannot write to ${folder}: ${codeOf(cause)}`, { cause });
  }
  throw new CliError('File', `${folder} is not empty; name a folder that is, or that does not exist`);
}

interface Exporting {
  readonly namespace: string;
  readonly folder: string;
  /** By path, as they were at the beginning. */
  readonly latest: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<string, string>;
}

async function writeFiles(
  { terminal, signal }: Context,
  client: Client,
  { namespace, folder, latest, files }: Exporting,
): Promise<Exit> {
  let done = 0;
  const failed: string[] = [];
  await inParallel([...latest.keys()], async path => {
    signal.throwIfAborted();
    const { body_raw: text } = await client.read(namespace, path, latest.get(path)!);
    const file = join(folder, files.get(path)!);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { flag: 'wx' });
    } catch (cause) {
      failed.push(`${path}: ${codeOf(cause)}`);
    }
    done += 1;
    terminal.progress(`${done} of ${latest.size} configs …`);
  });
  terminal.done();
  for (const one of failed) terminal.tell(oneLine(`not written: ${one}`));
  terminal.tell(`Wrote ${count(latest.size - failed.length, 'file')} into ${folder}.`);
  return failed.length > 0 ? 2 : 0;
}

async function writeHistory(
  { terminal, signal }: Context,
  client: Client,
  { namespace, folder, latest, files }: Exporting,
): Promise<Exit> {
  const together = await savedTogether(client, namespace);
  const place = { folder, signal };
  await gitText(place, 'init', '--quiet', '--initial-branch=main');
  const child = new GitChild(place, ['fast-import', '--quiet', '--done', '--date-format=raw']);
  const stream = new FastImport(data => child.write(data), groupOf(together));
  const seen = new Map<string, number>();
  let versions = 0;
  try {
    for await (const exported of client.exported(namespace)) {
      const file = files.get(exported.path);
      // One that was made while this ran.
      if (file === undefined) continue;
      await stream.add(exported, file);
      seen.set(exported.path, exported.version.version);
      versions += 1;
      if (versions % 100 === 0) terminal.progress(`${versions} versions …`);
    }
    await stream.end();
  } finally {
    await child.end();
  }
  if (versions > 0) await gitText(place, 'reset', '--hard', '--quiet', exportBranch);
  terminal.done();
  const missing = [...latest].filter(([path, version]) => (seen.get(path) ?? 0) < version);
  for (const [path, version] of missing)
    terminal.tell(
      oneLine(`not written: version ${version} of ${path}, which was deleted or replaced meanwhile`),
    );
  terminal.tell(`Wrote ${count(versions, 'version')} as ${count(stream.commits, 'commit')} into ${folder}.`);
  return missing.length > 0 ? 2 : 0;
}

/** `path@version` → the deployment that it was saved by together with others. As far as the log goes back. */
async function savedTogether(client: Client, namespace: string): Promise<ReadonlyMap<string, string>> {
  const groups = new Map<string, string>();
  for (const { id, changes } of await client.deployments({ namespace }, maxDeployments)) {
    const saved = changes.filter(
      change =>
        change.namespace === namespace && /^(create|update)$/.test(change.operation) && change.new_version,
    );
    if (saved.length > 1) for (const { path, new_version } of saved) groups.set(`${path}@${new_version}`, id);
  }
  return groups;
}

const groupOf =
  (together: ReadonlyMap<string, string>) =>
  ({ path, version: { kind, git, version } }: ExportedVersion): string | null =>
    kind === 'imported' ? `commit ${git.commit}` : (together.get(`${path}@${version}`) ?? null);
