/**
 * An image as `docker save` and `podman save` write it: its id and the files of its layers. Invariant: the files are listed
 * as the archive has them, and unpacked only to find out how two images differ.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from './image-contents.ts';

export interface ImageArchive {
  /** SHA-256 of its configuration, which names its layers by theirs: images of one id are the same. */
  readonly id: string;
  readonly user: string;
  readonly entries: readonly TimedEntry[];
}

export interface TimedEntry extends Entry {
  /** Such as `1970-01-01 00:00:00`. */
  readonly modified: string;
}

export function readImageArchive(file: string): ImageArchive {
  const { config, layers } = partsOf(file);
  const listing = ['-tv', '--full-time', '--utc', '--numeric-owner', '--quoting-style=literal', '-f', '-'];
  return {
    id: `sha256:${createHash('sha256').update(config).digest('hex')}`,
    user: (JSON.parse(config.toString()) as { config: { User?: string } }).config.User ?? '',
    entries: layers.flatMap(layer => entriesOf(tar(listing, layer).toString())),
  };
}

/** Files whose bytes differ, or that only one of two images has, in the words of diff. */
export function differingFiles(one: string, other: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'pawl-images-'));
  try {
    for (const [name, file] of Object.entries({ one, other })) {
      mkdirSync(join(folder, name));
      for (const layer of partsOf(file).layers) tar(['-xf', '-', '-C', join(folder, name)], layer);
    }
    const options = ['--recursive', '--brief', '--no-dereference'];
    const { stdout } = spawnSync('diff', [...options, 'one', 'other'], { cwd: folder, encoding: 'utf8' });
    return stdout.split('\n').filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function partsOf(file: string): { config: Buffer; layers: Buffer[] } {
  const read = (name: string): Buffer => tar(['-xOf', file, name]);
  const [image] = JSON.parse(read('manifest.json').toString()) as { Config: string; Layers: string[] }[];
  return { config: read(image!.Config), layers: image!.Layers.map(read) };
}

const line =
  /^(?<type>.)(?<mode>\S{9})\S* +(?<owner>\d+\/\d+) +(?<bytes>\d+) (?<modified>\S+ \S+) (?<name>.*)$/;

function entriesOf(listing: string): TimedEntry[] {
  return listing
    .split('\n')
    .filter(Boolean)
    .map(text => {
      const { type, mode, owner, bytes, modified, name } = line.exec(text)!.groups!;
      const kind = type === 'd' ? 'folder' : type === '-' ? 'file' : 'link';
      const path = name!.replace(/ (->|link to) .*$/, '').replace(/^\.?\/?/, '/');
      return {
        path: path.length > 1 ? path.replace(/\/$/, '') : path,
        ...{ kind, mode: bitsOf(mode!), bytes: Number(bytes), owner: owner!, modified: modified! },
      };
    });
}

/** `rwsr-xr-x` as 0o4755. */
function bitsOf(mode: string): number {
  const plain = [...mode].reduce((sum, letter) => sum * 2 + (/[rwxst]/.test(letter) ? 1 : 0), 0);
  const special = [2, 5, 8].reduce((sum, at) => sum * 2 + (/[st]/i.test(mode[at]!) ? 1 : 0), 0);
  return special * 0o1000 + plain;
}

function tar(args: readonly string[], input?: Buffer): Buffer {
  return execFileSync('tar', args, { maxBuffer: 2 ** 30, ...(input && { input }) });
}
