/** The commands that take a config by its file, or by its config namespace and path. They need no workspace with -n. */
import { Option } from 'commander';
import { formatNames } from '../../text/format.ts';
import type { PromoteOptions } from '../commands/promote.ts';
import {
  bypassOption,
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
      .addOption(bypassOption())
      .addOption(messageOption())
      .addOption(versionOption()),
    async (context, path: string, options) =>
      (await import('../commands/restore.ts')).restore(context, path, options),
  );
  act(
    command(
      'promote <path>',
      'Carry what changed in NAMESPACE/PATH since the last promotion to another config namespace. Shows it, and asks.',
      'promote payments-staging/limits/eu.yaml --to payments-prod',
      'promote payments-staging/limits/ --all --to payments-prod -m "limits of spring"',
    )
      .option('--to <namespace>', 'the config namespace it goes to')
      .option('--all', 'every config whose path begins with PATH, as one deployment')
      .option('--since <version>', 'the version of the source from which changes are counted', wholeNumber)
      .addOption(yesOption())
      .addOption(dryRunOption('show what would be saved, and save nothing'))
      .addOption(bypassOption())
      .addOption(messageOption()),
    // What was called so before there was another namespace to promote to.
    async (context, path: string, options: PromoteOptions) =>
      options.to === undefined && /@\d+$/.test(path)
        ? (await import('../commands/restore.ts')).restore(context, path, options)
        : (await import('../commands/promote.ts')).promote(context, path, options),
  );
  act(
    command(
      'delete <path...>',
      'Delete configs and their history: every config named, or none. The files stay. They can be undeleted for a while.',
      'delete config/payments/old.yaml',
      'delete -n payments old.yaml --yes',
      'delete -n payments old.yaml --purge',
    )
      .option(
        '--purge',
        'for good, now, each by itself, with what the trash has of them: they cannot be undeleted',
      )
      .addOption(yesOption())
      .addOption(dryRunOption('check with the server, and delete nothing'))
      .addOption(bypassOption('delete', 'the deployment log'))
      .addOption(messageOption()),
    async (context, paths: string[], options) =>
      (await import('../commands/remove.ts')).remove(context, paths, options),
  );
  act(
    command('trash', 'List deleted configs that can be undeleted, and until when.', 'trash -n payments'),
    async context => (await import('../commands/trash.ts')).trash(context),
  );
  act(
    command(
      'undelete <path>',
      'Bring back what the newest delete of a config took: the same versions under the same numbers. Shows what it is, and asks.',
      'undelete config/payments/old.yaml',
      'undelete -n payments old.yaml',
    ).addOption(yesOption()),
    async (context, path: string, options) =>
      (await import('../commands/trash.ts')).undelete(context, path, options),
  );
  act(
    command(
      'purge <path@version>',
      'Permanently delete a version that holds a secret, with every copy of its text. Needs the right purge.',
      'purge limits.yaml@8 -n payments --reason "held the password of the database"',
    )
      .requiredOption('--reason <text>', 'why; kept in the log for good')
      .addOption(yesOption())
      .addOption(versionOption()),
    async (context, path: string, options) =>
      (await import('../commands/purge.ts')).purge(context, path, options),
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
      'validate [prefix]',
      'List the latest versions that today’s schemas do not allow or that hold a secret, and exit with 3 if there are any. Nothing is changed.',
      'validate',
      'validate -n payments limits/',
      'validate --all',
    ).option('--all', 'of every config namespace you may list'),
    async (context, prefix: string | undefined, options) =>
      (await import('../commands/validate.ts')).validate(context, prefix, options),
  );
  act(
    command(
      'freeze [path]',
      'Refuse saves and deletes of a config, a folder or a config namespace (-n) until a moment, with a reason. Asks.',
      'freeze limits -n payments --until 2027-01-02T06:00Z --reason "year-end closing"',
      'freeze -n payments --until 4h --reason "incident 12"',
    )
      .requiredOption(
        '--until <when>',
        'when it ends by itself: a moment, or a time from now such as 2h or 3d',
      )
      .requiredOption('--reason <text>', 'why, for everybody whose edit is refused')
      .addOption(yesOption()),
    async (context, path: string | undefined, options) =>
      (await import('../commands/freeze.ts')).freeze(context, path, options),
  );
  act(
    command(
      'unfreeze [path]',
      'End a freeze that was made here, before its time. Shows it, and asks.',
      'unfreeze limits -n payments',
    ).addOption(yesOption()),
    async (context, path: string | undefined, options) =>
      (await import('../commands/freeze.ts')).unfreeze(context, path, options),
  );
  act(
    command('freezes', 'List what is frozen, until when, by whom and why.', 'freezes -n payments'),
    async context => (await import('../commands/freeze.ts')).freezes(context),
  );
  act(
    command(
      'approve <path>',
      'Show what a change that waits would save, against the latest text, and approve exactly that.',
      'approve limits/eu.yaml -n payments',
      'approve limits/eu.yaml -n payments --proposal 12',
    )
      .option('--proposal <id>', 'which one, where several wait')
      .option('--token <token>', 'approve exactly this change, without asking')
      .addOption(yesOption()),
    async (context, path: string, options) =>
      (await import('../commands/approve.ts')).approve(context, path, options),
  );
  act(
    command(
      'reject <path>',
      'Reject a change that waits for an approval, or withdraw your own, with a reason. Shows it, and asks.',
      'reject limits/eu.yaml -n payments --reason "the cap is too high"',
    )
      .option('--proposal <id>', 'which one, where several wait')
      .requiredOption('--reason <text>', 'why, for the person who proposed it and for the log')
      .addOption(yesOption()),
    async (context, path: string, options) =>
      (await import('../commands/approve.ts')).reject(context, path, options),
  );
  act(
    command('approvals', 'List the changes that wait for an approval.', 'approvals -n payments'),
    async context => (await import('../commands/approve.ts')).approvals(context),
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
      .addOption(bypassOption())
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
      .addOption(bypassOption())
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
