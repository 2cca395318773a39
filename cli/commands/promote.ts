/**
 * `promote`: what changed in a config of one config namespace since the last promotion, carried onto the latest of another
 * one. Invariant: what it changes is shown and confirmed first, and what is saved is what was shown.
 */
import type { DeploymentItem, DeploymentResult, NewPromotions, PromotedFrom } from '../../api/types.gen.ts';
import { isNamespaceName } from '../../text/config-path.ts';
import type { Client } from '../client.ts';
import { hasMarkers } from '../compare.ts';
import type { Context } from '../context.ts';
import { labelled, painted } from '../diffs.ts';
import { endOfDryRun } from '../dry-run.ts';
import { editText, faultIn } from '../edited-text.ts';
import { CliError, type Exit } from '../errors.ts';
import { provenanceWithoutFile } from '../provenance.ts';
import { Refusal } from '../refusal.ts';
import { oneLine, table } from '../terminal.ts';
import { configName } from '../workspace.ts';

export interface PromoteOptions {
  readonly to?: string;
  readonly all?: boolean;
  readonly since?: number;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly message?: string;
  readonly bypass?: string;
}

/** Others may save while the person reads, as often as this. */
const attempts = 20;

export async function promote(context: Context, typed: string, options: PromoteOptions): Promise<Exit> {
  const { yes = false, dryRun = false, to } = options;
  if (to === undefined) throw new CliError('Usage', 'name the config namespace it goes to: --to NAMESPACE');
  const { terminal } = context;
  const client = await context.client();
  const wanted = await wishOf(context, typed, { ...options, to });
  if (dryRun) {
    const result = await client.promoteAll(wanted, true);
    if (context.structured) await context.print(result);
    else show(context, result.items);
    return endOfDryRun(context, result.items);
  }
  let confirm: string | undefined;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      const result = await client.promoteAll({ ...wanted, ...(confirm !== undefined && { confirm }) }, false);
      return await report(context, result);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { items = [], token } = error.problem;
      const clash = clashIn(error, wanted);
      if (clash && terminal.interactive && !yes) return await decide(context, client, wanted, clash);
      if (error.kind !== 'confirmation-required' || token === undefined) throw failed(context, error);
      show(context, items);
      const changed = items.filter(({ operation }) => operation !== 'unchanged').length;
      if (changed === 0) {
        terminal.tell(`Nothing to promote: ${to} has it already.`);
        return 0;
      }
      const what = changed === 1 ? 'this' : `these ${changed} changes`;
      if (!yes && !(await terminal.confirm(`Save ${what} in ${to}?`, '--yes')))
        throw new CliError('Declined', 'Nothing was saved.');
      confirm = token;
    }
  }
  throw new CliError('Conflict', 'Others kept saving meanwhile. Nothing was saved; try again.');
}

interface Clash {
  readonly path: string;
  readonly marked: string;
  readonly source: PromotedFrom;
  /** The latest version where it goes to. */
  readonly latest: number;
}

/** Null: it is refused for something else, or is about many configs. */
function clashIn({ problem }: Refusal, { paths = [] }: NewPromotions): Clash | null {
  const { reason, marked, promoted_from: source, current_version: latest } = problem;
  const [path] = paths;
  if (reason !== 'VersionConflict' || path === undefined) return null;
  return marked === undefined || !source || latest === undefined ? null : { path, marked, source, latest };
}

/** Opens what both sides changed in an editor, shows what comes of it, and saves exactly that on the two versions. */
async function decide(
  context: Context,
  client: Client,
  wanted: NewPromotions,
  { path, marked, source, latest }: Clash,
): Promise<Exit> {
  const { terminal } = context;
  const { from, to } = wanted;
  const { format } = await client.read(to, path, latest);
  const [theirs, ours] = [`${to}, version ${latest}`, `${from}, version ${source.version}`];
  terminal.tell(`${theirs}, and ${ours}, changed the same places. Decide each of them in your editor.`);
  const text = labelled(marked, theirs, ours);
  const faultOf = (edited: string) =>
    hasMarkers(edited) ? 'conflict markers are left' : faultIn(edited, format);
  return editText(context, { path, text, faultOf }, async body_raw => {
    const decided = { body_raw, source_version: source.version, base_version: latest };
    const { items } = await client.promoteAll({ ...wanted, decided }, true);
    show(context, items);
    if (items.every(({ operation }) => operation === 'unchanged')) {
      terminal.tell(`Nothing to promote: this is the text of version ${latest} of ${to} already.`);
      return 0;
    }
    if (!(await terminal.confirm(`Save this in ${to}?`, '--yes')))
      throw new CliError('Declined', 'Nothing was saved.');
    return report(context, await client.promoteAll({ ...wanted, decided }, false));
  });
}

async function wishOf(
  context: Context,
  typed: string,
  { to, all = false, since, message, bypass }: PromoteOptions & { readonly to: string },
): Promise<NewPromotions> {
  const { namespace, path } = sourceOf(context, typed);
  const { author, comment } = await provenanceWithoutFile(context, message);
  return {
    ...{ from: namespace, to },
    ...(all ? { prefix: path } : { paths: [path] }),
    ...(since !== undefined && { since }),
    ...(author !== undefined && { author }),
    ...(comment !== undefined && { comment }),
    ...(bypass !== undefined && { bypass }),
  };
}

/** `NAMESPACE/PATH`, or with -n a path. */
function sourceOf({ options: { namespace } }: Context, typed: string): { namespace: string; path: string } {
  if (namespace !== undefined) return { namespace, path: typed };
  const slash = typed.indexOf('/');
  const [name, path] = slash === -1 ? [typed, ''] : [typed.slice(0, slash), typed.slice(slash + 1)];
  if (isNamespaceName(name)) return { namespace: name, path };
  throw new CliError(
    'Usage',
    `${typed} begins with no config namespace: write NAMESPACE/PATH, or -n NAMESPACE PATH`,
  );
}

function show(context: Context, items: readonly DeploymentItem[]): void {
  const { terminal } = context;
  for (const { change } of items)
    if (change) terminal.tell(painted(terminal, change.replace(/\n$/, ''), 'err'));
}

async function report(context: Context, result: DeploymentResult): Promise<Exit> {
  if (context.structured) await context.print(result);
  else {
    const rows = result.items.map(({ operation, old_version, new_version, promoted_from, ...config }) => [
      ...[
        configName(config),
        String(new_version ?? old_version ?? ''),
        operation === 'unchanged' ? 'unchanged' : 'promoted',
      ],
      promoted_from ? `${promoted_from.namespace}/${promoted_from.path}@${promoted_from.version}` : '',
    ]);
    context.terminal.out(table(['CONFIG', 'VERSION', 'RESULT', 'FROM'], rows));
  }
  return 0;
}

function failed({ terminal }: Context, error: Refusal): Error {
  const { items = [], places = [] } = error.problem;
  for (const { problem, ...config } of items)
    if (problem)
      terminal.tell(
        `${terminal.paint('red', 'refused', 'err')}  ${oneLine(configName(config))}: ${oneLine(problem.detail)}`,
      );
  for (const { path, current = '', proposed = '' } of places)
    terminal.tell(`  ${oneLine(path)}: ${oneLine(current)} there, ${oneLine(proposed)} here`);
  if (places.length > 0)
    terminal.tell('At a terminal, without --yes, each place can be decided in your editor.');
  return error;
}
