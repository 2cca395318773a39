/**
 * Turns rows into the types of the model. Invariant: a 64-bit number goes from PostgreSQL's text to a bigint without
 * passing through a JavaScript number.
 */

import type { Format } from '../../text/format.ts';
import type {
  AcceptedAs,
  GitOrigin,
  Judgements,
  Line,
  Others,
  Signed,
  VersionKind,
  VersionRecord,
  View,
} from '../words/model.ts';
import type { ExceededQuota } from '../words/save.ts';

/** A row of a statement with versionColumns(), prefixed or not; 64-bit integers are strings. */
export type VersionRow = Readonly<Record<string, unknown>>;

/** 64-bit integers are strings here, too. */
export interface LineRow {
  readonly line_uid: string | null;
  readonly line_generation: string;
  readonly line_base_version: string | null;
  readonly line_sha256: string;
  readonly line_version: string;
  readonly line_content_sha256: string;
  readonly line_accepted_as: AcceptedAs;
  readonly line_superseded_by: string | null;
  /** Absent after a write, which had the text. */
  readonly line_text_gone?: boolean;
  readonly line_actor: string | null;
  readonly line_actor_verified: boolean | null;
  /** Of a look for a text. */
  readonly match_version?: string | null;
  readonly head_is_own: boolean | null;
}

/** As exceeded_quota() says it; 64-bit integers are strings. */
export interface ExceededRow {
  readonly namespace: string;
  readonly quota: ExceededQuota['quota'];
  readonly limit: string;
  readonly used: string;
}

/** Of one generation of an object, as it was said. */
export interface JudgementRow {
  readonly token: string;
  readonly name: string;
  readonly at: Date;
  /** null: it was approved. */
  readonly rejected: string | null;
}

/** They are all about one change: judge_object() drops those about another one. */
export function toJudgements(rows: readonly JudgementRow[]): Judgements {
  const said = rows.filter(({ rejected }) => rejected === null);
  const no = rows.find(({ rejected }) => rejected !== null);
  return {
    approvals: said[0] ? { token: said[0].token, by: said.map(({ name, at }) => ({ name, at })) } : null,
    rejection: no ? { token: no.token, name: no.name, at: no.at, reason: no.rejected! } : null,
  };
}

export interface LookRow extends VersionRow, LineRow {
  readonly id: string;
  readonly format: Format;
  readonly last_version: string;
}

export function toView(row: LookRow | undefined): View {
  if (!row) return { config: null, head: null, line: null, base: null, match: null, headIsOwn: false };
  const lastVersion = BigInt(row.last_version);
  return {
    config: { id: row.id, format: row.format, lastVersion },
    head: row.head_version === null ? null : toVersionRecord(row, 'head_'),
    line: row.line_uid === null ? null : toLine(row),
    base: row.base_version === null ? null : toVersionRecord(row, 'base_'),
    match: toVersion(row.match_version ?? null),
    headIsOwn: row.head_is_own === true,
  };
}

export function toExceeded({ namespace, quota, limit, used }: ExceededRow): ExceededQuota {
  return { namespace, quota, limit: BigInt(limit), used: BigInt(used) };
}

export function toLine(row: LineRow): Line {
  return {
    uid: row.line_uid!,
    generation: BigInt(row.line_generation),
    sha256: row.line_sha256,
    baseVersion: toVersion(row.line_base_version),
    version: BigInt(row.line_version),
    contentSha256: row.line_content_sha256,
    acceptedAs: row.line_accepted_as,
    actor:
      row.line_actor == null ? null : { name: row.line_actor, verified: row.line_actor_verified === true },
    supersededBy: toVersion(row.line_superseded_by),
    ...(row.line_text_gone && { textGone: true as const }),
  };
}

/** @param row undefined: there is no such line */
export function toOthers(row: VersionRow = {}): Others {
  return { later: toSigned(row, 'later_'), mixedWith: toSigned(row, 'mixed_') };
}

function toSigned(row: VersionRow, prefix: string): Signed | null {
  const at = (column: string) => row[prefix + column] ?? null;
  if (at('version') === null) return null;
  return {
    version: BigInt(at('version') as string),
    author: at('created_by') as string,
    actor: { name: at('actor') as string, verified: at('actor_verified') as boolean },
    createdAt: at('created_at') as Date,
  };
}

export function toVersionRecord(row: VersionRow, prefix = ''): VersionRecord {
  const at = (column: string) => row[prefix + column];
  return {
    version: BigInt(at('version') as string),
    sha256: at('sha256') as string,
    kind: at('kind') as VersionKind,
    baseVersion: toVersion(at('base_version') as string | null),
    author: at('created_by') as string,
    actor: { name: at('actor') as string, verified: at('actor_verified') as boolean },
    comment: at('comment') as string,
    git: toGit(at),
    createdAt: at('created_at') as Date,
  };
}

export function toGit(at: (column: string) => unknown): GitOrigin {
  const git: { -readonly [K in keyof GitOrigin]: GitOrigin[K] } = {};
  const [commit, branch, remote, path] = ['git_commit', 'git_branch', 'git_remote', 'git_path'].map(at) as (
    | string
    | null
  )[];
  const dirty = at('git_dirty') as boolean | null;
  if (commit != null) git.commit = commit;
  if (branch != null) git.branch = branch;
  if (dirty !== null) git.dirty = dirty;
  if (remote != null) git.remote = remote;
  if (path != null) git.path = path;
  return git;
}

const toVersion = (value: string | null): bigint | null => (value === null ? null : BigInt(value));
