/** The commands that bring configs in from elsewhere, and take them out again. */

import type { GlobalOptions } from '../context.ts';
import { dryRunOption, type Grammar, ofObjects, yesOption } from './grammar.ts';

const collected = (value: string, before: string[] = []): string[] => [...before, value];

export function importCommands({ program, name, run, command, act }: Grammar): void {
  const globals = () => program.opts<GlobalOptions>();
  const group = program
    .command('import')
    .description('Bring in configs that are in Git, or in ConfigMaps.')
    .allowExcessArguments(false)
    .helpCommand(false)
    .addHelpText(
      'after',
      `\nExamples:\n  ${name} import git config -n payments\n  ${name} import configmap web-config -n payments\n`,
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
  const adopting = group
    .command('configmap')
    .argument('[name...]', 'ConfigMaps')
    .description(
      'Adopt ConfigMaps: each key becomes a config, and pods see the same bytes all the while. Shows what it does, and asks.',
    )
    .option('-l, --selector <selector>', 'those with these labels, instead of names')
    .option('--all', 'all of the namespace')
    .option('-A, --all-namespaces', 'those of all namespaces')
    .option(
      '--format <config=format>',
      'the format of configs, such as web/nginx.conf=text or **/*.conf=ini; repeatable',
      collected,
    )
    .option('--path <key=path>', 'the path of a key’s config, instead of NAME/KEY; repeatable', collected)
    .option('--to <folder>', 'write manifests into this folder, and change nothing on the cluster')
    .addOption(yesOption())
    .addOption(dryRunOption('show what would be adopted, and change nothing'))
    .addHelpText(
      'after',
      `\nExamples:\n  ${name} import configmap web-config -n payments\n  ${name} import configmap -A --dry-run\n  ${name} import configmap -l app=web --to manifests\n`,
    )
    .action((names: string[], options) =>
      run(globals(), async context =>
        (await import('../commands/import-configmap.ts')).importConfigMaps(context, names, options),
      ),
    );
  ofObjects(adopting, 'ConfigMaps');
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
