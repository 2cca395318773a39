/**
 * Whether this Node can run the command line. Invariant: this file and main.ts use nothing that an old Node lacks, so
 * that they can say what is missing.
 */

/** Null when it can. @param running `22.1.0` @param engines of package.json, such as `>=24.12.0` */
export function nodeFault(running: string, engines: string): string | null {
  const needed = engines.replace(/^[^\d]*/, '');
  const [have, need] = [running, needed].map(version => version.split('.').map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (have?.[at] ?? 0) - (need?.[at] ?? 0);
    if (difference > 0) return null;
    if (difference < 0)
      return `error: this needs Node ${needed} or later, but was started with Node ${running}. To get one: https://nodejs.org/en/download`;
  }
  return null;
}
