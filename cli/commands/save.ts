/**
 * `save` and `edit`: one text saved as a config's next version, without a workspace. Invariant: what it changes is shown
 * and confirmed first, and the base that is sent is the version that was shown.
 */
import { resolve } from 'node:path';
import type { OnStale } from '../../api/types.gen.ts';
import { type Format, formatOfNew } from '../../text/format.ts';
import type { Client } from '../client.ts';
import type { Context } from '../context.ts';
import { sendChanges } from '../deployment.ts';
import { painted, unified } from '../diffs.ts';
import { endOfDryRun } from '../dry-run.ts';
import { editText, faultIn } from '../edited-text.ts';
import { CliError, type Exit } from '../errors.ts';
import { provenanceWithoutFile } from '../provenance.ts';
import { Refusal } from '../refusal.ts';
import { readText } from '../scan.ts';
import { oneLine } from '../terminal.ts';
import { type ConfigId, configName } from '../workspace.ts';

export interface SaveOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly onStale?: OnStale;
  readonly message?: string;
  readonly bypass?: string;
  readonly base?: string;
  /** Of a config that is new; one that exists keeps its own. */
  readonly format?: Format;
}

/** @param file of the text; `-`: standard input */
export async function save(
  context: Context,
  typed: string,
  file: string,
  options: SaveOptions,
): Promise<Exit> {
  const { config } = context.target(typed);
  const text =
    file === '-' ? await context.terminal.input() : readText(resolve(context.surroundings.cwd, file));
  if (typeof text !== 'string') throw new CliError('File', `${file}: ${text.why}`);
  const client = await context.client();
  const latest = await latestOf(client, config, options.format);
  const base = options.base === undefined ? latest.version : Number(options.base);
  if (!Number.isSafeInteger(base) || base < 0)
    throw new CliError('Usage', `--base ${options.base} is not the number of a version`);
  return showAndSave(context, client, { config, text, latest, base }, options);
}

export async function edit(context: Context, typed: string, options: SaveOptions): Promise<Exit> {
  const { terminal } = context;
  const { config } = context.target(typed);
  if (!terminal.interactive) {
    throw new CliError(
      'NoTerminal',
      `edit opens an editor, and there is no terminal here. To save a text you have: ${context.command('save', ...context.named(typed), 'FILE')}`,
    );
  }
  const client = await context.client();
  const latest = await latestOf(client, config);
  const edited = {
    path: config.path,
    text: latest.text,
    faultOf: (text: string) => faultIn(text, latest.format),
  };
  return editText(context, edited, text =>
    showAndSave(context, client, { config, text, latest, base: latest.version }, options),
  );
}

interface Latest {
  /** 0: there is none. */
  readonly version: number;
  readonly text: string;
  readonly format: Format;
}

async function latestOf(client: Client, { namespace, path }: ConfigId, format?: Format): Promise<Latest> {
  try {
    const { version, body_raw: text, format: known } = await client.read(namespace, path);
    return { version, text, format: format ?? known };
  } catch (error) {
    if (error instanceof Refusal && error.kind === 'config-not-found')
      return { version: 0, text: '', format: format ?? formatOfNew(path) };
    throw error;
  }
}

async function showAndSave(
  context: Context,
  client: Client,
  change: {
    readonly config: ConfigId;
    readonly text: string;
    readonly latest: Latest;
    readonly base: number;
  },
  { yes = false, dryRun = false, onStale, message, bypass }: SaveOptions,
): Promise<Exit> {
  const { terminal } = context;
  const { config, text, latest, base } = change;
  const name = oneLine(configName(config));
  if (base === latest.version) {
    const from = latest.version === 0 ? '/dev/null' : `${name} (version ${latest.version})`;
    const diff = await unified(latest.text, text, { from, to: name });
    if (diff === '' && latest.version > 0) {
      terminal.tell(`Nothing to save: version ${latest.version} of ${name} has this text already.`);
      return 0;
    }
    terminal.tell(painted(terminal, diff.replace(/\n$/, ''), 'err'));
    const question = `Save this as version ${latest.version + 1}?`;
    if (!yes && !dryRun && !(await terminal.confirm(question, '--yes')))
      throw new CliError('Declined', 'Nothing was saved.');
  }
  // On an older version, the server merges, and what comes of that is shown and asked about.
  const provenance = await provenanceWithoutFile(context, message);
  const sent = { entry: { config, file: null, format: latest.format }, text, baseVersion: base };
  const result = await sendChanges(context, client, [sent], { yes, dryRun, onStale, bypass, ...provenance });
  const [item] = result.items;
  const version = item?.new_version ?? item?.old_version;
  if (context.structured) await context.print(result);
  else if (item?.operation === 'unchanged')
    terminal.out(`${name}: version ${version} has this text already\n`);
  else terminal.out(`${name}: ${dryRun ? 'would be saved' : 'saved'} as version ${version}\n`);
  return dryRun ? endOfDryRun(context, result.items) : 0;
}
