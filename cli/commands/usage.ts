/**
 * `usage`: the ConfigMaps and Secrets that show a config, the ConfigVersion and ConfigProjection objects that propose and
 * show it, and the workloads that restart for it with their pods, each with its version.
 */
import type { Use } from '../../api/types.gen.ts';
import type { Context } from '../context.ts';
import type { Exit } from '../errors.ts';
import { oneLine, table } from '../terminal.ts';

export async function usage(context: Context, typed: string): Promise<Exit> {
  const client = await context.client();
  const { config } = context.target(typed);
  const { uses, watchesWorkloads } = await client.usage(config.namespace, config.path);
  if (context.structured)
    await context.print({ ...config, uses, workloads: watchesWorkloads ? 'Listed' : 'NotWatched' });
  else if (uses.length === 0)
    context.terminal.tell(
      'No ConfigMap, Secret, ConfigVersion or ConfigProjection that you may read uses this config.',
    );
  else
    context.terminal.out(
      table(
        headings(context),
        uses.flatMap(use => [row(context, use), ...podsOf(context, use)]),
      ),
    );
  // In wide output the message stands in the table.
  if (!context.structured && context.output !== 'wide') for (const use of uses) tellRollout(context, use);
  if (!context.structured && !watchesWorkloads)
    context.terminal.tell(
      'Workloads are not listed: this Pawl does not look at them. The chart turns that on with restarts.enabled.',
    );
  return 0;
}

const ofRollouts = ['RollingOut', 'RolloutHalted'];

function tellRollout({ terminal }: Context, { kind, namespace, name, reason = '', message = '' }: Use): void {
  if (kind === 'ConfigProjection' && ofRollouts.includes(reason))
    terminal.tell(`${kind} ${namespace}/${name}: ${oneLine(message)}`);
}

type Row = Omit<Use, 'kind'> & { readonly kind: Use['kind'] | 'Pod' };

function headings({ output }: Context): string[] {
  return ['KIND', 'NAMESPACE', 'NAME', 'VERSION', 'REASON', ...(output === 'wide' ? ['MESSAGE'] : [])];
}

function podsOf(context: Context, { namespace, pods = [], pods_left_off: more = 0 }: Use): string[][] {
  const rows = pods.map(pod => row(context, { kind: 'Pod', namespace, ...pod }));
  const left: [] | [string[]] = more === 0 ? [] : [['Pod', namespace, `and ${more} more`, '-', '']];
  return [...rows, ...left];
}

function row(
  { output }: Context,
  { kind, namespace, name, version, behind, pinned = false, reason = '', message = '' }: Row,
): string[] {
  const standing = behind === undefined ? reason : behind ? 'Behind' : 'UpToDate';
  const shown = version === undefined ? '-' : `${version}${pinned ? ' (pinned)' : ''}`;
  return [kind, namespace, name, shown, standing, ...(output === 'wide' ? [oneLine(message)] : [])];
}
