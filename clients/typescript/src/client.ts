/** What a program holds: reads, follows and saves configs of one server. Invariant: after close() nothing runs. */
import { Caller, type ReadVersion } from './caller.ts';
import { LiveConfig, type WatchOptions } from './config.ts';
import type { Parse } from './decode.ts';
import { PawlError } from './errors.ts';
import type { Door } from './exchange.ts';
import type { KeptTexts } from './kept.ts';
import { type SaveOutcome, type SaveRequest, save } from './save.ts';
import { type Pace, usualPace } from './time.ts';

export interface ClientOptions extends Door {
  readonly kept?: KeptTexts | undefined;
  readonly pace?: Partial<Pace> | undefined;
}

export class PawlClient implements AsyncDisposable {
  readonly #options: ClientOptions;
  readonly #caller: Caller;
  readonly #configs = new Set<LiveConfig<unknown>>();
  readonly #end = new AbortController();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#caller = new Caller(options, { ...usualPace, ...options.pace });
  }

  /**
   * Follows a config: waits for its value, from the server or, where that is away, the last good one from disk, and keeps
   * it up to date until close(). Throws PawlError where there is no value.
   * @param parse makes a value of the data, or throws: a function, or a schema of zod's
   */
  async watch<T>(
    namespace: string,
    path: string,
    parse: Parse<T>,
    options: WatchOptions<T> = {},
  ): Promise<LiveConfig<T>> {
    this.#end.signal.throwIfAborted();
    const { kept, server } = this.#options;
    const closed = () => void this.#configs.delete(config as LiveConfig<unknown>);
    const around = { caller: this.#caller, kept, server, closed };
    const config = new LiveConfig<T>({ ...options, namespace, path, parse }, around);
    this.#configs.add(config as LiveConfig<unknown>);
    return config.start();
  }

  /** A version with its text: the latest, or the one with this number. Throws PawlError. */
  async read(namespace: string, path: string, version?: number): Promise<ReadVersion> {
    const read = await this.#caller.read(namespace, path, { version }, this.#end.signal);
    if (read.kind === 'same')
      throw new PawlError('unavailable', 'the answer is 304 to a question without an ETag');
    return read;
  }

  /**
   * Saves a text. Repeats the request where no answer comes, under one Idempotency-Key, so that it is saved once. Throws
   * PawlError where no answer comes at all.
   */
  async save(namespace: string, path: string, request: SaveRequest): Promise<SaveOutcome> {
    const { signal } = request;
    const either = signal === undefined ? this.#end.signal : AbortSignal.any([signal, this.#end.signal]);
    return save(this.#caller, { namespace, path, request }, either);
  }

  /** Ends every watch and every connection. */
  async close(): Promise<void> {
    this.#end.abort(new PawlError('closed', 'the client was closed'));
    await Promise.all([...this.#configs].map(config => config.close()));
    this.#options.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
