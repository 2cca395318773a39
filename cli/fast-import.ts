/**
 * Versions as a stream for `git fast-import`: one commit for each version, or for each group of versions that came to be
 * together. Invariant: nothing is kept but what names the present commit, so the stream may be as long as a history is.
 */
import type { ExportedVersion, VersionFacts } from '../api/types.gen.ts';

export const exportBranch = 'refs/heads/main';

export class FastImport {
  readonly #write: (data: string) => Promise<void>;
  readonly #groupOf: (version: ExportedVersion) => string | null;
  #group: string | null = null;
  /** Paths of the present commit. */
  readonly #paths = new Set<string>();
  #commits = 0;

  /** @param groupOf what is known of versions that were saved together; null: this one was saved alone */
  constructor(write: (data: string) => Promise<void>, groupOf: (version: ExportedVersion) => string | null) {
    this.#write = write;
    this.#groupOf = groupOf;
  }

  get commits(): number {
    return this.#commits;
  }

  /** @param file its name in the repository */
  async add(exported: ExportedVersion, file: string): Promise<void> {
    const { version, path } = exported;
    const group = this.#groupOf(exported);
    if (group === null || group !== this.#group || this.#paths.has(path)) {
      this.#paths.clear();
      this.#commits += 1;
      await this.#write(headerOf(exported));
    }
    this.#group = group;
    this.#paths.add(path);
    await this.#write(`M 100644 inline ${file}\n${dataOf(version.body_raw)}`);
  }

  async end(): Promise<void> {
    await this.#write('done\n');
  }
}

function headerOf({ path, version }: ExportedVersion): string {
  const { created_by: author, actor, comment, created_at, authored_at } = version;
  const message = comment === '' ? `Save version ${version.version} of ${path}` : comment;
  return (
    `commit ${exportBranch}\n` +
    `author ${identOf(author || actor)} ${timeOf(authored_at ?? created_at)}\n` +
    `committer ${identOf(actor)} ${timeOf(created_at)}\n` +
    dataOf(`${message}\n`)
  );
}

const dataOf = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;

/** `Ada <ada@example.com>`; an address alone is its own name, and a name without an address has an empty one. */
export function identOf(person: VersionFacts['created_by']): string {
  const [, name = '', email = ''] = /^(.*?) ?<([^<>]*)>$/s.exec(person) ?? [];
  if (name !== '' || email !== '') return `${clean(name)}${name === '' ? '' : ' '}<${clean(email)}>`;
  const whole = clean(person);
  return whole.includes('@') ? `${whole} <${whole}>` : `${whole || 'unknown'} <>`;
}

const clean = (text: string): string => text.replace(/[<>\n\0]/g, '').trim();

/** Seconds and the offset from UTC, as Git keeps them. */
function timeOf(time: string): string {
  const [, sign = '+', hours = '00', minutes = '00'] = /([+-])(\d\d):(\d\d)$/.exec(time) ?? [];
  return `${Math.floor(Date.parse(time) / 1000)} ${sign}${hours}${minutes}`;
}
