/** `pawl` and `kubectl pawl` of this work tree, for a shell: two files that run cli/main.ts with this very Node. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/** @returns the folder for PATH, below `folder` */
export async function writeCommands(folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  // By the name it is called by, the program says which command comes next.
  const called = join(folder, 'called');
  await mkdir(bin);
  await mkdir(called);
  for (const name of ['pawl', 'kubectl-pawl']) {
    await symlink(main, join(called, name));
    const script = `#!/bin/sh\nexec '${process.execPath}' '${join(called, name)}' "$@"\n`;
    await writeFile(join(bin, name), script, { mode: 0o755 });
  }
  return bin;
}
