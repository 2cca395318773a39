/**
 * Loaded first (`--import`) into programs that bootstrap.mjs and test.ts start with an IPC channel: when the
 * channel closes, the parent is gone, and the program is asked to end as if by SIGTERM. A program that does not is
 * killed a little later. The variable names the parent, so that workers which inherit it are not concerned.
 */
const GRACE_MS = 20_000;

if (process.channel && process.env.PAWL_LIFELINE === String(process.ppid)) {
  process.once('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS).unref();
    process.kill(process.pid, 'SIGTERM');
  });
  process.channel.unref();
}
