/**
 * The names of configs as files of an export. Invariant: two configs have two files, none of them is Git's own, and none is
 * outside of the folder. Pure.
 */

/** Where a config has configs below its own path, it cannot be a file of that name: no path of Pawl has a tilde. */
export function fileNames(paths: readonly string[]): ReadonlyMap<string, string> {
  const folders = new Set<string>();
  for (const path of paths)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  return new Map(paths.map(path => [path, safe(folders.has(path) ? `${path}~` : path)]));
}

/** A file in .git would be a setting or a hook of whoever runs Git there. */
const safe = (path: string): string =>
  path
    .split('/')
    .map(segment => (/^[.]git$/i.test(segment) ? `${segment}~` : segment))
    .join('/');
