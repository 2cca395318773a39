/**
 * One watch request, from connect to end, as a sequence of events. Invariant: what cannot be read is never skipped. A
 * line that is not a known event ends the stream with an error, since a change may follow it that would be missed; and
 * silence ends it too, since a dead connection is silent.
 */
import type { Readable } from 'node:stream';
import type { Clock } from '../../runtime/clock.ts';
import { errorFromFailure, errorFromStatus, KubeError } from './kube-error.ts';
import type { RawObject } from './raw-object.ts';
import type { ApiPath, Query } from './resource-path.ts';
import type { Session } from './session.ts';

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: RawObject }
  /** Nothing changed; the watch may go on from here. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface WatchOptions {
  readonly path: ApiPath;
  readonly query?: Query;
  /** Representation to ask for. Default application/json. */
  readonly accept?: string | undefined;
  readonly resourceVersion: string;
  /** After this the server ends the watch. */
  readonly timeoutSeconds: number;
  /** Headers must come within this many milliseconds. */
  readonly openMs: number;
  /** Longest silence. Must be longer than a minute, the API server's usual time between bookmarks. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called when the server accepted the watch. */
  opened?(): void;
}

/** The stream was silent for too long. */
export class WatchIdle extends Error {
  override readonly name = 'WatchIdle';
  readonly reason = 'WatchIdle';
}

/** etcd limits an object to about 1.5 MiB; JSON escapes may multiply that. */
const longestLine = 16 << 20;

/**
 * Ends when the server does. Throws KubeError (also for an ERROR event, with the kind of the Status in it;
 * `aborted` for the caller's signal) and WatchIdle.
 */
export async function* watchEvents(session: Session, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const what = `watch ${options.path}`;
  const ending = new AbortController();
  const onAbort = () => ending.abort(options.signal.reason);
  if (options.signal.aborted) onAbort();
  options.signal.addEventListener('abort', onAbort, { once: true });
  const silence = (ms: number) =>
    options.clock.timer(ms, () => ending.abort(new WatchIdle(`${what}: nothing came for ${ms} ms`)));
  let idle = silence(options.openMs);
  let body: Readable | undefined;
  try {
    body = await session.stream({
      path: options.path,
      query: {
        ...options.query,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: options.resourceVersion,
        timeoutSeconds: options.timeoutSeconds,
      },
      accept: options.accept,
      signal: ending.signal,
    });
    options.opened?.();
    idle.cancel();
    idle = silence(options.idleMs);
    const lines = new LineReader(what);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      idle.cancel();
      for (const line of lines.read(chunk)) yield eventOf(what, line);
      idle = silence(options.idleMs);
    }
    lines.end();
  } catch (failure) {
    if (ending.signal.aborted && !options.signal.aborted) throw ending.signal.reason;
    throw errorFromFailure(what, failure, options.signal);
  } finally {
    idle.cancel();
    options.signal.removeEventListener('abort', onAbort);
    body?.destroy();
  }
}

/** Cuts a byte stream into lines, without copying a long line again for every chunk of it. */
class LineReader {
  readonly #what: string;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(what: string) {
    this.#what = what;
  }

  *read(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      this.#push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(this.#parts, this.#length).toString('utf8');
      this.#parts = [];
      this.#length = 0;
      if (line !== '') yield line;
    }
    if (start < chunk.length) this.#push(chunk.subarray(start));
  }

  /** A line without its end is half an event. */
  end(): void {
    if (this.#length > 0) throw broken(this.#what, 'ended in the middle of an event');
  }

  #push(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > longestLine) throw broken(this.#what, `sent a line of more than ${longestLine} bytes`);
    this.#parts.push(part);
  }
}

function eventOf(what: string, line: string): WatchEvent {
  let event: { type?: unknown; object?: unknown } | null;
  try {
    event = JSON.parse(line) as typeof event;
  } catch {
    throw broken(what, 'sent a line that is not JSON');
  }
  const object = event?.object;
  if (typeof object !== 'object' || object === null) throw broken(what, 'sent an event without an object');
  switch (event?.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: object as RawObject };
    case 'BOOKMARK': {
      const resourceVersion = (object as { metadata?: { resourceVersion?: unknown } }).metadata
        ?.resourceVersion;
      if (typeof resourceVersion !== 'string')
        throw broken(what, 'sent a bookmark without a resourceVersion');
      return { type: 'BOOKMARK', resourceVersion };
    }
    case 'ERROR':
      throw errorFromStatus(what, 0, object as RawObject);
    default:
      throw broken(what, 'sent an event of an unknown type');
  }
}

function broken(what: string, happened: string): KubeError {
  return new KubeError({
    kind: 'unavailable',
    status: 200,
    reason: 'BrokenStream',
    message: `${what}: the server ${happened}`,
  });
}
