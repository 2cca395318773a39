/** A real Git repository, made commit by commit with its own authors and times; removed at the end of the block. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface MadeCommit {
  /** `Ada <ada@example.com>` */
  readonly author: string;
  /** Seconds and offset, as Git has them. */
  readonly date: string;
  readonly message: string | Buffer;
  /** Path → text; null: deleted; `{from}`: renamed from there; `{link}`: a symbolic link; `{module}`: a submodule. */
  readonly files: Readonly<
    Record<
      string,
      string | Buffer | null | { from: string } | { link: string } | { module: string } | { mode: '100755' }
    >
  >;
  /** Merged in: an earlier commit's number, from 1. */
  readonly merge?: number;
  /** Made on: an earlier commit's number; default: the one before. */
  readonly onto?: number;
}

/** As Git quotes the names of files. */
const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path)
    ? path
    : `"${path.replace(/[^ -~]|["\\]/g, byte => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;

export class TestRepository implements Disposable {
  readonly root: string;

  constructor() {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'pawl-git-')));
    this.git('init', '--quiet', '--initial-branch=main');
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-C', this.root, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  }

  /** By `git fast-import`: a thousand commits are one child. The branch is checked out afterwards. */
  make(commits: readonly MadeCommit[]): void {
    const parts: Buffer[] = [];
    const put = (part: string | Buffer) => parts.push(Buffer.from(part));
    const data = (bytes: string | Buffer) => {
      put(`data ${Buffer.byteLength(bytes)}\n`);
      put(bytes);
      put('\n');
    };
    for (const [index, { author, date, message, files, merge, onto }] of commits.entries()) {
      put(`commit refs/heads/${onto === undefined ? 'main' : `made-${index}`}\nmark :${index + 1}\n`);
      put(`author ${author} ${date}\ncommitter Committer <committer@example.com> 1700000000 +0000\n`);
      data(message);
      if (onto !== undefined) put(`from :${onto}\n`);
      if (merge !== undefined) put(`merge :${merge}\n`);
      // What leaves its name goes first.
      for (const [path, file] of Object.entries(files))
        if (file !== null && typeof file === 'object' && 'from' in file) put(`R ${file.from} ${path}\n`);
      for (const [path, file] of Object.entries(files)) {
        const name = quoted(path);
        if (file === null) put(`D ${name}\n`);
        else if (typeof file === 'string' || Buffer.isBuffer(file)) {
          put(`M 100644 inline ${name}\n`);
          data(file);
        } else if ('link' in file) {
          put(`M 120000 inline ${name}\n`);
          data(file.link);
        } else if ('module' in file) put(`M 160000 ${file.module} ${name}\n`);
      }
    }
    execFileSync('git', ['-C', this.root, 'fast-import', '--force', '--quiet', '--date-format=raw'], {
      input: Buffer.concat(parts),
    });
    this.git('reset', '--hard', '--quiet', 'main');
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
