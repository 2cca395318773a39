/**
 * The operator as a pod of the chart runs it, with its own account of what it did. Invariant: it is asked seldom, so
 * that being measured costs it next to nothing, and never outlives the measurement.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Operator, startOperator } from '../local/operator.ts';
import { Hopeless, until } from '../local/wait.ts';
import type { Parts } from './parts.ts';
import { parseSamples, type Sample, sumOf } from './prometheus.ts';

export interface MeasuredOperator extends AsyncDisposable {
  /** When its process was started, on performance.now()'s clock. */
  readonly startedAt: number;
  readonly pid: number;
  samples(): Promise<Sample[]>;
  ready(): Promise<void>;
  /** Waits until it has written so many statuses since its start. Throws when nothing moves for two minutes. */
  written(statuses: number, progress?: (text: string) => void): Promise<void>;
  /** Waits until its queue is empty and no worker is at work. */
  idle(): Promise<void>;
  footprint(): Promise<Footprint>;
  stop(): Promise<void>;
}

export interface Footprint {
  readonly rssMiB: number;
  /** The most it ever had; null where the system does not say. */
  readonly peakRssMiB: number | null;
  readonly heapMiB: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
}

/** @param env over that of the pod */
export async function startMeasured(
  parts: Parts,
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<MeasuredOperator> {
  const all = { KUBECONFIG: '', ...parts.podEnv, DATABASE_URL: databaseUrl, ...env };
  await warmCompileCache(all);
  const startedAt = performance.now();
  return measured(await startOperator(all, { waitReady: false }), startedAt);
}

/** As the image's build does; a second time it takes nothing. */
async function warmCompileCache(env: Record<string, string>): Promise<void> {
  const main = fileURLToPath(new URL('../operator/main.ts', import.meta.url));
  // V8 takes a cache only with the flags it was made with; a profile of this would be in the way.
  const quiet = { ...process.env, ...env, NODE_OPTIONS: env.NODE_OPTIONS?.replace(/ --cpu-prof.*/, '') };
  await promisify(execFile)(process.execPath, [main, '--help'], { env: quiet });
}

function measured(operator: Operator, startedAt: number): MeasuredOperator {
  const samples = async () => {
    for (let attempt = 1; ; attempt++) {
      if (!operator.running) {
        throw new Hopeless(`the operator ended:\n${(await operator.logs()).slice(-2_000)}`);
      }
      try {
        const signal = AbortSignal.timeout(30_000);
        return parseSamples(await (await fetch(`http://${operator.httpAddr}/metrics`, { signal })).text());
      } catch (error) {
        // Its server closes a connection that was idle for long just when we use it again.
        if (attempt === 3) throw error;
        await delay(100);
      }
    }
  };
  const ready = () => operator.ready({ timeoutMs: 300_000 });
  return {
    startedAt,
    pid: operator.pid,
    samples,
    ready,
    async written(statuses, progress) {
      await ready();
      let [before, movedAt, saidAt] = [-1, performance.now(), performance.now()];
      for (;;) {
        const now = sumOf(await samples(), 'pawl_status_writes_total');
        if (now >= statuses) return;
        if (now !== before) [before, movedAt] = [now, performance.now()];
        if (performance.now() - movedAt > 120_000)
          throw new Error(`no status written for 120 s; ${now} of ${statuses} were`);
        if (progress && performance.now() - saidAt > 10_000) {
          saidAt = performance.now();
          progress(`${now} of ${statuses} …`);
        }
        // Scraped twice a second at most, and the oftener the nearer the end is.
        const left = ((statuses - now) / Math.max(1, now)) * (performance.now() - startedAt);
        await delay(Math.min(500, Math.max(20, left / 2)));
      }
    },
    async idle() {
      const work = ['workqueue_depth', 'controller_runtime_active_workers'];
      const isIdle = async () => {
        const now = await samples();
        return work.every(name => sumOf(now, name) === 0) || undefined;
      };
      await until('the operator being idle', isIdle, { timeoutMs: 600_000, everyMs: 100 });
    },
    async footprint() {
      const now = await samples();
      const mebibytes = (name: string) => sumOf(now, name) / 2 ** 20;
      const status = await readFile(`/proc/${operator.pid}/status`, 'utf8').catch(() => '');
      const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      return {
        rssMiB: mebibytes('process_resident_memory_bytes'),
        peakRssMiB: peak === undefined ? null : Number(peak) / 1024,
        heapMiB: mebibytes('nodejs_heap_size_used_bytes'),
        cpuSeconds: sumOf(now, 'process_cpu_seconds_total'),
      };
    },
    async stop() {
      await operator.stop();
    },
    [Symbol.asyncDispose]: () => operator.dispose(),
  };
}
