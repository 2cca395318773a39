/**
 * Runs `git` for work that is too large to be held as a whole: its output is read as it comes, and its input is written as
 * it is taken. Invariant: no shell, no setting of a person's that changes what is printed, and a child that fails is an
 * error with its own words.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { CliError, codeOf } from './errors.ts';

export interface GitPlace {
  /** A folder in the repository. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** What people set for their eyes would be in the way of a program's. */
const plain = ['-c', 'log.showSignature=false', '-c', 'log.showRoot=true', '-c', 'core.quotePath=false'];

export class GitChild {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #what: string;
  readonly #signal: AbortSignal;
  readonly #ended: Promise<number | null>;
  #failure: Error | undefined;
  #err = '';

  constructor({ folder, signal }: GitPlace, args: readonly string[]) {
    this.#what = `git ${args.find(arg => !arg.startsWith('-')) ?? ''}`;
    this.#signal = signal;
    this.#child = spawn('git', ['-C', folder, ...plain, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      signal,
    });
    // Git may end before it has read everything; its status says why.
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#err = (this.#err + chunk.toString('utf8')).slice(-4_000);
    });
    this.#child.once('error', cause => {
      const missing =
        codeOf(cause) === 'ENOENT'
          ? 'git is not installed, or not on PATH'
          : `git cannot be run: ${codeOf(cause)}`;
      this.#failure = signal.aborted ? (signal.reason as Error) : new CliError('Git', missing, { cause });
    });
    this.#ended = new Promise(resolve => this.#child.once('close', code => resolve(code)));
  }

  get output(): AsyncIterable<Buffer> {
    return this.#child.stdout;
  }

  /** Answers when there is room for more. */
  async write(data: string | Buffer): Promise<void> {
    if (this.#child.stdin.write(data) || this.#child.stdin.destroyed) return;
    await Promise.race([once(this.#child.stdin, 'drain', { signal: this.#signal }), this.#ended]);
  }

  /** Throws CliError `Git` when it failed. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    this.#child.stdout.resume();
    const code = await this.#ended;
    if (this.#failure) throw this.#failure;
    this.#signal.throwIfAborted();
    if (code !== 0)
      throw new CliError('Git', `${this.#what} failed: ${this.#err.trim() || `status ${code}`}`);
  }

  /** Ends it, whatever it is doing. */
  stop(): void {
    this.#child.kill();
  }

  /** Everything it prints, as text. */
  async text(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.output) chunks.push(chunk);
    await this.end();
    return Buffer.concat(chunks).toString('utf8');
  }
}

export const gitText = (place: GitPlace, ...args: string[]): Promise<string> =>
  new GitChild(place, args).text();

/** What stands between NULs, as the bytes are. */
export async function* betweenNuls(output: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  for await (const chunk of output) {
    let from = 0;
    for (let at = chunk.indexOf(0); at >= 0; at = chunk.indexOf(0, from)) {
      yield Buffer.concat([...kept, chunk.subarray(from, at)]);
      kept = [];
      from = at + 1;
    }
    if (from < chunk.length) kept.push(chunk.subarray(from));
  }
  if (kept.length > 0) yield Buffer.concat(kept);
}
