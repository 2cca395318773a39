/**
 * A command at a real terminal: python3's `pty` holds the other end, since Node has none. What is typed goes in by
 * `type`, what the person would see is `screen`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../setup/until.ts';

const holder = 'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

const main = new URL('../../cli/main.ts', import.meta.url).pathname;

export class PtyRun implements AsyncDisposable {
  screen = '';
  /** The program's status; rejects when there is no python3. */
  readonly exit: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #pidFile: string;
  #seen = 0;
  #ended = false;

  constructor({ cwd, env }: { cwd: string; env: Record<string, string> }, ...args: string[]) {
    this.#pidFile = join(cwd, '.git', 'pty.pid');
    const program = [
      '/bin/sh',
      '-c',
      'echo $$ > "$0"; exec "$@"',
      this.#pidFile,
      process.execPath,
      main,
      ...args,
    ];
    this.#child = spawn('python3', ['-c', holder, ...program], {
      cwd,
      env: { ...env, TERM: 'xterm', NO_COLOR: '1' },
    });
    this.#child.stdout?.on('data', chunk => {
      this.screen += String(chunk).replaceAll('\r\n', '\n');
    });
    this.exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', code => {
        this.#ended = true;
        resolve(code);
      });
    });
    this.exit.catch(() => {});
  }

  /** Waits for something new on the screen. */
  async shows(what: string | RegExp): Promise<void> {
    const pattern = typeof what === 'string' ? new RegExp(what.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : what;
    const look = () => pattern.exec(this.screen.slice(this.#seen)) ?? (this.#ended ? 'ended' : null);
    const found = await until(`the terminal shows ${pattern}`, 20_000, look).catch((cause: unknown) => {
      throw new Error(`the terminal does not show ${pattern}, but:\n${this.screen}`, { cause });
    });
    if (found === 'ended') throw new Error(`it ended without showing ${pattern}:\n${this.screen}`);
    this.#seen += found.index + found[0].length;
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** The window is closed. */
  hangUp(): void {
    this.#child.kill('SIGKILL');
  }

  get pid(): number {
    return Number(readFileSync(this.#pidFile, 'utf8'));
  }

  get running(): boolean {
    try {
      process.kill(this.pid, 0);
      // What has ended and was not waited for is not running.
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux';
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exit.catch(() => null);
  }
}
