/** What people are told on a workload: which config, which version, who saved it. Pure. Invariant: never a config's text. */
import { clip } from '../../history/core/names.ts';
import type { WorkloadKind } from '../object/workload/workload.ts';
import type { ChangedMap } from './decide-restart.ts';

export interface ChangedConfig {
  /** `NAMESPACE/PATH` */
  readonly config: string;
  readonly version: string;
}

/** The rest is in the count. */
const named = 4;

/** The configs whose versions differ; where none does, all that the changed ConfigMaps show. */
export function changedConfigs(changed: readonly ChangedMap[]): ChangedConfig[] {
  const all = changed.flatMap(({ was, now }) =>
    Object.entries(now.configs).map(([config, version]) => ({
      ...{ config, version },
      isNew: was.configs[config] !== version,
    })),
  );
  const news = all.filter(({ isNew }) => isNew);
  const chosen = news.length > 0 ? news : all;
  return [...new Map(chosen.map(({ config, version }) => [config, { config, version }])).values()];
}

/** Of these it is said who saved them. */
export const firstOf = (configs: readonly ChangedConfig[]): readonly ChangedConfig[] =>
  configs.slice(0, named);

/** @param people as `configs` are in order; null: not known */
export function restartedNote(
  configs: readonly ChangedConfig[],
  people: readonly (string | null)[],
  isOnDelete: boolean,
): string {
  const words = firstOf(configs).map((each, index) => {
    const by = people[index];
    return `${versionOf(each)}${by == null ? '' : ` by ${clip(by, 60)}`}`;
  });
  const rest = configs.length > named ? ` and ${configs.length - named} more` : '';
  const what = words.length > 0 ? `${words.join(', ')}${rest}` : 'another content of its ConfigMaps';
  return isOnDelete
    ? `Marked for ${what}. Its update strategy is OnDelete: a pod reads it when somebody deletes the pod.`
    : `Restarted for ${what}.`;
}

/** @param configs none: it would have been looked at only */
export function deniedNote(configs: readonly ChangedConfig[], why: string): string {
  const what = versionsOf(configs);
  const denied = what ? `not restarted for ${what}` : 'not watched for what its configs say';
  return `It was ${denied}, because the API server denies Pawl's write: ${clip(why, 500)}. Pawl tries again.`;
}

export function heldNote(configs: readonly ChangedConfig[], kind: WorkloadKind, name: string): string {
  const next =
    kind === 'Rollout' ? 'Promote or resume it' : `Resume it: kubectl rollout resume deployment/${name}`;
  return `Its rollout is paused, so it was not restarted for ${versionsOf(configs)}. ${next}.`;
}

const versionsOf = (configs: readonly ChangedConfig[]): string => firstOf(configs).map(versionOf).join(', ');

const versionOf = ({ config, version }: ChangedConfig): string => `${clip(config, 120)} version ${version}`;
