/**
 * Reads all objects of one resource, page by page, each page handed over before the next is fetched.
 * Invariant: all pages are of one snapshot, whose resourceVersion is the result, so that a watch from there
 * misses nothing; and no answer is held in memory beyond maxPageBytes.
 *
 * Never asks with resourceVersion=0: the API server then ignores `limit` and sends everything at once
 * (measured with 1.36), which for some ten thousand ConfigMaps is more than a JavaScript string can hold,
 * and it may answer from a replica's past.
 */
import { isKubeError, KubeError } from './kube-error.ts';
import type { RawObject } from './raw-object.ts';
import type { ApiPath, Query } from './resource-path.ts';
import type { Session } from './session.ts';

interface ListPagesOptions {
  readonly path: ApiPath;
  /** labelSelector, fieldSelector. */
  readonly query?: Query;
  /** Representation to ask for. Default application/json. */
  readonly accept?: string | undefined;
  /** Objects per page at first. Default 100: what a page takes while it is read is never given back whole. */
  readonly pageSize?: number;
  /** A longer page is asked for again with fewer objects. Default 32 MiB. */
  readonly maxPageBytes?: number;
  readonly signal: AbortSignal;
  /** Deadline of one page. Default 60 s: a big page takes longer than a call. */
  readonly pageTimeoutMs?: number;
  page(items: readonly RawObject[]): void;
}

interface RawList {
  readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown };
  readonly items?: unknown;
}

/** Resolves to the snapshot's resourceVersion. Rejects with KubeError; `gone` when it was compacted meanwhile. */
export async function listPages(session: Session, options: ListPagesOptions): Promise<string> {
  let limit = options.pageSize ?? 100;
  let resumeAt: string | undefined;
  for (;;) {
    let list: RawList;
    try {
      const answer = await session.request<RawList>({
        method: 'GET',
        path: options.path,
        query: { ...options.query, limit, continue: resumeAt },
        accept: options.accept,
        signal: options.signal,
        timeoutMs: options.pageTimeoutMs ?? 60_000,
        maxBytes: options.maxPageBytes ?? 32 << 20,
      });
      list = answer.body;
    } catch (error) {
      if (!isKubeError(error, 'tooLarge') || limit === 1) throw error;
      limit = Math.max(1, Math.floor(limit / 8));
      continue;
    }
    const resourceVersion = list.metadata?.resourceVersion;
    if (typeof resourceVersion !== 'string' || resourceVersion === '') throw notAList(options.path);
    // Go encodes an empty slice of some types as null.
    const items = list.items ?? [];
    if (!Array.isArray(items)) throw notAList(options.path);
    options.page(items as RawObject[]);
    const next = list.metadata?.continue;
    if (typeof next !== 'string' || next === '') return resourceVersion;
    resumeAt = next;
  }
}

function notAList(path: ApiPath): KubeError {
  return new KubeError({
    kind: 'unexpected',
    status: 200,
    reason: 'NotAList',
    message: `GET ${path}: the answer is not a list`,
  });
}
