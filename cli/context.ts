/**
 * What a command is given: the global options, the terminal, and the client, workspace and state when it asks for them.
 * Invariant: nothing is opened that the command does not use.
 */

import { checkPath, isNamespaceName } from '../text/config-path.ts';
import { type AccessOptions, openPawl } from './access.ts';
import type { Asking, Env } from './asking.ts';
import type { Client } from './client.ts';
import { CliError } from './errors.ts';
import { GitRepository } from './git.ts';
import { StateFile } from './state.ts';
import type { Terminal } from './terminal.ts';
import {
  type ConfigId,
  configOfFile,
  exampleWorkspace,
  findWorkspace,
  relativeFile,
  type Workspace,
} from './workspace.ts';

export type OutputFormat = 'text' | 'wide' | 'json' | 'yaml';

export interface GlobalOptions extends AccessOptions {
  readonly namespace?: string | undefined;
  readonly output?: OutputFormat | undefined;
}

export interface Surroundings {
  /** How the program was called: `kubectl pawl` or `pawl`. */
  readonly program: string;
  readonly version: string;
  readonly cwd: string;
  readonly env: Env;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Milliseconds since some moment, unaffected by changes of the clock. */
  readonly monotonic: () => number;
  readonly newKey: () => string;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A config somebody named, and its file when it is one of the workspace. */
export interface Target {
  readonly config: ConfigId;
  readonly file: string | null;
}

export class Context {
  readonly surroundings: Surroundings;
  readonly options: GlobalOptions;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** When a command has ended, nobody waits for the requests still under way. */
  readonly #over = new AbortController();
  #client: Promise<Client> | undefined;
  #workspace: Workspace | null | undefined;

