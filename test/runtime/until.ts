/** Waits on a condition with a deadline: the tests' only way to wait for I/O. */
export async function until(what: string, condition: () => boolean, deadlineMs = 60_000): Promise<void> {
  const due = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > due) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise(resolve => setTimeout(resolve, 1));
  }
}
