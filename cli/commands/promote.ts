/** `promote`: saves an old text again, as the next version, by the rules of any save. */
import type { OnStale } from '../../api/types.gen.ts';
import type { Context } from '../context.ts';
import { painted, unified } from '../diffs.ts';
import { CliError, type Exit } from '../errors.ts';
import { throughStale } from '../stale.ts';
import { oneLine } from '../terminal.ts';
import { configName } from '../workspace.ts';
import { atVersion } from './history.ts';

export interface PromoteOptions {
  readonly yes?: boolean;
  readonly onStale?: OnStale;
  readonly dryRun?: boolean;
  readonly message?: string;
  readonly version?: string;
}

export async function promote(context: Context, typed: string, options: PromoteOptions): Promise<Exit> {
  const { yes = false, dryRun = false, onStale, message } = options;
  const { path, version } = atVersion(typed, options.version);
  if (version === undefined)
    throw new CliError('Usage', `say which version: ${context.command('promote', `${path}@5`)}`);
  const { config, file } = context.target(path);
  const client = await context.client();
  const name = configName(config);
  const [latest, old] = await Promise.all([
    client.read(config.namespace, config.path),
    client.read(config.namespace, config.path, version),
  ]);
  const change = await unified(latest.body_raw, old.body_raw, {
    from: `${name} (version ${latest.version})`,
    to: `${name} (version ${version} again)`,
  });
  context.terminal.tell(painted(context.terminal, change.replace(/\n$/, ''), 'err'));
  const promotion = {
    version,
    base_version: latest.version,
    ...(onStale !== undefined && { on_stale: onStale }),
    ...(message !== undefined && { comment: message }),
  };
  const saved = await throughStale(
    context,
    { yes, dryRun, onStale },
    tokens => {
      const confirm = tokens.get(name);
      return client.promote(
        config.namespace,
        config.path,
        { ...promotion, ...(confirm !== undefined && { confirm }) },
        dryRun,
      );
    },
    ({ problem }) => (problem.status === 409 ? [{ config, file: null, problem }] : null),
  );
  const { terminal } = context;
  if (saved === null) {
    terminal.tell('Nothing was saved: this was a dry run.');
    return 0;
  }
  if (context.structured) {
    await context.print(saved);
    return 0;
  }
  const what =
    saved.result === 'unchanged'
      ? `changes nothing; the latest stays version ${saved.latest.version}`
      : `${dryRun ? 'would be' : 'is'} saved again as version ${saved.latest.version}`;
  terminal.out(`${oneLine(name)}: the text of version ${version} ${what}\n`);
  if (!dryRun && file !== null && saved.result !== 'unchanged')
    terminal.tell(`To have it in your file: ${context.command('pull', file)}`);
  return 0;
}
