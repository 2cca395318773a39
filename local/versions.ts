/**
 * Which Kubernetes and which PostgreSQL run on this machine: the newest that is pinned here, or the older one that
 * PAWL_TEST_KUBERNETES=1.33 or PAWL_TEST_POSTGRES=15 asks for. Their patches are pinned in go/kubernetes-1.33 and
 * postgres/15, with checksums. Invariant: a version that is not here is an error, and never another version.
 */
type Env = Readonly<Record<string, string | undefined>>;

const kubernetesVersions = ['1.33', '1.34', '1.35', '1.36'] as const;
const postgresVersions = ['15', '16', '17', '18'] as const;

export type KubernetesVersion = (typeof kubernetesVersions)[number];
export type PostgresVersion = (typeof postgresVersions)[number];

export const newestKubernetes: KubernetesVersion = '1.36';
export const newestPostgres: PostgresVersion = '18';

export const kubernetesVersion = (env: Env = process.env): KubernetesVersion =>
  chosen(env, 'PAWL_TEST_KUBERNETES', kubernetesVersions, newestKubernetes);

export const postgresVersion = (env: Env = process.env): PostgresVersion =>
  chosen(env, 'PAWL_TEST_POSTGRES', postgresVersions, newestPostgres);

/** Whether its API server stamps requests by itself: MutatingAdmissionPolicy is v1 since Kubernetes 1.36. */
export const hasMutatingPolicies = (version = kubernetesVersion()): boolean =>
  Number(version.split('.')[1]) >= 36;

function chosen<T extends string>(env: Env, name: string, all: readonly T[], newest: T): T {
  const wanted = env[name];
  if (!wanted) return newest;
  const found = all.find(version => version === wanted);
  if (found === undefined) throw new Error(`${name} is one of ${all.join(', ')}, not ${wanted}`);
  return found;
}
