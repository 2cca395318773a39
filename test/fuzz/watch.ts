/**
 * A thread beside the fuzzing one, which nothing can interrupt: it writes down the input of a run that does not end, and ends the
 * process. Invariant: it shares memory with the other thread and nothing else.
 */
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const maxBytes = 64 * 1024;
/** A run of a few seconds is a finding of its own, with its place. */
const patienceMs = 60_000;

interface Shared {
  /** Number of the run, and bytes of its input. */
  readonly numbers: Int32Array;
  readonly bytes: Uint8Array;
  readonly file: string;
}

export class Watch implements AsyncDisposable {
  readonly #shared: Shared;
  readonly #worker: Worker;
  readonly #encoder = new TextEncoder();

  /** @param file where the input goes */
  constructor(file: string) {
    const numbers = new Int32Array(new SharedArrayBuffer(8));
    const bytes = new Uint8Array(new SharedArrayBuffer(maxBytes));
    this.#shared = { numbers, bytes, file };
    this.#worker = new Worker(new URL(import.meta.url), { workerData: this.#shared });
    this.#worker.unref();
  }

  begins(input: string): void {
    const { numbers, bytes } = this.#shared;
    numbers[1] = this.#encoder.encodeInto(input, bytes).written;
    Atomics.add(numbers, 0, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

if (!isMainThread && workerData?.numbers) {
  const { numbers, bytes, file } = workerData as Shared;
  let last = -1;
  setInterval(() => {
    const now = Atomics.load(numbers, 0);
    if (now !== last) {
      last = now;
      return;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes.slice(0, numbers[1]));
    // Not through the other thread, which would never come to it.
    writeSync(2, `pawl: a run does not end. Repeat it: npm run fuzz -- --repeat ${file}\n`);
    process.kill(process.pid, 'SIGKILL');
  }, patienceMs);
}
