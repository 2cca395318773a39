/** The commands that take a config by its file, or by its config namespace and path. They need no workspace with -n. */
import { Option } from 'commander';
import { formatNames } from '../../text/format.ts';
import {
  dryRunOption,
  type Grammar,
  messageOption,
  onStaleOption,
  portNumber,
  versionOption,
  wholeNumber,
  yesOption,
} from './grammar.ts';

export function configCommands({ command, act }: Grammar): void {
  act(
    command(
      'log [path]',
      'List the versions of a config, or the deployments of the workspace, newest first.',
      'log',
      'log config/payments/limits.yaml',
      'log -n payments limits.yaml -o wide',
    ).option('--limit <number>', 'how many to list at most', wholeNumber, 30),
    async (context, path: string | undefined, options) =>
      (await import('../commands/history.ts')).log(context, path, options),
  );
  act(
    command(
      'show <path[@version]>',
      'Print the text of a version, or of the latest one.',
      'show config/payments/limits.yaml@7',
      'show -n payments limits.yaml > limits.yaml',
    ).addOption(versionOption()),
    async (context, path: string, options) =>
      (await import('../commands/history.ts')).show(context, path, options),
  );
  act(
    command(
      'blame <path[@version]>',
      'Show who changed each line last, and in which version.',
      'blame config/payments/limits.yaml',
    ).addOption(versionOption()),
    async (context, path: string, options) =>
      (await import('../commands/history.ts')).blame(context, path, options),
  );
  act(
    command(
      'restore <path@version>',
      'Save the text of an old version again, as the next version. Shows what changes, and asks.',
      'restore config/payments/limits.yaml@5 -m "caps of last spring again"',
    )
      .addOption(yesOption())
      .addOption(onStaleOption())
      .addOption(dryRunOption('show what would be saved, and save nothing'))
      .addOption(messageOption())
      .addOption(versionOption()),
    async (context, path: string, options) =>
      (await import('../commands/restore.ts')).restore(context, path, options),
  );
  act(
    command(
      'delete <path...>',
      'Permanently delete configs and their history: every config named, or none. The files stay.',
      'delete config/payments/old.yaml',
      'delete -n payments old.yaml --yes',
    )
      .addOption(yesOption())
      .addOption(dryRunOption('check with the server, and delete nothing'))
      .addOption(messageOption()),
    async (context, paths: string[], options) =>
      (await import('../commands/remove.ts')).remove(context, paths, options),
  );
  act(
    command(
      'list [prefix]',
      'List the configs of the workspace’s config namespaces, or of -n, with their latest versions.',
      'list',
      'list -n payments limits/',
    ),
    async (context, prefix: string | undefined) =>
      (await import('../commands/list.ts')).list(context, prefix),
  );
  act(
    command(
      'search [path]',
      'Find configs by part of the path, a key or a value, in -n or everywhere you may read.',
      'search limits',
      "search --key '**/timeout' --value 30",
    )
      .option('--key <key>', 'keys from the root, joined by slashes; * is any key, ** any number of them')
      .option('--value <value>', 'a value, as JSON; with --key, the value of that key')
      .option('--limit <number>', 'how many to find at most', wholeNumber, 100),
    async (context, path: string | undefined, options) =>
      (await import('../commands/list.ts')).search(context, path, options),
  );
  act(
    command(
      'edit <path>',
      'Open the latest text in your editor, and save the result as the next version. Needs no workspace.',
      'edit -n payments limits.yaml',
    )
      .addOption(yesOption())
      .addOption(onStaleOption())
      .addOption(dryRunOption('show what would be saved, and save nothing'))
      .addOption(messageOption()),
    async (context, path: string, options) =>
      (await import('../commands/save.ts')).edit(context, path, options),
  );
  act(
    command(
      'save <path> <file>',
      'Save the text of a file, or of standard input (-), as the next version. Needs no workspace.',
      'save -n payments limits.yaml limits.yaml',
      'save -n payments limits.yaml - --yes < limits.yaml',
    )
      .addOption(yesOption())
      .addOption(onStaleOption())
      .addOption(dryRunOption('show what would be saved, and save nothing'))
      .option('--base <version>', 'the version that the text was edited from; without it, the latest')
      .addOption(
        new Option(
          '--format <format>',
          'format of a new config; without it, the one its extension names',
        ).choices(formatNames),
      )
      .addOption(messageOption()),
    async (context, path: string, file: string, options) =>
      (await import('../commands/save.ts')).save(context, path, file, options),
  );
  act(
    command(
      'watch [path]',
      'Print each save as it happens, until Ctrl-C.',
      'watch',
      'watch -n payments -o json',
    ),
    async (context, path: string | undefined) => (await import('../commands/watch.ts')).watch(context, path),
  );
  act(
    command(
      'ui',
      'Open the web page in your browser, signed in as yourself, until Ctrl-C.',
      'ui',
      'ui --no-browser --port 8765',
    )
      .option('--no-browser', 'print the URL, and open nothing')
      .option('--port <number>', 'port on this machine; without it, any free one', portNumber),
    async (context, options) => (await import('../commands/ui.ts')).ui(context, options),
  );
}
