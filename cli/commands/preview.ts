/**
 * `preview -f MANIFEST`: what the ConfigVersions of a pull request would become on a cluster. Invariant: nothing is
 * written, and one that would be refused does not hide the others.
 */
import type { Preview, PreviewRequest } from '../../api/types.gen.ts';
import { openKubernetes } from '../access.ts';
import type { Context } from '../context.ts';
import { painted } from '../diffs.ts';
import { CliError, type Exit } from '../errors.ts';
import { type Manifest, manifestsIn } from '../manifests.ts';
import { oneLine } from '../terminal.ts';
import { configName } from '../workspace.ts';

export interface PreviewOptions {
  readonly filename: readonly string[];
  readonly appliedBy?: string;
}

export async function preview(context: Context, { filename, appliedBy }: PreviewOptions): Promise<Exit> {
  const manifests: Manifest[] = [];
  for (const file of filename) manifests.push(...(await manifestsIn(file)));
  if (manifests.length === 0)
    throw new CliError('Usage', `there is no ConfigVersion in ${filename.join(', ')}`);
  const client = await context.client();
  const previews: Preview[] = [];
  for (const { namespace, name, spec, annotations } of manifests) {
    const where = namespace ?? (await defaultNamespace(context, name));
    const request = { spec, annotations, ...(appliedBy !== undefined && { applied_by: appliedBy }) };
    const found = await client.preview(where, name, request as PreviewRequest);
    if (!context.structured) show(context, found);
    previews.push(found);
  }
  if (context.structured) await context.print({ previews });
  return previews.some(({ outcome }) => outcome === 'refused') ? 3 : 0;
}

function show({ terminal }: Context, { namespace, name, config, reason, message, ...found }: Preview): void {
  const refused = found.outcome === 'refused';
  const said = `${namespace}/${name} (${configName(config)}): ${reason}: ${oneLine(message)}`;
  terminal.out(`${terminal.paint(refused ? 'red' : 'bold', said)}\n`);
  for (const place of found.places ?? []) {
    terminal.out(`  ${oneLine(place.path || 'the whole text')}\n`);
    const sides = { base: place.base, [`version ${place.changed_in}`]: place.current, yours: place.proposed };
    for (const [side, text] of Object.entries(sides))
      if (text !== undefined) terminal.out(`    ${side}: ${oneLine(text)}\n`);
  }
  const diff = found.change ?? found.diff;
  if (diff !== undefined && diff !== '') terminal.out(painted(terminal, diff));
}

async function defaultNamespace({ options, asking }: Context, name: string): Promise<string> {
  if (options.namespace !== undefined) return options.namespace;
  if (options.server !== undefined || asking.env.PAWL_SERVER)
    throw new CliError('Usage', `ConfigVersion ${name} names no namespace: give -n NAMESPACE`);
  const kubernetes = await openKubernetes(options, asking);
  kubernetes.close();
  return kubernetes.namespace;
}
