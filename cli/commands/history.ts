/** Reading the past: `log`, `show`, `blame`. */
import type { Deployment, VersionFacts } from '../../api/types.gen.ts';
import type { Context } from '../context.ts';
import { CliError, type Exit } from '../errors.ts';
import { safeLines, table } from '../terminal.ts';
import { ago, count, firstLine, who } from '../words.ts';

export interface LogOptions {
  readonly limit: number;
}

export async function log(context: Context, typed: string | undefined, { limit }: LogOptions): Promise<Exit> {
  const client = await context.client();
  if (typed === undefined) return logDeployments(context, limit);
  const { config } = context.target(typed);
  const versions = await client.versions(config.namespace, config.path, limit);
  if (context.structured) await context.print({ ...config, versions });
  else
    context.terminal.out(
      table(
        versionHeadings(context),
        versions.map(version => versionRow(context, version)),
      ),
    );
  return 0;
}

function versionHeadings({ output }: Context): string[] {
  return [
    'VERSION',
    'SAVED',
    'WHO',
    'HOW',
    'COMMIT',
    ...(output === 'wide' ? ['BASE', 'BRANCH', 'SHA256'] : []),
    'COMMENT',
  ];
}

function versionRow(context: Context, version: VersionFacts): string[] {
  const { git, base_version: base } = version;
  const how = howOf(version);
  const commit = git.commit === undefined ? '' : `${git.commit.slice(0, 7)}${git.dirty ? '+' : ''}`;
  const wide =
    context.output === 'wide'
      ? [String(base ?? '-'), git.branch ?? '', version.content_sha256.slice(0, 12)]
      : [];
  return [
    String(version.version),
    ago(version.created_at, context.surroundings.now()),
    who(version),
    how,
    commit,
    ...wide,
    firstLine(version.comment),
  ];
}

function howOf(version: VersionFacts): string {
  return [madeAs(version), approvedAs(version)].filter(Boolean).join(', ');
}

function approvedAs({ approvals = [] }: VersionFacts): string {
  const named = (wanted: string) => approvals.flatMap(({ kind, name }) => (kind === wanted ? [name] : []));
  const [approved, bypassed] = [named('approved'), named('bypassed')];
  if (approved.length > 0) return `approved by ${approved.join(' and ')}`;
  return bypassed.length > 0 ? `approval bypassed by ${bypassed.join(' and ')}` : '';
}

function madeAs({ kind, merged_onto: onto, authored_at: authored }: VersionFacts): string {
  if (kind === 'direct') return '';
  if (kind === 'imported') return `imported, written ${authored?.slice(0, 10) ?? ''}`.trimEnd();
  return onto === undefined ? kind : `${kind} onto ${onto}`;
}

async function logDeployments(context: Context, limit: number): Promise<Exit> {
  const client = await context.client();
  const found = await Promise.all(
    context.namespaces.map(namespace => client.deployments({ namespace }, limit)),
  );
  const unique = new Map(found.flat().map(deployment => [deployment.id, deployment]));
  const deployments = [...unique.values()]
    .sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at))
    .slice(0, limit);
  if (context.structured) await context.print({ deployments });
  else
    context.terminal.out(
      table(
        ['DEPLOYED', 'WHO', 'COMMIT', 'RESULT', 'CHANGES'],
        deployments.map(one => deploymentRow(context, one)),
      ),
    );
  return 0;
}

function deploymentRow(
  context: Context,
  { created_at, deployer, git, result, changes, change_count }: Deployment,
): string[] {
  const most = context.output === 'wide' ? changes.length : 3;
  const names = changes
    .slice(0, most)
    .map(
      ({ namespace, path, new_version }) =>
        `${namespace}/${path}${new_version === undefined ? '' : `@${new_version}`}`,
    );
  const more = change_count > most ? `, and ${change_count - most} more` : '';
  const commit = git.commit === undefined ? '' : `${git.commit.slice(0, 7)}${git.dirty ? '+' : ''}`;
  return [ago(created_at, context.surroundings.now()), deployer, commit, result, names.join(', ') + more];
}

export interface AtVersion {
  readonly path: string;
  readonly version: number | undefined;
}

/** `PATH@7`; a path may hold an @ itself, so only what is a number counts. */
export function atVersion(typed: string, given: string | undefined): AtVersion {
  if (given !== undefined) {
    if (!/^[1-9]\d*$/.test(given))
      throw new CliError('Usage', `--version ${given} is not the number of a version`);
    return { path: typed, version: Number(given) };
  }
  const match = /^(.+)@([1-9]\d{0,15})$/.exec(typed);
  return match === null
    ? { path: typed, version: undefined }
    : { path: match[1]!, version: Number(match[2]) };
}

export async function show(
  context: Context,
  typed: string,
  { version: given }: { version?: string },
): Promise<Exit> {
  const { path, version } = atVersion(typed, given);
  const { config } = context.target(path);
  const client = await context.client();
  const found = await client.read(config.namespace, config.path, version);
  if (context.structured) await context.print({ ...config, version: found });
  // Byte for byte, so that it can be redirected into a file; on a terminal, its control characters are shown, not
  // obeyed.
  else context.terminal.out(context.terminal.shown ? safeLines(found.body_raw) : found.body_raw);
  return 0;
}

export async function blame(
  context: Context,
  typed: string,
  { version: given }: { version?: string },
): Promise<Exit> {
  const { path, version } = atVersion(typed, given);
  const { config } = context.target(path);
  const client = await context.client();
  const found = await client.blame(config.namespace, config.path, version);
  if (context.structured) {
    await context.print(found);
    return 0;
  }
  const facts = new Map(found.versions.map(one => [one.version, one]));
  const rows = found.lines.map(({ line, text, version: brought, at_least }) => {
    const one = facts.get(brought);
    const by = one === undefined ? '' : who(one);
    const when = one === undefined ? '' : one.created_at.slice(0, 10);
    return [`${at_least ? '≤' : ''}${brought}`, by, when, String(line), safeLines(text)];
  });
  context.terminal.out(table(['VERSION', 'WHO', 'SAVED', 'LINE', 'TEXT'], rows));
  if (found.oldest_seen !== undefined) {
    context.terminal.tell(
      `Versions before ${found.oldest_seen} were not looked at; ${count(found.lines.filter(one => one.at_least).length, 'line is', 'lines are')} at least that old.`,
    );
  }
  return 0;
}
