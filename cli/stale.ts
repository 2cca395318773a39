/**
 * What happens when somebody saved in between: an edit that merges is shown as it will be applied, and the person is
 * asked; a clash is explained and refused. Invariant: what a person confirms is what was shown, also when yet another
 * version comes while the person reads: then that is shown, and the person is asked again.
 */

import type { OnStale, Place, Problem } from '../api/types.gen.ts';
import type { Context } from './context.ts';
import { painted, unified } from './diffs.ts';
import { wouldAsk } from './dry-run.ts';
import { CliError } from './errors.ts';
import { kindOf, Refusal } from './refusal.ts';
import { oneLine } from './terminal.ts';
import { tellViolations } from './violations.ts';
import { count, whoOf } from './words.ts';
import { type ConfigId, configName } from './workspace.ts';

export interface How {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly onStale: OnStale | undefined;
}

/** One change that was not taken. */
export interface RefusedChange {
  readonly config: ConfigId;
  /** The file, relative to the workspace. */
  readonly file: string | null;
  readonly problem: Problem;
  /** It was to be deleted. */
  readonly removal?: boolean;
}

/** A person who confirms each merge is not asked for ever. */
const attempts = 20;
/** Merges shown to who answers yes to all: others may save faster than this program can answer. */
const shownToAll = 2;

