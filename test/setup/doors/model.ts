/**
 * What writers at all doors did, and the model that holds the history against it. Every edit is one line of its
 * writer's own with a number that only grows, a mark: so every version must be the one before it with exactly one
 * mark moved on, and each mark tells who saved it. Whatever the faults meanwhile, that leaves no room for a lost,
 * a doubled, a half or an invented save.
 */
import { expect } from 'vitest';

export interface Attempt {
  readonly writer: string;
  readonly door: string;
  readonly mark: number;
  /** All of them carry the mark, or none does. */
  readonly paths: readonly string[];
  /** Asked with a key: asked again, it is told of its own save and never `unchanged`. */
  readonly keyed: boolean;
  /** Stays null when no answer came: then it is there or not. */
  answer: Answer | null;
}

export type Answer =
  | { readonly kind: 'saved'; readonly versions: ReadonlyMap<string, number> }
  /** The latest said it already, as after a save whose answer was lost: the mark is in this version. */
  | { readonly kind: 'unchanged'; readonly versions: ReadonlyMap<string, number> }
  /** `words`: what else a door said of it, for the message of a test that fails. */
  | { readonly kind: 'refused'; readonly reason: string; readonly words?: string };

export interface SavedVersion {
  readonly path: string;
  readonly version: string;
  readonly body_raw: string;
}

export interface LoggedChange {
  readonly deployment_id: string;
  readonly path: string;
  readonly operation: string;
  readonly old_version: string | null;
  readonly new_version: string;
  readonly same_text: boolean;
}

/** Refusals nobody need explain: the writer asked for them. */
const asked = new Set(['DryRun', 'Rejected']);
/** They say that nothing was done. */
const unmade = new Set(['StoreUnavailable', 'ApiUnavailable', 'Busy']);

export function textOf(marks: ReadonlyMap<string, number>): string {
  return [...marks].map(([writer, mark]) => `${writer}: ${mark}  # of ${writer}\n`).join('');
}

/** Throws when a line is not one of ours: a half save. */
export function marksOf(text: string): Map<string, number> {
  const marks = new Map<string, number>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, writer, mark, owner] = /^(\w+): (\d+) {2}# of (\w+)$/.exec(line) ?? [];
    if (writer === undefined || writer !== owner) throw new Error(`not a line of ours: ${line}`);
    marks.set(writer, Number(mark));
  }
  return marks;
}

export function withMark(text: string, writer: string, mark: number): string {
  return textOf(marksOf(text).set(writer, mark));
}

export class Ledger {
  readonly attempts: Attempt[] = [];
  #mark = 0;

