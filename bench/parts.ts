/**
 * A control plane and a PostgreSQL of one measurement's own, so that no figure depends on what ran before, and
 * what a pod of the chart would find in this cluster: a service account's token and flags for its memory.
 */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startControlPlane } from '../local/control-plane.ts';
import type { ControlPlane } from '../local/control-plane-interface.ts';
import { crdFolder } from '../local/crds.ts';
import { type Postgres, startPostgres } from '../local/postgres.ts';
import { openApi } from './api.ts';
import { heapFlags } from './heap-flags.ts';

export interface Parts extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly postgres: Postgres;
  /** False where this PostgreSQL cannot count statements. */
  readonly countsStatements: boolean;
  /** Environment of an operator that runs as in a pod; without DATABASE_URL. */
  readonly podEnv: Readonly<Record<string, string>>;
}

/** @param profile absolute path of a folder for CPU profiles of the operators; null: none are taken */
export async function startParts({ profile }: { profile: string | null }): Promise<Parts> {
  await using stack = new AsyncDisposableStack();
  const { postgres, countsStatements } = await startCountingPostgres();
  stack.defer(() => postgres.dispose());
  // A cluster that is there already would be measured with whatever else it does.
  const controlPlane = await startControlPlane({ crds: crdFolder, existing: null });
  stack.defer(() => controlPlane.stop());
  // In the control plane's own folder, which goes with it even when we are killed.
  const folder = await mkdtemp(join(dirname(controlPlane.kubeconfig), 'pod-'));
  const podEnv = await podEnvironment(controlPlane, folder, profile);
  const ending = stack.move();
  return {
    controlPlane,
    postgres,
    countsStatements,
    podEnv,
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  };
}

/** pg_stat_statements costs Pawl and the floor the same; a build of PostgreSQL without it does not start with it. */
async function startCountingPostgres(): Promise<{ postgres: Postgres; countsStatements: boolean }> {
  const settings = { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'top' };
  try {
    return { postgres: await startPostgres({ url: null, settings }), countsStatements: true };
  } catch {
    return { postgres: await startPostgres({ url: null }), countsStatements: false };
  }
}

async function podEnvironment(
  controlPlane: ControlPlane,
  folder: string,
  profile: string | null,
): Promise<Record<string, string>> {
  await using api = openApi(controlPlane.kubeconfig, 1);
  const namespace = 'pawl-system';
  await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
  await api.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'pawl' } });
  await api.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'pawl-bench' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'pawl', namespace }],
  });
  const { status } = await api.create<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/pawl/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } },
  );
  await writeFile(join(folder, 'token'), status.token, { mode: 0o600 });
  await writeFile(join(folder, 'ca.crt'), controlPlane.ca);
  await writeFile(join(folder, 'namespace'), namespace);
  const { hostname, port } = new URL(controlPlane.server);
  const file = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8').catch(() => '');
  const flags = heapFlags(await file('Dockerfile'), await file('charts/pawl/values.yaml'));
  const profiling = profile === null ? '' : ` --cpu-prof --cpu-prof-dir=${profile}`;
  return {
    KUBECONFIG: '',
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    BENCH_SERVICE_ACCOUNT: folder,
    NODE_OPTIONS: `--import=${new URL('./service-account-mount.mjs', import.meta.url)} ${flags}${profiling}`,
    NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
    MALLOC_ARENA_MAX: /MALLOC_ARENA_MAX=(\d+)/.exec(await file('Dockerfile'))?.[1] ?? '',
  };
}
