/**
 * `delete`: takes configs with all their versions off the server. Invariant: it deletes only what was looked at, and
 * all of it or none.
 */
import type { Context, Target } from '../context.ts';
import { maxChanges, type Removal, sendChanges } from '../deployment.ts';
import { endOfDryRun } from '../dry-run.ts';
import { CliError, type Exit } from '../errors.ts';
import { latestVersionOf } from '../latest-version.ts';
import { originIfAny, type Provenance, provenanceOf, provenanceWithoutFile } from '../provenance.ts';
import { inParallel } from '../survey.ts';
import { ago, count, who } from '../words.ts';
import { configName } from '../workspace.ts';

export interface DeleteOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly message?: string;
  readonly bypass?: string;
  readonly purge?: boolean;
}

export async function remove(
  context: Context,
  typed: readonly string[],
  { yes = false, dryRun = false, purge = false, message, bypass }: DeleteOptions,
): Promise<Exit> {
  const { terminal } = context;
  const targets = [
    ...new Map(typed.map(path => context.target(path)).map(one => [configName(one.config), one])).values(),
  ];
  if (targets.length > maxChanges)
    throw new CliError('Usage', `${targets.length} configs are too many; one deployment takes ${maxChanges}`);
  if (purge && (message !== undefined || bypass !== undefined))
    throw new CliError('Usage', '--purge takes neither --message nor --bypass');
  const client = await context.client();
  if (purge) return purgeAll(context, targets, { yes, dryRun });
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
  if (dryRun) return endOfDryRun(context, result.items, 'deleted');
  const files = targets.flatMap(({ file }) => file ?? []);
  if (files.length > 0) terminal.tell(`The files stay here. To delete them: git rm ${files.join(' ')}`);
  return 0;
}

/**
 * For good. Each goes by itself: a purge of many would keep everybody else from all of them for as long as it takes. So the server is
 * asked about each before any goes, and what went is told where one of them is refused all the same.
 */
async function purgeAll(
  context: Context,
  targets: readonly Target[],
  { yes, dryRun }: { readonly yes: boolean; readonly dryRun: boolean },
): Promise<Exit> {
  const { terminal } = context;
  const client = await context.client();
  const latest = new Map<Target, number | undefined>();
  await inParallel(targets, async target => {
    const { config } = target;
    const version = (await latestVersionOf(client, config))?.version;
    await client.purgeConfig(config.namespace, config.path, version, true);
    latest.set(target, version);
  });
  if (!yes && !dryRun) {
    const what = `${count(targets.length, 'config')} with ${targets.length === 1 ? 'its' : 'their'} whole history`;
    terminal.tell(
      `This will permanently delete ${what}, and what the trash has of ${targets.length === 1 ? 'it' : 'them'}. It cannot be undeleted.`,
    );
    if (!(await terminal.confirm('Purge?', '--yes'))) throw new CliError('Declined', 'Nothing was purged.');
  }
  const purged: ConfigName[] = [];
  for (const target of targets) {
    const { config } = target;
    try {
      if (!dryRun) await client.purgeConfig(config.namespace, config.path, latest.get(target), false);
    } catch (error) {
      await tellLeft(context, purged, targets.slice(purged.length));
      throw error;
    }
    purged.push(config);
    if (!context.structured) terminal.out(`${dryRun ? 'Would purge' : 'Purged'} ${configName(config)}\n`);
  }
  if (context.structured) await context.print({ purged, not_purged: [] });
  return 0;
}

type ConfigName = Target['config'];

async function tellLeft(
  context: Context,
  purged: readonly ConfigName[],
  left: readonly Target[],
): Promise<void> {
  const notPurged = left.map(({ config }) => config);
  if (context.structured) await context.print({ purged, not_purged: notPurged });
  const names = notPurged.map(configName).join(', ');
  const went = purged.length === 0 ? 'Nothing was purged.' : `${count(purged.length, 'config')} purged.`;
  context.terminal.tell(`${went} Not purged: ${names}`);
}

async function agreeToDelete(context: Context, configs: number): Promise<void> {
  const { terminal } = context;
  const [it, its] = configs === 1 ? ['it', 'its'] : ['them', 'their'];
  terminal.tell(
    `This will delete ${count(configs, 'config')} with ${its} whole history, and pods will lose the ConfigMap made from ${it}. What can be undeleted, and until when: ${context.command('trash')}`,
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
