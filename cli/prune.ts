/**
 * What `--prune` deletes: configs that this workspace had a file of, which is gone. Invariant: a config that neither
 * the state file nor Git knows as a file of this workspace is never among them, and none is deleted without being
 * shown and agreed to.
 */
import { findBase } from './base.ts';
import type { Client } from './client.ts';
import type { Entry } from './compare.ts';
import type { Context } from './context.ts';
import type { Removal } from './deployment.ts';
import { CliError } from './errors.ts';
import { inParallel } from './survey.ts';
import { ago, count, who } from './words.ts';
import { inside } from './workspace.ts';

/** An entry whose file is gone, with the version that the file was last made from. */
export type Gone = Entry & {
  readonly local: null;
  readonly base: NonNullable<Entry['base']>;
  readonly head: NonNullable<Entry['head']>;
};

/** In the order of the entries. A fresh checkout has no state file: then Git says whether there was a file. */
export async function goneHere(
  client: Client,
  context: Context,
  entries: readonly Entry[],
): Promise<readonly Gone[]> {
  const found = [...entries];
  const unknown = entries.flatMap(({ standing }, index) => (standing === 'new-there' ? [index] : []));
  await inParallel(unknown, async index => {
    const entry = entries[index]!;
    const base = await findBase(client, context.git, entry);
    if (base !== null) found[index] = { ...entry, standing: 'gone-here', base };
  });
  return found.filter(isGone);
}

const isGone = (entry: Entry): entry is Gone =>
  entry.standing === 'gone-here' && entry.head !== null && entry.base !== null;

/** The deletes to send: each only while the text the file was made from is the latest. */
export function removalsOf(gone: readonly Gone[]): Removal[] {
  return gone.map(({ config, file, base, head }) => ({
    kind: 'delete',
    entry: { config, file },
    // The latest has the text of the base, if under another number.
    baseVersion: base.sha256 === head.content_sha256 ? head.version : base.version,
  }));
}

/**
 * Throws when a folder would be left without a single config and nobody named it: more likely it was not checked
 * out, or pawl.yaml names another one.
 */
export function refuseEmptied(
  context: Context,
  { entries, gone, typed }: { entries: readonly Entry[]; gone: readonly Gone[]; typed: readonly string[] },
): void {
  if (typed.length > 0) return;
  for (const { folder } of context.workspace.folders) {
    const left = entries.some(({ file, local }) => local !== null && inside(folder, file));
    const lost = gone.filter(({ file }) => inside(folder, file)).length;
    if (left || lost === 0) continue;
    const configs = count(lost, 'config');
    throw new CliError(
      'Usage',
      `${folder} holds no file any more, and all of it (${configs}) would be deleted. Nothing was deployed. If that is ` +
        `meant, name the folder:\n  ${context.command('deploy', '--prune', folder)}`,
    );
  }
}

/** Shows what is deleted and asks. Not when a delete is stale: the server refuses all of it then, and says why. */
export async function agreeToPrune(
  context: Context,
  gone: readonly Gone[],
  { yes, dryRun }: { yes: boolean; dryRun: boolean },
): Promise<void> {
  const { terminal, surroundings } = context;
  const stale = gone.some(({ base, head }) => base.sha256 !== head.content_sha256);
  if (gone.length === 0 || stale) return;
  for (const { file, head } of gone) {
    const saved = `version ${head.version} by ${who(head)}, ${ago(head.created_at, surroundings.now())}`;
    terminal.tell(`${terminal.paint('red', 'delete', 'err')}  ${file}: ${saved}`);
  }
  if (dryRun || yes) return;
  await agreeToDelete(context, gone.length);
}

export async function agreeToDelete({ terminal }: Context, configs: number): Promise<void> {
  const [it, their] = configs === 1 ? ['it', 'its'] : ['them', 'their'];
  terminal.tell(
    `${count(configs, 'config is', 'configs are')} deleted with ${their} whole history, and pods lose the ConfigMap made from ${it}.`,
  );
  if (!(await terminal.confirm(`Delete ${it}?`, '--yes')))
    throw new CliError('Declined', 'Nothing was deleted, and nothing was saved.');
}
