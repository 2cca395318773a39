/**
 * `approve`, `reject`, `approvals`: changes of protected configs that wait until others have approved them. Invariant: what
 * is approved or rejected is what was shown: the latest text against the new one.
 */
import type { Approval, ApprovalRead } from '../../api/types.gen.ts';
import type { Client } from '../client.ts';
import type { Context } from '../context.ts';
import { painted } from '../diffs.ts';
import { CliError, type Exit } from '../errors.ts';
import { oneLine, table } from '../terminal.ts';
import { ago, count } from '../words.ts';
import { type ConfigId, configName } from '../workspace.ts';

export interface ApproveOptions {
  readonly proposal?: string;
  readonly token?: string;
  readonly yes?: boolean;
}

export interface RejectOptions {
  readonly proposal?: string;
  readonly reason: string;
  readonly yes?: boolean;
}

export async function approve(
  context: Context,
  typed: string,
  { proposal, token, yes = false }: ApproveOptions,
): Promise<Exit> {
  const { terminal } = context;
  const { config } = context.target(typed);
  const client = await context.client();
  const waiting = await waitingFor(client, config, proposal);
  const { problem, needed } = waiting;
  if (problem) throw new CliError('Conflict', `This cannot be approved as it stands. ${problem.detail}`);
  if (token !== undefined && token !== waiting.token) {
    const detail =
      'What would be saved is another change than --token names. Nothing was approved; look at it again';
    throw new CliError('Conflict', detail);
  }
  if (token === undefined) {
    show(context, waiting);
    const question = `Approve exactly this?`;
    if (!yes && !(await terminal.confirm(question, `--yes, or --token ${waiting.token}`)))
      throw new CliError('Declined', 'Nothing was approved.');
  }
  const done = await client.approve(config.namespace, waiting.id, waiting.token!);
  if (context.structured) {
    await context.print(done);
    return 0;
  }
  const name = oneLine(configName(config));
  const versions = (done.items ?? []).map(
    ({ new_version: version, ...item }) =>
      `${oneLine(configName(item))}: saved as version ${version ?? '?'}\n`,
  );
  if (done.state === 'saved') terminal.out(versions.join(''));
  else if (done.state === 'approved') terminal.out(`${name}: approved; it will be saved in a moment\n`);
  else terminal.out(`${name}: approved by ${done.approved_by.length} of ${needed}\n`);
  return 0;
}

export async function reject(
  context: Context,
  typed: string,
  { proposal, reason, yes = false }: RejectOptions,
): Promise<Exit> {
  const { config } = context.target(typed);
  const client = await context.client();
  const waiting = await waitingFor(client, config, proposal);
  const { id, token } = waiting;
  if (!yes) {
    show(context, waiting);
    if (waiting.problem)
      context.terminal.tell(`It cannot be approved as it stands. ${waiting.problem.detail}`);
    if (!(await context.terminal.confirm('Reject this?', '--yes')))
      throw new CliError('Declined', 'Nothing was rejected.');
  }
  await client.reject(config.namespace, id, { reason, ...(token !== undefined && { token }) });
  if (context.structured) await context.print({ id, ...config });
  else context.terminal.out(`${oneLine(configName(config))}: rejected\n`);
  return 0;
}

export async function approvals(context: Context): Promise<Exit> {
  const client = await context.client();
  const all = await context.ofEachNamespace(namespace => client.approvals({ namespace }));
  if (context.structured) await context.print({ approvals: all });
  else if (all.length === 0) context.terminal.tell('Nothing waits for an approval.');
  else {
    const headings = ['PROPOSAL', 'CONFIGS', 'PROPOSED BY', 'SINCE', 'APPROVED BY', 'NEXT'];
    context.terminal.out(
      table(
        headings,
        all.map(one => row(context, one)),
      ),
    );
  }
  return 0;
}

function row(
  context: Context,
  { id, namespace, paths, proposed_by, since, approved_by, rejected_by }: Approval,
): string[] {
  const [path = '', ...more] = paths;
  const next = context.command('approve', path, '-n', namespace, '--proposal', id);
  return [
    ...[
      id,
      `${namespace}/${path}${more.length === 0 ? '' : ` and ${more.length} more`}`,
      oneLine(proposed_by),
    ],
    ago(since, context.surroundings.now()),
    rejected_by
      ? `rejected by ${oneLine(rejected_by.name)}`
      : approved_by.map(({ name }) => oneLine(name)).join(', '),
    next,
  ];
}

/** The one that waits for this config. Throws CliError where there is none, or more than one. */
async function waitingFor(
  client: Client,
  config: ConfigId,
  proposal: string | undefined,
): Promise<ApprovalRead> {
  if (proposal !== undefined) return client.approval(config.namespace, proposal);
  const all = await client.approvals(config);
  const [one, ...more] = all;
  const name = oneLine(configName(config));
  if (!one) throw new CliError('Usage', `Nothing waits for an approval of ${name}.`);
  if (more.length === 0) return client.approval(config.namespace, one.id);
  const list = all.map(
    ({ id, proposed_by }) => `--proposal ${id}  (by ${oneLine(proposed_by) || 'nobody known'})`,
  );
  throw new CliError('Usage', `${all.length} changes of ${name} wait. Say which:\n  ${list.join('\n  ')}`);
}

function show({ terminal, surroundings }: Context, waiting: ApprovalRead): void {
  const { proposed_by, proposer_verified, since, changes, approved_by, needed, rejected_by } = waiting;
  const who = oneLine(proposed_by) || 'somebody';
  terminal.tell(
    `Proposed by ${who}${proposer_verified ? '' : ' (not verified)'}, ${ago(since, surroundings.now())}.`,
  );
  if (rejected_by) terminal.tell(`Rejected by ${oneLine(rejected_by.name)}: ${oneLine(rejected_by.reason)}`);
  for (const { change } of changes)
    if (change) terminal.tell(painted(terminal, change.replace(/\n$/, ''), 'err'));
  const others = changes.filter(({ change, operation }) => change === undefined && operation !== 'unchanged');
  if (others.length > 0)
    terminal.tell(`With it, ${count(others.length, 'config')} that nobody has to approve.`);
  terminal.tell(`Approved by ${approved_by.length} of ${needed}.`);
}
