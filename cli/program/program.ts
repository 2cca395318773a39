/**
 * The command line as people type it: global options, groups of commands, exit status. Invariant: a command's own code
 * is loaded when it runs, so that help and completion cost nothing but this folder.
 */
import { Command, Option } from 'commander';
import { configCommands } from './configs.ts';
import { grammarOf, helpOfCommands, type ProgramFacts, type Runner } from './grammar.ts';
import { importCommands } from './imports.ts';
import { namespaceCommands } from './namespaces.ts';
import { objectCommands } from './objects.ts';
import { toolCommands } from './tools.ts';
import { workspaceCommands } from './workspace.ts';

/** @param name as it was called: `kubectl pawl` or `pawl` */
export function buildProgram(name: string, run: Runner, facts: ProgramFacts): Command {
  const program = new Command(name);
  program
    .description(
      "Deploys configuration from a Git workspace as numbered versions, and merges others' changes instead of overwriting them.",
    )
    .configureHelp(helpOfCommands)
    .helpOption('-h, --help', 'show this help')
    .showSuggestionAfterError(false)
    .addOption(
      new Option(
        '-n, --namespace <name>',
        'config namespace; PATH is then the path of a config in it, not a file',
      ),
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print the result').choices(['wide', 'json', 'yaml']),
    )
    .addOption(new Option('--context <name>', 'kubeconfig context to use'))
    .addOption(
      new Option('--kubeconfig <file>', 'kubeconfig file to use instead of KUBECONFIG and ~/.kube/config'),
    )
    .addOption(
      new Option(
        '--server <url>',
        'Pawl’s own address, instead of the kubeconfig (PAWL_SERVER); the token is read from PAWL_TOKEN',
      ),
    )
    .addOption(new Option('--ca <file>', 'file with the CA certificates of --server (PAWL_CA)'))
    .addOption(new Option('--no-color', 'print without colour (NO_COLOR)'));

  const grammar = grammarOf(program, name, run, facts);
  program.commandsGroup('Files of a workspace:');
  workspaceCommands(grammar);
  program.commandsGroup('Configs on the server:');
  configCommands(grammar);
  namespaceCommands(grammar);
  program.commandsGroup('ConfigVersion objects:');
  objectCommands(grammar);
  program.commandsGroup('Moving in and out:');
  importCommands(grammar);
  program.commandsGroup('Other commands:');
  toolCommands(grammar);
  program.helpCommand('help [command]', 'Show the help of a command.');
  program.addHelpText(
    'after',
    `
Exit status:
  0  done
  1  status, diff: there are differences
  2  error
  3  refused, because others' edits are in the way, or you answered no; nothing was saved

Examples:
  ${name} init config/payments=payments   # once: map a folder to a config namespace
  ${name} status                          # see what changed, here and on the server
  ${name} deploy                          # save what changed here
  ${name} pull                            # bring in what changed on the server
`,
  );
  return program;
}
