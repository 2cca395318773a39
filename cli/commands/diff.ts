/**
 * `diff`: what `deploy` would change on the server, or what changed between two versions. Exit 1 when there are
 * differences.
 */
import { textOfBase } from '../base.ts';
import type { Client } from '../client.ts';
import type { SurveyedConfig } from '../compare.ts';
import type { Context } from '../context.ts';
import { painted, unified } from '../diffs.ts';
import { CliError, type Exit } from '../errors.ts';
import { externalDiff, externalDiffOf, type Pair } from '../external-diff.ts';
import { survey } from '../survey.ts';

export interface DiffOptions {
  readonly version?: string;
}

export async function diff(
  context: Context,
  typed: readonly string[],
  { version }: DiffOptions,
): Promise<Exit> {
  if (version !== undefined) return diffVersions(context, typed, version);
  const { terminal } = context;
  const { entries, client } = await survey(context, context.files(typed));
  const program = externalDiffOf(context);
  const pairs: Pair[] = [];
  const shown: { file: string; namespace: string; path: string; state: string; unified: string }[] = [];
  for (const entry of entries) {
    const { file, config, standing: state } = entry;
    const found = await difference(client, entry);
    if (found === null) continue;
    const { from, to, note } = found;
    const text = program ? '' : await unified(from.text, to.text, { from: from.label, to: to.label });
    shown.push({ file, ...config, state, unified: text });
    pairs.push({ config, from: from.text, to: to.text });
    if (context.structured) continue;
    if (note !== '') terminal.tell(`${file}: ${note}`);
    if (!program) terminal.out(painted(terminal, text));
  }
  const verdict = program ? await externalDiff(context, program, pairs) : shown.length > 0 ? 1 : 0;
  if (context.structured) await context.print({ files: shown });
  for (const { file, standing } of entries) {
    if (standing === 'changed-there')
      terminal.tell(`${file}: changed only on the server. To bring it in: ${context.command('pull', file)}`);
    if (standing === 'gone-there') terminal.tell(`${file}: deleted on the server`);
  }
  return verdict;
}

interface Side {
  readonly text: string;
  readonly label: string;
}

/** What deploying it would change on the server; for a clash, what the edit changed. Null: nothing. */
interface Difference {
  readonly from: Side;
  readonly to: Side;
  readonly note: string;
}

async function difference(client: Client, entry: SurveyedConfig): Promise<Difference | null> {
  const { config, file, local, head, standing } = entry;
  if (local === null) return null;
  const latest = async (): Promise<Side> => {
    if (head === null) return { text: '', label: '/dev/null' };
    const { body_raw: text } = await client.read(config.namespace, config.path, head.version);
    return { text, label: `${file} (version ${head.version})` };
  };
  const mine: Side = { text: local.text, label: file };
  switch (standing) {
    case 'new-here':
    case 'changed-here':
    case 'unresolved':
    case 'unknown-base':
      return { from: await latest(), to: mine, note: '' };
    case 'changed-both': {
      const [base, current, { merge }] = await Promise.all([
        textOfBase(client, entry),
        latest(),
        import('../../merge/merge.ts'),
      ]);
      if (base === null)
        return { from: current, to: mine, note: 'the version it was made from is not known' };
      const result = merge(base, current.text, local.text, { format: entry.format });
      if (result.kind === 'clean') {
        const merged = { text: result.text, label: `${file} (merged)` };
        return { from: current, to: merged, note: 'changed in both; merged, as deploy would save it' };
      }
      const note =
        result.kind === 'clash'
          ? 'changed in both, and the edits conflict; your edit:'
          : `cannot be merged: ${result.message}; your edit:`;
      return { from: { text: base, label: `${file} (version ${entry.base!.version})` }, to: mine, note };
    }
    default:
      return null;
  }
}

async function diffVersions(context: Context, typed: readonly string[], range: string): Promise<Exit> {
  const match = /^(\d+)\.\.(\d*)$/.exec(range);
  const [path, ...rest] = typed;
  if (match === null)
    throw new CliError(
      'Usage',
      `--version ${range} is not a range; write two versions such as 7..9, or 7.. for up to the latest`,
    );
  if (path === undefined || rest.length > 0) throw new CliError('Usage', '--version needs one PATH');
  const { config } = context.target(path);
  const client = await context.client();
  const [from, to] = [Number(match[1]), match[2] === '' ? undefined : Number(match[2])];
  const program = externalDiffOf(context);
  if (program) {
    const read = (version: number | undefined) => client.read(config.namespace, config.path, version);
    const [before, after] = await Promise.all([read(from), read(to)]);
    const pair = { config, from: before.body_raw, to: after.body_raw };
    return externalDiff(context, program, pair.from === pair.to ? [] : [pair]);
  }
  const found = await client.diff(config.namespace, config.path, from, to);
  if (context.structured) await context.print(found);
  else context.terminal.out(painted(context.terminal, found.unified));
  if (found.unified_left_out !== undefined)
    context.terminal.tell(`${found.unified_left_out} lines are left out`);
  return found.equal ? 0 : 1;
}
