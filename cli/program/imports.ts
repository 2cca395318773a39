/** The commands that bring configs in from elsewhere, and take them out again. */

import type { GlobalOptions } from '../context.ts';
import { dryRunOption, type Grammar, yesOption } from './grammar.ts';

const collected = (value: string, before: string[] = []): string[] => [...before, value];

export function importCommands({ program, name, run, command, act }: Grammar): void {
  const globals = () => program.opts<GlobalOptions>();
  const group = program
    .command('import')
    .description('Bring in configs that are in Git.')
    .allowExcessArguments(false)
    .helpCommand(false)
    .addHelpText(
      'after',
      `\nExamples:\n  ${name} import git config -n payments\n`,
    );
  group
    .command('git')
    .argument('<folder>', 'a folder of a Git repository')
    .description(
      'Import each commit of the files below a folder as a version, with its author, time and message. Repeatable.',
    )
    .option('--since <commit>', 'begin with the texts of this commit, instead of the first')
    .option(
      '--format <pattern=format>',
      'the format of files whose extension does not say it, such as **/*.conf=text; repeatable',
      collected,
    )
    .addOption(yesOption())
    .addOption(dryRunOption('show what would be imported, and import nothing'))
    .addHelpText(
      'after',
      `\nExamples:\n  ${name} import git config/payments\n  ${name} import git config -n payments --since v1.0 --format '**/*.conf=text'\n`,
    )
    .action((folder: string, options) =>
      run(globals(), async context =>
        (await import('../commands/import-git.ts')).importGit(context, folder, options),
      ),
    );
  act(
    command(
      'export <namespace> <folder>',
      'Write the configs of a config namespace into an empty folder; with --history, as a Git repository with a commit for each version.',
      'export payments ./payments',
      'export payments ./payments --history',
    ).option('--history', 'make a Git repository with a commit for each version'),
    async (context, namespace: string, folder: string, options) =>
      (await import('../commands/export.ts')).exportNamespace(context, namespace, folder, options),
  );
}
