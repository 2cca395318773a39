/**
 * Finds or builds the programs written in Go: those of Kubernetes and those that tests compare Pawl with. It takes the
 * first that works: the folder KUBEBUILDER_ASSETS names, our cache, a build from their published Go modules into the
 * cache. The versions are those of the go.mod files in go/; of Kubernetes there are several (versions.ts). Invariant: a file in the cache is whole; it appears there
 * by a rename, and two processes that build the same at once do no harm (the lock only saves the second one the work).
 */
import { hash } from 'node:crypto';
import {
  accessSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Keeper } from './keeper.ts';
import { withLock } from './lock.mjs';
import { kubernetesVersion, newestKubernetes } from './versions.ts';

export type Tool =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kubectl'
  | 'helm'
  | 'kind'
  | 'kustomize'
  | 'informer'
  | 'oapi-codegen';

interface Source {
  /** Folder below go/ that holds the go.mod. */
  folder: string;
  /** The module whose required version names the release. */
  module: string;
  /** The program's package; the program is named like the tool. */
  packageOf(tool: Tool): string;
  ldflags(version: string): string;
  /** Source files beside the go.mod, of a program of our own. */
  files?: readonly string[];
}

/** Longer than any build takes. */
const LEFTOVER_AFTER_MS = 3_600_000;

const KUBERNETES: Source = {
  folder: 'kubernetes',
  module: 'k8s.io/kubernetes',
  packageOf: tool => `k8s.io/kubernetes/cmd/${tool}`,
  ldflags(version) {
    const [major, minor] = version.slice(1).split('.');
    const set = (name: string, value = '') => `-X k8s.io/component-base/version.${name}=${value}`;
    return ['-s -w', set('gitVersion', version), set('gitMajor', major), set('gitMinor', minor)].join(' ');
  },
};
const ETCD: Source = {
  folder: 'etcd',
  module: 'go.etcd.io/etcd/server/v3',
  packageOf: () => 'go.etcd.io/etcd/server/v3',
  ldflags: () => '-s -w',
};
const HELM: Source = {
  folder: 'helm',
  module: 'helm.sh/helm/v4',
  packageOf: () => 'helm.sh/helm/v4/cmd/helm',
  ldflags: () => '-s -w',
};
const KIND: Source = {
  folder: 'kind',
  module: 'sigs.k8s.io/kind',
  packageOf: () => 'sigs.k8s.io/kind',
  ldflags: () => '-s -w',
};
const KUSTOMIZE: Source = {
  folder: 'kustomize',
  module: 'sigs.k8s.io/kustomize/kustomize/v5',
  packageOf: () => 'sigs.k8s.io/kustomize/kustomize/v5',
  ldflags: () => '-s -w',
};
/** Caches as controllers keep them, with the newest client-go: that of Kubernetes above may be older. */
const INFORMER: Source = {
  folder: 'informer',
  module: 'k8s.io/client-go',
  packageOf: () => '.',
  ldflags: () => '-s -w',
  files: ['main.go'],
};
const OAPI_CODEGEN: Source = {
  folder: 'oapi-codegen',
  module: 'github.com/oapi-codegen/oapi-codegen/v2',
  packageOf: () => 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen',
  ldflags: () => '-s -w',
};

const SOURCES: Record<Tool, Source> = {
  etcd: ETCD,
  'kube-apiserver': KUBERNETES,
  'kube-controller-manager': KUBERNETES,
  kubectl: KUBERNETES,
  helm: HELM,
  kind: KIND,
  kustomize: KUSTOMIZE,
  informer: INFORMER,
  'oapi-codegen': OAPI_CODEGEN,
};

export interface BinaryOptions {
  env?: NodeJS.ProcessEnv;
  /** Where progress is told; default: standard error. */
  tell?: (line: string) => void;
}

/** Paths of the tools; builds the missing ones, which takes minutes the first time. */
export async function findBinaries<T extends Tool>(
  tools: readonly T[],
  { env = process.env, tell = line => process.stderr.write(`pawl: ${line}\n`) }: BinaryOptions = {},
): Promise<Record<T, string>> {
  const missing = () => tools.filter(tool => !findBinary(tool, env));
  for (const source of new Set(missing().map(tool => sourceOf(tool, env)))) {
    const folder = cacheFolder(source, env);
    const wanted = () => missing().filter(tool => sourceOf(tool, env) === source);
    await withLock(
      `${folder}.lock`,
      async () => {
        const names = wanted(); // the process that had the lock before us may have built them
        if (names.length > 0) await build(source, names, folder, env, tell);
      },
      { onWait: holder => tell(`waiting for process ${holder}, which is building ${wanted().join(', ')} …`) },
    );
  }
  return Object.fromEntries(tools.map(tool => [tool, findBinary(tool, env)])) as Record<T, string>;
}

/** Path of a tool that is there already. */
export function findBinary(tool: Tool, env: NodeJS.ProcessEnv): string | undefined {
  const folders = [cacheFolder(sourceOf(tool, env), env)];
  // What is in that folder may be of another version than was asked for.
  if (env.KUBEBUILDER_ASSETS && !env.PAWL_TEST_KUBERNETES) folders.unshift(env.KUBEBUILDER_ASSETS);
  return folders.map(folder => join(folder, tool)).find(isExecutable);
}

/** The release a tool is built from, such as `v1.36.3`. */
export function versionOf(tool: Tool): string {
  return sourceVersion(sourceOf(tool, process.env));
}

const olderKubernetes = new Map<string, Source>();

