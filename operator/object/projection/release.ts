/**
 * What a target shows, as one text to compare by: each key with its config and version. Pure. Invariant: two targets have the
 * same release only where they show the same versions under the same keys, whoever wrote their metadata.
 */
import { configName } from '../../../history/core/names.ts';
import type { ConfigId, Version } from '../../../history/words/model.ts';
import type { ConfigMapState } from '../config-map.ts';
import type { ConfigProjection, RolloutState } from '../config-projection.ts';
import { annotation } from '../config-version.ts';
import type { ShownKey } from './contents.ts';
import type { Referred } from './references.ts';
import { versionsOf } from './target.ts';
import type { AskedConfig, ProjectionTerms } from './terms.ts';

/** As the annotation `pawl.dev/versions`, in the order of keys. */
export type ShownRelease = string;

export const releaseOf = (parts: readonly ShownKey[], used: readonly Referred[]): ShownRelease =>
  inOrder(JSON.parse(versionsOf(parts, used)));

const inOrder = (versions: object): ShownRelease =>
  JSON.stringify(Object.fromEntries(Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1))));

/** null: somebody else wrote what it says. */
export function releaseIn(target: ConfigMapState | undefined): ShownRelease | null {
  const text = target?.annotations[annotation.versions];
  if (!target?.intact.versions || target.deletionTimestamp || text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && entriesOf(text).length > 0 ? inOrder(value) : null;
  } catch {
    return null;
  }
}

/** What the status tells of the target; null: nothing. */
export function releaseTold({ status: { configs = [] } }: ConfigProjection): ShownRelease | null {
  if (configs.length === 0) return null;
  return inOrder(
    Object.fromEntries(
      configs.map(({ key, version, ...config }) => [key, `${configName(config)}@${version}`]),
    ),
  );
}

interface Entry {
  readonly key: string;
  readonly config: ConfigId;
  readonly version: Version;
}

function entriesOf(release: ShownRelease): Entry[] {
  return Object.entries(JSON.parse(release) as Record<string, unknown>).flatMap(([key, told]) => {
    const [, namespace, path, version] = /^([^/]+)\/(.+)@([0-9]{1,18})$/.exec(String(told)) ?? [];
    return namespace && path && version
      ? [{ key, config: { namespace, path }, version: BigInt(version) }]
      : [];
  });
}

/** The keys of a target that show a config, each with its version. */
export function keysShowing(
  target: ConfigMapState,
  config: ConfigId,
): { readonly key: string; readonly version: Version }[] {
  return entriesOf(releaseIn(target) ?? '{}').filter(
    entry => !isReference(entry) && configName(entry.config) === configName(config),
  );
}

const isReference = ({ key }: Entry): boolean => key.startsWith('$');

/** Configs that differ are told up to this many. */
const mostTold = 20;

/** What differs between two releases, by config. */
export function releaseChanges(
  before: ShownRelease,
  after: ShownRelease,
): NonNullable<RolloutState['configs']> {
  const [was, is] = [before, after].map(
    release =>
      new Map(entriesOf(release).map(({ config, version }) => [configName(config), { config, version }])),
  ) as [Map<string, Omit<Entry, 'key'>>, Map<string, Omit<Entry, 'key'>>];
  return [...new Set([...is.keys(), ...was.keys()])]
    .filter(name => was.get(name)?.version !== is.get(name)?.version)
    .sort()
    .slice(0, mostTold)
    .map(name => {
      const [from, to] = [was.get(name), is.get(name)];
      return {
        ...(to ?? from!).config,
        ...(to && { version: String(to.version) }),
        ...(from && { previous: String(from.version) }),
      };
    });
}

/**
 * The terms to show a release again that was shown before: of what the object still asks for, and no more, so that nothing is
 * read that it has no right to.
 */
export function termsOfRelease(
  terms: ProjectionTerms,
  release: ShownRelease,
): { readonly terms: ProjectionTerms; readonly references: ReadonlyMap<string, Version> } {
  const entries = entriesOf(release);
  const asked = entries.filter(entry => !isReference(entry)).flatMap(entry => pinned(terms, entry));
  const references = terms.references ? entries.filter(isReference) : [];
  return {
    terms: { ...terms, asked },
    references: new Map(references.map(({ config, version }) => [configName(config), version])),
  };
}

function pinned({ asked }: ProjectionTerms, { key, config, version }: Entry): AskedConfig[] {
  const by = asked.find(each =>
    each.kind === 'config'
      ? configName(each.config) === configName(config) && (each.key ?? lastOf(config.path)) === key
      : each.namespace === config.namespace &&
        (each.prefix === '' || config.path === each.prefix || config.path.startsWith(`${each.prefix}/`)),
  );
  return by ? [{ kind: 'config', config, key, format: by.format, version }] : [];
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
