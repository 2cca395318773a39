/**
 * Threads that give way to the event loop's where both want a processor: those that read heavy texts, and those by which V8
 * collects garbage and compiles. One heavy text's garbage keeps a processor busy for tens of milliseconds, and without this
 * everybody's requests wait for as long. Invariant: the event loop's own thread keeps its priority.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** In steps of about a fifth: a third of what an event loop gets that is always busy, on the same processor. */
const niceness = 5;
/** What Node calls the threads of V8's platform. */
const helpers = 'V8Worker';

/** The thread that asks. */
export function comeSecond(): void {
  // PID/task/NUMBER
  inLinux(() => giveWay(readlinkSync('/proc/thread-self').split('/')[2]!));
}

/** V8's helpers, which serve all threads of this process. They are there before the first line of a program runs. */
export function helpersComeSecond(): void {
  inLinux(() => {
    for (const thread of readdirSync('/proc/self/task'))
      if (readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim() === helpers) giveWay(thread);
  });
}

/** Linux keeps a priority for each thread, and takes its number for that of a process. */
function giveWay(thread: string): void {
  setPriority(Number(thread), Math.min(getPriority() + niceness, constants.priority.PRIORITY_LOW));
}

function inLinux(work: () => void): void {
  try {
    work();
  } catch {
    // Elsewhere all threads are alike.
  }
}
