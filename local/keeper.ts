/**
 * This side of a keeper (see keeper-process.ts): starts programs through it, is told when they end, and closes it.
 * Invariant: a program started here ends with this process, however this process ends; and should somebody kill the
 * keeper, with the keeper.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromKeeper, ProgramSpec, Request } from './keeper-process.ts';
import { descendantsOf } from './process-table.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Program {
  readonly pid: number;
  readonly log: string;
  /** Resolves when the program ends; never rejects. Only a caller that waits keeps our own process alive. */
  ended(): Promise<Exit>;
  /** Undefined while it runs. */
  readonly exit: Exit | undefined;
  /** With `tree`, to everything it has started too. A program that has ended is left alone. */
  signal(signal: NodeJS.Signals, options?: { tree?: boolean }): Promise<void>;
}

export interface StartOptions {
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  endSignal?: NodeJS.Signals;
  user?: { uid: number; gid: number } | undefined;
}

export class Keeper {
  static readonly #open = new Set<Keeper>();
  /** Temporary folder, removed at the end; `log/` in it holds one file for each program name. */
  readonly folder: string;
  readonly #process: ChildProcess;
  readonly #pending = new Map<
    number,
    { resolve(value: number | undefined): void; reject(error: Error): void }
  >();
  readonly #ends = new Map<number, (exit: Exit) => void>();
  #nextId = 1;
  #waiting = 0;
  #closed = false;

  private constructor(child: ChildProcess, folder: string) {
    this.#process = child;
    this.folder = folder;
    child.on('message', (message: FromKeeper) => this.#hear(message));
    child.on('disconnect', () => this.#lost());
    this.#hold();
  }

  /** @param label a word for the temporary folder's name */
  static async open(label: string): Promise<Keeper> {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = fork(fileURLToPath(new URL('./keeper-process.ts', import.meta.url)), [label], {
      detached: true, // so that Ctrl-C in the terminal reaches us and not it
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      env,
    });
    const folder = await new Promise<string>((resolve, reject) => {
      child.once('message', (message: FromKeeper) => message.kind === 'ready' && resolve(message.folder));
      child.once('error', reject);
      child.once('exit', code =>
        reject(new Error(`the keeper process ended with ${code} before it was ready`)),
      );
    });
    const keeper = new Keeper(child, folder);
    Keeper.#open.add(keeper);
    return keeper;
  }

  /** Closes every keeper of this process, for the end of a program that started several parts. */
  static async closeAll(): Promise<void> {
    await Promise.all([...Keeper.#open].map(keeper => keeper.close()));
  }

  async start(options: StartOptions): Promise<Program> {
    const log = join(this.folder, 'log', `${options.name}.log`);
    const spec: ProgramSpec = {
      command: options.command,
      args: [...options.args],
      env: options.env ?? process.env,
      cwd: options.cwd ?? this.folder,
      log,
      endSignal: options.endSignal ?? 'SIGKILL',
      ...(options.user ?? {}),
    };
    let ended: Exit | undefined;
    let resolveExit!: (exit: Exit) => void;
    const exited = new Promise<Exit>(resolve => {
      resolveExit = resolve;
    });
    const pid = await this.#ask({ op: 'spawn', spec }, pid => {
      this.#ends.set(pid, exit => {
        ended = exit;
        resolveExit(exit);
      });
    });
    if (pid === undefined) throw new Error(`${options.name} did not start`);
    return {
      pid,
      log,
      ended: () => this.#holdFor(exited),
      get exit() {
        return ended;
      },
      signal: async (signal, { tree = false } = {}) => {
        if (!ended) await this.#ask({ op: 'signal', pid, signal, tree });
      },
    };
  }

  /** A program that we started ourselves, because it needs our terminal, ends with us, too. */
  async adopt(pid: number): Promise<void> {
    await this.#ask({ op: 'adopt', pid });
  }

  async disown(pid: number): Promise<void> {
    await this.#ask({ op: 'disown', pid });
  }

  /** Ends what still runs, removes the folder. */
  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#ask({ op: 'close' });
    } finally {
      this.#closed = true;
      Keeper.#open.delete(this);
      if (this.#process.connected) this.#process.disconnect();
    }
  }

  #ask(request: Request, onSpawn?: (pid: number) => void): Promise<number | undefined> {
    if (this.#closed || !this.#process.connected) {
      return Promise.reject(new Error('the keeper of these processes is closed'));
    }
    const id = this.#nextId++;
    return new Promise<number | undefined>((resolve, reject) => {
      // The end of a short-lived program may be told right behind the reply: listen before anybody awaits it.
      const settle = (value: number | undefined) => {
        if (value !== undefined) onSpawn?.(value);
        resolve(value);
      };
      this.#pending.set(id, { resolve: settle, reject });
      this.#hold();
      this.#process.send({ id, request });
    });
  }

  #hear(message: FromKeeper): void {
    if (message.kind === 'exit') {
      this.#ends.get(message.pid)?.({ code: message.code, signal: message.signal });
      this.#ends.delete(message.pid);
    } else if (message.kind === 'reply') {
      const waiting = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.value);
      else waiting?.reject(new Error(message.error));
    }
    this.#hold();
  }

  /** Somebody killed the keeper: do its work. */
  #lost(): void {
    if (!this.#closed) {
      this.#closed = true;
      for (const pid of this.#ends.keys()) {
        for (const one of [pid, ...descendantsOf(pid)]) {
          try {
            process.kill(one, 'SIGKILL');
          } catch {}
        }
      }
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    }
    for (const end of this.#ends.values()) end({ code: null, signal: 'SIGKILL' });
    this.#ends.clear();
    for (const waiting of this.#pending.values()) waiting.reject(new Error('the keeper process is gone'));
    this.#pending.clear();
  }

  async #holdFor<T>(promise: Promise<T>): Promise<T> {
    this.#waiting++;
    this.#hold();
    try {
      return await promise;
    } finally {
      this.#waiting--;
      this.#hold();
    }
  }

  /**
   * Only an unanswered question keeps our event loop alive: a program that forgets to close the keeper can still exit.
   */
  #hold(): void {
    if (this.#pending.size > 0 || this.#waiting > 0) {
      this.#process.ref();
      this.#process.channel?.ref();
    } else {
      this.#process.unref();
      this.#process.channel?.unref();
    }
  }
}

/** Ends a program politely, and after `graceMs` otherwise. */
export async function stopProgram(program: Program, signal: NodeJS.Signals, graceMs: number): Promise<Exit> {
  await program.signal(signal);
  const timer = setTimeout(() => void program.signal('SIGKILL', { tree: true }).catch(() => {}), graceMs);
  try {
    return await program.ended();
  } finally {
    clearTimeout(timer);
  }
}

/** The last lines a program wrote, for error messages. */
export async function tailOf(log: string, lines = 15): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
