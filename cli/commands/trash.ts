/**
 * `trash` and `undelete`: what was deleted and is still there, and bringing it back. Invariant: what comes back is shown and
 * confirmed first, as far as whoever asks may see it.
 */
import type { DeletedConfig } from '../../api/types.gen.ts';
import type { Client } from '../client.ts';
import type { Context } from '../context.ts';
import { CliError, type Exit } from '../errors.ts';
import { latestVersionOf } from '../latest-version.ts';
import { ifAllowed } from '../refusal.ts';
import { oneLine, table } from '../terminal.ts';
import { ago, count, who } from '../words.ts';
import { type ConfigId, configName } from '../workspace.ts';

export async function trash(context: Context): Promise<Exit> {
  const client = await context.client();
  const all = await context.ofEachNamespace(async namespace =>
    (await client.trash(namespace)).map(one => ({ namespace, ...one })),
  );
  if (context.structured) await context.print({ deleted: all });
  else if (all.length === 0) context.terminal.tell('Nothing can be undeleted.');
  else {
    const now = context.surroundings.now();
    const rows = all.map(({ namespace, path, versions, deleted_at, deleted_by, kept_until }) => [
      ...[
        oneLine(configName({ namespace, path })),
        String(versions),
        ago(deleted_at, now),
        oneLine(deleted_by),
      ],
      kept_until,
    ]);
    context.terminal.out(table(['CONFIG', 'VERSIONS', 'DELETED', 'BY', 'KEPT UNTIL'], rows));
  }
  return 0;
}

export async function undelete(
  context: Context,
  typed: string,
  { yes = false }: { readonly yes?: boolean },
): Promise<Exit> {
  const { config } = context.target(typed);
  const client = await context.client();
  if (!yes) await agree(context, client, config);
  const undeleted = await client.undelete(config.namespace, config.path);
  const { versions, first_version: first, last_version: last, latest, as_history } = undeleted;
  const name = oneLine(configName(config));
  const numbers = numbersOf(first, last);
  if (context.structured) await context.print({ ...config, ...undeleted });
  else if (as_history)
    context.terminal.out(
      `Undeleted ${name}: ${numbers} are its history again, and version ${latest}, saved since, stays the latest\n`,
    );
  else context.terminal.out(`Undeleted ${name}: ${count(versions, 'version')}, the latest is ${latest}\n`);
  return 0;
}

const numbersOf = (first: number, last: number): string =>
  first === last ? `version ${first}` : `versions ${first} to ${last}`;

async function agree(context: Context, client: Client, config: ConfigId): Promise<void> {
  const { terminal, surroundings } = context;
  const name = oneLine(configName(config));
  const [deleted, live] = await Promise.all([
    ifAllowed(client.trash(config.namespace)),
    ifAllowed(latestVersionOf(client, config)),
  ]);
  const newest = deleted && newestOf(deleted, config.path);
  if (deleted && !newest)
    throw new CliError('Refused', `nothing of ${name} is in the trash. What is: ${context.command('trash')}`);
  terminal.tell(
    newest
      ? `${name}: ${numbersOf(newest.first_version, newest.last_version)}, deleted ${ago(newest.deleted_at, surroundings.now())} by ${oneLine(newest.deleted_by)}.`
      : `This will bring back what the newest delete of ${name} took.`,
  );
  if (live)
    terminal.tell(
      `What comes back becomes its history: version ${live.version} by ${who(live)}, saved since, stays the latest.`,
    );
  const question = newest?.versions === 1 ? 'Bring it back?' : 'Bring them back?';
  if (!(await terminal.confirm(question, '--yes'))) throw new CliError('Declined', 'Nothing was undeleted.');
}

function newestOf(deleted: readonly DeletedConfig[], path: string): DeletedConfig | undefined {
  const own = deleted.filter(one => one.path === path);
  return own.sort((a, b) => Date.parse(b.deleted_at) - Date.parse(a.deleted_at))[0];
}
