/** `pawl` and `kubectl pawl` of this work tree, for a shell: two files that run cli/main.ts with this very Node. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/** @returns the folder for PATH, below `folder` */
export async function writeCommands(folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const script = `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`;
  for (const name of ['pawl', 'kubectl-pawl']) await writeFile(join(bin, name), script, { mode: 0o755 });
  return bin;
}
