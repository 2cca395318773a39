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
    .description('Versions and merge-safe deployments of configuration, from a Git workspace.')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError()
    .addOption(new Option('-n, --namespace <name>', 'config namespace; PATH is then a config’s path in it'))
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['wide', 'json', 'yaml']))
    .addOption(new Option('--context <name>', 'context of the kubeconfig'))
    .addOption(
      new Option('--kubeconfig <file>', 'kubeconfig to use instead of KUBECONFIG and ~/.kube/config'),
    )
    .addOption(
      new Option(
        '--server <url>',
        'Pawl’s own address instead of the kubeconfig (PAWL_SERVER), with the token in PAWL_TOKEN',
      ),
    )
    .addOption(new Option('--ca <file>', 'certificates that vouch for --server (PAWL_CA)'))
    .addOption(new Option('--no-color', 'no colours (NO_COLOR)'));

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
  const yes = () => new Option('-y, --yes', 'do not ask');
  const message = () => new Option('-m, --message <text>', 'why, for the history');
  const dryRun = (what: string) => new Option('--dry-run', what);
  const onStale = () =>
    new Option('--on-stale <what>', 'when somebody saved since: ask, apply what merges, or refuse').choices([
      'confirm',
      'merge',
      'reject',
    ]);
  const atVersion = () => new Option('--version <number>', 'the same as PATH@NUMBER');

  act(
    command(
      'status [path...]',
      'How each file stands to the server. Exit 1 when any is not in sync.',
      'status',
      'status config/payments -o wide',
    ),
    async (context, paths: string[]) => (await import('./commands/status.ts')).status(context, paths),
  );
  act(
    command(
      'diff [path...]',
      'What deploy would change, or what changed between two versions. Exit 1 when anything did.',
      'diff',
      'diff config/payments/limits.yaml',
      'diff --version 7..9 config/payments/limits.yaml',
    ).option('--version <range>', 'two versions, such as 7..9, or 7.. up to the latest'),
    async (context, paths: string[], options) =>
      (await import('./commands/diff.ts')).diff(context, paths, options),
  );
  act(
    command(
      'deploy [path...]',
      'Save every changed file as the next version: all of them, or none. Asks only when somebody saved since.',
      'deploy',
      'deploy config/payments -m "raise the EU cap"',
      'deploy --yes        # in a pipeline: apply what merges, refuse what clashes',
      'deploy --dry-run',
    )
      .addOption(yes())
      .addOption(onStale())
      .addOption(dryRun('say what would be saved, and save nothing'))
      .addOption(message())
      .option('--recreate', 'create again what was deleted on the server'),
    async (context, paths: string[], options) =>
      (await import('./commands/deploy.ts')).deploy(context, paths, options),
  );
  act(
    command(
      'pull [path...]',
      'Bring the latest versions into the files; where both changed, merge. Exit 3 when markers are left.',
      'pull',
      'pull config/payments/limits.yaml',
    ).addOption(dryRun('say what would be done, and write nothing')),
    async (context, paths: string[], options) =>
      (await import('./commands/pull.ts')).pull(context, paths, options),
  );
  act(
    command(
      'resolve <path>',
      'Decide the clashes of a file in your editor (KUBE_EDITOR, VISUAL, EDITOR), and deploy it.',
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
      'The versions of a config, or the deployments of the workspace, newest first.',
      'log',
      'log config/payments/limits.yaml',
      'log -n payments limits.yaml -o wide',
    ).option('--limit <number>', 'how many at most', wholeNumber, 30),
    async (context, path: string | undefined, options) =>
      (await import('./commands/history.ts')).log(context, path, options),
  );
  act(
    command(
      'show <path[@version]>',
      'Print the text of a version, or of the latest.',
      'show config/payments/limits.yaml@7',
      'show -n payments limits.yaml > limits.yaml',
    ).addOption(atVersion()),
    async (context, path: string, options) =>
      (await import('./commands/history.ts')).show(context, path, options),
  );
  act(
    command(
      'blame <path[@version]>',
      'Who changed each line last, and in which version.',
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
      .addOption(dryRun('say what would be saved, and save nothing'))
      .addOption(message())
      .addOption(atVersion()),
    async (context, path: string, options) =>
      (await import('./commands/restore.ts')).restore(context, path, options),
  );
  act(
    command(
      'delete <path...>',
      'Delete configs with all their versions: all of them, or none. The files stay.',
      'delete config/payments/old.yaml',
      'delete -n payments old.yaml --yes',
    )
      .addOption(yes())
      .addOption(dryRun('ask the server, and delete nothing'))
      .addOption(message()),
    async (context, paths: string[], options) =>
      (await import('./commands/remove.ts')).remove(context, paths, options),
  );
  namespaceCommands(program, name, run);
  act(
    command(
      'watch [path]',
      'Say what is saved, as it is saved, until Ctrl-C.',
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
      'confirm <cv/name>',
      'Confirm the merge that a ConfigVersion object waits with. -n is its Kubernetes namespace.',
      'confirm cv/limits -n payments',
    )
      .addOption(yes())
      .option('--token <token>', 'confirm this very result, without asking')
      .addOption(dryRun('show it, and confirm nothing')),
    async (context, object: string, options) =>
      (await import('./commands/confirm.ts')).confirm(context, object, options),
  );
  act(
    command(
      'merge-file <base> <current> <proposed>',
      'Merge three files: what changed from BASE to PROPOSED, onto CURRENT.',
      'merge-file base.yaml current.yaml proposed.yaml',
    )
      .option('--write', 'write into CURRENT, as a merge driver of Git does')
      .addOption(new Option('--format <format>', 'instead of the extension').choices(formatNames))
      .option('--path <path>', 'whose extension says the format'),
    async (context, base: string, current: string, proposed: string, options) =>
      (await import('./commands/merge-file.ts')).mergeFile(context, [base, current, proposed], options),
  );
  act(
    command(
      'install-merge-driver',
      'Have Git merge the workspace’s files with Pawl.',
      'install-merge-driver',
    ),
    async context =>
      (await import('./commands/merge-file.ts')).installMergeDriver(context, facts.mergeProgram),
  );
  act(
    command(
      'init [folder=namespace...]',
      'Write the workspace’s pawl.yaml.',
      'init config/payments=payments config/shared=shop/common',
    ),
    async (context, mappings: string[]) => (await import('./commands/init.ts')).init(context, mappings),
  );
  act(command('version', 'The version of this program.'), async context => {
    if (context.structured) await context.print({ version: facts.version });
    else context.terminal.out(`${facts.version}\n`);
    return 0;
  });
  program.addHelpText(
    'after',
    `
Exit status: 0 done, 1 differences (status, diff), 2 error, 3 others' edits are in the way and nothing was saved.

Examples:
  ${name} init config/payments=payments   # once: which folder holds which config namespace
  ${name} status                          # what changed, here and on the server
  ${name} deploy                          # save what changed here
  ${name} pull                            # bring what changed there
`,
  );
  return program;
}

function namespaceCommands(program: Command, name: string, run: Runner): void {
  const group = program
    .command('namespaces')
    .description('List the config namespaces; create and delete are below.')
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
    .description('Delete a config namespace that is empty.')
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