function sourceOf(tool: Tool, env: NodeJS.ProcessEnv): Source {
  const source = SOURCES[tool];
  if (source !== KUBERNETES) return source;
  const version = kubernetesVersion(env);
  if (version === newestKubernetes) return source;
  const older = olderKubernetes.get(version) ?? { ...KUBERNETES, folder: `kubernetes-${version}` };
  olderKubernetes.set(version, older);
  return older;
}

function sourceVersion({ folder, module }: Source): string {
  const text = readFileSync(join(goFolder(folder), 'go.mod'), 'utf8');
  const version = text
    .split('\n')
    .map(line =>
      line
        .trim()
        .replace(/^require\s+/, '')
        .split(/\s+/),
    )
    .find(([name, , arrow]) => name === module && arrow === undefined)?.[1];
  if (!version) throw new Error(`local/go/${folder}/go.mod requires no ${module}`);
  return version;
}

function goFolder(folder: string): string {
  return fileURLToPath(new URL(`./go/${folder}`, import.meta.url));
}

function cacheFolder(source: Source, env: NodeJS.ProcessEnv): string {
  // A program of our own is another one when its text is.
  const own = (source.files ?? []).map(file => readFileSync(join(goFolder(source.folder), file), 'utf8'));
  const digest = own.length === 0 ? '' : `-${hash('sha256', own.join('\n')).slice(0, 12)}`;
  return join(userCache(env), `${source.folder}-${sourceVersion(source)}${digest}`);
}

/** Our folder in the user's cache. */
export function userCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'pawl');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function build(
  source: Source,
  tools: readonly Tool[],
  folder: string,
  env: NodeJS.ProcessEnv,
  tell: (line: string) => void,
): Promise<void> {
  const version = sourceVersion(source);
  const go = (env.PATH ?? '')
    .split(delimiter)
    .map(one => join(one, 'go'))
    .find(isExecutable);
  if (!go) {
    throw new Error(
      [
        `there is no ${tools.join(', ')} (${version}) on this machine, and no Go toolchain to build it with. One of these helps:`,
        '  - install Go (https://go.dev/dl, or `apt-get install golang`): the programs are then built, once',
        '  - set KUBEBUILDER_ASSETS to a folder that holds them (`setup-envtest use -p path 1.36.x` prints one)',
        '  - set PAWL_CLUSTER=existing and KUBECONFIG to use a cluster you have, such as one of kind',
      ].join('\n'),
    );
  }
  mkdirSync(folder, { recursive: true });
  sweep(folder);
  // Beside the target, so that the rename stays inside one file system.
  const work = mkdtempSync(`${folder}.build-`);
  try {
    for (const file of ['go.mod', ...(source.files ?? [])])
      copyFileSync(join(goFolder(source.folder), file), join(work, file));
    mkdirSync(join(work, 'out'));
    const outputs = tools.map(tool => ({ tool, path: join(work, 'out', tool) }));
    // One build for all: they share most packages, and their linking runs side by side.
    const packages = tools.map(tool => source.packageOf(tool));
    const output = outputs.length === 1 ? outputs[0]!.path : `${join(work, 'out')}/`;
    tell(`building ${tools.join(', ')} ${version} from Go modules; once, takes some minutes …`);
    const started = Date.now();
    await runGo(
      go,
      ['build', '-v', '-o', output, '-ldflags', source.ldflags(version), ...packages],
      work,
      env,
      tell,
    );
    for (const { tool, path } of outputs) renameSync(path, join(folder, tool));
    tell(`built ${tools.join(', ')} in ${Math.round((Date.now() - started) / 1000)} s`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Under a keeper, so that a build ends with the process that wanted it. */
async function runGo(
  go: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  tell: (line: string) => void,
): Promise<void> {
  const keeper = await Keeper.open('build');
  try {
    // GOWORK and GOFLAGS from our caller's environment would change what is built.
    const program = await keeper.start({
      name: 'go',
      command: go,
      args,
      cwd,
      env: { ...env, GOFLAGS: '-mod=mod -trimpath', GOWORK: 'off', CGO_ENABLED: '0' },
    });
    const lines = async () => (await readFile(program.log, 'utf8')).split('\n');
    const started = Date.now();
    const progress = setInterval(async () => {
      const seconds = Math.round((Date.now() - started) / 1000);
      const all = await lines().catch(() => []);
      const downloaded = all.filter(isDownload).length;
      const compiled = all.filter(isPackage).length;
      tell(`  ${seconds} s: ${downloaded} modules downloaded, ${compiled} packages compiled`);
    }, 15_000);
    const { code, signal } = await program.ended().finally(() => clearInterval(progress));
    if (code !== 0) {
      const problems = (await lines()).filter(line => !isDownload(line) && !isPackage(line));
      throw new Error(`go ${args[0]} failed with ${code ?? signal}:\n${problems.slice(-30).join('\n')}`);
    }
  } finally {
    await keeper.close();
  }
}

const isDownload = (line: string) => line.startsWith('go: downloading ');
/** What `go build -v` prints for a package it compiles: its import path. */
const isPackage = (line: string) => /^[\w.~-]+(\/[\w.~-]+)*$/.test(line);

/** What a killed build left beside the cache; one that is at work now has touched its folder lately. */
function sweep(folder: string): void {
  const parent = dirname(folder);
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const isLeftover =
      path.startsWith(`${folder}.build-`) && Date.now() - statSync(path).mtimeMs > LEFTOVER_AFTER_MS;
    if (isLeftover) rmSync(path, { recursive: true, force: true });
  }
}
