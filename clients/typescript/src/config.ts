/**
 * A config that is followed: its last good value, and one loop that keeps it up to date until it is closed. Invariant: the
 * value is always one that parsed, and `onChange` is called in the order of versions; nothing runs after close().
 */
import type { Format, WatchEvent } from '../../../api/types.gen.ts';
import { readEvents, type ServerEvent } from '../../../text/server-events.ts';
import { answerOf, type Caller, pathOf, type ReadVersion } from './caller.ts';
import { type Decode, decode, type Parse, parsedBy } from './decode.ts';
import { messageOf, PawlError } from './errors.ts';
import { faultOf } from './faults.ts';
import type { KeptTexts } from './kept.ts';
import { backOffMs, Deadline, sleep } from './time.ts';

export interface Snapshot<T> {
  readonly value: T;
  readonly version: number;
  readonly text: string;
  readonly format: Format;
}

export interface WatchOptions<T> {
  /** Called after a new version came and parsed, in this program's own time; not for the first one. */
  readonly onChange?: (old: Snapshot<T>, now: Snapshot<T>) => void | Promise<void>;
  /** Called when something goes wrong, once until it is well again. The last good value stays. */
  readonly onError?: (error: PawlError) => void | Promise<void>;
  /** For formats other than YAML and JSON: makes data of a text. */
  readonly decode?: Decode;
}

export interface Subject<T> extends WatchOptions<T> {
  readonly namespace: string;
  readonly path: string;
  readonly parse: Parse<T>;
}

/** What it is given by its client. */
export interface Around {
  readonly caller: Caller;
  readonly kept: KeptTexts | undefined;
  readonly server: string;
  readonly closed: () => void;
}

/**
 * How what we have compares with the server: `same`: confirmed; `behind`: we could not look; `gone`: it has none;
 * `unread`: its latest does not parse.
 */
type Standing = 'same' | 'behind' | 'gone' | 'unread';

const touchEveryMs = 60_000;

export class LiveConfig<T> implements AsyncDisposable {
  readonly #subject: Subject<T>;
  readonly #caller: Caller;
  readonly #kept: KeptTexts | undefined;
  readonly #end = new AbortController();
  readonly #server: string;
  readonly #closed: () => void;
  #now: Snapshot<T> | undefined;
  #source: 'server' | 'disk' = 'server';
  #standing: Standing = 'behind';
  /** The latest version that was read, whether or not it parsed. */
  #seen: number | undefined;
  #lastEventId = '';
  /** On the monotonic clock. */
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #touchedAt = Number.NEGATIVE_INFINITY;
  /** What was told last, so that it is told once. */
  #told = '';
  #loop: Promise<void> = Promise.resolve();

  constructor(subject: Subject<T>, { caller, kept, server, closed }: Around) {
    this.#subject = subject;
    this.#caller = caller;
    this.#kept = kept;
    this.#server = server;
    this.#closed = closed;
  }

