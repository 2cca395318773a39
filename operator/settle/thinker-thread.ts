/** The worker thread of the thinker: answers each question with a heavy function's value, or its error. */
import { parentPort } from 'node:worker_threads';
import type { Question, Reply } from '../runtime/offload.ts';
import { heavy } from './thinker.ts';

const tasks = heavy as unknown as Record<string, (...args: readonly unknown[]) => unknown>;

parentPort?.on('message', ({ id, task, args }: Question) => {
  let reply: Reply;
  try {
    reply = { id, value: tasks[task]!(...args) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  parentPort?.postMessage(reply);
});
