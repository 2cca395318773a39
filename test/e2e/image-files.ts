/** The files of the image that a pod runs from, as the pod sees them, without what the node mounts into it. */
import type { Entry } from '../../local/image-contents.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import type { PodObject } from './objects.ts';

/** Runs in the pod, where Node is the only program there is. */
const program = `
const { lstatSync, readdirSync, readFileSync } = require('node:fs');
const mounts = new Set(readFileSync('/proc/self/mountinfo', 'utf8').split('\\n').map(line => line.split(' ')[4]));
const entries = [];
function look(path) {
  const { mode, size, uid, gid } = lstatSync(path);
  const kind = { 0o040000: 'folder', 0o120000: 'link' }[mode & 0o170000] ?? 'file';
  entries.push({ path, kind, mode: mode & 0o7777, bytes: kind === 'file' ? size : 0, owner: uid + '/' + gid });
  if (kind !== 'folder') return;
  for (const name of readdirSync(path)) {
    const below = (path === '/' ? '' : path) + '/' + name;
    if (!mounts.has(below)) look(below);
  }
}
look('/');
console.log(JSON.stringify(entries));
`;

export async function filesOfImage(
  kubectl: Kubectl,
  { metadata }: PodObject,
  namespace: string,
): Promise<Entry[]> {
  const { stdout } = await kubectl([
    'exec',
    metadata.name,
    '--namespace',
    namespace,
    '--',
    'node',
    '-e',
    program,
  ]);
  return JSON.parse(stdout) as Entry[];
}
