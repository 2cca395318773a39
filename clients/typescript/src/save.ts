/**
 * Saving a text, and what can become of it as a closed union. Invariant: one call saves at most once, however often it has
 * to be sent; where nobody knows whether it did, that is what is thrown.
 */
import type {
  ApprovalRead,
  Place,
  Problem,
  SaveConfig,
  SavedConfig,
  SaveResult,
} from '../../../api/types.gen.ts';
import { answerOf, type Caller, pathOf, refusalOf } from './caller.ts';
import { PawlError } from './errors.ts';
import { backOffMs, sleep } from './time.ts';

/** As docs/api.md has it: the text in `body_raw`, and in `base_version` the version it was edited from (0: a new config). */
export interface SaveRequest extends SaveConfig {
  /** Instead of a base: the text takes the place of the latest one, whatever that is, and is kept as an overwrite. */
  readonly overwrite?: boolean;
  /** Of an earlier call whose outcome is unknown. Default: a new one. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

interface Written {
  readonly version: number;
  /** The whole text of that version. */
  readonly text: string;
  readonly result: SaveResult;
}

interface Stale {
  readonly currentVersion: number;
  readonly currentAuthor: string | undefined;
  /** What the sender changed, unified. */
  readonly diff: string;
}

export type SaveOutcome =
  | ({ readonly outcome: 'saved' } & Written)
  /** Carried onto the latest version; `text` is the merged text. */
  | ({ readonly outcome: 'merged' } & Written)
  /** The text was the latest already. */
  | ({ readonly outcome: 'unchanged' } & Written)
  /** Nothing was saved. The same request with `confirm: token` saves exactly `merged`. */
  | ({
      readonly outcome: 'needs-confirmation';
      readonly token: string;
      readonly merged: string;
      /** What that changes: latest to merged, unified. */
      readonly mergedDiff: string;
    } & Stale)
  /** Nothing was saved: somebody else changed the same places. */
  | ({
      readonly outcome: 'conflict';
      readonly places: readonly Place[];
      /** The merged text with marks at the clashes, as Git makes them. */
      readonly marked: string;
    } & Stale)
  /** Nothing is saved yet: it is kept under this id, and will be when so many other people have approved it. */
  | { readonly outcome: 'needs-approval'; readonly id: string; readonly needed: number }
  /** Nothing was saved, for the reason given. */
  | {
      readonly outcome: 'refused';
      readonly reason: string;
      readonly message: string;
      readonly problem: Problem;
    };

export async function save(
  caller: Caller,
  {
    namespace,
    path,
    request,
  }: { readonly namespace: string; readonly path: string; readonly request: SaveRequest },
  signal: AbortSignal,
): Promise<SaveOutcome> {
  const { overwrite = false, idempotencyKey = crypto.randomUUID(), signal: _, ...body } = request;
  const sent = {
    ...{ method: 'PUT' as const, path: pathOf('configs', namespace, path), body: JSON.stringify(body) },
    headers: {
      ...{ accept: 'application/json', 'content-type': 'application/json' },
      ...{ 'idempotency-key': idempotencyKey, ...(overwrite && { 'if-match': '*' }) },
    },
  };
  const end = performance.now() + caller.pace.saveMs;
  let doubtful = false;
  for (let failures = 0; ; failures++) {
    try {
      const { status, text, answer } = await caller.call(sent, signal);
      if (status === 200 || status === 201) return writtenBy(answerOf<SavedConfig>(text));
      if (status === 202) {
        const { id, needed } = answerOf<ApprovalRead>(text);
        return { outcome: 'needs-approval', id, needed };
      }
      throw refusalOf(answer, text);
    } catch (error) {
      if (!(error instanceof PawlError)) throw error;
      if (error.reason === 'refused' && error.problem) return refusedBy(error.problem);
      doubtful ||= mayBeDone(error);
      const pause = Math.max(error.retryAfterMs ?? 0, backOffMs(failures, caller.pace));
      if (error.reason === 'unavailable' && performance.now() + pause < end) {
        await sleep(pause, signal);
        continue;
      }
      if (!doubtful) throw error;
      const message = `it is not known whether the text was saved: ${error.message}`;
      throw new PawlError('outcome-unknown', message, { cause: error, idempotencyKey });
    }
  }
}

/** Anything but a clear answer that nothing was begun. */
function mayBeDone({ reason, problem }: PawlError): boolean {
  if (reason === 'token' || reason === 'refused') return false;
  return problem === undefined || problem.reason === 'OutcomeUnknown' || problem.reason === 'Internal';
}

function writtenBy({ latest, result }: SavedConfig): SaveOutcome {
  const written = { version: latest.version, text: latest.body_raw, result };
  if (result === 'unchanged') return { outcome: 'unchanged', ...written };
  return { outcome: result === 'merged' || result === 'confirmed' ? 'merged' : 'saved', ...written };
}

function refusedBy(problem: Problem): SaveOutcome {
  const { reason, detail, token, merged } = problem;
  const stale = {
    currentVersion: problem.current_version ?? 0,
    currentAuthor: problem.current_author,
    diff: problem.diff ?? '',
  };
  if (reason === 'ConfirmationRequired' && token !== undefined && merged !== undefined) {
    return { outcome: 'needs-confirmation', token, merged, mergedDiff: problem.merged_diff ?? '', ...stale };
  }
  if (reason === 'VersionConflict') {
    return { outcome: 'conflict', places: problem.places ?? [], marked: problem.marked ?? '', ...stale };
  }
  return { outcome: 'refused', reason, message: detail, problem };
}
