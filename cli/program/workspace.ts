/** The commands for the files of a workspace: they compare the files with the server, and bring the two together. */
import {
  bypassOption,
  dryRunOption,
  type Grammar,
  messageOption,
  onStaleOption,
  yesOption,
} from './grammar.ts';

export function workspaceCommands({ command, act }: Grammar): void {
  act(
    command(
      'init [folder=namespace...]',
      'Write the workspace’s pawl.yaml, which maps folders to config namespaces.',
      'init config/payments=payments config/shared=shop/common',
    ),
    async (context, mappings: string[]) => (await import('../commands/init.ts')).init(context, mappings),
  );
  act(
    command(
      'status [path...]',
      'Show how each file compares with the server. Exits with 1 if any is not in sync.',
      'status',
      'status config/payments -o wide',
    ),
    async (context, paths: string[]) => (await import('../commands/status.ts')).status(context, paths),
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
      (await import('../commands/diff.ts')).diff(context, paths, options),
  );
  act(
    command(
      'deploy [path...]',
      'Save every changed file as its config’s next version: all of them, or none. Asks only if others’ saves are affected.',
      'deploy',
      'deploy config/payments -m "raise the EU cap"',
      'deploy --yes        # in a pipeline: saves clean merges without asking; if anything clashes, saves nothing',
      'deploy --dry-run',
    )
      .addOption(yesOption())
      .addOption(onStaleOption())
      .addOption(dryRunOption('show what would be saved, and save nothing'))
      .addOption(bypassOption())
      .addOption(messageOption())
      .option('--recreate', 'recreate configs that were deleted on the server'),
    async (context, paths: string[], options) =>
      (await import('../commands/deploy.ts')).deploy(context, paths, options),
  );
  act(
    command(
      'pull [path...]',
      'Bring the latest versions into the files, merging your edits. Exits with 3 if conflict markers are left.',
      'pull',
      'pull config/payments/limits.yaml',
      'pull --commit --branch pawl/pull        # in a pipeline that opens a pull request',
    )
      .addOption(dryRunOption('show what would be done, and write nothing'))
      .option('--commit', 'commit what is brought in, with the people who saved it as co-authors')
      .option('--branch <name>', 'with --commit: on this branch, which begins at the present commit'),
    async (context, paths: string[], options) =>
      (await import('../commands/pull.ts')).pull(context, paths, options),
  );
  act(
    command(
      'resolve <path>',
      'Resolve the conflicts of a file in your editor (KUBE_EDITOR, GIT_EDITOR, VISUAL, EDITOR), and deploy the result.',
      'resolve config/payments/limits.yaml',
    )
      .addOption(yesOption())
      .addOption(messageOption()),
    async (context, path: string, options) =>
      (await import('../commands/resolve.ts')).resolve(context, path, options),
  );
}
