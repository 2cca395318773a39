/** `delete`: takes a config with all its versions off the server. Invariant: only the config that was looked at. */
import type { Context } from '../context.ts';
import type { Exit } from '../errors.ts';
import { CliError } from '../errors.ts';
import { ago, count, who } from '../words.ts';
import { configName } from '../workspace.ts';

export interface DeleteOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export async function remove(
  context: Context,
  typed: string,
  { yes = false, dryRun = false }: DeleteOptions,
): Promise<Exit> {
  const { terminal } = context;
  const { config, file } = context.target(typed);
  const client = await context.client();
  const [latest] = await client.versions(config.namespace, config.path, 1);
  if (latest === undefined) throw new CliError('Refused', `${configName(config)} has no versions`);
  if (!yes && !dryRun) {
    terminal.tell(
      `${configName(config)}: version ${latest.version} by ${who(latest)}, ${ago(latest.created_at, context.surroundings.now())}, is the latest.`,
    );
    terminal.tell(
      `It is deleted with its whole history, ${count(latest.version, 'version')}, and pods lose the ConfigMap made from it.`,
    );
    if (!(await terminal.confirm('Delete it?', '--yes')))
      throw new CliError('Declined', 'Nothing was deleted.');
  }
  await client.delete(config.namespace, config.path, latest.version, dryRun);
  if (context.structured)
    await context.print({ ...config, deleted: !dryRun, latest_version: latest.version, dry_run: dryRun });
  else terminal.out(`${configName(config)} ${dryRun ? 'would be' : 'is'} deleted\n`);
  if (!dryRun && file !== null)
    terminal.tell(`The file ${file} is still here, if it was; delete it with: git rm ${file}`);
  return 0;
}
