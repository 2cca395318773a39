/** `list` and `search`: which configs there are, and which hold a key or a value. */
import type { Config, VersionFacts } from '../../api/types.gen.ts';
import type { Context } from '../context.ts';
import { CliError, type Exit } from '../errors.ts';
import { table } from '../terminal.ts';
import { ago, firstLine, who } from '../words.ts';
import { configName } from '../workspace.ts';

interface Found {
  readonly config: Config;
  readonly latest: VersionFacts;
}

export async function list(context: Context, prefix = ''): Promise<Exit> {
  const client = await context.client();
  const all = await context.ofEachNamespace(namespace => client.configs(namespace, prefix));
  await show(
    context,
    all.flatMap(({ config, latest }) => (config && latest ? [{ config, latest }] : [])),
  );
  return 0;
}

export interface SearchOptions {
  readonly key?: string;
  readonly value?: string;
  readonly limit: number;
}

export async function search(
  context: Context,
  path: string | undefined,
  { key, value, limit }: SearchOptions,
): Promise<Exit> {
  if (path === undefined && key === undefined && value === undefined)
    throw new CliError('Usage', 'say what to look for: part of the path, --key, or --value');
  const client = await context.client();
  const { namespace } = context.options;
  await show(context, await client.search({ namespace, path, key, value }, limit));
  return 0;
}

async function show(context: Context, found: readonly Found[]): Promise<void> {
  if (context.structured) return context.print({ configs: found });
  const now = context.surroundings.now();
  const rows = found.map(({ config, latest }) => [
    configName(config),
    String(latest.version),
    ago(latest.created_at, now),
    who(latest),
    firstLine(latest.comment),
  ]);
  context.terminal.out(table(['CONFIG', 'VERSION', 'SAVED', 'WHO', 'COMMENT'], rows));
}
