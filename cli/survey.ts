/**
 * Looks at both sides: the files of the workspace and the latest versions on the server, one entry per config.
 * Invariant: it changes no file, and it remembers only bases that it has evidence for.
 */
import { matchesGlob } from 'node:path';
import type { ConfigItem, VersionFacts } from '../api/types.gen.ts';
import { type Format, formatExtensions, formatOfPath } from '../text/format.ts';
import { findBase, secondLook } from './base.ts';
import type { Client } from './client.ts';
import { compare, type SurveyedConfig } from './compare.ts';
import type { Context } from './context.ts';
import { Refusal } from './refusal.ts';
import { type LeftOut, type LocalFile, scan } from './scan.ts';
import type { Base, StateFile } from './state.ts';
import { type ConfigId, configName, configOfFile, fileOf, inside, type Workspace } from './workspace.ts';

export interface Survey {
  readonly entries: readonly SurveyedConfig[];
  readonly leftOut: readonly LeftOut[];
  readonly state: StateFile;
  readonly client: Client;
}

/** @param only files or folders, relative to the root; without any, everything */
export async function survey(context: Context, only: readonly string[] = []): Promise<Survey> {
  const { workspace } = context;
  const client = await context.client();
  context.terminal.progress('Reading the latest versions …');
  // The request is on its way while Git is asked and the files are read.
  const listing = list(client, workspace, only);
  listing.catch(() => {});
  const state = await context.state();
  const { files, leftOut } = scan(workspace, only);
  const bases = state.read();
  const remote = await listing;

  const found = new Map<
    string,
    { config: ConfigId; file: string; format: Format; local: LocalFile | null; head: VersionFacts | null }
  >();
  for (const local of files)
    found.set(configName(local.config), {
      ...{ config: local.config, file: local.file, format: local.format, local, head: null },
    });
  const strangers: LeftOut[] = [];
  for (const { config: listed, latest } of remote) {
    if (listed === undefined || latest === undefined) continue;
    const config: ConfigId = { namespace: listed.namespace, path: listed.path };
    const file = fileOf(workspace, config);
    if (file !== null && workspace.ignore.some(glob => matchesGlob(file, glob))) continue;
    if (file === null) {
      strangers.push({
        file: configName(config),
        why: notHere(config),
      });
    } else if (only.length === 0 || only.some(one => inside(one, file))) {
      const known = found.get(configName(config));
      const { format } = listed;
      found.set(configName(config), { config, file, format, local: known?.local ?? null, head: latest });
    }
  }

  const learned = new Map<string, Base | null>();
  const entries: SurveyedConfig[] = [];
  /** Index of an entry, and the base remembered for it. */
  const doubtful: { readonly index: number; readonly remembered: Base | null }[] = [];
  for (const [name, { config, file, format, local, head }] of [...found].sort(([, a], [, b]) =>
    a.file < b.file ? -1 : 1,
  )) {
    const remembered = bases.get(name) ?? null;
    const compared = compare({ local, base: remembered, head });
    if (compared === null) continue;
    if (compared.base?.version !== remembered?.version) learned.set(name, compared.base);
    const index = entries.length;
    if (compared.standing === 'unknown-base') doubtful.push({ index, remembered: null });
    else if (compared.standing === 'changed-here' || compared.standing === 'changed-both')
      doubtful.push({ index, remembered });
    entries.push({ config, file, format, local, head, ...compared });
  }
  if (doubtful.length > 0) context.terminal.progress('Looking up which versions the files were made from …');
  await inParallel(doubtful, async ({ index, remembered }) => {
    const entry = entries[index]!;
    const made =
      remembered === null
        ? await findBase(client, context.git, entry)
        : await secondLook(client, context.git, entry, remembered);
    if (made === null || made.base === remembered) return;
    const { base, again } = made;
    const compared = compare({ local: entry.local, base, head: entry.head });
    if (compared === null) return;
    entries[index] = { ...entry, ...compared, ...(again !== undefined && { again }) };
    // A text that Git put back may go again with the next checkout: its older base is not remembered.
    if (remembered === null || base.version > remembered.version) learned.set(configName(entry.config), base);
  });
  state.update(learned);
  context.terminal.done();
  return { entries, leftOut: [...leftOut, ...strangers], state, client };
}

/** Why a config of the server has no file in this workspace. */
function notHere({ path }: ConfigId): string {
  if (path.split('/').some(segment => segment.startsWith('.')))
    return 'it is on the server, and files whose names begin with a dot are left out';
  return formatOfPath(path) !== null
    ? 'it is on the server, and its file would belong to another folder of pawl.yaml'
    : `it is on the server, and only files that end in ${formatExtensions.join(', ')} are configs here; for others: formats in pawl.yaml`;
}

/** Runs eight at a time. When one fails, no other is started, and those under way are waited for. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      try {
        await work(items[next++]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(8, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}

async function list(client: Client, workspace: Workspace, only: readonly string[]): Promise<ConfigItem[]> {
  const wanted = new Map<string, ConfigId>();
  const want = (namespace: string, path: string) => wanted.set(`${namespace}/${path}`, { namespace, path });
  for (const { folder, namespace, prefix } of workspace.folders) {
    if (only.length === 0 || only.some(one => inside(one, folder))) want(namespace, prefix);
  }
  for (const one of only) {
    const config = configOfFile(workspace, one);
    if (config !== null) want(config.namespace, config.path);
  }
  const pages = await Promise.all(
    [...wanted.values()].map(({ namespace, path }) =>
      client.configs(namespace, path).catch((error: unknown) => {
        // A namespace without any save is empty.
        if (error instanceof Refusal && error.kind === 'namespace-not-found') return [];
        throw error;
      }),
    ),
  );
  return pages.flat();
}
