/** `validate`: the configs whose latest version is not what today's schemas allow, or holds a secret. Reads only. */
import type { Context } from '../context.ts';
import type { Exit } from '../errors.ts';
import { table } from '../terminal.ts';
import { placeOfViolation } from '../violations.ts';
import { configName } from '../workspace.ts';

export async function validate(
  context: Context,
  prefix = '',
  { all = false }: { readonly all?: boolean },
): Promise<Exit> {
  const client = await context.client();
  const namespaces = all ? [undefined] : context.namespaces;
  const lists = await Promise.all(namespaces.map(namespace => client.violations(namespace, prefix)));
  const found = lists.flat();
  if (context.structured) await context.print({ violations: found });
  else if (found.length === 0)
    context.terminal.tell(
      'The latest versions are what their schemas allow, and no secret was found in them.',
    );
  else {
    const rows = found.flatMap(({ config, violations, more_violations: more = 0 }) => [
      ...violations.map(one => [configName(config), String(config.latest_version), placeOfViolation(one)]),
      ...(more > 0 ? [[configName(config), String(config.latest_version), `and ${more} more`]] : []),
    ]);
    context.terminal.out(table(['CONFIG', 'VERSION', 'WHAT IS NOT ALLOWED'], rows));
  }
  return found.length === 0 ? 0 : 3;
}
