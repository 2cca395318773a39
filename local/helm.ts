/**
 * Runs the Helm that belongs to this project, on its chart. Invariant: nothing of the caller's own Helm is read or
 * written: no repositories, no plugins, no environment of another release, and no cluster but the one that is named.
 */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinaries } from './binaries.ts';

/** The chart of this project. */
export const chartFolder = fileURLToPath(new URL('../charts/pawl', import.meta.url));

export interface HelmOptions {
  /** Fed to standard input, for `--values -`. */
  input?: string;
  /** Path. Without one Helm reaches no cluster. */
  kubeconfig?: string;
  signal?: AbortSignal;
}

export interface HelmResult {
  stdout: string;
  stderr: string;
}

export class HelmError extends Error {
  override readonly name = 'HelmError';
  readonly reason = 'HelmFailed';
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(args: readonly string[], result: HelmResult & { code: number | null }, cause: unknown) {
    const said = result.stderr.trim() || result.stdout.trim();
    super(`helm ${args.join(' ')} failed with ${result.code}: ${said}`, { cause });
    this.code = result.code;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
  }
}

/** Builds Helm first where it is missing, which takes minutes. Rejects with HelmError. */
export async function helm(args: readonly string[], options: HelmOptions = {}): Promise<HelmResult> {
  const { helm: program } = await findBinaries(['helm']);
  const home = join(tmpdir(), `pawl-helm-${process.pid}`);
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HELM_|KUBECONFIG$)/.test(name)),
  );
  const env = {
    ...inherited,
    KUBECONFIG: options.kubeconfig ?? join(home, 'none'),
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
  };
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args],
      { env, maxBuffer: 64 * 1024 * 1024, ...(options.signal && { signal: options.signal }) },
      (error, stdout, stderr) => {
        if (!error) return resolve({ stdout, stderr });
        const code = typeof error.code === 'number' ? error.code : null;
        reject(new HelmError(args, { stdout, stderr, code }, error));
      },
    );
    child.stdin?.on('error', () => {}); // helm may end before it has read everything; its status says why
    child.stdin?.end(options.input ?? '');
  });
}

export interface RenderOptions {
  /** Default: pawl. */
  release?: string;
  /** Default: pawl. */
  namespace?: string;
  /** As in a values file; later ones win. */
  values?: object;
  /** Paths of values files, before `values`. */
  valuesFiles?: readonly string[];
  /** What the cluster serves, as .Capabilities; Helm's built-in list is added. */
  apiVersions?: readonly string[];
  kubeVersion?: string;
  /** Only these templates, such as templates/rbac.yaml. */
  only?: readonly string[];
  /** As for an upgrade instead of an install. */
  upgrade?: boolean;
}

/** The text `helm template` makes of our chart. */
export async function renderChart(options: RenderOptions = {}): Promise<string> {
  const args = [
    'template',
    options.release ?? 'pawl',
    chartFolder,
    '--namespace',
    options.namespace ?? 'pawl',
    ...(options.valuesFiles ?? []).flatMap(file => ['--values', file]),
    '--values',
    '-',
    ...(options.apiVersions ?? []).flatMap(name => ['--api-versions', name]),
    ...(options.kubeVersion ? ['--kube-version', options.kubeVersion] : []),
    ...(options.only ?? []).flatMap(template => ['--show-only', template]),
    ...(options.upgrade ? ['--is-upgrade'] : []),
  ];
  const { stdout } = await helm(args, { input: JSON.stringify(options.values ?? {}) });
  return stdout;
}
