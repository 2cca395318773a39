/** `trash` and `undelete`: what was deleted and is still there, and bringing it back. */
import type { Context } from '../context.ts';
import type { Exit } from '../errors.ts';
import { oneLine, table } from '../terminal.ts';
import { ago, count } from '../words.ts';
import { configName } from '../workspace.ts';

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

export async function undelete(context: Context, typed: string): Promise<Exit> {
  const { config } = context.target(typed);
  const client = await context.client();
  const undeleted = await client.undelete(config.namespace, config.path);
  const { versions, first_version: first, last_version: last, latest, as_history } = undeleted;
  const name = oneLine(configName(config));
  const numbers = first === last ? `version ${first}` : `versions ${first} to ${last}`;
  if (context.structured) await context.print({ ...config, ...undeleted });
  else if (as_history)
    context.terminal.out(
      `Undeleted ${name}: ${numbers} are its history again, and version ${latest}, saved since, stays the latest\n`,
    );
  else context.terminal.out(`Undeleted ${name}: ${count(versions, 'version')}, the latest is ${latest}\n`);
  return 0;
}
