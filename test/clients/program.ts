/**
 * A program that uses a client, and does what it is told: one JSON object a line on its stdin, one on its stdout for each
 * answer and for each thing that the client tells it. The same for every language; test/clients/programs/ has them.
 *
 * | told | answers |
 * |---|---|
 * | `open` with `server`, `tokenFile`, `caFile`, `cacheFolder`, `start`: seconds to wait for a first value | nothing more |
 * | `watch` with `namespace`, `path` | `version`, `value`, `source`; then `change` and `error` events |
 * | `get` | `version`, `value`, `source`, `staleFor` |
 * | `save` with `namespace`, `path` and `request` as docs/api.md has it | `outcome` and what belongs to it; its `id` as `approvalId` |
 * | `decode` with `text`, YAML | `data` |
 * | `close` | `left`: what the client left running |
 *
 * An answer has the `id` of its order. A call that fails answers with `error`: its `reason` and `message`. The program ends when its stdin does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { until } from '../setup/until.ts';

export interface Limits {
  readonly cap: number;
  readonly burst: number;
}

export interface Told {
  readonly event: 'change' | 'error';
  readonly old?: { readonly version: number; readonly value: Limits };
  readonly now?: { readonly version: number; readonly value: Limits };
  readonly reason?: string;
  readonly message?: string;
  readonly version?: number;
  /** Of an error: all that a log shows of it. */
  readonly printed?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is for the test to say
type Answer = any;

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A toolchain may have to warm up, and the machine may be busy. */
const patienceMs = 180_000;

export class Program implements AsyncDisposable {
  readonly told: Told[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #said = '';
  #calls = 0;

  constructor({ command, args, env }: Command) {
    this.#child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...env } });
    this.#child.stderr!.on('data', chunk => {
      this.#said = `${this.#said}${chunk}`.slice(-10_000);
    });
    createInterface({ input: this.#child.stdout! }).on('line', line => this.#hear(line));
    this.#ended = new Promise(resolve => {
      this.#child.once('error', error => {
        this.#said += error.message;
        resolve(null);
      });
      this.#child.once('close', resolve);
    });
    this.#child.stdin!.on('error', () => undefined);
    void this.#ended.then(code => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`the program ended with ${code}: ${this.#said}`));
    });
  }

  async ask(order: string, more: object = {}): Promise<Answer> {
    const id = ++this.#calls;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    this.#child.stdin!.write(`${JSON.stringify({ id, do: order, ...more })}\n`);
    return waiting.promise;
  }

  /** Waits until the client has told of this, among whatever else. */
  async untilTold(what: string, matches: (told: Told) => boolean | undefined): Promise<Told> {
    return until(`${what}; told: ${this.#said}`, patienceMs, () => this.told.find(matches)).catch(error => {
      throw new Error(`${error.message}; so far: ${JSON.stringify(this.told)} ${this.#said}`);
    });
  }

  untilVersion(version: number): Promise<Told> {
    return this.untilTold(`version ${version}`, ({ now }) => now?.version === version);
  }

  untilError(reason: string): Promise<Told> {
    return this.untilTold(`error ${reason}`, told => told.event === 'error' && told.reason === reason);
  }

  /** Its exit status, once it has ended by itself. */
  async end(): Promise<number | null> {
    this.#child.stdin!.end();
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #hear(line: string): void {
    const heard = JSON.parse(line) as { id?: number };
    if (heard.id === undefined) this.told.push(heard as Told);
    else this.#waiting.get(heard.id)?.resolve(heard);
  }
}
