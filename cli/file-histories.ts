/**
 * The history of each file that a branch has now, followed through its renames. Invariant: what a config becomes depends on
 * the commits alone, not on how often or in which steps they are imported. Pure.
 */
import type { FileChange, LoggedCommit } from './git-log.ts';

/** A file's content in one commit. */
export interface Step {
  /** Which commit, in their order. */
  readonly order: number;
  readonly commit: string;
  /** Its name then, from the root of the repository. */
  readonly path: string;
  readonly blob: string;
}

export interface FileHistories {
  /** By their names now. */
  readonly files: ReadonlyMap<string, readonly Step[]>;
  /** Files that were deleted, by their last names, and that no file of today is. */
  readonly deleted: readonly string[];
  /** Old name → the name it has now. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Files whose names are not UTF-8. */
  readonly unnamed: number;
}

interface Track {
  readonly steps: Step[];
}

export class HistoryBuilder {
  readonly #live = new Map<string, Track>();
  /** A file that comes back under its name goes on. */
  readonly #ended = new Map<string, Track>();
  readonly #isSameKind: (from: string, to: string) => boolean;
  #order = 0;
  #unnamed = 0;

  /** @param isSameKind whether a file keeps its history under another name: a config keeps its format for life */
  constructor(isSameKind: (from: string, to: string) => boolean) {
    this.#isSameKind = isSameKind;
  }

  add({ commit, changes }: LoggedCommit): void {
    const order = this.#order;
    this.#order += 1;
    // All that leaves its name goes first: files may have swapped names.
    const moved = new Map<string, Track>();
    for (const change of changes) {
      if (change.path === null) this.#unnamed += 1;
      const gone = change.kind === 'renamed' ? change.from : change.kind === 'deleted' ? change.path : null;
      const track = gone === null ? undefined : this.#live.get(gone);
      if (gone === null || track === undefined) continue;
      this.#live.delete(gone);
      if (
        change.path !== null &&
        change.kind === 'renamed' &&
        change.isFile &&
        this.#isSameKind(gone, change.path)
      )
        moved.set(change.path, track);
      else this.#ended.set(gone, track);
    }
    for (const change of changes) this.#come(change, { order, commit }, moved);
  }

  #come(
    change: FileChange,
    { order, commit }: Pick<Step, 'order' | 'commit'>,
    moved: ReadonlyMap<string, Track>,
  ): void {
    const { path, kind, blob, before, isFile } = change;
    if (path === null || kind === 'deleted') return;
    if (!isFile) {
      const track = this.#live.get(path);
      if (track) this.#ended.set(path, track);
      this.#live.delete(path);
      return;
    }
    // Only its mode changed.
    if (kind === 'modified' && blob === before && this.#live.has(path)) return;
    const track = moved.get(path) ?? this.#live.get(path) ?? this.#ended.get(path) ?? { steps: [] };
    this.#ended.delete(path);
    this.#live.set(path, track);
    track.steps.push({ order, commit, path, blob });
  }

  end(): FileHistories {
    const renamed = new Map<string, string>();
    for (const [path, { steps }] of this.#live)
      for (const step of steps)
        if (step.path !== path && !this.#live.has(step.path)) renamed.set(step.path, path);
    return {
      files: new Map([...this.#live].map(([path, { steps }]) => [path, steps])),
      deleted: [...this.#ended.keys()].filter(path => !renamed.has(path)).sort(),
      renamed,
      unnamed: this.#unnamed,
    };
  }
}
