/** A version as a command that prints it. Invariant: today's `kubectl pawl` takes it, and no shell sees more than words in it. */
import type { ConfigName } from './names.ts';

/** Neither a namespace nor a path has a character that a shell would look at; but a path may begin as an option does. */
export function commandOf({ namespace, path }: ConfigName, version: number): string {
  const last = path.startsWith('-') ? `-- ${path}` : path;
  return `kubectl pawl show -n ${namespace} --version ${version} ${last}`;
}
