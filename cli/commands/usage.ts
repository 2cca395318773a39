/**
 * `usage`: the ConfigMaps and Secrets that show a config, and the ConfigVersion and ConfigProjection objects that propose
 * and show it, each with its version.
 */
import type { Use } from '../../api/types.gen.ts';
import type { Context } from '../context.ts';
import type { Exit } from '../errors.ts';
import { oneLine, table } from '../terminal.ts';

export async function usage(context: Context, typed: string): Promise<Exit> {
  const client = await context.client();
  const { config } = context.target(typed);
  const uses = await client.usage(config.namespace, config.path);
  if (context.structured) await context.print({ ...config, uses });
  else if (uses.length === 0)
    context.terminal.tell(
      'No ConfigMap, Secret, ConfigVersion or ConfigProjection that you may read uses this config.',
    );
  else
    context.terminal.out(
      table(
        headings(context),
        uses.map(use => row(context, use)),
      ),
    );
  return 0;
}

function headings({ output }: Context): string[] {
  return ['KIND', 'NAMESPACE', 'NAME', 'VERSION', 'REASON', ...(output === 'wide' ? ['MESSAGE'] : [])];
}

function row(
  { output }: Context,
  { kind, namespace, name, version, pinned = false, reason = '', message = '' }: Use,
): string[] {
  const shown = version === undefined ? '-' : `${version}${pinned ? ' (pinned)' : ''}`;
  return [kind, namespace, name, shown, reason, ...(output === 'wide' ? [oneLine(message)] : [])];
}