  /** Written down before it is tried, so that nothing that happens to it goes unseen. */
  begin(writer: string, door: string, paths: readonly string[], { keyed = false } = {}): Attempt {
    this.#mark += 1;
    const attempt: Attempt = { writer, door, mark: this.#mark, paths, keyed, answer: null };
    this.attempts.push(attempt);
    return attempt;
  }

  /** The version in which the writer last saw its own mark; 1 holds the first of everybody. */
  lastOf(writer: string, path: string): number {
    let last = 1;
    for (const { writer: who, answer } of this.attempts) {
      if (who !== writer || answer === null || answer.kind === 'refused') continue;
      last = Math.max(last, answer.versions.get(path) ?? 1);
    }
    return last;
  }

  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { door, answer } of this.attempts) {
      const what = answer?.kind === 'refused' ? answer.reason : (answer?.kind ?? 'unanswered');
      for (const name of [what, `${door} ${what}`]) counts[name] = (counts[name] ?? 0) + 1;
    }
    return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** @param told what led here, for the message of whatever fails */
export function expectModel(
  attempts: readonly Attempt[],
  saved: readonly SavedVersion[],
  told: string,
): Map<string, SavedVersion> {
  const byMark = new Map(attempts.map(attempt => [attempt.mark, attempt]));
  /** `mark path` → the version that brought it. */
  const brought = new Map<string, number>();
  const heads = new Map<string, SavedVersion>();
  for (const version of saved) {
    const { path, body_raw } = version;
    const before = heads.get(path);
    const where = `${told}: ${path} version ${version.version}`;
    expect(Number(version.version), `${where}: numbers have no gap`).toBe(Number(before?.version ?? 0) + 1);
    if (before) {
      const [writer, mark] = movedMark(before.body_raw, body_raw, where);
      const attempt = byMark.get(mark);
      expect(attempt, `${where}: mark ${mark} was tried by ${writer} on it`).toMatchObject({ writer });
      expect(attempt!.paths, `${where}: mark ${mark} was tried on this config`).toContain(path);
      brought.set(`${mark} ${path}`, Number(version.version));
    }
    heads.set(path, version);
  }
  const texts = new Map(saved.map(({ path, version, body_raw }) => [`${path}@${version}`, body_raw]));
  for (const attempt of attempts) expectTruth(attempt, brought, texts, told);
  expectFair(attempts, told);
  return heads;
}

/** One line moved on, and nothing else. */
function movedMark(before: string, after: string, where: string): [string, number] {
  const marks = marksOf(before);
  const moved = [...marksOf(after)].filter(([writer, mark]) => marks.get(writer) !== mark);
  expect(moved, `${where}: exactly one line differs from the version before`).toHaveLength(1);
  const [writer, mark] = moved[0]!;
  expect(mark, `${where}: the mark of ${writer} only grows`).toBeGreaterThan(marks.get(writer) ?? Infinity);
  expect(after, `${where}: every other line is as it was`).toBe(withMark(before, writer, mark));
  return [writer, mark];
}

function expectTruth(
  { writer, door, mark, paths, keyed, answer }: Attempt,
  brought: ReadonlyMap<string, number>,
  texts: ReadonlyMap<string, string>,
  told: string,
): void {
  const where = `${told}: mark ${mark} of ${writer} (${door}), told ${answer?.kind ?? 'nothing'}`;
  const there = new Map(
    paths.flatMap(path => {
      const version = brought.get(`${mark} ${path}`);
      return version === undefined ? [] : [[path, version] as const];
    }),
  );
  switch (answer?.kind) {
    case 'saved':
      expect(there, `${where}: it is the version it was said to be`).toEqual(answer.versions);
      return;
    case 'unchanged':
      expect(keyed, `${where}, and its key had no part in that`).toBe(false);
      for (const [path, version] of answer.versions) {
        const says = marksOf(texts.get(`${path}@${version}`) ?? '').get(writer);
        expect(says, `${where}: version ${version} of ${path} says it`).toBe(mark);
      }
      return;
    case 'refused':
      expect([...there], `${where} ${answer.reason}: it is nowhere`).toEqual([]);
      return;
    default:
      expect([0, paths.length], `${where}: it is there whole or not at all`).toContain(there.size);
  }
}

/** No two writers touch one line, so only an own earlier edit, whose fate was unknown, may be in the way. */
function expectFair(attempts: readonly Attempt[], told: string): void {
  const uncertain = new Set<string>();
  for (const { writer, door, mark, paths, answer } of attempts) {
    if (answer === null) for (const path of paths) uncertain.add(`${writer} ${path}`);
    if (answer?.kind !== 'refused' || asked.has(answer.reason)) continue;
    const where = `${told}: mark ${mark} of ${writer} (${door}) was refused: ${answer.reason} ${answer.words ?? ''}`;
    // The faults are reason enough; and expectTruth looked.
    if (unmade.has(answer.reason)) continue;
    expect(answer.reason, where).toBe('VersionConflict');
    expect(
      paths.some(path => uncertain.has(`${writer} ${path}`)),
      `${where}, with nobody in its way`,
    ).toBe(true);
  }
}

/** One entry tells of each version, of all versions of one save together, and of nothing else. */
export function expectLog(
  attempts: readonly Attempt[],
  saved: readonly SavedVersion[],
  log: readonly LoggedChange[],
  told: string,
): void {
  const changes = log.filter(({ operation }) => operation !== 'unchanged');
  const nameOf = (path: string, version: string) => `${path}@${version}`;
  expect(
    changes.map(({ path, new_version }) => nameOf(path, new_version)).sort(),
    `${told}: the log tells of each version once`,
  ).toEqual(saved.map(({ path, version }) => nameOf(path, version)).sort());
  for (const change of changes) {
    const where = `${told}: the log's entry of ${nameOf(change.path, change.new_version)}`;
    expect(Number(change.old_version ?? 0), where).toBe(Number(change.new_version) - 1);
    expect(change.same_text, where).toBe(true);
  }
  const entries = new Map(
    changes.map(change => [nameOf(change.path, change.new_version), change.deployment_id]),
  );
  for (const { mark, answer } of attempts) {
    if (answer?.kind !== 'saved') continue;
    const ids = new Set(
      [...answer.versions].map(([path, version]) => entries.get(nameOf(path, `${version}`))),
    );
    expect(ids.size, `${told}: mark ${mark} is one entry of the log`).toBe(1);
  }
}
