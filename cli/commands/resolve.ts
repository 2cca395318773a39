/**
 * `resolve`: opens the merge with its markers in an editor, checks what comes back, shows what it changes, asks, and
 * deploys it. Invariant: the file itself changes only after its resolved text is saved; until then the text is in
 * `.pawl/resolve`.
 */
import type { Format } from '../../text/format.ts';
import { textOfBase, textOfVersion } from '../base.ts';
import type { Client } from '../client.ts';
import { hasMarkers, type SurveyedConfig } from '../compare.ts';
import type { Context } from '../context.ts';
import { type Change, sendChanges, settleFiles } from '../deployment.ts';
import { labelled, markedWithoutBase, painted, unified } from '../diffs.ts';
import { type Draft, Drafts, type KeptDraft } from '../drafts.ts';
import { faultIn } from '../edited-text.ts';
import { openEditor } from '../editor.ts';
import { CliError, type Exit } from '../errors.ts';
import { provenanceOf } from '../provenance.ts';
import { type LocalFile, readText } from '../scan.ts';
import { survey } from '../survey.ts';
import { versionName } from '../words.ts';

export interface ResolveOptions {
  readonly yes?: boolean;
  readonly message?: string;
}

export async function resolve(
  context: Context,
  typed: string,
  { yes = false, message }: ResolveOptions,
): Promise<Exit> {
  const { terminal, workspace } = context;
  if (!terminal.interactive) {
    throw new CliError(
      'NoTerminal',
      `resolve opens an editor, and there is no terminal here. To have the markers in the file: ${context.command('pull', typed)}. When each place is decided: ${context.command('deploy', typed)}`,
    );
  }
  const [file = ''] = context.files([typed]);
  const origin = await context.git.origin();
  const { entries, state, client } = await survey(context, [file]);
  const entry = entries.find(one => one.file === file);
  if (entry?.local == null) throw new CliError('Usage', `there is no config in ${file}`);
  const local: LocalFile = entry.local;
  const drafts = new Drafts(workspace.root, client.transport.id, local);
  const unfinished = await takeUp(context, drafts, file);
  const draft = await draftOf(client, entry, unfinished ?? begun(entry, local));
  if (draft === null) {
    terminal.tell(
      `${file}: there is nothing to resolve. To see how it compares with the server: ${context.command('status', file)}`,
    );
    return 0;
  }
  const path = drafts.write(draft);
  if (unfinished !== null && unfinished.path !== path) drafts.remove(unfinished.path);
  for (;;) {
    await openEditor(path, context.surroundings.env);
    const read = readText(path);
    const text = typeof read === 'string' ? read : null;
    const fault = typeof read === 'string' ? faultOf(read, draft, entry.format) : read.why;
    if (text !== null && fault === null) {
      // Where somebody has saved since, the server shows the merged text, and that is asked about.
      if (draft.baseVersion === entry.head?.version)
        await showAndAsk(context, client, entry, { text, yes, path });
      const change: Change = { entry: { ...entry, local }, text, baseVersion: draft.baseVersion };
      const differs = text !== local.text || (await context.git.uncommitted([file])).length > 0;
      const result = await sendChanges(context, client, [change], {
        ...{ yes, dryRun: false, onStale: undefined },
        ...(await provenanceOf(context, origin, { differs, message })),
      }).catch((error: unknown) => {
        terminal.tell(`Your text is in ${path}. To go on with it: ${context.command('resolve', file)}`);
        throw error;
      });
      await settleFiles(context, client, state, [change], { items: result.items, bring: true });
      drafts.remove(path);
      const [item] = result.items;
      const version = item?.new_version ?? item?.old_version;
      terminal.tell(`Saved as version ${version}, which ${file} holds now; commit it.`);
      return 0;
    }
    terminal.tell(`Not yet: ${fault}.`);
    if (!(await terminal.confirm('Edit it again?', 'a terminal'))) {
      throw new CliError(
        'Unresolved',
        `Nothing was saved. Your text is in ${path}, and ${file} is as it was.`,
      );
    }
  }
}

/** What saving it changes on the server. Throws CliError `Declined`. */
async function showAndAsk(
  context: Context,
  client: Client,
  { config, file, head }: SurveyedConfig,
  { text, yes, path }: { readonly text: string; readonly yes: boolean; readonly path: string },
): Promise<void> {
  const { terminal } = context;
  const { version } = head!;
  const latest = (await client.read(config.namespace, config.path, version)).body_raw;
  const diff = await unified(latest, text, { from: `version ${version}`, to: 'resolved' });
  if (diff === '') terminal.tell(`This is the text of version ${version} already.`);
  else terminal.tell(painted(terminal, diff.replace(/\n$/, ''), 'err'));
  if (yes || (await terminal.confirm('Save it?', '--yes'))) return;
  throw new CliError(
    'Declined',
    `Nothing was saved, and ${file} is as it was. Your text is in ${path}. To go on with it: ${context.command('resolve', file)}`,
  );
}

async function takeUp({ terminal }: Context, drafts: Drafts, file: string): Promise<KeptDraft | null> {
  for (const kept of drafts.setOthersAside()) {
    terminal.tell(
      `An unfinished resolution of ${file} was begun from another text of the file. It was moved to ${kept}`,
    );
  }
  const found = drafts.find();
  if (found === null) return null;
  if (await terminal.confirm(`There is an unfinished resolution of ${file}. Continue it?`, 'a terminal'))
    return found;
  drafts.setAside(found);
  return null;
}

/** The file itself, if there is something in it to resolve. */
function begun({ standing, base }: SurveyedConfig, { text }: LocalFile): Draft | null {
  if (standing === 'changed-both' || standing === 'unknown-base')
    return { text, baseVersion: base?.version ?? 0 };
  if (standing !== 'unresolved') return null;
  // The markers say what was merged: the version the file was brought to when they were written.
  if (base !== null) return { text, baseVersion: base.version };
  throw new CliError(
    'Conflict',
    'nothing says any more which version these markers were merged from, so resolving them could take back ' +
      'what others saved since. Restore your text from .pawl/kept or from Git, and pull again',
  );
}

/** The draft carried onto the latest version, with markers where it clashes. Null when there is nothing to decide. */
async function draftOf(
  client: Client,
  { config, format, head, base }: SurveyedConfig,
  begun: Draft | null,
): Promise<Draft | null> {
  if (begun === null || head === null) return null;
  const { text } = begun;
  // A text with markers cannot be merged before they are decided, nor one that cannot be read before it is mended; the
  // server carries it on afterwards.
  if (begun.baseVersion === head.version || text === null || hasMarkers(text)) return begun;
  const { namespace, path } = config;
  const [{ body_raw: latest }, from] = await Promise.all([
    client.read(namespace, path, head.version),
    begun.baseVersion === base?.version
      ? textOfBase(client, { config, base })
      : textOfVersion(client, config, begun.baseVersion),
  ]);
  const draft = (carried: string): Draft => ({ text: carried, baseVersion: head.version });
  if (from === null) return draft(await markedWithoutBase(latest, text, versionName(head)));
  const { merge } = await import('../../merge/merge.ts');
  const result = merge(from, latest, text, { format });
  if (result.kind === 'clean') return draft(result.text);
  return draft(
    result.kind === 'clash'
      ? labelled(result.marked, versionName(head))
      : await markedWithoutBase(latest, text, versionName(head)),
  );
}

/** What the server would refuse it for, or null. */
function faultOf(text: string, draft: Draft, format: Format): string | null {
  if (hasMarkers(text)) return text === draft.text ? 'it was not changed' : 'conflict markers are left';
  return faultIn(text, format);
}
