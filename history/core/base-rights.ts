/**
 * Which base a caller of limited rights may name: a caller who may only create must not change what exists, and one who
 * may only update must not create. Pure.
 */
import type { Version } from '../words/model.ts';

export interface WriteRights {
  readonly update: boolean;
  readonly create: boolean;
}

export interface AllowedBase {
  /** The base the change goes on with. */
  readonly base: Version | null;
  /** The right that is missing; null: none. */
  readonly missing: 'update' | 'create' | null;
}

/**
 * @param exists whether the config has a version now; null: not looked yet
 * @returns null: look whether it exists
 */
export function allowedBase(
  { update, create }: WriteRights,
  base: Version | null,
  exists: boolean | null,
): AllowedBase | null {
  if (update && create) return { base, missing: null };
  // A base says that it changes what exists, whether or not it still does.
  if (base !== null && base > 0n) return { base, missing: update ? null : 'update' };
  if (!update && !create) return { base, missing: 'update' };
  if (exists === null) return null;
  // Somebody else may create the config before this is saved.
  if (create) return { base: 0n, missing: exists ? 'update' : null };
  return { base, missing: exists ? null : 'create' };
}
