/**
 * Every way the API says no, in one table: the reason (the same word as in a ConfigVersion's condition, where it has
 * one), the status, the title, and the name that the `type` ends in. Invariant: a refusal that is not in the table does
 * not compile, and docs/problems.md has a section for each.
 */
import type { Problem } from '../api/types.gen.ts';
import { type ContestedPlace, type Refusal, reasonOf } from '../history/core/refusal.ts';
import type { VersionRecord } from '../history/words/model.ts';
import { Reason } from '../history/words/reasons.ts';
import type { Violation } from '../history/words/schema.ts';
import type { SecretPlace } from '../history/words/secret.ts';
import { personOf } from '../text/words.ts';
import { detailOf, type Unbypassed } from './refusal-words.ts';

export const problemRoot = 'https://pawl.dev/problems/';

interface Kind {
  readonly status: number;
  readonly title: string;
}

const kinds = {
  [Reason.VersionConflict]: { status: 409, title: 'Somebody else changed the config' },
  [Reason.ConfirmationRequired]: { status: 409, title: 'The merged text must be confirmed' },
  [Reason.BaseVersionRequired]: { status: 428, title: 'The base version is missing' },
  [Reason.BaseVersionAhead]: { status: 409, title: 'The base version is ahead of the latest' },
  [Reason.BaseVersionGone]: { status: 409, title: 'The base version does not exist' },
  [Reason.AlreadyExists]: { status: 409, title: 'The config exists already' },
  [Reason.InvalidBody]: { status: 422, title: 'The text is not valid' },
  [Reason.FormatMismatch]: { status: 409, title: 'The config has another format' },
  [Reason.SchemaViolation]: { status: 422, title: 'The text does not satisfy its schema' },
  [Reason.SecretFound]: { status: 422, title: 'The text brings in a secret' },
  [Reason.PathNotAllowed]: { status: 403, title: 'The path may not be written' },
  [Reason.NamespaceNotFound]: { status: 404, title: 'Config namespace not found' },
  [Reason.BodyTooLarge]: { status: 413, title: 'The text is too large' },
  [Reason.MissingGitCommit]: { status: 422, title: 'A Git commit is required' },
  [Reason.QuotaExceeded]: { status: 422, title: 'The quota of the config namespace is used up' },
  [Reason.Frozen]: { status: 423, title: 'The config is frozen' },
  [Reason.ApprovalRequired]: { status: 409, title: 'The change must be approved' },
  [Reason.StoreUnavailable]: { status: 503, title: 'The database is unavailable' },
  [Reason.ApiUnavailable]: { status: 503, title: 'The Kubernetes API server is unavailable' },
  OutcomeUnknown: { status: 503, title: 'The outcome is unknown' },
  InvalidRequest: { status: 400, title: 'The request is not valid' },
  Contradiction: { status: 422, title: 'The request contradicts itself' },
  InvalidPath: { status: 400, title: 'The path is not valid' },
  InvalidEnd: { status: 422, title: 'The end is not possible' },
  InvalidCursor: { status: 422, title: 'The cursor is not valid' },
  Unauthenticated: { status: 401, title: 'Unauthenticated' },
  Forbidden: { status: 403, title: 'Forbidden' },
  NotFound: { status: 404, title: 'Not found' },
  ConfigNotFound: { status: 404, title: 'Config not found' },
  ProposalNotFound: { status: 404, title: 'ConfigVersion not found' },
  VersionNotFound: { status: 404, title: 'Version not found' },
  MethodNotAllowed: { status: 405, title: 'Method not allowed' },
  NotAcceptable: { status: 406, title: 'Not acceptable' },
  RequestTimeout: { status: 408, title: 'Request timeout' },
  NamespaceExists: { status: 409, title: 'The config namespace exists already' },
  NamespaceNotEmpty: { status: 409, title: 'The config namespace is not empty' },
  ApprovalNotFound: { status: 404, title: 'No such change waits for approval' },
  ProposerForbidden: { status: 409, title: 'The proposer may not save this now' },
  ApprovalMoved: { status: 409, title: 'Another change waits for approval by now' },
  NotWaiting: { status: 409, title: 'The ConfigVersion is not waiting for this' },
  LatestVersion: { status: 409, title: 'The latest version cannot be deleted' },
  DeploymentRefused: { status: 409, title: 'Nothing was deployed' },
  RequestTooLarge: { status: 413, title: 'The request is too large' },
  UnsupportedMediaType: { status: 415, title: 'Unsupported media type' },
  IdempotencyKeyReused: { status: 422, title: 'The idempotency key was used for another request' },
  TooManyRequests: { status: 429, title: 'Too many requests' },
  HeadersTooLarge: { status: 431, title: 'Request header fields too large' },
  Internal: { status: 500, title: 'Internal server error' },
  Busy: { status: 503, title: 'The server is busy' },
} as const satisfies Record<string, Kind>;

