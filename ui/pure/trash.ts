/**
 * What a trash holds, for people. Invariant: only the newest delete of a config is offered to be brought back, which is the
 * one that the server brings back.
 */
import type { DeletedConfig, Undeleted } from '../../api/types.gen.ts';

export interface TrashRow {
  readonly deleted: DeletedConfig;
  /** A later delete of the same config comes back before it. */
  readonly isNewest: boolean;
}

/** @param items the newest delete first, as the server lists them */
export function trashRows(items: readonly DeletedConfig[]): readonly TrashRow[] {
  const seen = new Set<string>();
  return items.map(deleted => {
    const isNewest = !seen.has(deleted.path);
    seen.add(deleted.path);
    return { deleted, isNewest };
  });
}

/** "version 3", "versions 1 to 3" */
export const numbersOf = ({
  first_version: first,
  last_version: last,
}: Pick<DeletedConfig, 'first_version' | 'last_version'>): string =>
  first === last ? `version ${first}` : `versions ${first} to ${last}`;

export function undeletedWords(path: string, undeleted: Undeleted): string {
  const { versions, latest, as_history } = undeleted;
  if (as_history)
    return `Undeleted ${numbersOf(undeleted)} of ${path} as its history. Version ${latest}, saved since, stays the latest.`;
  return `Undeleted ${path} with ${versions === 1 ? '1 version' : `${versions} versions`}. The latest is version ${latest}.`;
}
