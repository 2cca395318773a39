/**
 * The Git origin that annotations tell of, for tools that can set those and not the spec: Kustomize's commonAnnotations,
 * Argo CD's build environment, Flux' substitutions. Invariant: what is not a commit is not kept as one, and is never
 * dropped without a word.
 */
import type { GitOrigin } from '../../history/words/model.ts';
import { visible } from '../../text/words.ts';
import { annotation } from './config-version.ts';

export interface ToldOrigin {
  readonly git: GitOrigin;
  /** What is to be said of it; null: nothing. */
  readonly warning: string | null;
}

interface Commit {
  readonly commit: string;
  readonly branch?: string;
}

export function toldOriginOf(annotations: Readonly<Record<string, string>>): ToldOrigin {
  const dirty = annotations[annotation.gitDirty];
  const said = dirty ? { dirty: dirty === 'true' } : {};
  const told = annotations[annotation.gitCommit];
  // Without a commit the rest means nothing; a dirty tree counts even so.
  if (!told) return { git: said, warning: null };
  const read = readCommit(told.trim());
  if (!read) return { git: said, warning: warningOf(told) };
  const text = (key: string) => annotations[key]?.slice(0, 2048) || undefined;
  const [branch, remote, path] = [annotation.gitBranch, annotation.gitRemote, annotation.gitPath].map(text);
  return {
    git: {
      ...read,
      ...(branch && { branch }),
      ...(remote && { remote }),
      ...(path && { path }),
      ...said,
    },
    warning: null,
  };
}

/** As Git prints it, as `git describe` does (v1.2-3-g3f2c9a1), or as Flux calls a revision (main@sha1:3f2c9a1…). */
function readCommit(told: string): Commit | null {
  const [, reference = '', hex] =
    /^(?:(?:(?:refs\/heads\/)?([^@\s]+)@)?(?:sha1|sha256):|[^\s]+-\d+-g)?([0-9a-f]{7,64})$/i.exec(told) ?? [];
  if (hex === undefined) return null;
  return { commit: hex.toLowerCase(), ...(reference !== '' && { branch: reference.slice(0, 2048) }) };
}

function warningOf(told: string): string {
  const shown = told.length > 40 ? `${told.slice(0, 39)}…` : told;
  return `Its annotation pawl.dev/git-commit, “${visible(shown)}”, is not a Git commit and was not kept.`;
}
