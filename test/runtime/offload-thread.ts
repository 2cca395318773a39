/** A worker thread for the test of Offload: echoes, fails, sleeps, spins and dies on demand. */
import { readdirSync, readlinkSync } from 'node:fs';
import { getPriority } from 'node:os';
import { answerQuestions } from '../../runtime/offload-thread.ts';

answerQuestions({
  priority: () => getPriority(Number(readlinkSync('/proc/thread-self').split('/')[2])),
  echo: (value: unknown) => value,
  /** Of the process. */
  threads: () => readdirSync('/proc/self/task').length,
  fail() {
    throw new Error('on purpose');
  },
  die: () => process.exit(3),
  /** Time goes by, and the processor is somebody else's. */
  sleep: (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
  work(cpuMs: number) {
    const taken = () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1_000;
    };
    const before = taken();
    while (taken() - before < cpuMs);
    return 'done';
  },
  hoard() {
    const hoard: unknown[] = [];
    for (;;) hoard.push(Array.from({ length: 1_000 }, (_, index) => ({ index })));
  },
  spin() {
    for (;;);
  },
});
