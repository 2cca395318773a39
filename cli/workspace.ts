/**
 * `pawl.yaml`: which folder holds which config namespace. Invariant: a file belongs to one config and a config to
 * one file, so what is deployed and what is pulled can never be two things.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, matchesGlob, posix, relative, resolve, sep } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { checkPath, isNamespaceName } from '../text/config-path.ts';
import { type Format, formatNames, formatOfPath } from '../text/format.ts';
import { CliError, whyUnread } from './errors.ts';

export const workspaceFile = 'pawl.yaml';

export interface Folder {
  /** Relative to the workspace, with slashes; `.` is the workspace itself. */
  readonly folder: string;
  readonly namespace: string;
  /** What the paths of its configs begin with: empty, or ending in a slash. */
  readonly prefix: string;
}

export interface Workspace {
  /** Absolute, with symbolic links resolved. */
  readonly root: string;
  readonly folders: readonly Folder[];
  /** Globs of files that are not configs, relative to the workspace. */
  readonly ignore: readonly string[];
  /** Globs of files whose format their extension does not say, relative to the workspace; the first that fits counts. */
  readonly formats: readonly (readonly [glob: string, format: Format])[];
}

export interface ConfigId {
  readonly namespace: string;
  readonly path: string;
}

export const configName = ({ namespace, path }: ConfigId): string => `${namespace}/${path}`;

/** The format of a file, relative to the root: by a rule of pawl.yaml, else by its extension. Null: it is not a config. */
export function formatOfFile({ formats }: Pick<Workspace, 'formats'>, file: string): Format | null {
  if (posix.basename(file).startsWith('.')) return null;
  const rule = formats.find(([glob]) => matchesGlob(file, glob));
  return rule === undefined ? formatOfPath(file) : rule[1];
}

/** The workspace `from` is in, or null. Throws CliError when its pawl.yaml is not what it should be. */
export function findWorkspace(from: string): Workspace | null {
  for (let at = resolve(from); ; at = dirname(at)) {
    const file = join(at, workspaceFile);
    if (existsSync(file)) return readWorkspace(file);
    if (dirname(at) === at) return null;
  }
}

export function readWorkspace(file: string): Workspace {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliError('Workspace', `cannot read ${file}: ${whyUnread(cause)}`, { cause });
  }
  return { root: realpathSync(dirname(file)), ...parseWorkspace(text, file) };
}

/** @param file for messages */
export function parseWorkspace(text: string, file: string): Omit<Workspace, 'root'> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = (message: string, offset?: number) => {
    const line = offset === undefined ? '' : `:${lines.linePos(offset).line}`;
    return new CliError('Workspace', `${file}${line}: ${message}`);
  };
  const [error] = document.errors;
  if (error !== undefined) throw fault(error.message, error.pos[0]);
  const value = document.toJS() as unknown;
  const at = (...path: string[]) => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    return node?.range?.[0];
  };
  if (!isMap(value) || !isMap(value.folders) || Object.keys(value.folders).length === 0) {
    throw fault(`say which folder holds which config namespace:\n\n${exampleWorkspace}`);
  }
  for (const key of Object.keys(value)) {
    if (key !== 'folders' && key !== 'ignore' && key !== 'formats')
      throw fault(`${key} is not a setting; the settings are: folders, ignore, formats`, at(key));
  }
  const ignore = value.ignore ?? [];
  if (!Array.isArray(ignore) || !ignore.every(glob => typeof glob === 'string')) {
    throw fault('ignore must be a list of patterns, such as ["**/secrets.yaml"]', at('ignore'));
  }
  const given = value.formats ?? {};
  if (!isMap(given))
    throw fault('formats must be a mapping of patterns, such as {"**/*.conf": ini}', at('formats'));
  const rules = Object.entries(given).map(([glob, name]) => {
    const format = formatNames.find(known => known === name);
    if (format !== undefined) return [glob, format] as const;
    throw fault(`formats: ${glob}: the formats are ${formatNames.join(', ')}`, at('formats', glob));
  });
  const folders = Object.entries(value.folders).map(([folder, target]) => {
    const where = at('folders', folder);
    if (typeof target !== 'string')
      throw fault(`folders: ${folder}: write NAMESPACE or NAMESPACE/PREFIX`, where);
    return folderOf(folder, target, message => fault(`folders: ${folder}: ${message}`, where));
  });
  for (const [index, one] of folders.entries()) {
    for (const other of folders.slice(0, index)) {
      const clash = clashOf(one, other);
      if (clash !== null)
        throw fault(`folders: ${other.folder} and ${one.folder} ${clash}`, at('folders', one.folder));
    }
  }
  return { folders, ignore: ignore as string[], formats: rules };
}

