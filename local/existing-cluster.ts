/**
 * A cluster that somebody else runs (such as kind), as a ControlPlane. It is asked for by name, never by the mere
 * presence of KUBECONFIG: tests create and delete things, and the nearest kubeconfig may be production's.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findBinaries } from './binaries.ts';
import type { ControlPlane, ControlPlaneOptions, ExistingCluster } from './control-plane-interface.ts';
import { installCrds } from './crds.ts';
import { type KubectlOptions, runKubectl } from './kubectl.ts';

interface Flattened {
  clusters: { cluster: { server: string; 'certificate-authority-data'?: string } }[];
  users: { user: Record<string, unknown> }[];
}

export async function existingControlPlane(
  { kubeconfig, context }: ExistingCluster,
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  const { kubectl: kubectlPath } = await findBinaries(['kubectl']);
  const folder = await mkdtemp(join(tmpdir(), 'pawl-existing-'));
  // One flat file with one context in it, so that everybody downstream means the same cluster.
  const path = join(folder, 'admin.kubeconfig');
  const from = kubeconfig ?? process.env.KUBECONFIG ?? join(process.env.HOME ?? '', '.kube', 'config');
  const view = [
    'config',
    'view',
    '--flatten',
    '--minify',
    '--output=json',
    ...(context ? ['--context', context] : []),
  ];
  const { stdout } = await runKubectl(kubectlPath, path, view, { kubeconfig: from });
  await writeFile(path, stdout, { mode: 0o600 });
  const flattened = JSON.parse(stdout) as Flattened;
  const cluster = flattened.clusters[0]?.cluster;
  if (!cluster) throw new Error(`the kubeconfig ${from} names no cluster`);

  const kubectl = (args: readonly string[], kubectlOptions?: KubectlOptions) =>
    runKubectl(kubectlPath, path, args, kubectlOptions);
  if (options.crds) await installCrds({ kubectl }, options.crds);
  let users = 0;
  const stop = () => rm(folder, { recursive: true, force: true });
  const refuse = () =>
    Promise.reject(new Error('this cluster was there already; its API server is not ours to stop'));
  return {
    kubeconfig: path,
    server: cluster.server,
    ca: Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString(),
    binaries: dirname(kubectlPath),
    logs: undefined,
    kubectl,
    // Impersonation: to admission and RBAC it is that user, and no certificate has to be signed for it.
    async userKubeconfig(name, groups = []) {
      const impersonating = flattened.users.map(({ user, ...rest }) => ({
        ...rest,
        user: { ...user, as: name, 'as-groups': [...groups, 'system:authenticated'] },
      }));
      const file = join(folder, `user-${++users}.kubeconfig`);
      await writeFile(file, JSON.stringify({ ...flattened, users: impersonating }), { mode: 0o600 });
      return file;
    },
    stopApiServer: refuse,
    startApiServer: refuse,
    pauseApiServer: refuse,
    resumeApiServer: refuse,
    backUp: refuse,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
