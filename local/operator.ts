/**
 * The operator as a child process, for `npm run local`, the demo, the tests and the benchmarks: the very program
 * that is deployed, on a free port, with its log in a file. Invariant: it never outlives us.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userCache } from './binaries.ts';
import { type Exit, Keeper, type Program, stopProgram, tailOf } from './keeper.ts';
import { freePort, Hopeless, until } from './wait.ts';

export interface Operator extends AsyncDisposable {
  readonly pid: number;
  /** `127.0.0.1:port` of its probes and metrics. */
  readonly httpAddr: string;
  readonly running: boolean;
  /** Path of its log, one JSON object a line, while it runs. */
  readonly log: string;
  /** Everything it has logged so far, also after its end. */
  logs(): Promise<string>;
  /** Waits for /readyz; fails at once when the operator has ended. */
  ready(options?: { timeoutMs?: number }): Promise<void>;
  /** SIGTERM, and SIGKILL after 15 s: it promises to stop within 10. */
  stop(): Promise<Exit>;
  /** SIGKILL. */
  kill(): Promise<Exit>;
  /** Settles when it ends. */
  ended(): Promise<Exit>;
  dispose(): Promise<void>;
}

export interface OperatorEnv {
  KUBECONFIG: string;
  DATABASE_URL: string;
  /** Default: a free port of 127.0.0.1. */
  PAWL_HTTP_ADDR?: string;
  [name: string]: string | undefined;
}

export interface OperatorOptions {
  args?: readonly string[];
  /** False: answer as soon as the process runs. Default: when it is ready. */
  waitReady?: boolean;
}

/** Settings of ours that the caller's environment must not smuggle in: only `env` says how the operator runs. */
const isOurs = (name: string) => name.startsWith('PAWL_');

export async function startOperator(
  env: OperatorEnv,
  { args = [], waitReady = true }: OperatorOptions = {},
): Promise<Operator> {
  const httpAddr = env.PAWL_HTTP_ADDR ?? `127.0.0.1:${await freePort()}`;
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
  const keeper = await Keeper.open('operator');
  try {
    const program = await keeper.start({
      name: 'operator',
      command: process.execPath,
      args: [fileURLToPath(new URL('../operator/main.ts', import.meta.url)), ...args],
      // Reading and stripping the sources is most of a start.
      env: { NODE_COMPILE_CACHE: join(userCache(), 'node'), ...inherited, ...env, PAWL_HTTP_ADDR: httpAddr },
    });
    const operator = operatorOf(keeper, program, httpAddr);
    if (waitReady) await operator.ready();
    return operator;
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

function operatorOf(keeper: Keeper, program: Program, httpAddr: string): Operator {
  let lastLogs: string | undefined;
  const logs = async () => lastLogs ?? (await readFile(program.log, 'utf8'));
  /** A test that kills a hundred operators should not keep a hundred keepers. */
  const dispose = async () => {
    lastLogs ??= await logs().catch(() => '');
    await keeper.close();
  };
  return {
    pid: program.pid,
    httpAddr,
    log: program.log,
    get running() {
      return program.exit === undefined;
    },
    logs,
    async ready({ timeoutMs = 180_000 } = {}) {
      await until(
        'the operator being ready',
        async () => {
          if (program.exit) {
            const { code, signal } = program.exit;
            throw new Hopeless(`the operator ended with ${code ?? signal}:\n${await tailOf(program.log)}`);
          }
          const response = await fetch(`http://${httpAddr}/readyz`, { signal: AbortSignal.timeout(10_000) });
          await response.body?.cancel();
          return response.ok || undefined;
        },
        { timeoutMs },
      );
    },
    async stop() {
      const exit = program.exit ?? (await stopProgram(program, 'SIGTERM', 60_000));
      await dispose();
      return exit;
    },
    async kill() {
      await program.signal('SIGKILL', { tree: true });
      const exit = await program.ended();
      await dispose();
      return exit;
    },
    ended: () => program.ended(),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
