/**
 * `restore`: saves the text of an old version again, as the next version, by the rules of any save. Invariant: what it
 * changes is shown and confirmed first.
 */
import type { OnStale, SavedConfig } from '../../api/types.gen.ts';
import type { Context } from '../context.ts';
import { painted, unified } from '../diffs.ts';
import { endOfDryRun } from '../dry-run.ts';
import { CliError, type Exit } from '../errors.ts';
import { provenanceWithoutFile } from '../provenance.ts';
import { throughStale } from '../stale.ts';
import { oneLine } from '../terminal.ts';
import { tellNotices } from '../violations.ts';
import { configName } from '../workspace.ts';
import { atVersion } from './history.ts';

export interface RestoreOptions {
  readonly yes?: boolean;
  readonly onStale?: OnStale;
  readonly dryRun?: boolean;
  readonly message?: string;
  readonly bypass?: string;
  readonly version?: string;
}

export async function restore(context: Context, typed: string, options: RestoreOptions): Promise<Exit> {
  const { yes = false, dryRun = false, onStale, message, bypass } = options;
  const { path, version } = atVersion(typed, options.version);
  if (version === undefined)
    throw new CliError(
      'Usage',
      `name the version to restore: ${context.command('restore', ...context.named(`${path}@5`))}`,
    );
  const { config, file } = context.target(path);
  const { terminal } = context;
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
  terminal.tell(painted(terminal, change.replace(/\n$/, ''), 'err'));
  if (change !== '' && !yes && !dryRun) {
    const question = `Save the text of version ${version} as version ${latest.version + 1}?`;
    if (!(await terminal.confirm(question, '--yes'))) throw new CliError('Declined', 'Nothing was saved.');
  }
  const { author, comment } = await provenanceWithoutFile(context, message);
  const wish = {
    version,
    base_version: latest.version,
    ...(author !== undefined && { author }),
    ...(comment !== undefined && { comment }),
    ...(bypass !== undefined && { bypass }),
  };
  const saved = await throughStale(
    context,
    { yes, dryRun, onStale },
    stale => {
      const confirm = stale.tokens.get(name);
      const promotion = {
        ...wish,
        ...(stale.onStale !== undefined && { on_stale: stale.onStale }),
        ...(confirm !== undefined && { confirm }),
      };
      return client.promote(config.namespace, config.path, promotion, dryRun);
    },
    ({ problem }) => (problem.status === 409 ? [{ config, file: null, problem }] : null),
  );
  tellNotices(context, name, saved.notices);
  if (context.structured) await context.print(saved);
  else terminal.out(`${oneLine(name)}: ${became(saved, version, dryRun)}\n`);
  if (dryRun) return endOfDryRun(context, [saved]);
  if (!context.structured && file !== null && saved.result !== 'unchanged')
    terminal.tell(`To have it in your file: ${context.command('pull', file)}`);
  return 0;
}

function became({ result, latest }: SavedConfig, version: number, dryRun: boolean): string {
  if (result === 'unchanged') return `version ${latest.version} has the text of version ${version} already`;
  return dryRun
    ? `the text of version ${version} would be saved again as version ${latest.version}`
    : `saved the text of version ${version} again as version ${latest.version}`;
}
