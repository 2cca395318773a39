#!/usr/bin/env node
/**
 * The program: `kubectl pawl` and `pawl`. Invariant: Ctrl-C ends it at once, and everything is as it was or as the last
 * printed line says.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { nodeFault } from './node-fault.ts';

/** As shells have it: 128 and the signal's number. */
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const [node = '', script = '', ...args] = process.argv;
const called = basename(script);
const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  engines: { node: string };
};
const fault = nodeFault(process.versions.node, engines.node);
if (fault === null) await main();
else {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  // An old Node has none of this, so nothing of it is imported before.
  const { enableCompileCache } = await import('node:module');
  // Compiling is a good part of a short command's time; without a folder to keep it in, it costs nothing.
  enableCompileCache();
  const [{ run }, { version }, { Interrupted }] = await Promise.all([
    import('./run.ts'),
    import('./version.ts'),
    import('./errors.ts'),
  ]);
  const interruption = new AbortController();
  let ended = 0;
  for (const [signal, code] of Object.entries(signals)) {
    process.on(signal, () => {
      // At the second signal, nothing that still runs is waited for.
      if (ended !== 0) process.exit(code);
      ended = code;
      interruption.abort(new Interrupted('interrupted'));
    });
  }
  // `… | head` is not an error, and a terminal that went away is not a reason to go on.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2));
  }
  try {
    process.exitCode = await run({
      ...{ args, version },
      name: /^kubectl[-_]pawl/.test(called) ? 'kubectl pawl' : 'pawl',
      env: process.env,
      cwd: process.cwd(),
      streams: process,
      signal: interruption.signal,
      mergeProgram: mergeProgram(),
    });
  } catch {
    process.stderr.write('\ninterrupted; nothing more is done\n');
    process.exitCode = ended;
  }
}

/** The plugin's own name when it was called by it, else this very script. */
function mergeProgram(): string {
  if (called === 'kubectl-pawl' || called === 'pawl') return called;
  return [node, script].map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}