  constructor(surroundings: Surroundings, options: GlobalOptions) {
    this.surroundings = surroundings;
    this.options = options;
    this.terminal = surroundings.terminal;
    this.signal = AbortSignal.any([surroundings.signal, this.#over.signal]);
  }

  get output(): OutputFormat {
    return this.options.output ?? 'text';
  }

  /** For machines: only JSON or YAML goes to standard output. */
  get structured(): boolean {
    return this.output === 'json' || this.output === 'yaml';
  }

  get asking(): Asking {
    const { env, version } = this.surroundings;
    return { env, userAgent: `pawl-cli/${version}`, interactive: this.terminal.interactive };
  }

  /** A command line to type next. */
  command(...words: string[]): string {
    const quoted = words.map(word =>
      /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`,
    );
    return [this.surroundings.program, ...quoted].join(' ');
  }

  /** How a command names what was typed: with -n where that was given. */
  named(typed: string): string[] {
    const { namespace } = this.options;
    return namespace === undefined ? [typed] : ['-n', namespace, typed];
  }

  client(): Promise<Client> {
    this.#client ??= this.#open();
    return this.#client;
  }

  async #open(): Promise<Client> {
    const [{ Client }, transport] = await Promise.all([
      import('./client.ts'),
      openPawl(this.options, this.asking),
    ]);
    const { newKey, sleep, monotonic } = this.surroundings;
    const onRetry = (why: string, ms: number) =>
      this.terminal.tell(`${why}\ntrying again in ${Math.ceil(ms / 1000)} s`);
    return new Client({ transport, signal: this.signal, newKey, sleep, monotonic, onRetry });
  }

  close(): void {
    this.#over.abort();
    void this.#client?.then(({ transport }) => transport.close()).catch(() => {});
  }

  get maybeWorkspace(): Workspace | null {
    if (this.#workspace === undefined) this.#workspace = findWorkspace(this.surroundings.cwd);
    return this.#workspace;
  }

  get workspace(): Workspace {
    const found = this.maybeWorkspace;
    if (found !== null) return found;
    throw new CliError(
      'Workspace',
      `there is no pawl.yaml here or in a folder above. To write one:\n  ${this.command('init', 'FOLDER=NAMESPACE')}\n\n${exampleWorkspace}`,
    );
  }

  get git(): GitRepository {
    return new GitRepository(this.maybeWorkspace?.root ?? this.surroundings.cwd, this.signal);
  }

  async state(): Promise<StateFile> {
    const [{ transport }, at] = await Promise.all([this.client(), this.git.position()]);
    const tell = (warning: string) => this.terminal.tell(`warning: ${warning}`);
    return new StateFile(this.workspace.root, transport.id, at, tell);
  }

  /** Typed files and folders, relative to the workspace; with -n and nothing typed, that namespace's folders. */
  files(typed: readonly string[]): string[] {
    const { workspace } = this;
    const { namespace } = this.options;
    if (namespace !== undefined) {
      if (typed.length > 0)
        throw new CliError('Usage', 'this command takes files of the workspace: give PATH or -n, not both');
      const found = workspace.folders.filter(one => one.namespace === namespace).map(({ folder }) => folder);
      if (found.length > 0) return found;
      throw new CliError('Usage', `no folder of this workspace holds config namespace ${namespace}`);
    }
    return typed.map(path => {
      const file = relativeFile(workspace, this.surroundings.cwd, path);
      const known =
        file !== null && workspace.folders.some(({ folder }) => within(folder, file) || within(file, folder));
      if (known) return file;
      const folders = workspace.folders.map(({ folder }) => folder).join(', ');
      throw new CliError('Usage', `${path} is in none of the folders of this workspace: ${folders}`);
    });
  }

  /** With -n, a config's path in that namespace; without, a file of the workspace, which need not exist. */
  target(typed: string): Target {
    const { namespace } = this.options;
    if (namespace !== undefined) {
      if (!isNamespaceName(namespace))
        throw new CliError('Usage', `${namespace} is not a valid name of a config namespace`);
      const fault = checkPath(typed);
      if (fault !== null) throw new CliError('Usage', `${typed} cannot be a config's path: ${fault}`);
      return { config: { namespace, path: typed }, file: null };
    }
    const workspace = this.maybeWorkspace;
    if (workspace === null) {
      throw new CliError(
        'Usage',
        `there is no pawl.yaml here or in a folder above. Name a config by its config namespace and path: -n NAMESPACE PATH`,
      );
    }
    const file = relativeFile(workspace, this.surroundings.cwd, typed);
    const config = file === null ? null : configOfFile(workspace, file);
    if (file === null || config === null) {
      throw new CliError(
        'Usage',
        `${typed} is in none of the folders of this workspace. To name any config: -n NAMESPACE PATH`,
      );
    }
    const fault = checkPath(config.path);
    if (fault !== null) throw new CliError('Usage', `${typed} cannot be a config: ${fault}`);
    return { config, file };
  }

  /** The config namespaces a command is about: -n, or those of the workspace. */
  get namespaces(): string[] {
    if (this.options.namespace !== undefined) return [this.options.namespace];
    if (this.maybeWorkspace === null)
      throw new CliError(
        'Usage',
        `there is no pawl.yaml here or in a folder above. Name a config namespace: -n NAMESPACE. To list them: ${this.command('namespaces')}`,
      );
    return [...new Set(this.workspace.folders.map(({ namespace }) => namespace))];
  }

  /** What each of those config namespaces answers, in their order. */
  async ofEachNamespace<T>(ask: (namespace: string) => Promise<readonly T[]>): Promise<T[]> {
    return (await Promise.all(this.namespaces.map(ask))).flat();
  }

  /** Prints JSON or YAML for machines, as -o asks. */
  async print(document: unknown): Promise<void> {
    if (this.output === 'yaml') {
      const { stringify } = await import('yaml');
      this.terminal.out(stringify(document));
    } else this.terminal.out(`${JSON.stringify(document, null, 2)}\n`);
  }
}

function within(folder: string, file: string): boolean {
  return folder === '.' || file === folder || file.startsWith(`${folder}/`);
}
