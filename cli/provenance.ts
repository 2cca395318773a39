/**
 * What a save says of where its text comes from: commit, author, comment. Invariant: a commit is named as the source of
 * a text only when the text is in it; otherwise the save says that the text differs, and names its sender as the
 * author.
 */
import type { Git } from '../api/types.gen.ts';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import type { Origin } from './git.ts';

export interface Provenance {
  /** Undefined: it comes from no commit. */
  readonly git: Git | undefined;
  readonly author: string | undefined;
  readonly comment: string | undefined;
}

/** @param differs whether any of the texts is in no commit */
export async function provenanceOf(
  { git }: Pick<Context, 'git'>,
  origin: Origin,
  { differs, message }: { readonly differs: boolean; readonly message: string | undefined },
): Promise<Provenance> {
  return {
    git: { ...origin.git, dirty: differs },
    author: (differs ? await git.identity() : origin.author) ?? undefined,
    comment: message ?? (differs || origin.subject === '' ? undefined : origin.subject),
  };
}

/**
 * The same for a text without a file: it comes from no commit, and its author is the one Git would name for a commit
 * here.
 */
export async function provenanceWithoutFile(
  { git }: Pick<Context, 'git'>,
  message: string | undefined,
): Promise<Provenance> {
  return { git: undefined, author: (await git.identity()) ?? undefined, comment: message };
}

/** Null outside a repository and in one without a commit, where nothing demands one. */
export async function originIfAny({ git }: Pick<Context, 'git'>): Promise<Origin | null> {
  try {
    return await git.origin();
  } catch (error) {
    if (error instanceof CliError && error.reason === 'Git') return null;
    throw error;
  }
}

/** `commit 3f2c9d1 (main)` */
export function commitName({ commit = '', branch }: Git): string {
  return `commit ${commit.slice(0, 7)}${branch === undefined ? '' : ` (${branch})`}`;
}