export const exampleWorkspace = `# Which folder holds which config namespace; a slash and a prefix may follow.
folders:
  config/payments: payments
  config/shared: shop/common
`;

function folderOf(folder: string, target: string, fault: (message: string) => CliError): Folder {
  const clean = posix.normalize(folder).replace(/(.)\/+$/, '$1');
  if (folder === '' || isAbsolute(folder) || folder.includes('\\') || /^\.\.(\/|$)/.test(clean)) {
    throw fault('write a folder inside the workspace, with slashes');
  }
  const [namespace = '', ...rest] = target.replace(/\/+$/, '').split('/');
  const prefix = rest.join('/');
  if (!isNamespaceName(namespace))
    throw fault(`${namespace || 'nothing'} is not a valid name of a config namespace`);
  const wrong = prefix === '' ? null : checkPath(prefix);
  if (wrong !== null) throw fault(`the prefix ${prefix} cannot be used: ${wrong}`);
  return { folder: clean, namespace, prefix: prefix === '' ? '' : `${prefix}/` };
}

/** Two folders may lie in one another, since the inner one is left out of the outer; their configs may not. */
function clashOf(one: Folder, other: Folder): string | null {
  if (one.folder === other.folder) return 'are the same folder';
  if (one.namespace !== other.namespace) return null;
  const overlap = one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix);
  return overlap ? 'hold the same configs; give one of them a prefix of its own' : null;
}

/** The config a file holds, or null when it is in none of the folders. `file` is relative to the root, with slashes. */
export function configOfFile({ folders }: Workspace, file: string): ConfigId | null {
  let best: Folder | null = null;
  for (const folder of folders) {
    if (inside(folder.folder, file) && (best === null || inside(best.folder, folder.folder))) best = folder;
  }
  if (best === null) return null;
  const rest = best.folder === '.' ? file : file.slice(best.folder.length + 1);
  return { namespace: best.namespace, path: best.prefix + rest };
}

/** The file of a config, or null when it cannot be in this workspace. */
export function fileOf(workspace: Workspace, { namespace, path }: ConfigId): string | null {
  if (checkPath(path) !== null) return null;
  for (const folder of workspace.folders) {
    if (folder.namespace !== namespace || !path.startsWith(folder.prefix)) continue;
    const file = posix.join(folder.folder, path.slice(folder.prefix.length));
    const back = configOfFile(workspace, file);
    const hidden = file.split('/').some(segment => segment.startsWith('.'));
    const same = back?.namespace === namespace && back.path === path;
    if (same && !hidden && formatOfFile(workspace, file) !== null) return file;
  }
  return null;
}

/** What somebody typed, as a file relative to the root; null when it lies outside. */
export function relativeFile({ root }: Workspace, cwd: string, typed: string): string | null {
  const real = existsSync(cwd) ? realpathSync(cwd) : cwd;
  const path = relative(root, resolve(real, typed));
  if (path === '' || path === '.') return '.';
  if (isAbsolute(path) || path === '..' || path.startsWith(`..${sep}`)) return null;
  return path.split(sep).join('/').replace(/\/+$/, '');
}

/** Whether `file` is `folder` or lies in it. */
export function inside(folder: string, file: string): boolean {
  return folder === '.' || file === folder || file.startsWith(`${folder}/`);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
