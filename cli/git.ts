/**
 * What Git knows of a workspace, asked of `git` itself and never through a shell. Invariant: nothing here changes
 * the repository but `setConfig` and `commit`, and no password in a remote's URL leaves this machine.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import type { Git } from '../api/types.gen.ts';
import { sha256 } from '../text/sha256.ts';
import { visible } from '../text/words.ts';
import { CliError, codeOf } from './errors.ts';
import type { GitPosition } from './state.ts';

/** What a deployment says of where its texts come from. */
export interface Origin {
  readonly git: Git & { readonly commit: string };
  /** Of the commit: its author's address, and the first line of its message. */
  readonly author: string | null;
  readonly subject: string;
}

interface Ran {
  readonly code: number | null;
  readonly out: Buffer;
  readonly err: string;
}

export class GitRepository {
  readonly #root: string;
  readonly #signal: AbortSignal;

  constructor(root: string, signal: AbortSignal) {
    this.#root = root;
    this.#signal = signal;
  }

  /** Throws CliError `Git` when there is no repository or no commit. */
  async origin(): Promise<Origin> {
    const [folder, head, branch, remote] = await Promise.all([
      this.#run(['rev-parse', '--show-prefix']),
      this.#run(['log', '-1', '--format=%H%n%aE%n%s', 'HEAD']),
      this.#run(['symbolic-ref', '--quiet', '--short', 'HEAD']),
      this.#run(['config', '--get', 'remote.origin.url']),
    ]);
    if (folder.code !== 0) {
      throw new CliError(
        'Git',
        `${this.#root} is not in a Git repository that can be read (${folder.err.trim()}). Every deployment names the ` +
          'commit it comes from:\n  git init && git add . && git commit',
      );
    }
    if (head.code !== 0) {
      throw new CliError(
        'Git',
        'the Git repository has no commit yet. Every deployment names the commit it comes from:\n  git add . && git commit',
      );
    }
    const [commit = '', author = '', subject = ''] = head.out.toString('utf8').split('\n');
    const name = branch.out.toString('utf8').trim();
    const url = withoutPassword(remote.out.toString('utf8').trim());
    return {
      author: author === '' ? null : visible(author).slice(0, 256),
      subject: visible(subject).slice(0, 1000),
      git: {
        ...{ commit, dirty: false },
        ...(name !== '' && { branch: name.slice(0, 2048) }),
        ...(url !== '' && { remote: url.slice(0, 2048) }),
      },
    };
  }

  /** Which of these files have changes that are in no commit. @param files relative to the root */
  async uncommitted(files: readonly string[]): Promise<string[]> {
    if (files.length === 0) return [];
    const [prefix, status] = await Promise.all([
      this.#run(['rev-parse', '--show-prefix']),
      this.#run(['status', '--porcelain', '-z', '--untracked-files=all', '--', ...foldersOf(files)]),
    ]);
    if (status.code !== 0) throw new CliError('Git', `git status failed: ${status.err.trim()}`);
    const folder = prefix.out.toString('utf8').replace(/\n$/, '');
    const changed = new Set(changedPaths(status.out.toString('utf8')).map(path => path.slice(folder.length)));
    return files.filter(file => changed.has(file));
  }

  /** The author of a commit made now; null: Git does not know. */
  async identity(): Promise<string | null> {
    const ran = await this.#run(['-c', 'user.useConfigOnly=true', 'var', 'GIT_AUTHOR_IDENT']).catch(absent);
    const address = ran?.code === 0 ? /<([^<>]+)>/.exec(ran.out.toString('utf8'))?.[1] : undefined;
    return address === undefined ? null : visible(address).slice(0, 256);
  }

  /** Null where there is no repository, or no commit in it. */
  async position(): Promise<GitPosition | null> {
    const ran = await this.#run(['rev-parse', 'HEAD', '--symbolic-full-name', 'HEAD']).catch(absent);
    const [commit = '', name = ''] = ran?.code === 0 ? ran.out.toString('utf8').split('\n') : [];
    return commit === '' ? null : { commit, branch: name.startsWith('refs/') ? name : null };
  }

  /** Whether everything committed there is in what is checked out now: Git has moved forward from it, and not back. */
  async holds({ commit, branch }: GitPosition): Promise<boolean> {
    const contains = async (name: string) => {
      const ran = await this.#run(['merge-base', '--is-ancestor', name, 'HEAD']).catch(absent);
      return ran === null ? null : ran.code;
    };
    // A branch that is gone says nothing.
    const [past, tip] = await Promise.all([contains(commit), branch === null ? 0 : contains(branch)]);
    return (past === null || past === 0) && tip !== 1;
  }

