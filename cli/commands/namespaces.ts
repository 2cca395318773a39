/** `namespaces`: lists, creates and deletes config namespaces. */
import { isNamespaceName } from '../../text/config-path.ts';
import type { Context } from '../context.ts';
import { CliError, type Exit } from '../errors.ts';
import { table } from '../terminal.ts';
import { ago } from '../words.ts';

export async function namespaces(context: Context): Promise<Exit> {
  const client = await context.client();
  const items = await client.namespaces();
  if (context.structured) await context.print({ namespaces: items });
  else {
    const now = context.surroundings.now();
    const rows = items.map(({ name, configs, created_at }) => [
      name,
      String(configs),
      created_at === undefined ? '' : ago(created_at, now),
    ]);
    context.terminal.out(table(['NAMESPACE', 'CONFIGS', 'CREATED'], rows));
  }
  return 0;
}

export async function createNamespace(context: Context, name: string): Promise<Exit> {
  const client = await context.client();
  const created = await client.createNamespace(checked(name));
  if (context.structured) await context.print(created);
  else context.terminal.out(`Created config namespace ${name}\n`);
  return 0;
}

export async function deleteNamespace(context: Context, name: string): Promise<Exit> {
  const client = await context.client();
  await client.deleteNamespace(checked(name));
  if (context.structured) await context.print({ name, deleted: true });
  else context.terminal.out(`Deleted config namespace ${name}\n`);
  return 0;
}

function checked(name: string): string {
  if (isNamespaceName(name)) return name;
  throw new CliError(
    'Usage',
    `${name} is not a valid name of a config namespace: use lower-case letters, digits and dashes, at most 63`,
  );
}
