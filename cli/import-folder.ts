/**
 * Which files of a Git repository are to be imported as which configs: by pawl.yaml, or below one folder with -n.
 * Invariant: what is imported is what `deploy` of the same files would save under the same names.
 */
import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, matchesGlob, relative, resolve, sep } from 'node:path';
import { checkPath, isNamespaceName } from '../text/config-path.ts';
import { type Format, formatNames } from '../text/format.ts';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import { gitText } from './git-child.ts';
import { type ConfigId, configOfFile, formatOfFile, type Workspace } from './workspace.ts';

export interface ImportFolder {
  /** Absolute. */
  readonly folder: string;
  /** From the root of the repository, with slashes; empty: all of it. */
  readonly inRepository: string;
  /** What a file, named from the root of the repository, is. */
  readonly fileOf: (path: string) => FoundFile;
}

export type FoundFile =
  | { readonly config: ConfigId; readonly format: Format }
  /** Why it is not a config. */
  | { readonly leftOut: string };

/** `GLOB=FORMAT`, as the rules of pawl.yaml. Throws CliError. */
export function formatRules(given: readonly string[] = []): (readonly [glob: string, format: Format])[] {
  return given.map(rule => {
    const at = rule.lastIndexOf('=');
    const format = formatNames.find(name => name === rule.slice(at + 1));
    if (at > 0 && format !== undefined) return [rule.slice(0, at), format] as const;
    throw new CliError(
      'Usage',
      `--format ${rule}: write PATTERN=FORMAT; the formats are ${formatNames.join(', ')}`,
    );
  });
}

/** Throws CliError where it is not a folder of a Git repository with its whole history. */
export async function importFolder(
  context: Context,
  typed: string,
  rules: readonly (readonly [string, Format])[],
): Promise<ImportFolder> {
  const { signal, surroundings } = context;
  const at = resolve(surroundings.cwd, typed);
  if (!existsSync(at)) throw new CliError('Usage', `${typed} does not exist`);
  const folder = realpathSync(at);
  const place = { folder, signal };
  const [top = '', shallow = ''] = await gitText(
    place,
    'rev-parse',
    '--show-toplevel',
    '--is-shallow-repository',
  )
    .then(text => text.split('\n'))
    .catch((cause: unknown) => {
      if (!(cause instanceof CliError)) throw cause;
      const why = `${typed} is not a folder of a Git work tree that can be read (${cause.message})`;
      throw new CliError('Git', why, { cause });
    });
  if (shallow === 'true') {
    throw new CliError(
      'Git',
      'this clone is shallow: its oldest commit would be named as the author of everything before it. Fetch the whole ' +
        'history first:\n  git fetch --unshallow',
    );
  }
  const root = realpathSync(top);
  const workspace = workspaceOf(context, folder, rules);
  const fileOf = (path: string) => found(workspace, slashed(relative(workspace.root, resolve(root, path))));
  return { folder, inRepository: slashed(relative(root, folder)), fileOf };
}

function workspaceOf(
  context: Context,
  folder: string,
  rules: readonly (readonly [string, Format])[],
): Workspace {
  const { namespace } = context.options;
  if (namespace === undefined) {
    const { workspace } = context;
    return { ...workspace, formats: [...rules, ...workspace.formats] };
  }
  if (!isNamespaceName(namespace))
    throw new CliError('Usage', `${namespace} is not a valid name of a config namespace`);
  return { root: folder, folders: [{ folder: '.', namespace, prefix: '' }], ignore: [], formats: rules };
}

function found(workspace: Workspace, file: string): FoundFile {
  if (file === '..' || file.startsWith('../') || isAbsolute(file))
    return { leftOut: 'it is not in the workspace' };
  const config = configOfFile(workspace, file);
  if (config === null) return { leftOut: 'it is in none of the folders of pawl.yaml' };
  if (file.split('/').some(segment => segment.startsWith('.')))
    return { leftOut: 'its name begins with a dot' };
  if (workspace.ignore.some(glob => matchesGlob(file, glob))) return { leftOut: 'pawl.yaml ignores it' };
  const format = formatOfFile(workspace, file);
  if (format === null) return { leftOut: 'its extension names no format; give --format PATTERN=FORMAT' };
  const fault = checkPath(config.path);
  return fault === null ? { config, format } : { leftOut: fault };
}

const slashed = (path: string): string => path.split(sep).join('/');
