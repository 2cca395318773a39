/**
 * `namespaces`: lists, creates and deletes config namespaces. Creating an empty one changes nothing that is there, and its
 * name is all there is to show, so it asks nothing.
 */
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

export async function deleteNamespace(
  context: Context,
  typed: string,
  { yes = false }: { readonly yes?: boolean },
): Promise<Exit> {
  const name = checked(typed);
  const { terminal } = context;
  if (!yes) {
    terminal.tell(
      `This will permanently delete config namespace ${name}. The server does so only while it is empty.`,
    );
    if (!(await terminal.confirm('Delete it?', '--yes')))
      throw new CliError('Declined', 'Nothing was deleted.');
  }
  const client = await context.client();
  await client.deleteNamespace(name);
  if (context.structured) await context.print({ name, deleted: true });
  else terminal.out(`Deleted config namespace ${name}\n`);
  return 0;
}

function checked(name: string): string {
  if (isNamespaceName(name)) return name;
  throw new CliError(
    'Usage',
    `${name} is not a valid name of a config namespace: use lower-case letters, digits and dashes, at most 63`,
  );
}
