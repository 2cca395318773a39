/**
 * The command line as people type it: names, options, help. Invariant: a command's own code is loaded when it runs,
 * so that help and completion cost nothing but this file.
 */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { formatNames } from '../text/format.ts';
import type { Context, GlobalOptions } from './context.ts';
import type { Exit } from './errors.ts';

/** Runs one command with the options everybody has. */
export type Runner = (options: GlobalOptions, command: (context: Context) => Promise<Exit>) => Promise<void>;

/** @param name as it was called: `kubectl pawl` or `pawl` */
export function buildProgram(
  name: string,
  run: Runner,
  facts: { version: string; mergeProgram: string },
): Command {
  const program = new Command(name);
  program
    .description(
      'Deploys configuration from a Git workspace: numbered versions, and merges instead of overwrites.',
    )
    .helpCommand('help [command]', 'Show the help of a command.')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError()
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
    .addOption(new Option('--no-color', 'print without colours (NO_COLOR)'));

  const command = (usage: string, description: string, ...examples: string[]): Command => {
    const made = program.command(usage).description(description).allowExcessArguments(false);
    if (examples.length > 0)
      made.addHelpText('after', `\nExamples:\n${examples.map(line => `  ${name} ${line}\n`).join('')}`);
    return made;
  };
  const act = (made: Command, handler: (context: Context, ...args: never[]) => Promise<Exit>) =>
    made.action(async (...all: unknown[]) => {
      // What commander adds: the options, and the command itself.
      const args = all.slice(0, -1);
      await run(program.opts<GlobalOptions>(), context => handler(context, ...(args as never[])));
    });
  const yes = () => new Option('-y, --yes', 'answer every question with yes');
  const message = () =>
    new Option('-m, --message <text>', 'comment for the history; without it, the commit’s subject');
  const dryRun = (what: string) => new Option('--dry-run', what);
  const onStale = () =>
    new Option(
      '--on-stale <what>',
      'if somebody has saved in the meantime: ask before saving the merge, save it without asking, or refuse',
    ).choices(['confirm', 'merge', 'reject']);
  const atVersion = () => new Option('--version <number>', 'the version, instead of PATH@NUMBER');

  act(
    command(
      'status [path...]',
      'Show how each file compares with the server. Exits with 1 if any is not in sync.',
      'status',
      'status config/payments -o wide',
    ),
    async (context, paths: string[]) => (await import('./commands/status.ts')).status(context, paths),
  );
  act(
    command(
      'diff [path...]',
      'Show what deploy would change, or what changed between two versions. Exits with 1 if there are differences.',
      'diff',
      'diff config/payments/limits.yaml',
      'diff --version 7..9 config/payments/limits.yaml',
    ).option('--version <range>', 'two versions, such as 7..9; 7.. compares with the latest'),
    async (context, paths: string[], options) =>
      (await import('./commands/diff.ts')).diff(context, paths, options),
  );
  act(
    command(
      'deploy [path...]',
      'Save every changed file as its config’s next version: all of them, or none. Asks only if others’ saves are affected.',
      'deploy',
      'deploy config/payments -m "raise the EU cap"',
      'deploy --yes        # in a pipeline: saves what merges, refuses what clashes',
      'deploy --dry-run',
    )
      .addOption(yes())
      .addOption(onStale())
      .addOption(dryRun('show what would be saved, and save nothing'))
      .addOption(message())
      .option('--recreate', 'create configs again that were deleted on the server'),
    async (context, paths: string[], options) =>
      (await import('./commands/deploy.ts')).deploy(context, paths, options),
  );
  act(
    command(
      'pull [path...]',
      'Bring the latest versions into the files, merging your edits. Exits with 3 if conflict markers are left.',
      'pull',
      'pull config/payments/limits.yaml',
    ).addOption(dryRun('show what would be done, and write nothing')),
    async (context, paths: string[], options) =>
      (await import('./commands/pull.ts')).pull(context, paths, options),
  );
  act(
    command(
      'resolve <path>',
      'Resolve the conflicts of a file in your editor (KUBE_EDITOR, GIT_EDITOR, VISUAL, EDITOR), and deploy the result.',
      'resolve config/payments/limits.yaml',
    )
      .addOption(yes())
      .addOption(message()),
    async (context, path: string, options) =>
      (await import('./commands/resolve.ts')).resolve(context, path, options),
  );
  act(
    command(
      'log [path]',
      'List the versions of a config, or the deployments of the workspace, newest first.',
      'log',
      'log config/payments/limits.yaml',
      'log -n payments limits.yaml -o wide',
    ).option('--limit <number>', 'how many to list at most', wholeNumber, 30),
    async (context, path: string | undefined, options) =>
      (await import('./commands/history.ts')).log(context, path, options),
  );
  act(
    command(
      'show <path[@version]>',
      'Print the text of a version, or of the latest one.',
      'show config/payments/limits.yaml@7',
      'show -n payments limits.yaml > limits.yaml',
    ).addOption(atVersion()),
    async (context, path: string, options) =>
      (await import('./commands/history.ts')).show(context, path, options),
  );
  act(
    command(
      'blame <path[@version]>',
      'Show who changed each line last, and in which version.',
      'blame config/payments/limits.yaml',
    ).addOption(atVersion()),
    async (context, path: string, options) =>
      (await import('./commands/history.ts')).blame(context, path, options),
  );
  act(
    command(
      'restore <path@version>',
      'Save the text of an old version again, as the next version. Shows what changes, and asks.',
      'restore config/payments/limits.yaml@5 -m "back to the caps of spring"',
    )
      .addOption(yes())
      .addOption(onStale())
      .addOption(dryRun('show what would be saved, and save nothing'))
      .addOption(message())
      .addOption(atVersion()),
    async (context, path: string, options) =>
      (await import('./commands/restore.ts')).restore(context, path, options),
  );
  act(
    command(
      'delete <path...>',
      'Permanently delete configs with all their versions: all of them, or none. The files stay.',
      'delete config/payments/old.yaml',
      'delete -n payments old.yaml --yes',
    )
      .addOption(yes())
      .addOption(dryRun('check with the server, and delete nothing'))
      .addOption(message()),
    async (context, paths: string[], options) =>
      (await import('./commands/remove.ts')).remove(context, paths, options),
  );
  act(
    command(
      'list [prefix]',
      'List the configs of the workspace’s config namespaces, or of -n, with their latest versions.',
      'list',
      'list -n payments limits/',
    ),
    async (context, prefix: string | undefined) => (await import('./commands/list.ts')).list(context, prefix),
  );
  act(
    command(
      'search [path]',
      'Find configs by a part of the path, a key or a value, in -n or everywhere you may read.',
      'search limits',
      "search --key '**/timeout' --value 30",
    )
      .option('--key <key>', 'keys from the root, joined by slashes; * is any key, ** any number of them')
      .option('--value <value>', 'a value, as JSON; with --key, the value of that key')
      .option('--limit <number>', 'how many to find at most', wholeNumber, 100),
    async (context, path: string | undefined, options) =>
      (await import('./commands/list.ts')).search(context, path, options),
  );
  act(
    command(
      'edit <path>',
      'Open the latest text in your editor, and save the result as the next version. Needs no workspace.',
      'edit -n payments limits.yaml',
    )
      .addOption(yes())
      .addOption(onStale())
      .addOption(dryRun('show what would be saved, and save nothing'))
      .addOption(message()),
    async (context, path: string, options) =>
      (await import('./commands/save.ts')).edit(context, path, options),
  );
  act(
    command(
      'save <path> <file>',
      'Save the text of a file, or of standard input (-), as the next version. Needs no workspace.',
      'save -n payments limits.yaml limits.yaml',
      'save -n payments limits.yaml - --yes < limits.yaml',
    )
      .addOption(yes())
      .addOption(onStale())
      .addOption(dryRun('show what would be saved, and save nothing'))
      .option('--base <version>', 'the version that the text was edited from; without it, the latest')
      .addOption(message()),
    async (context, path: string, file: string, options) =>
      (await import('./commands/save.ts')).save(context, path, file, options),
  );
  namespaceCommands(program, name, run);
  act(
    command(
      'watch [path]',
      'Print each save as it happens, until Ctrl-C.',
      'watch',
      'watch -n payments -o json',
    ),
    async (context, path: string | undefined) => (await import('./commands/watch.ts')).watch(context, path),
  );
  act(
    command(
      'ui',
      'Open the web page in your browser, with your own rights, until Ctrl-C.',
      'ui',
      'ui --no-browser --port 8765',
    )
      .option('--no-browser', 'print the URL, and open nothing')
      .option('--port <number>', 'of this machine; without it any that is free', portNumber),
    async (context, options) => (await import('./commands/ui.ts')).ui(context, options),
  );
  act(
    command(
      'waiting',
      'List the ConfigVersion objects that are refused or wait to be confirmed. -n is their Kubernetes namespace.',
      'waiting',
      'waiting -n payments -o wide',
    ),
    async context => (await import('./commands/waiting.ts')).waiting(context),
  );
  act(
    command(
      'confirm <cv/name>',
      'Confirm the merge that a ConfigVersion object is waiting with. -n is its Kubernetes namespace.',
      'confirm cv/limits -n payments',
    )
      .addOption(yes())
      .option('--token <token>', 'confirm exactly this result, without asking')
      .addOption(dryRun('show the merge, and confirm nothing')),
    async (context, object: string, options) =>
      (await import('./commands/confirm.ts')).confirm(context, object, options),
  );
  act(
    command(
      'merge-file <base> <current> <proposed>',
      'Apply what changed from BASE to PROPOSED to CURRENT, and print the result.',
      'merge-file base.yaml current.yaml proposed.yaml',
    )
      .option('--write', 'write the result into CURRENT, as a Git merge driver does')
      .addOption(
        new Option('--format <format>', 'format of the files; without it, their extension says').choices(
          formatNames,
        ),
      )
      .option('--path <path>', 'take the format from the extension of this path'),
    async (context, base: string, current: string, proposed: string, options) =>
      (await import('./commands/merge-file.ts')).mergeFile(context, [base, current, proposed], options),
  );
  act(
    command('install-merge-driver', 'Let Git merge the workspace’s files with Pawl.', 'install-merge-driver'),
    async context =>
      (await import('./commands/merge-file.ts')).installMergeDriver(context, facts.mergeProgram),
  );
  act(
    command(
      'init [folder=namespace...]',
      'Write the workspace’s pawl.yaml, which maps folders to config namespaces.',
      'init config/payments=payments config/shared=shop/common',
    ),
    async (context, mappings: string[]) => (await import('./commands/init.ts')).init(context, mappings),
  );
  act(command('version', 'Print the version of this program. So does --version.'), async context => {
    if (context.structured) await context.print({ version: facts.version });
    else context.terminal.out(`${facts.version}\n`);
    return 0;
  });
  program.addHelpText(
    'after',
    `
Exit status:
  0  done
  1  status, diff: there are differences
  2  error
  3  others' edits are in the way, or the answer was no; nothing was saved

Examples:
  ${name} init config/payments=payments   # once: map a folder to a config namespace
  ${name} status                          # see what changed, here and on the server
  ${name} deploy                          # save what changed here
  ${name} pull                            # bring in what changed on the server
`,
  );
  return program;
}

function namespaceCommands(program: Command, name: string, run: Runner): void {
  const group = program
    .command('namespaces')
    .description('List, create and delete config namespaces.')
    .allowExcessArguments(false)
    .helpCommand(false)
    .addHelpText('after', `\nExamples:\n  ${name} namespaces\n  ${name} namespaces create payments\n`);
  const handlers = () => import('./commands/namespaces.ts');
  const globals = () => program.opts<GlobalOptions>();
  const one = new Argument('<name>', 'a config namespace');
  group.action(() => run(globals(), async context => (await handlers()).namespaces(context)));
  group
    .command('create')
    .description('Create an empty config namespace.')
    .addArgument(one)
    .action((typed: string) =>
      run(globals(), async context => (await handlers()).createNamespace(context, typed)),
    );
  group
    .command('delete')
    .description('Permanently delete an empty config namespace.')
    .addArgument(one)
    .action((typed: string) =>
      run(globals(), async context => (await handlers()).deleteNamespace(context, typed)),
    );
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('Write a number from 1 to 65535.');
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('Write a whole number from 1 on.');
  return number;
}
