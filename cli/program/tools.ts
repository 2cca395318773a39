/** The commands that ask no server. */
import { Argument, Option } from 'commander';
import { formatNames } from '../../text/format.ts';
import type { Grammar } from './grammar.ts';

export function toolCommands({ command, act, facts }: Grammar): void {
  act(
    command(
      'merge-file <base> <current> <proposed>',
      'Merge into CURRENT what changed from BASE to PROPOSED, and print the result.',
      'merge-file base.yaml current.yaml proposed.yaml',
    )
      .option('--write', 'write the result into CURRENT, as a Git merge driver does')
      .addOption(
        new Option(
          '--format <format>',
          'format of the files; without it, the one their extension names',
        ).choices(formatNames),
      )
      .option('--path <path>', 'take the format from the extension of this path'),
    async (context, base: string, current: string, proposed: string, options) =>
      (await import('../commands/merge-file.ts')).mergeFile(context, [base, current, proposed], options),
  );
  act(
    command('install-merge-driver', 'Let Git merge the workspace’s files with Pawl.', 'install-merge-driver'),
    async context =>
      (await import('../commands/merge-file.ts')).installMergeDriver(context, facts.mergeProgram),
  );
  act(
    command(
      'completion',
      'Print the shell completion script for pawl.',
      'completion bash > /etc/bash_completion.d/pawl',
      'completion zsh > ~/.zfunc/_pawl',
      'completion fish > ~/.config/fish/completions/pawl.fish',
    ).addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish'])),
    async (context, shell: 'bash' | 'zsh' | 'fish') =>
      (await import('../commands/completion.ts')).completion(context, shell),
  );
  act(command('version', 'Print the version of this program, as --version does.'), async context => {
    if (context.structured) await context.print({ version: facts.version });
    else context.terminal.out(`${facts.version}\n`);
    return 0;
  });
}
