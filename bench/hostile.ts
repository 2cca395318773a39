/** The hostile tenant, as its measurement knows it: a process of its own, begun and ended here. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ToRefuse } from './refusing-server-process.ts';

export interface Target {
  readonly server: string;
  /** A file. */
  readonly ca: string;
  readonly token: string;
  readonly namespace: string;
}

export interface Hostility {
  readonly sent: number;
  /** By deed, how often which status came; 0: no answer. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Hostile {
  readonly pid: number;
  /** Its texts are saved; it begins. */
  readonly prepared: Promise<void>;
  stop(): Promise<Hostility>;
}

export function startHostile(target: Target): Hostile {
  const child = fork(new URL('./hostile-process.ts', import.meta.url), { execArgv: [], detached: true });
  const [prepared, told] = [Promise.withResolvers<void>(), Promise.withResolvers<Hostility>()];
  child.once('exit', code => {
    const error = new Error(`the hostile tenant's process ended with ${code}`);
    prepared.reject(error);
    told.reject(error);
  });
  told.promise.catch(() => undefined);
  child.on('message', (said: 'prepared' | Hostility) => {
    if (said === 'prepared') prepared.resolve();
    else told.resolve(said);
  });
  child.send(target);
  return {
    pid: child.pid!,
    prepared: prepared.promise,
    async stop() {
      child.send('stop');
      const hostility = await told.promise;
      child.kill('SIGKILL');
      return hostility;
    },
  };
}

/** A server that says no to everything, which costs as little as a server can. */
export interface Refusing extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

export async function startRefusing(files: ToRefuse): Promise<Refusing> {
  const child = fork(new URL('./refusing-server-process.ts', import.meta.url), { execArgv: [] });
  child.send(files);
  const [port] = await once(child, 'message');
  return {
    url: `https://127.0.0.1:${port}`,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
