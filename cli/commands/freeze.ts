/**
 * `freeze`, `unfreeze`, `freezes`: configs that are neither saved nor deleted for a while. Invariant: a freeze has a reason
 * and an end, and what it changes is shown and confirmed first.
 */
import type { Freeze } from '../../api/types.gen.ts';
import type { Client } from '../client.ts';
import type { Context } from '../context.ts';
import { CliError, type Exit } from '../errors.ts';
import { ifAllowed } from '../refusal.ts';
import { oneLine, table } from '../terminal.ts';

export interface FreezeOptions {
  readonly until: string;
  readonly reason: string;
  readonly yes?: boolean;
}

/** @param typed a path, or the path of a folder; undefined: the whole config namespace */
export async function freeze(
  context: Context,
  typed: string | undefined,
  { until, reason, yes = false }: FreezeOptions,
): Promise<Exit> {
  const { namespace, path } = placeOf(context, typed);
  const end = endOf(until, context.surroundings.now());
  const client = await context.client();
  if (!yes) {
    const { terminal } = context;
    terminal.tell(
      `${nameOf(namespace, path)}: saves and deletes will be refused until ${end}: ${oneLine(reason)}`,
    );
    const before = await frozenBy(client, namespace, path);
    if (before) terminal.tell(`In the place of the freeze ${lasting(before)}`);
    if (!(await terminal.confirm('Freeze it?', '--yes')))
      throw new CliError('Declined', 'Nothing was frozen.');
  }
  const made = await client.freeze({ namespace, ...(path !== undefined && { path }), reason, until: end });
  if (context.structured) await context.print(made);
  else {
    context.terminal.out(`${nameOf(namespace, path)}: frozen until ${made.until}\n`);
    const undo = context.command('unfreeze', ...(path === undefined ? [] : [path]), '-n', namespace);
    context.terminal.tell(`It ends by itself. To end it before: ${undo}`);
  }
  return 0;
}

export async function unfreeze(
  context: Context,
  typed: string | undefined,
  { yes = false }: { readonly yes?: boolean },
): Promise<Exit> {
  const { namespace, path } = placeOf(context, typed);
  const client = await context.client();
  if (!yes) {
    const { terminal } = context;
    const name = nameOf(namespace, path);
    const before = await frozenBy(client, namespace, path);
    if (before === undefined) {
      const list = context.command('freezes', '-n', namespace);
      throw new CliError('Refused', `${name} is not frozen by that path. What is: ${list}`);
    }
    terminal.tell(before ? `${name}: frozen ${lasting(before)}` : `This will end the freeze of ${name}.`);
    if (!(await terminal.confirm('End this freeze?', '--yes')))
      throw new CliError('Declined', 'Nothing was changed.');
  }
  await client.unfreeze(namespace, path);
  if (context.structured) await context.print({ namespace, ...(path !== undefined && { path }) });
  else context.terminal.out(`${nameOf(namespace, path)}: frozen no longer\n`);
  return 0;
}

export async function freezes(context: Context): Promise<Exit> {
  const client = await context.client();
  const all = await context.ofEachNamespace(async namespace =>
    (await client.freezes(namespace)).map(one => ({ namespace, ...one })),
  );
  if (context.structured) await context.print({ freezes: all });
  else if (all.length === 0) context.terminal.tell('Nothing is frozen.');
  else {
    const rows = all.map(({ namespace, paths, until, by = '', reason }) => [
      ...[namespace, paths?.join(' ') ?? 'all', until, oneLine(by), oneLine(reason)],
    ]);
    context.terminal.out(table(['NAMESPACE', 'PATHS', 'UNTIL', 'BY', 'REASON'], rows));
  }
  return 0;
}

function placeOf(
  context: Context,
  typed: string | undefined,
): { namespace: string; path: string | undefined } {
  if (typed === undefined) {
    const { namespace } = context.options;
    if (namespace !== undefined) return { namespace, path: undefined };
    throw new CliError('Usage', 'name a path, or the config namespace with -n');
  }
  return context.target(typed).config;
}

/** As the server names them: one for each path. null: whoever asks may not see it; undefined: there is none. */
async function frozenBy(
  client: Client,
  namespace: string,
  path: string | undefined,
): Promise<Freeze | null | undefined> {
  const all = await ifAllowed(client.freezes(namespace));
  if (all === null) return null;
  return all.find(({ name, paths = [] }) =>
    path === undefined ? name === 'all' : /^p-/.test(name) && paths[0] === path,
  );
}

const lasting = ({ until, by, reason }: Freeze): string =>
  `until ${until}${by === undefined ? '' : ` by ${oneLine(by)}`}: ${oneLine(reason)}`;

const nameOf = (namespace: string, path: string | undefined): string =>
  path === undefined ? namespace : `${namespace}/${path}`;

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2h`, `3d`, or a moment such as `2027-01-02T06:00Z`. */
function endOf(until: string, now: number): string {
  const [, number, unit] = /^([1-9][0-9]{0,4})([mhd])$/.exec(until) ?? [];
  const end = unit === undefined ? Date.parse(until) : now + Number(number) * units[unit]!;
  if (Number.isNaN(end)) {
    throw new CliError(
      'Usage',
      `--until ${until} is not a moment (2027-01-02T06:00Z) and not a time from now (2h, 3d)`,
    );
  }
  return new Date(end).toISOString();
}
