/**
 * How a dry run ends. Invariant: with 3 where other people's edits or a missing approval would keep the command itself
 * from saving without a terminal, so that a script can tell; the question whether one means it is not counted.
 */
import type { Context } from './context.ts';
import { CliError, type Exit } from './errors.ts';

export const wouldAsk = (): CliError =>
  new CliError(
    'WouldAsk',
    'Nothing was saved: this was a dry run. Without --dry-run, you are asked about the above; --yes answers.',
  );

/** @param of what the server says it would do */
export function endOfDryRun(
  { terminal }: Context,
  of: readonly { readonly approval_required?: boolean }[],
  did: 'saved' | 'deleted' = 'saved',
): Exit {
  const waits = of.some(one => one.approval_required === true);
  const without = waits ? ' Without --dry-run, it is kept until others have approved it.' : '';
  terminal.tell(`Nothing was ${did}: this was a dry run.${without}`);
  return waits ? 3 : 0;
}