export type ProblemReason = keyof typeof kinds;
export const problemReasons = Object.keys(kinds) as readonly ProblemReason[];

/** The fields of a problem document that are not in the table. */
export type Members = Omit<Problem, 'type' | 'title' | 'status' | 'detail' | 'reason' | 'request_id'>;

/** Thrown by handlers, and answered as it is. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly reason: ProblemReason;
  readonly members: Members;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail what happened, and what to do next */
  constructor(
    reason: ProblemReason,
    detail: string,
    members: Members = {},
    options: { headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.members = members;
    const after = members.retry_after;
    this.headers = { ...options.headers, ...(after !== undefined && { 'retry-after': String(after) }) };
  }

  get status(): number {
    return kinds[this.reason].status;
  }
}

export function problemOf({ reason, message, members }: Refused, requestId: string): Problem {
  const { status, title } = kinds[reason];
  return {
    ...{ type: typeOf(reason), title, status, detail: message, reason, request_id: requestId },
    ...members,
  };
}

/** `VersionConflict` → `https://pawl.dev/problems/version-conflict` */
export function typeOf(reason: ProblemReason): string {
  return problemRoot + slugOf(reason);
}

export function slugOf(reason: ProblemReason): string {
  return reason.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

/**
 * Turns a refusal decided by history/core into a problem.
 * @param door absent: one at which rules can be bypassed
 */
export function refusedBy(refusal: Refusal, baseVersion: bigint | null, door?: Unbypassed): Refused {
  const reason = reasonOf(refusal);
  const known = Object.hasOwn(kinds, reason) ? (reason as ProblemReason) : 'Internal';
  return new Refused(known, detailOf(refusal, door), {
    ...(baseVersion !== null && { base_version: Number(baseVersion) }),
    ...('head' in refusal && refusal.head && currentMembers(refusal.head)),
    ...membersOf(refusal),
  });
}

function currentMembers({ version, author, actor }: VersionRecord): Members {
  return {
    current_version: Number(version),
    ...(author && { current_author: author }),
    ...(actor.name && { current_actor: actor.name }),
  };
}

function membersOf(refusal: Refusal): Members {
  switch (refusal.kind) {
    case 'unreadable':
      return { line: refusal.problem.line, column: refusal.problem.column };
    case 'frozen': {
      const { name, reason, until, by } = refusal.freeze;
      return {
        freeze: { name, reason, until: new Date(until).toISOString(), ...(by !== undefined && { by }) },
      };
    }
    case 'violates': {
      const { found, of } = refusal;
      const [{ line, column }] = found.violations as readonly [Violation, ...Violation[]];
      // Of a merge, the lines are not the sender's own.
      return { ...(of === 'text' && { line, column }), ...violationMembers(found) };
    }
    case 'secret': {
      const { found, of } = refusal;
      const [{ line, column }] = found.places as readonly [SecretPlace, ...SecretPlace[]];
      const { places: violations, more } = found;
      return { ...(of === 'text' && { line, column }), ...violationMembers({ violations, more }) };
    }
    case 'violates-together':
      return { diff: refusal.stale.diff, ...violationMembers(refusal.found) };
    case 'unapproved':
      return { merged_diff: refusal.change, merged: refusal.merged, token: refusal.token };
    case 'rejected':
    case 'unmergeable':
      return { diff: refusal.stale.diff };
    case 'clash':
      return { diff: refusal.stale.diff, marked: refusal.marked, ...placeMembers(refusal.places) };
    case 'unconfirmed': {
      const { stale, merged, mergedDiff, token, takesBack } = refusal;
      const { base } = stale;
      return {
        // Where none was stated, it is the version the text was most likely edited from.
        ...(takesBack.length > 0 && base.kind === 'version' && { base_version: Number(base.record.version) }),
        ...{ diff: stale.diff, merged, merged_diff: mergedDiff, token },
      };
    }
    default:
      return {};
  }
}

function violationMembers({
  violations,
  more,
}: {
  readonly violations: readonly (Violation | SecretPlace)[];
  readonly more: number;
}): Members {
  return { violations: [...violations], ...(more > 0 && { more_violations: more }) };
}

const maxPlaces = 100;
const maxSide = 1_000;

function placeMembers(places: readonly ContestedPlace[]): Members {
  const shown = places.slice(0, maxPlaces);
  return {
    places: shown.map(({ kind, path, pointer, base, current, proposed, by }) => ({
      ...{ kind, path, pointer },
      ...sideOf('base', base),
      ...sideOf('current', current),
      ...sideOf('proposed', proposed),
      changed_in: Number(by.version),
      changed_by: personOf(by),
    })),
    ...(places.length > shown.length && { more_places: places.length - shown.length }),
  };
}

function sideOf(name: 'base' | 'current' | 'proposed', side: { readonly text: string } | null) {
  if (side === null) return {};
  const { text } = side;
  return { [name]: text.length > maxSide ? `${text.slice(0, maxSide - 1)}…` : text };
}