  /** SHA-256 of the texts a file had in the last commits, newest first. Empty where there is no repository. */
  async pastTexts(file: string, commits = 50): Promise<string[]> {
    const log = await this.#run([
      'log',
      `--max-count=${commits}`,
      '--format=%H',
      '--',
      `:(literal)${file}`,
    ]).catch(absent);
    if (log === null || log.code !== 0) return [];
    const names = log.out
      .toString('utf8')
      .split('\n')
      .filter(line => line !== '');
    const texts = await this.#run(['cat-file', '--batch'], names.map(name => `${name}:./${file}\n`).join(''));
    return texts.code === 0 ? batched(texts.out) : [];
  }

  async setConfig(name: string, value: string): Promise<void> {
    const { code, err } = await this.#run(['config', name, value]);
    if (code !== 0) throw new CliError('Git', `git config ${name} failed: ${err.trim()}`);
  }

  /** Whether the branch is not there, or has nothing that HEAD does not have. */
  async isFree(branch: string): Promise<boolean> {
    const known = await this.#run(['check-ref-format', '--branch', branch]);
    if (known.code !== 0 || branch.startsWith('-'))
      throw new CliError('Usage', `${branch} is not a valid name of a branch`);
    const there = await this.#run(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]);
    if (there.code !== 0) return true;
    return (await this.#run(['merge-base', '--is-ancestor', `refs/heads/${branch}`, 'HEAD'])).code === 0;
  }

  /**
   * Commits these files as they are, and nothing else that is staged; on a branch that begins here, where one is named.
   * Null: they are in HEAD already.
   * @param files relative to the root
   */
  async commit(
    files: readonly string[],
    message: string,
    branch: string | undefined,
  ): Promise<GitPosition | null> {
    const paths = files.map(file => `:(literal)${file}`);
    const must = async (args: readonly string[], input = '') => {
      const { code, err } = await this.#run(args, input);
      if (code !== 0) throw new CliError('Git', `git ${args[0]} failed: ${err.trim()}`);
    };
    const list = `${paths.join('\0')}\0`;
    await must(['add', '--pathspec-from-file=-', '--pathspec-file-nul'], list);
    const staged = await this.#run(['diff', '--cached', '--quiet', 'HEAD', '--', ...foldersOf(files)]);
    if (staged.code === 0) return null;
    if (branch !== undefined) await must(['checkout', '--quiet', '-B', branch]);
    const folder = mkdtempSync(join(tmpdir(), 'pawl-'));
    try {
      writeFileSync(join(folder, 'message'), message);
      const options = ['--quiet', '--cleanup=whitespace', '--file', join(folder, 'message')];
      await must(['commit', ...options, '--only', '--pathspec-from-file=-', '--pathspec-file-nul'], list);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return this.position();
  }

  /** Merges by lines into `current`, as Git does without a driver; true: with clashes. */
  async mergeFile(current: string, base: string, proposed: string): Promise<boolean> {
    const { code, err } = await this.#run([
      'merge-file',
      '-L',
      'current',
      '-L',
      'base',
      '-L',
      'proposed',
      '--diff3',
      current,
      base,
      proposed,
    ]);
    if (code === null || code > 127) throw new CliError('Git', `git merge-file failed: ${err.trim()}`);
    return code > 0;
  }

  #run(args: readonly string[], input = ''): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn('git', ['-C', this.#root, ...args], {
        stdio: ['pipe', 'pipe', 'pipe'],
        signal: this.#signal,
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', chunk => out.push(chunk as Buffer));
      child.stderr.on('data', chunk => err.push(chunk as Buffer));
      child.stdin.on('error', () => {}); // git may end before it has read everything; its status says why
      child.stdin.end(input);
      child.once('error', cause => {
        if (this.#signal.aborted) return reject(this.#signal.reason);
        const missing =
          codeOf(cause) === 'ENOENT'
            ? 'git is not installed, or not on PATH'
            : `git cannot be run: ${codeOf(cause)}`;
        reject(new CliError('Git', missing, { cause }));
      });
      child.once('close', code =>
        resolve({ code, out: Buffer.concat(out), err: Buffer.concat(err).toString('utf8') }),
      );
    });
  }
}

/** Where to look for changes of these files; of very many, everywhere. */
function foldersOf(files: readonly string[]): string[] {
  const folders = [...new Set(files.map(file => posix.dirname(file)))];
  return folders.length > 200 ? ['.'] : folders.map(folder => `:(literal)${folder}`);
}

/** Without Git, nothing is known. */
const absent = (error: unknown): null => {
  if (error instanceof CliError) return null;
  throw error;
};

/** Of `status --porcelain -z`: a rename is followed by the old name, as an entry of its own. */
function changedPaths(status: string): string[] {
  const entries = status.split('\0').filter(entry => entry !== '');
  const paths: string[] = [];
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]!;
    paths.push(entry.slice(3));
    if (/^[RC]|^.[RC]/.test(entry)) index++;
  }
  return paths;
}

/** Of `cat-file --batch`: a line `NAME TYPE SIZE`, the bytes, a line end; or a line `NAME missing`. */
function batched(out: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < out.length; ) {
    const end = out.indexOf(10, at);
    if (end < 0) break;
    const [, type, size] = out.toString('utf8', at, end).split(' ').slice(-3);
    at = end + 1;
    const bytes = Number(size);
    if (type === undefined || !Number.isInteger(bytes)) continue;
    if (type === 'blob') texts.push(sha256(out.subarray(at, at + bytes)));
    at += bytes + 1;
  }
  return texts;
}

/** `https://user:token@host/…` is a common way to clone in a pipeline. */
function withoutPassword(remote: string): string {
  const url = URL.parse(remote);
  if (url === null || (url.username === '' && url.password === '') || !/^https?:$/.test(url.protocol))
    return remote;
  url.username = '';
  url.password = '';
  return url.href;
}
