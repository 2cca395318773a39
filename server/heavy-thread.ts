/** The worker thread of the comparer: answers each question with a task's value, or its error. */
import { parentPort } from 'node:worker_threads';
import type { Question, Reply } from '../operator/runtime/offload.ts';
import { tasks } from './heavy.ts';

const known = tasks as unknown as Record<string, (...args: readonly unknown[]) => unknown>;

parentPort?.on('message', ({ id, task, args }: Question) => {
  let reply: Reply;
  try {
    reply = { id, value: known[task]!(...args) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  parentPort?.postMessage(reply);
});
