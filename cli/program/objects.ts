/**
 * The commands for ConfigVersion objects, and for where a config is used. Invariant: of an object, -n is its Kubernetes
 * namespace, and not a config namespace.
 */
import { dryRunOption, type Grammar, ofObjects, yesOption } from './grammar.ts';

export function objectCommands({ command, act }: Grammar): void {
  act(
    ofObjects(
      command(
        'waiting',
        'List the ConfigVersion objects that were refused or are waiting for confirmation.',
        'waiting',
        'waiting -n payments -o wide',
      ),
    ),
    async context => (await import('../commands/waiting.ts')).waiting(context),
  );
  act(
    command(
      'doctor',
      'Check the cluster, the server, its certificate and its database, and say what to do. Exits with 3 if anything is broken.',
      'doctor',
      'doctor -o json',
    ),
    async context => (await import('../commands/doctor.ts')).doctor(context),
  );
  act(
    command(
      'verify [config]',
      'Check by their hash chain that no version was changed in the database. Exits with 3 if any was.',
      'verify payments',
      'verify payments/limits.yaml',
      'verify payments --export links.jsonl',
      'verify --file links.jsonl',
    )
      .option('--export <file>', 'also write what the verdict rests on to this new file')
      .option('--file <file>', 'check such a file, and ask no server'),
    async (context, config: string | undefined, options) =>
      (await import('../commands/verify.ts')).verify(context, config, options),
  );
  act(
    command(
      'usage <path>',
      'List where a config is used: ConfigMaps, the objects that propose or project it, and workloads, with their versions.',
      'usage -n payments limits.yaml',
      'usage config/payments/limits.yaml -o wide',
    ),
    async (context, path: string) => (await import('../commands/usage.ts')).usage(context, path),
  );
  act(
    ofObjects(
      command(
        'drift',
        'List the ConfigVersion objects whose text is not live, and say whose text is.',
        'drift',
        'drift -n payments -o wide',
      ),
    ),
    async context => (await import('../commands/drift.ts')).drift(context),
  );
  act(
    ofObjects(
      command(
        'preview',
        'Show what the ConfigVersions in a manifest would become if applied now. Exits with 3 if any would be refused.',
        'preview -f limits.yaml',
        'preview -f - < rendered.yaml',
      ),
    )
      .requiredOption('-f, --filename <file...>', 'manifests; - is standard input')
      .option(
        '--applied-by <user>',
        'the user who will apply them; without it, the user who last applied each',
      ),
    async (context, options) => (await import('../commands/preview.ts')).preview(context, options),
  );
  act(
    ofObjects(
      command(
        'confirm <cv/name>',
        'Confirm the merge that a ConfigVersion object shows and waits for.',
        'confirm cv/limits -n payments',
      ),
    )
      .addOption(yesOption())
      .option('--token <token>', 'confirm exactly this result, without asking')
      .addOption(dryRunOption('show the merge, and confirm nothing')),
    async (context, object: string, options) =>
      (await import('../commands/confirm.ts')).confirm(context, object, options),
  );
}