  /** The last good value with its version and text. */
  get current(): Snapshot<T> {
    if (this.#now === undefined) throw new PawlError('closed', 'the config has no value yet');
    return this.#now;
  }

  get value(): T {
    return this.current.value;
  }

  get version(): number {
    return this.current.version;
  }

  /** `disk`: the server was away at the start, and has not been heard of since. */
  get source(): 'server' | 'disk' {
    return this.#source;
  }

  /** Seconds since the server last confirmed that the value is the latest, for a metric. */
  staleFor(): number {
    return (performance.now() - this.#confirmedAt) / 1000;
  }

  /** Waits for a first value, and follows from there on. Throws PawlError where there is none. */
  async start(): Promise<this> {
    const found = await this.#fromDisk();
    try {
      await this.#first(found);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#loop = this.#follow();
    return this;
  }

  /** Nothing of it runs, and no callback is called, once this has resolved. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#loop;
    this.#closed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #first(found: boolean): Promise<void> {
    const { pace } = this.#caller;
    const end = performance.now() + pace.startMs;
    for (let failures = 0; ; failures++) {
      try {
        await this.#look(found);
        return;
      } catch (cause) {
        const error = cause as PawlError;
        if (error.reason !== 'unavailable') throw error;
        if (found) return this.#tell(error);
        const pause = Math.max(error.retryAfterMs ?? 0, backOffMs(failures, pace));
        if (performance.now() + pause > end || this.#end.signal.aborted) throw error;
        await sleep(pause, this.#end.signal);
      }
    }
  }

  async #fromDisk(): Promise<boolean> {
    const { namespace, path } = this.#subject;
    try {
      const found = await this.#kept?.read(namespace, path);
      if (found === undefined) return false;
      const { version, body_raw: text, format } = found.kept;
      this.#now = this.#snapshot(version, text, format as Format);
      this.#seen = version;
      this.#source = 'disk';
      this.#confirmedAt = performance.now() - found.ageMs;
      return true;
    } catch (error) {
      this.#tell(cacheError(error));
      return false;
    }
  }

  #snapshot(version: number, text: string, format: Format): Snapshot<T> {
    try {
      const data = (this.#subject.decode ?? decode)(text, format);
      return { value: parsedBy(data, this.#subject.parse), version, text, format };
    } catch (cause) {
      const { namespace, path } = this.#subject;
      const message = `version ${version} of ${namespace}/${path} is not valid here: ${faultOf(cause)}`;
      // Without the cause: messages of parsers quote the text.
      throw new PawlError('invalid', message, { version });
    }
  }

  async #follow(): Promise<void> {
    const { pace } = this.#caller;
    const { signal } = this.#end;
    let failures = 0;
    while (!signal.aborted) {
      let wait = 0;
      try {
        for await (const _ of this.#stream()) failures = 0;
      } catch (cause) {
        if (signal.aborted) return;
        const error =
          cause instanceof PawlError ? cause : new PawlError('unavailable', messageOf(cause), { cause });
        // Of another database, perhaps: begin anew.
        if (error.problem?.reason === 'InvalidCursor') this.#lastEventId = '';
        else this.#tell(error);
        failures += 1;
        wait = error.retryAfterMs ?? 0;
      }
      if (this.#standing === 'same') this.#standing = 'behind';
      await sleep(Math.max(wait, backOffMs(failures, pace)), signal);
    }
  }

  /** One connection, until it breaks; yields after each event. */
  async *#stream(): AsyncGenerator<void> {
    const { namespace, path } = this.#subject;
    using deadline = new Deadline(this.#caller.pace.requestMs, this.#end.signal);
    const chunks = await this.#caller.stream(pathOf('watch', namespace, path), this.#lastEventId, deadline);
    let isFirst = true;
    for await (const event of readEvents(chunks)) {
      // What happened while nobody listened is looked for once; what follows is told.
      if (isFirst || this.#asksToLook(event)) await this.#look(true);
      else if (this.#standing === 'same') this.#confirm();
      isFirst = false;
      if (event.id !== '') this.#lastEventId = event.id;
      yield;
    }
  }

  #asksToLook({ event, data }: ServerEvent): boolean {
    if (event === 'expired') return true;
    if (event !== 'change') return this.#standing === 'behind';
    const { kind, version = 0 } = answerOf<Partial<WatchEvent> | null>(data) ?? {};
    if (kind === 'version-deleted') return false;
    return kind === 'deleted' || version > (this.#seen ?? 0) || this.#standing === 'gone';
  }

  /** Reads the latest, if it is not the one we have. @param hasValue what does not parse is only told */
  async #look(hasValue: boolean): Promise<void> {
    const { namespace, path } = this.#subject;
    if (this.#standing === 'same') this.#standing = 'behind';
    try {
      const read = await this.#caller.read(namespace, path, { known: this.#seen }, this.#end.signal);
      if (read.kind === 'read') return await this.#take(read, hasValue);
      // The one that was told not to parse is still the latest.
      if (this.#seen !== this.#now?.version) return;
      this.#standing = 'same';
      this.#source = 'server';
      this.#confirm();
    } catch (cause) {
      const error = cause as PawlError;
      // The stream goes on, and says when there is one again.
      if (!hasValue || error.problem?.reason !== 'ConfigNotFound' || this.#source === 'disk') throw error;
      this.#standing = 'gone';
      this.#tell(error);
    }
  }

  async #take(
    { config, version: { version, body_raw: text, content_sha256 } }: ReadVersion,
    hasValue: boolean,
  ) {
    const { namespace, path, onChange } = this.#subject;
    let now: Snapshot<T>;
    try {
      now = this.#snapshot(version, text, config.format);
    } catch (error) {
      if (!hasValue) throw error;
      this.#seen = version;
      this.#standing = 'unread';
      return this.#tell(error as PawlError);
    }
    const old = this.#now;
    this.#seen = version;
    this.#now = now;
    this.#standing = 'same';
    this.#source = 'server';
    await this.#keep({ namespace, path, format: config.format, version, content_sha256, body_raw: text });
    this.#confirm();
    if (old !== undefined && !this.#end.signal.aborted) this.#call(() => onChange?.(old, now));
  }

  async #keep(text: Omit<Parameters<KeptTexts['write']>[0], 'server'>): Promise<void> {
    try {
      await this.#kept?.write({ server: this.#server, ...text });
      this.#touchedAt = performance.now();
    } catch (error) {
      this.#tell(cacheError(error));
    }
  }

  #confirm(): void {
    const { namespace, path } = this.#subject;
    const now = performance.now();
    this.#confirmedAt = now;
    this.#told = '';
    if (this.#kept === undefined || now - this.#touchedAt < touchEveryMs) return;
    this.#touchedAt = now;
    this.#kept.touch(namespace, path).catch(error => this.#tell(cacheError(error)));
  }

  #tell(error: PawlError): void {
    const key = `${error.reason} ${error.problem?.reason ?? ''} ${error.version ?? ''}`;
    if (key === this.#told || this.#end.signal.aborted) return;
    this.#told = key;
    this.#call(() => this.#subject.onError?.(error));
  }

  /** A callback's own fault is told once, and does not end the loop. */
  #call(callback: () => void | Promise<void> | undefined, isLast = false): void {
    const failed = (cause: unknown) => {
      if (isLast) return;
      const error = new PawlError('callback', `a callback threw: ${messageOf(cause)}`, { cause });
      this.#call(() => this.#subject.onError?.(error), true);
    };
    try {
      callback()?.catch(failed);
    } catch (cause) {
      failed(cause);
    }
  }
}

function cacheError(cause: unknown): PawlError {
  if (cause instanceof PawlError) return cause;
  return new PawlError('cache', `the last good value cannot be kept on disk: ${messageOf(cause)}`, { cause });
}
