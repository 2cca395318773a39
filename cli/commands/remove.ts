/**
 * `delete`: takes configs with all their versions off the server. Invariant: it deletes only what was looked at, and
 * all of it or none.
 */
import type { Context, Target } from '../context.ts';
import { maxChanges, type Removal, sendChanges } from '../deployment.ts';
import { CliError, type Exit } from '../errors.ts';
import { originIfAny, type Provenance, provenanceOf, provenanceWithoutFile } from '../provenance.ts';
import { inParallel } from '../survey.ts';
import { ago, count, who } from '../words.ts';
import { configName } from '../workspace.ts';

export interface DeleteOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly message?: string;
  readonly bypass?: string;
}

export async function remove(
  context: Context,
  typed: readonly string[],
  { yes = false, dryRun = false, message, bypass }: DeleteOptions,
): Promise<Exit> {
  const { terminal } = context;
  const targets = [
    ...new Map(typed.map(path => context.target(path)).map(one => [configName(one.config), one])).values(),
  ];
  if (targets.length > maxChanges)
    throw new CliError('Usage', `${targets.length} configs are too many; one deployment takes ${maxChanges}`);
  const client = await context.client();
  const looked: (Removal & { readonly words: string })[] = [];
  await inParallel(targets, async ({ config, file }) => {
    const [latest] = await client.versions(config.namespace, config.path, 1);
    if (latest === undefined) throw new CliError('Refused', `${configName(config)} has no versions`);
    const when = ago(latest.created_at, context.surroundings.now());
    const words = `${configName(config)}: version ${latest.version} by ${who(latest)}, ${when}, is the latest.`;
    looked.push({ kind: 'delete', entry: { config, file }, baseVersion: latest.version, words });
  });
  looked.sort((a, b) => (configName(a.entry.config) < configName(b.entry.config) ? -1 : 1));
  if (!yes && !dryRun) {
    for (const { words } of looked) terminal.tell(words);
    await agreeToDelete(context, looked.length);
  }
  const sending = {
    yes,
    dryRun,
    onStale: undefined,
    bypass,
    ...(await provenanceIfAny(context, targets, message)),
  };
  const result = await sendChanges(context, client, looked, sending);
  if (context.structured) await context.print(result);
  else {
    const did = dryRun ? 'Would delete' : 'Deleted';
    for (const { entry } of looked) terminal.out(`${did} ${configName(entry.config)}\n`);
  }
  const files = targets.flatMap(({ file }) => file ?? []);
  if (!dryRun && files.length > 0)
    terminal.tell(`The files stay here. To delete them: git rm ${files.join(' ')}`);
  return 0;
}

async function agreeToDelete({ terminal }: Context, configs: number): Promise<void> {
  const [it, its] = configs === 1 ? ['it', 'its'] : ['them', 'their'];
  terminal.tell(
    `This will permanently delete ${count(configs, 'config')} with ${its} whole history, and pods will lose the ConfigMap made from ${it}.`,
  );
  if (!(await terminal.confirm(`Delete ${it}?`, '--yes')))
    throw new CliError('Declined', 'Nothing was deleted.');
}

/** Names a commit where there is one: a delete needs none, unless the namespace's policy requires it. */
async function provenanceIfAny(
  context: Context,
  targets: readonly Target[],
  message: string | undefined,
): Promise<Provenance> {
  const files = targets.flatMap(({ file }) => file ?? []);
  const origin = files.length === 0 ? null : await originIfAny(context);
  if (origin === null) return provenanceWithoutFile(context, message);
  const differs = (await context.git.uncommitted(files)).length > 0;
  return provenanceOf(context, origin, { differs, message });
}
