/**
 * What may be in the operator's image, whoever lists its files: a test of an archive, or of a pod. Invariant: nothing but
 * Node can be started, nobody but root owns or changes a file, and the whole is no larger than promised.
 */

export interface Entry {
  /** From the root: `/app/package.json`. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** The permission bits, with setuid, setgid and the sticky bit. */
  readonly mode: number;
  readonly bytes: number;
  /** Numbers: `0/0`. */
  readonly owner: string;
}

/** Node alone is four fifths of it. */
export const MOST_BYTES = 160e6;

/** Without these the image does not start, or scanners and readers do not learn what it is made of. */
const needed = [
  '/usr/local/bin/node',
  '/app/operator/main.ts',
  '/app/LICENSE',
  '/etc/os-release',
  '/var/lib/dpkg/status.d/libc6',
];

const mayRun = /^\/usr\/local\/bin\/node$|\.so(\.\d+)*$/;

/** One sentence each; none: the image is as promised. */
export function problemsOf(entries: readonly Entry[]): string[] {
  const paths = new Set(entries.map(({ path }) => path));
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return [
    ...needed.filter(path => !paths.has(path)).map(path => `${path} is missing.`),
    ...entries.flatMap(problemsOfOne),
    ...(bytes > MOST_BYTES ? [`Its files have ${bytes} bytes, more than ${MOST_BYTES}.`] : []),
  ];
}

function problemsOfOne({ path, kind, mode, owner }: Entry): string[] {
  if (kind === 'link') return [];
  const found: string[] = [];
  if (mode & 0o6000) found.push(`${path} is setuid or setgid.`);
  if (kind === 'file' && mode & 0o111 && !mayRun.test(path)) found.push(`${path} can be started.`);
  if (mode & 0o022 && path !== '/tmp') found.push(`${path} can be changed by others than its owner.`);
  if (owner !== '0/0') found.push(`${path} belongs to ${owner}, not to root.`);
  return found;
}
