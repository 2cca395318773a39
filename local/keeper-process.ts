/**
 * The keeper: a small process that starts the programs of one part (a control plane, a database, an operator)
 * on behalf of the program that wants it, and outlives that program by just long enough to end them and to
 * remove their temporary folder. It learns of the end by its IPC channel closing, which the kernel does however
 * the other side died. Being the parent of the programs itself, there is no moment at which one of them runs
 * and is not accounted for. Invariant: when this process is gone, so are its programs and its folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf } from './process-table.ts';

export interface ProgramSpec {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Standard output and error are appended to this file. */
  log: string;
  /** What ends the program at once when the process that wanted it is gone. */
  endSignal: NodeJS.Signals;
  uid?: number;
  gid?: number;
}

export type Request =
  | { op: 'spawn'; spec: ProgramSpec }
  | { op: 'signal'; pid: number; signal: NodeJS.Signals; tree: boolean }
  | { op: 'adopt' | 'disown'; pid: number }
  | { op: 'close' };

export type FromKeeper =
  | { kind: 'ready'; folder: string }
  | { kind: 'reply'; id: number; value?: number; error?: string }
  | { kind: 'exit'; pid: number; code: number | null; signal: NodeJS.Signals | null };

const GRACE_MS = 5_000;

const programs = new Map<number, { child: ChildProcess; endSignal: NodeJS.Signals }>();
const adopted = new Set<number>();
const folder = mkdtempSync(join(tmpdir(), `pawl-${process.argv[2] ?? 'part'}-`));
let ending: Promise<void> | undefined;

function tell(message: FromKeeper): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function start(spec: ProgramSpec, answer: (value?: number, error?: string) => void): void {
  const log = openSync(spec.log, 'a');
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: ['ignore', log, log],
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.gid === undefined ? {} : { gid: spec.gid }),
  });
  closeSync(log);
  const pid = child.pid;
  if (pid !== undefined) programs.set(pid, { child, endSignal: spec.endSignal });
  child.once('spawn', () => answer(pid));
  child.once('error', error => {
    if (pid === undefined) answer(undefined, error.message);
  });
  child.once('exit', (code, signal) => {
    if (pid === undefined) return;
    programs.delete(pid);
    tell({ kind: 'exit', pid, code, signal });
  });
}

function signalQuietly(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Also processes that left the program's process group, as PostgreSQL's backends do. */
function signalTree(pid: number, signal: NodeJS.Signals): void {
  const all = [pid, ...descendantsOf(pid)];
  signalQuietly(-pid, signal);
  for (const one of all) signalQuietly(one, signal);
}

async function end(): Promise<void> {
  for (const [pid, { endSignal }] of programs) {
    if (endSignal === 'SIGKILL') signalTree(pid, endSignal);
    else signalQuietly(pid, endSignal);
  }
  for (const pid of adopted) signalQuietly(pid, 'SIGTERM');
  const left = () => programs.size > 0 || [...adopted].some(pid => signalQuietly(pid, 0));
  const deadline = Date.now() + GRACE_MS;
  while (left() && Date.now() < deadline) await delay(10);
  for (const pid of programs.keys()) signalTree(pid, 'SIGKILL');
  for (const pid of adopted) signalTree(pid, 'SIGKILL');
  while (programs.size > 0) await delay(10);
  // A database's last helper may still be writing its farewell: hence the retries.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function endOnce(): Promise<void> {
  ending ??= end();
  return ending;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => void endOnce().finally(() => process.exit(0)));
process.on('message', ({ id, request }: { id: number; request: Request }) => {
  const answer = (value?: number, error?: string) =>
    tell({
      kind: 'reply',
      id,
      ...(value === undefined ? {} : { value }),
      ...(error === undefined ? {} : { error }),
    });
  try {
    switch (request.op) {
      case 'spawn':
        if (ending !== undefined) throw new Error('the keeper is closing');
        return start(request.spec, answer);
      case 'signal':
        // A pid that has exited may be somebody else's by now.
        if (programs.has(request.pid)) {
          if (request.tree) signalTree(request.pid, request.signal);
          else signalQuietly(request.pid, request.signal);
        }
        return answer();
      case 'adopt':
        adopted.add(request.pid);
        return answer();
      case 'disown':
        adopted.delete(request.pid);
        return answer();
      case 'close':
        void endOnce().then(
          () => answer(),
          (error: Error) => answer(undefined, error.message),
        );
        return;
    }
  } catch (error) {
    answer(undefined, error instanceof Error ? error.message : String(error));
  }
});

mkdirSync(join(folder, 'log'));
tell({ kind: 'ready', folder });
