/**
 * `purge`: deletes a version that holds a secret, with every copy that the server keeps of its text. Invariant: what still
 * holds the text somewhere else is named.
 */
import type { Context } from '../context.ts';
import { CliError, type Exit } from '../errors.ts';
import { oneLine } from '../terminal.ts';
import { ago, who } from '../words.ts';
import { configName } from '../workspace.ts';
import { atVersion } from './history.ts';

export interface PurgeOptions {
  readonly reason: string;
  readonly yes?: boolean;
  readonly version?: string;
}

export async function purge(context: Context, typed: string, options: PurgeOptions): Promise<Exit> {
  const { reason, yes = false } = options;
  const { path, version } = atVersion(typed, options.version);
  if (version === undefined)
    throw new CliError(
      'Usage',
      `name the version to purge: ${context.command('purge', ...context.named(`${path}@5`), '--reason', 'WHY')}`,
    );
  const { config } = context.target(path);
  const { terminal } = context;
  const client = await context.client();
  const name = `${oneLine(configName(config))}@${version}`;
  if (!yes) {
    const found = await client.read(config.namespace, config.path, version);
    terminal.tell(
      `This will permanently delete ${name} by ${who(found)}, ${ago(found.created_at, context.surroundings.now())}, with every copy of its text.`,
    );
    if (!(await terminal.confirm('Purge it?', '--yes')))
      throw new CliError('Declined', 'Nothing was purged.');
  }
  const purged = await client.purge(config.namespace, config.path, { version, reason });
  if (context.structured) {
    await context.print(purged);
    return 0;
  }
  const others = purged.versions.filter(one => one !== version);
  const also = others.length === 0 ? '' : `, and version ${others.join(', ')}, which had the same text`;
  terminal.out(`Purged ${name}${also}\n`);
  if (purged.also_in.length > 0) {
    const [first] = purged.also_in as [number];
    const next = context.command('purge', ...context.named(`${path}@${first}`), '--reason', 'WHY');
    terminal.tell(`Version ${purged.also_in.join(', ')} holds the same secret. Purge each: ${next}`);
  }
  for (const { kind, namespace, name: object } of purged.still_held)
    terminal.tell(`${kind} ${oneLine(namespace)}/${oneLine(object)} still holds the text.`);
  terminal.tell('Backups, and every pod that read it, may hold it, too: replace the secret.');
  return 0;
}
