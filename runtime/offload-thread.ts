/**
 * The other end of an Offload, in its worker thread: answers each question with a function's value, or its error.
 * Invariant: every question has one answer, before the first one the thread says that it is ready, and the event loop's
 * thread comes before this one where both want the processor.
 */
import { parentPort } from 'node:worker_threads';
import { comeSecond } from './come-second.ts';
import type { Question, Reply } from './offload.ts';
import { plainEnvironment } from './plain-environment.ts';

/** @param tasks functions by name; what they take and give survives a structured clone */
export function answerQuestions(tasks: object): void {
  plainEnvironment();
  comeSecond();
  const known = tasks as Record<string, (...args: readonly unknown[]) => unknown>;
  parentPort?.on('message', ({ id, task, args }: Question) => {
    let outcome: { value: unknown } | { error: string };
    try {
      outcome = { value: known[task]!(...args) };
    } catch (error) {
      outcome = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    parentPort?.postMessage({ id, cpuMs: cpuMs(), ...outcome } satisfies Reply);
  });
  parentPort?.postMessage({ isReady: true, cpuMs: cpuMs() } satisfies Reply);
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
