/**
 * `diff`: what `deploy` would change on the server, or what changed between two versions. Exit 1 when there are
 * differences.
 */
import { textOfBase } from '../base.ts';
import type { Client } from '../client.ts';
import type { Entry } from '../compare.ts';
import type { Context } from '../context.ts';
import { painted, unified } from '../diffs.ts';
import { CliError, type Exit } from '../errors.ts';
import { survey } from '../survey.ts';
import { formatOf } from '../workspace.ts';

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
  const shown: { file: string; namespace: string; path: string; state: string; unified: string }[] = [];
  for (const entry of entries) {
    const found = await difference(client, entry);
    if (found === null) continue;
    const { text, note } = found;
    shown.push({ file: entry.file, ...entry.config, state: entry.standing, unified: text });
    if (context.structured) continue;
    if (note !== '') terminal.tell(`${entry.file}: ${note}`);
    terminal.out(painted(terminal, text));
  }
  if (context.structured) await context.print({ files: shown });
  for (const { file, standing } of entries) {
    if (standing === 'changed-there')
      terminal.tell(`${file}: changed there only; ${context.command('pull', file)} brings it`);
    if (standing === 'gone-there') terminal.tell(`${file}: deleted on the server`);
  }
  return shown.length > 0 ? 1 : 0;
}

async function difference(client: Client, entry: Entry): Promise<{ text: string; note: string } | null> {
  const { config, file, local, head, standing } = entry;
  if (local === null) return null;
  const from = head === null ? '/dev/null' : `${file} (version ${head.version})`;
  const latest = async () => (await client.read(config.namespace, config.path, head?.version)).body_raw;
  switch (standing) {
    case 'new-here':
      return { text: await unified('', local.text, { from, to: file }), note: '' };
    case 'changed-here':
    case 'unresolved':
    case 'unknown-base':
      return {
        text: await unified(head === null ? '' : await latest(), local.text, { from, to: file }),
        note: '',
      };
    case 'changed-both': {
      const [base, current, { merge }] = await Promise.all([
        textOfBase(client, entry),
        latest(),
        import('../../merge/merge.ts'),
      ]);
      if (base === null)
        return {
          text: await unified(current, local.text, { from, to: file }),
          note: 'the version it was made from is not known',
        };
      const result = merge(base, current, local.text, { format: formatOf(config.path) });
      if (result.kind === 'clean') {
        const note = `changed in both; merged, as deploy would apply it`;
        return { text: await unified(current, result.text, { from, to: `${file} (merged)` }), note };
      }
      const note =
        result.kind === 'clash'
          ? 'changed in both, and they clash; your edit:'
          : `cannot be merged: ${result.message}; your edit:`;
      return {
        text: await unified(base, local.text, { from: `${file} (version ${entry.base!.version})`, to: file }),
        note,
      };
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
      `--version ${range} is not a range; write two versions such as 7..9, or 7.. up to the latest`,
    );
  if (path === undefined || rest.length > 0) throw new CliError('Usage', '--version needs one PATH');
  const { config } = context.target(path);
  const client = await context.client();
  const found = await client.diff(
    config.namespace,
    config.path,
    Number(match[1]),
    match[2] === '' ? undefined : Number(match[2]),
  );
  if (context.structured) await context.print(found);
  else context.terminal.out(painted(context.terminal, found.unified));
  if (found.unified_left_out !== undefined)
    context.terminal.tell(`${found.unified_left_out} lines are left out`);
  return found.equal ? 0 : 1;
}
