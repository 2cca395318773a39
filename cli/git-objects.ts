/**
 * Objects of a Git repository by their names, over two long-lived children: one says how large an object is, the other
 * hands it over. Invariant: nothing is read that is larger than the caller takes.
 */
import { CliError } from './errors.ts';
import { GitChild, type GitPlace } from './git-child.ts';

export class GitObjects implements Disposable {
  readonly #sizes: Batch;
  readonly #contents: Batch;

  constructor(place: GitPlace) {
    this.#sizes = new Batch(new GitChild(place, ['cat-file', '--batch-check']));
    this.#contents = new Batch(new GitChild(place, ['cat-file', '--batch']));
  }

  /** Null: it is larger. Throws CliError `Git` where there is no such object. */
  async read(name: string, maxBytes: number): Promise<Buffer | null> {
    if ((await this.#sizes.header(name)) > maxBytes) return null;
    return this.#contents.body(await this.#contents.header(name));
  }

  [Symbol.dispose](): void {
    this.#sizes.stop();
    this.#contents.stop();
  }
}

/** One question at a time, and its answer. */
class Batch {
  readonly #child: GitChild;
  readonly #output: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(child: GitChild) {
    this.#child = child;
    this.#output = child.output[Symbol.asyncIterator]();
  }

  /** The object's size. */
  async header(name: string): Promise<number> {
    await this.#child.write(`${name}\n`);
    let end = this.#buffer.indexOf(10);
    while (end < 0) {
      await this.#more();
      end = this.#buffer.indexOf(10);
    }
    const [, type = '', size = ''] = this.#buffer.toString('utf8', 0, end).split(' ');
    this.#buffer = this.#buffer.subarray(end + 1);
    if (/^\d+$/.test(size)) return Number(size);
    throw new CliError('Git', `the repository does not have object ${name} (${type || 'unknown'})`);
  }

  async body(bytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [this.#buffer];
    let length = this.#buffer.length;
    // With the line end behind it.
    while (length <= bytes) {
      this.#buffer = Buffer.alloc(0);
      await this.#more();
      chunks.push(this.#buffer);
      length += this.#buffer.length;
    }
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
    this.#buffer = all.subarray(bytes + 1);
    return all.subarray(0, bytes);
  }

  stop(): void {
    this.#child.stop();
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#output.next();
    if (done) {
      await this.#child.end();
      throw new CliError('Git', 'git cat-file ended too soon');
    }
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
  }
}
