/** `drift`: ConfigVersion objects whose text is not the live one, since when, and whose is. */
import type { Drift } from '../../api/types.gen.ts';
import type { Context } from '../context.ts';
import type { Exit } from '../errors.ts';
import { oneLine, table } from '../terminal.ts';
import { ago } from '../words.ts';
import { configName } from '../workspace.ts';

/** What was not accepted is not the live text either. */
const nothingDrifted =
  'The text of each accepted ConfigVersion is the live one. Those that were not accepted: kubectl pawl waiting';

export async function drift(context: Context): Promise<Exit> {
  const client = await context.client();
  const objects = await client.drift(context.options.namespace);
  if (context.structured) await context.print({ objects });
  else if (objects.length === 0) context.terminal.tell(nothingDrifted);
  else {
    const wide = context.output === 'wide';
    const heads = ['OBJECT', 'CONFIG', 'VERSION', 'LIVE', 'SINCE', 'WHY', ...(wide ? ['COMMIT'] : [])];
    const rows = objects.map(object => [
      ...row(context, object),
      ...(wide ? [object.git?.commit ?? ''] : []),
    ]);
    context.terminal.out(table(heads, rows));
  }
  return 0;
}

function row(context: Context, object: Drift): string[] {
  const { namespace, name, config, version, superseded_by, live_version, since, message } = object;
  return [
    ...[`${namespace}/${name}`, configName(config), String(version)],
    String(live_version ?? superseded_by ?? ''),
    ...[since === undefined ? '' : ago(since, context.surroundings.now()), oneLine(message)],
  ];
}
