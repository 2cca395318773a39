/**
 * `npm run test:image [-- ARCHIVE…]`: builds the image twice with docker or podman, without a cache, and holds both to
 * what docs/e2e.md promises of it; both must have one id. With archives, as `docker save` writes them, it builds nothing and
 * looks at those. Exit status: 0, 1: a promise is broken, 3: there is no container engine, nothing ran.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Engine, findEngine, run, tell } from './container-engine.ts';
import { differingFiles, type ImageArchive, readImageArchive } from './image-archive.ts';
import { problemsOf } from './image-contents.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

async function main(archives: readonly string[]): Promise<number> {
  if (archives.length > 0) return check(archives);
  const found = await findEngine();
  if ('problems' in found) {
    tell(`the image is built with docker or podman, and nothing ran:\n  ${found.problems.join('\n  ')}`);
    return 3;
  }
  const folder = await mkdtemp(join(tmpdir(), 'pawl-image-'));
  try {
    return check(await buildTwice(found.engine, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function buildTwice(engine: Engine, folder: string): Promise<string[]> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const time = execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim();
  const timed = engine === 'docker' ? ['--build-arg', `SOURCE_DATE_EPOCH=${time}`] : ['--timestamp', time];
  const archives: string[] = [];
  for (const name of ['first', 'second']) {
    const image = `localhost/pawl:${name}`;
    const archive = join(folder, `${name}.tar`);
    await run(engine, [
      ...['build', '--no-cache', '--build-arg', `VERSION=${version}`, ...timed, '--tag', image, '.'],
    ]);
    await run(engine, ['save', '--output', archive, image]);
    archives.push(archive);
  }
  return archives;
}

function check(archives: readonly string[]): number {
  const images = archives.map(file => ({ file, ...readImageArchive(file) }));
  let problems = 0;
  for (const { file, id, user, entries } of images) {
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    console.log(`${file}: ${id}, ${Math.round(bytes / 1e6)} MB in ${entries.length} files`);
    const times = [...new Set(entries.map(({ modified }) => modified))];
    const found = [
      ...problemsOf(entries),
      ...(user === '65532:65532' ? [] : [`It runs as ${user || 'root'}, not as 65532:65532.`]),
      ...(times.length === 1
        ? []
        : [`Its files have ${times.length} times: ${times.slice(0, 3).join(', ')} …`]),
    ];
    for (const problem of found) console.error(problem);
    problems += found.length;
  }
  const [first, ...others] = images;
  for (const other of others.filter(({ id }) => id !== first!.id)) {
    console.error(`${other.file} is another image than ${first!.file}.`);
    for (const line of differences(first!, other)) console.error(`  ${line}`);
    problems += 1;
  }
  return problems === 0 ? 0 : 1;
}

type Named = ImageArchive & { readonly file: string };

/** In the bytes of files first; without any, in their modes, owners, times or order, and at last in the configuration. */
function differences(one: Named, other: Named): string[] {
  const bytes = differingFiles(one.file, other.file);
  if (bytes.length > 0) return bytes;
  const [before, after] = [one, other].map(
    ({ entries }) => new Set(entries.map(entry => JSON.stringify(entry))),
  );
  const listed = [...before!.symmetricDifference(after!)];
  return listed.length > 0
    ? listed
    : ['The files are the same; the configurations or the order of files differ.'];
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    tell(error instanceof Error ? error.message : `${error}`);
    process.exitCode = 1;
  }
}
