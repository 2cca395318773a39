/** The commands for ConfigVersion objects. Invariant: -n is their Kubernetes namespace, not a config namespace. */
import { dryRunOption, type Grammar, yesOption } from './grammar.ts';

export function objectCommands({ command, act }: Grammar): void {
  act(
    command(
      'waiting',
      'List the ConfigVersion objects that are refused or wait to be confirmed. -n is their Kubernetes namespace.',
      'waiting',
      'waiting -n payments -o wide',
    ),
    async context => (await import('../commands/waiting.ts')).waiting(context),
  );
  act(
    command(
      'confirm <cv/name>',
      'Confirm the merge that a ConfigVersion object shows and waits for. -n is its Kubernetes namespace.',
      'confirm cv/limits -n payments',
    )
      .addOption(yesOption())
      .option('--token <token>', 'confirm exactly this result, without asking')
      .addOption(dryRunOption('show the merge, and confirm nothing')),
    async (context, object: string, options) =>
      (await import('../commands/confirm.ts')).confirm(context, object, options),
  );
}
