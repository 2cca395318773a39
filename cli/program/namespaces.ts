/** `namespaces` and its own commands. Without one of them it lists. */
import { Argument } from 'commander';
import type { GlobalOptions } from '../context.ts';
import { type Grammar, yesOption } from './grammar.ts';

export function namespaceCommands({ program, name, run }: Grammar): void {
  const group = program
    .command('namespaces')
    .description('List, create and delete config namespaces.')
    .allowExcessArguments(false)
    .helpCommand(false)
    .addHelpText('after', `\nExamples:\n  ${name} namespaces\n  ${name} namespaces create payments\n`);
  const handlers = () => import('../commands/namespaces.ts');
  const globals = () => program.opts<GlobalOptions>();
  const one = new Argument('<name>', 'a config namespace');
  group.action(() => run(globals(), async context => (await handlers()).namespaces(context)));
  group
    .command('create')
    .description('Create an empty config namespace.')
    .addHelpText('after', `\nExamples:\n  ${name} namespaces create payments\n`)
    .addArgument(one)
    .action((typed: string) =>
      run(globals(), async context => (await handlers()).createNamespace(context, typed)),
    );
  group
    .command('delete')
    .description('Permanently delete an empty config namespace. Asks.')
    .addHelpText('after', `\nExamples:\n  ${name} namespaces delete payments\n`)
    .addArgument(one)
    .addOption(yesOption())
    .action((typed: string, options: { yes?: boolean }) =>
      run(globals(), async context => (await handlers()).deleteNamespace(context, typed, options)),
    );
}
