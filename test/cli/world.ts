/** One run of the command line inside the test, with streams that are read afterwards. Nobody sits at its terminal. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { run } from '../../cli/run.ts';
import type { Streams } from '../../cli/terminal.ts';

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

class Sink extends Writable {
  text = '';
  readonly isTTY = false;
  readonly #heard: ((text: string) => void) | undefined;

  constructor(heard?: (text: string) => void) {
    super();
    this.#heard = heard;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    this.#heard?.(this.text);
    done();
  }
}

export interface Where {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Hears everything on standard output so far. */
  readonly onOut?: (text: string) => void;
  /** The same of standard error, also after the command's end. */
  readonly onErr?: (text: string) => void;
}

export async function pawl({ cwd, env = {}, signal, onOut, onErr }: Where, ...args: string[]): Promise<Ran> {
  const [stdout, stderr] = [new Sink(onOut), new Sink(onErr)];
  const streams = { stdin: { isTTY: false }, stdout, stderr } as unknown as Streams;
  const exit = await run({
    ...{ args, env, cwd, streams, name: 'kubectl pawl', version: '0.0.0', mergeProgram: 'pawl' },
    signal: signal ?? new AbortController().signal,
  });
  return { exit, out: stdout.text, err: stderr.text };
}

/** A Git repository with a workspace in it; removed at the end of the block. */
export class TestWorkspace implements Disposable {
  readonly root: string;

  constructor(pawlYaml = 'folders:\n  config/payments: payments\n') {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'pawl-cli-')));
    this.write('pawl.yaml', pawlYaml);
    this.git('init', '--quiet', '--initial-branch=main');
  }

  write(file: string, text: string | Buffer): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true });
    writeFileSync(join(this.root, file), text);
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8');
  }

  remove(file: string): void {
    rmSync(join(this.root, file), { recursive: true, force: true });
  }

  git(...args: string[]): string {
    const identity = [
      '-c',
      'user.name=Ada',
      '-c',
      'user.email=ada@example.com',
      '-c',
      'commit.gpgsign=false',
    ];
    return execFileSync('git', ['-C', this.root, ...identity, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  commit(message = 'change'): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD').trim();
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
