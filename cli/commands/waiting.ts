/** `waiting`: ConfigVersion objects that a person has to do something about, and the command that does it. */
import type { Proposal } from '../../api/types.gen.ts';
import type { Context } from '../context.ts';
import type { Exit } from '../errors.ts';
import { oneLine, table } from '../terminal.ts';
import { ago } from '../words.ts';
import { configName } from '../workspace.ts';

export async function waiting(context: Context): Promise<Exit> {
  const client = await context.client();
  const proposals = await client.proposals(context.options.namespace);
  if (context.structured) await context.print({ proposals });
  else if (proposals.length === 0) context.terminal.tell('No ConfigVersion object waits for a person.');
  else
    context.terminal.out(
      table(
        headings(context),
        proposals.map(proposal => row(context, proposal)),
      ),
    );
  return 0;
}

function headings({ output }: Context): string[] {
  return ['OBJECT', 'CONFIG', 'AUTHOR', 'SINCE', 'REASON', output === 'wide' ? 'MESSAGE' : 'NEXT'];
}

function row(context: Context, proposal: Proposal): string[] {
  const { namespace, name, config, author = '', since, reason, message } = proposal;
  const id = `${namespace}.${name}`;
  const approve = () => context.command('approve', config.path, '-n', config.namespace, '--proposal', id);
  const confirm = () => context.command('confirm', `cv/${name}`, '-n', namespace);
  const other = proposal.token ? confirm() : `kubectl describe cv ${name} -n ${namespace}`;
  const next = reason === 'ApprovalRequired' ? approve() : other;
  return [
    ...[`${namespace}/${name}`, configName(config), author],
    ...[since === undefined ? '' : ago(since, context.surroundings.now()), reason],
    context.output === 'wide' ? oneLine(message) : next,
  ];
}
