/**
 * Sends changes of files, or deletes, as one deployment, and brings the files up to date with the result. Invariant: a
 * file that somebody edits meanwhile keeps their edit, and is remembered as made from what it really was made from.
 */
import type { DeployedChange, DeploymentItem, DeploymentResult } from '../api/types.gen.ts';
import type { Format } from '../text/format.ts';
import { sha256 } from '../text/sha256.ts';
import type { Client } from './client.ts';
import type { SurveyedConfig } from './compare.ts';
import type { Context } from './context.ts';
import { messageOf } from './errors.ts';
import { replaceFile } from './files.ts';
import type { Provenance } from './provenance.ts';
import type { LocalFile } from './scan.ts';
import { type How, type RefusedChange, throughStale, type Wish } from './stale.ts';
import type { Base, StateFile } from './state.ts';
import { oneLine } from './terminal.ts';
import { Unreachable } from './transport.ts';
import { tellNotices } from './violations.ts';
import { type ConfigId, configName } from './workspace.ts';

/** A text to save. */
export interface NewText {
  readonly kind?: never;
  readonly entry: { readonly config: ConfigId; readonly file: string | null; readonly format: Format };
  readonly text: string;
  /** 0: it must be new. */
  readonly baseVersion: number;
}

/** A file's text to save; a different text where it was resolved in a draft. */
export interface Change extends NewText {
  readonly entry: SurveyedConfig & { readonly local: LocalFile };
}

/** A config to delete. */
export interface Removal {
  readonly kind: 'delete';
  readonly entry: { readonly config: ConfigId; readonly file: string | null };
  /** The version that must still be the latest. */
  readonly baseVersion: number;
}

export interface Sending extends How, Provenance {
  /** Why it is to be done although a config is frozen. Absent: it is not. */
  readonly bypass?: string | undefined;
}

export const maxChanges = 500;

/** Notices shown of one text. */
const maxNotes = 10;

async function tellNotes({ terminal }: Context, { entry, text }: NewText): Promise<void> {
  // Reading takes all readers; a command that sends nothing need not load them.
  const { notesOf } = await import('../text/body.ts');
  const notes = notesOf(text, entry.format);
  const name = entry.file ?? configName(entry.config);
  for (const { line, message } of notes.slice(0, maxNotes))
    terminal.tell(oneLine(`${name}, line ${line}: ${message}`));
  if (notes.length > maxNotes) terminal.tell(oneLine(`${name}: ${notes.length - maxNotes} more such lines`));
}

/** Throws CliError `Conflict`, `Refused`, or of a dry run `WouldAsk`, after saying why. */
export async function sendChanges(
  context: Context,
  client: Client,
  changes: readonly (NewText | Removal)[],
  sending: Sending,
): Promise<DeploymentResult> {
  const { comment, author, git, dryRun, bypass } = sending;
  for (const change of changes) if (change.kind !== 'delete') await tellNotes(context, change);
  const send = async ({ tokens, onStale }: Wish) => {
    context.terminal.progress(
      `Sending ${changes.length === 1 ? 'one change' : `${changes.length} changes`} …`,
    );
    const sent = changes.map((change): DeployedChange => {
      const { entry, baseVersion } = change;
      if (change.kind === 'delete')
        return { ...entry.config, operation: 'delete', base_version: baseVersion };
      const confirm = tokens.get(configName(entry.config));
      return {
        ...entry.config,
        format: change.entry.format,
        body_raw: change.text,
        base_version: baseVersion,
        on_stale: onStale ?? 'confirm',
        ...(confirm !== undefined && { confirm }),
      };
    });
    try {
      const named = {
        ...(git !== undefined && { git }),
        ...(author !== undefined && { author }),
        ...(comment !== undefined && { comment }),
        ...(bypass !== undefined && { bypass }),
      };
      return await client.deploy({ changes: sent, ...named }, dryRun);
    } finally {
      context.terminal.done();
      if (context.signal.aborted)
        context.terminal.tell(
          `Interrupted while sending; what was saved, if anything: ${context.command('status')}`,
        );
    }
  };
  const result = await throughStale(
    context,
    sending,
    send,
    ({ problem }) => problem.items?.flatMap(item => refusedItem(changes, item)) ?? null,
  );
  for (const { notices, ...config } of result.items) tellNotices(context, configName(config), notices);
  return result;
}

function refusedItem(
  changes: readonly (NewText | Removal)[],
  { namespace, path, problem }: DeploymentItem,
): RefusedChange[] {
  if (problem === undefined) return [];
  const config = { namespace, path };
  const change = changes.find(({ entry }) => configName(entry.config) === configName(config));
  const file = change?.entry.file ?? null;
  return [{ config, file, problem, removal: change?.kind === 'delete' }];
}

export interface Settled {
  /** Files whose text differs from the version that was made from it. */
  readonly behind: readonly { readonly file: string; readonly version: number }[];
}

/**
 * Remembers what was saved and, where `bring` is true, writes the text of a merged version into its file. A file that
 * is left alone is remembered as merged into that version. Warns of what could not be written, and never fails, because
 * the save is done.
 */
export async function settleFiles(
  context: Context,
  client: Client,
  state: StateFile,
  changes: readonly Change[],
  { items, bring: wanted }: { readonly items: readonly DeploymentItem[]; readonly bring: boolean },
): Promise<Settled> {
  const learned = new Map<string, Base | null>();
  const behind: { file: string; version: number }[] = [];
  let away: string | null = null;
  const byName = new Map(items.map(item => [configName(item), item]));
  for (const { entry } of changes) {
    const name = configName(entry.config);
    const item = byName.get(name);
    const version = item?.new_version ?? item?.old_version;
    const saved = item?.content_sha256;
    if (version === undefined || saved === undefined) continue;
    if (saved !== entry.local.sha256 && !wanted) {
      behind.push({ file: entry.file, version });
      const taken = { sha256: entry.local.sha256, version };
      if (entry.base !== null) learned.set(name, { ...entry.base, taken });
      continue;
    }
    try {
      // One unanswered request is enough.
      if (saved !== entry.local.sha256 && away !== null) throw new Error(away);
      if (saved !== entry.local.sha256) await bring(context, client, entry, version, saved);
      learned.set(name, { version, sha256: saved });
    } catch (error) {
      if (error instanceof Unreachable || context.signal.aborted) away = messageOf(error);
      context.terminal.tell(
        `warning: ${messageOf(error)}. It is saved as version ${version}: ${context.command('pull', entry.file)}`,
      );
    }
  }
  state.update(learned);
  return { behind };
}

async function bring(
  context: Context,
  client: Client,
  { config, file, local }: Change['entry'],
  version: number,
  saved: string,
): Promise<void> {
  const { body_raw: text } = await client.read(config.namespace, config.path, version);
  if (sha256(text) !== saved)
    throw new Error(`the server's text of version ${version} of ${configName(config)} is not what it saved`);
  replaceFile(context.workspace.root, { file, text, expected: local.sha256, keep: true });
}
