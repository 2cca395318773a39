/**
 * What others saved, as a commit: its message, and the people who wrote it as co-authors. Invariant: nobody's words become
 * a line of their own, so no comment can name a co-author.
 */
import type { VersionFacts } from '../api/types.gen.ts';
import { firstLine, visible } from '../text/words.ts';
import type { Client } from './client.ts';
import { identOf } from './fast-import.ts';
import { inParallel } from './survey.ts';
import { who } from './words.ts';
import { type ConfigId, configName } from './workspace.ts';

/** A file that was brought to a version. */
export interface Brought {
  readonly config: ConfigId;
  readonly head: VersionFacts;
  /** The version that it had; 0: there was no file. */
  readonly from: number;
}

/** Versions that are asked for their authors, of each config. */
const maxVersions = 100;
const maxNamed = 50;

/** The versions that each file did not have yet, newest first. */
export async function versionsBrought(
  client: Client,
  brought: readonly Brought[],
): Promise<ReadonlyMap<string, readonly VersionFacts[]>> {
  const found = new Map<string, readonly VersionFacts[]>();
  await inParallel(brought, async ({ config, head, from }) => {
    const most = Math.min(maxVersions, head.version - from);
    const versions = most > 1 ? await client.versions(config.namespace, config.path, most) : [head];
    found.set(
      configName(config),
      versions.filter(({ version }) => version > from && version <= head.version),
    );
  });
  return found;
}

export function pullMessage(
  brought: readonly Brought[],
  versions: ReadonlyMap<string, readonly VersionFacts[]>,
): string {
  const [only] = brought;
  const subject =
    brought.length === 1
      ? `Bring in version ${only!.head.version} of ${configName(only!.config)}`
      : `Bring in what was saved in ${brought.length} configs`;
  const lines = brought.slice(0, maxNamed).map(({ config, head, from }) => {
    const comment = firstLine(head.comment);
    const since = from === 0 ? `version ${head.version}` : `version ${from} → ${head.version}`;
    return `- ${configName(config)}: ${since} by ${who(head)}${comment === '' ? '' : `: ${comment}`}`;
  });
  if (brought.length > maxNamed) lines.push(`- and ${brought.length - maxNamed} more`);
  const people = new Set<string>();
  for (const found of versions.values())
    for (const { created_by, actor } of found) people.add(visible(identOf(created_by || actor)));
  return `${[subject, '', ...lines, '', ...[...people].sort().map(one => `Co-authored-by: ${one}`)].join('\n')}\n`;
}