/** What is to become of changes that are stale. */
export interface Wish {
  /** Config name → what confirms its merge. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly onStale: OnStale | undefined;
}

/**
 * Sends until the server accepts. Throws CliError `WouldAsk` when a dry run would have asked.
 * @param refusedBy what was refused, or null when the refusal is not about single changes
 */
export async function throughStale<T>(
  context: Context,
  how: How,
  send: (wish: Wish) => Promise<T>,
  refusedBy: (refusal: Refusal) => readonly RefusedChange[] | null,
): Promise<T> {
  const tokens = new Map<string, string>();
  let { onStale } = how;
  for (let attempt = 1; ; attempt++) {
    try {
      return await send({ tokens, onStale });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const refused = refusedBy(error);
      if (refused === null || refused.length === 0) throw error;
      const stale = refused.filter(
        ({ problem }) => kindOf(problem) === 'confirmation-required' && problem.token !== undefined,
      );
      if (stale.length < refused.length) throw await refusal(context, refused);
      await show(context, stale);
      if (attempt >= attempts)
        throw new CliError(
          'Conflict',
          'others keep saving while you confirm. Nothing was saved; try again later',
        );
      if (!how.yes) {
        if (context.structured && (how.dryRun || !context.terminal.interactive))
          await printRefused(context, stale);
        if (how.dryRun) throw wouldAsk();
        const question =
          stale.length === 1 ? 'Save this merged text?' : `Save these ${stale.length} merged texts?`;
        const agreed = await context.terminal.confirm(question, '--yes, or --on-stale merge');
        if (!agreed) throw new CliError('Declined', 'Nothing was saved, and your files are as they were.');
      }
      for (const { config, problem } of stale) tokens.set(configName(config), problem.token!);
      if (how.yes && !how.dryRun && onStale === undefined && attempt >= shownToAll) {
        context.terminal.tell('Others keep saving, so the server merges onto whatever is the latest.');
        onStale = 'merge';
      }
    }
  }
}

/** Each stale change, as it will be applied onto the latest version. */
async function show(context: Context, stale: readonly RefusedChange[]): Promise<void> {
  const { terminal } = context;
  for (const { config, file, problem } of stale) {
    const { base_version: base, current_version: current = 0, merged } = problem;
    const name = oneLine(file ?? configName(config));
    terminal.tell(
      `${terminal.paint('bold', name, 'err')} was edited on version ${base}; ${whoOf(problem)} has saved version ${current} since.`,
    );
    terminal.tell('The two edits do not touch each other. Saving the merged text changes:');
    const diff =
      problem.merged_diff ?? (merged === undefined ? '' : await diffOf(context, config, current, merged));
    terminal.tell(painted(terminal, diff.replace(/\n$/, ''), 'err'));
  }
}

async function diffOf(
  context: Context,
  { namespace, path }: ConfigId,
  version: number,
  merged: string,
): Promise<string> {
  const client = await context.client();
  const { body_raw } = await client.read(namespace, path, version);
  return unified(body_raw, merged, { from: `version ${version}`, to: 'merged' });
}

/** A detail begins with the place, which the line names already. */
const place = /^line \d+, column \d+: /;

async function refusal(context: Context, refused: readonly RefusedChange[]): Promise<CliError> {
  const clashes = refused.filter(
    ({ problem }) => isConflict(problem) && kindOf(problem) !== 'confirmation-required',
  );
  const faults = refused.filter(({ problem }) => !isConflict(problem));
  if (context.structured) await printRefused(context, refused);
  const { terminal } = context;
  for (const { config, file, problem } of faults) {
    const where = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
    terminal.tell(
      `${terminal.paint('red', 'refused', 'err')}  ${oneLine(file ?? configName(config))}${where}: ${oneLine(problem.line === undefined ? problem.detail : problem.detail.replace(place, ''))}`,
    );
  }
  for (const one of faults)
    tellViolations(context, one.problem.violations?.slice(1), one.problem.more_violations);
  for (const one of clashes) showClash(context, one);
  const stale = refused.length - clashes.length - faults.length;
  const rest = stale > 0 ? ` (${count(stale, 'other merges', 'others merge')})` : '';
  const untouched = 'Nothing was saved, and your files are as they were.';
  if (clashes.length === 0)
    return new CliError(
      'Refused',
      `${count(faults.length, 'change was', 'changes were')} refused${rest}. ${untouched}`,
    );
  const next = clashes.flatMap(one => nextCommands(context, one)).join('\n');
  const exit = faults.length > 0 ? 2 : 3;
  return new CliError(
    'Conflict',
    `${count(clashes.length, 'change conflicts', 'changes conflict')} with what others saved${rest}. ${untouched}\n\nTo go on:\n${next}`,
    { exit },
  );
}

async function printRefused(context: Context, refused: readonly RefusedChange[]): Promise<void> {
  await context.print({
    refused: refused.map(({ config, file, problem }) => ({
      ...config,
      ...(file !== null && { file }),
      problem,
    })),
  });
}

const conflictKinds: ReadonlySet<string> = new Set([
  'confirmation-required',
  'version-conflict',
  'already-exists',
  'base-version-required',
  'base-version-ahead',
  'base-version-gone',
]);

export function isConflict(problem: Problem): boolean {
  return conflictKinds.has(kindOf(problem));
}

function showClash(context: Context, { config, file, problem, removal = false }: RefusedChange): void {
  const { terminal } = context;
  const name = terminal.paint('bold', oneLine(file ?? configName(config)), 'err');
  const { places = [], more_places, base_version: base, current_version: current } = problem;
  if (removal && current !== undefined) {
    terminal.tell(
      `${name} is to be deleted as of version ${base}; ${whoOf(problem)} has saved version ${current} since.`,
    );
    return;
  }
  if (places.length === 0) {
    terminal.tell(`${name}: ${oneLine(problem.detail)}`);
    return;
  }
  terminal.tell(
    `${name} was edited on version ${base}; the latest is version ${current} by ${whoOf(problem)}. Changed by both:`,
  );
  for (const place of places) terminal.tell(placeLine(place, base));
  if (more_places !== undefined) terminal.tell(`    and ${count(more_places, 'more place')}`);
}

function placeLine(
  { path, base, current, proposed, changed_in, changed_by }: Place,
  baseVersion: number | undefined,
): string {
  const short = (text: string | undefined) => {
    if (text === undefined) return 'nothing';
    const line = oneLine(text.trim());
    return line.length > 60 ? `${line.slice(0, 59)}…` : line;
  };
  return (
    `    ${oneLine(path) || 'the whole text'}\n` +
    `      version ${baseVersion}: ${short(base)}\n` +
    `      version ${changed_in} by ${oneLine(changed_by)}: ${short(current)}\n` +
    `      yours: ${short(proposed)}`
  );
}

function nextCommands(context: Context, { config, file, problem, removal = false }: RefusedChange): string[] {
  const { base_version: base, current_version: current } = problem;
  const where = file === null ? ['-n', config.namespace, config.path] : [file];
  const lines: [string, string][] = [];
  if (file !== null && !removal)
    lines.push([context.command('resolve', file), 'decide each place in your editor, then deploy']);
  if (base !== undefined && base > 0 && current !== undefined) {
    lines.push([
      context.command('diff', '--version', `${base}..${current}`, ...where),
      'show what the others changed',
    ]);
  }
  if (removal) lines.push([context.command('delete', ...where), 'delete it nevertheless']);
  if (file !== null)
    lines.push([
      context.command('pull', file),
      removal
        ? 'bring their version into your file'
        : 'bring their version into your file, with conflict markers',
    ]);
  const width = Math.max(...lines.map(([command]) => command.length));
  return lines.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`);
}
