/**
 * What the end-to-end tests need to be told, read from the environment by their front doors and by the tests
 * themselves. Invariant: nothing is guessed; above all not which cluster, for CRDs and namespaces are made and
 * deleted in it.
 */

export interface E2eSettings {
  /** Path, or paths as kubectl takes them. */
  readonly kubeconfig: string;
  readonly image: ImageName;
  /** PostgreSQL as pods reach it; null: the chart brings its own. */
  readonly databaseUrl: string | null;
  /** Image of that PostgreSQL; null: the chart's default. */
  readonly postgresImage: string | null;
  /** Shell command that ends a container with SIGKILL; null: the leader's pod is deleted without grace. */
  readonly kill: string | null;
}

export interface ImageName {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** A setting is missing; the message says what each of them is. */
export class E2eSettingsMissing extends Error {
  override readonly name = 'E2eSettingsMissing';
  readonly reason = 'E2eSettingsMissing';
}

const NEEDS = `The end-to-end tests install Pawl in a cluster and use it there. They need
  KUBECONFIG              a cluster that has no Pawl; they make namespaces and CRDs in it, and delete them
  PAWL_E2E_IMAGE          the image of the operator, as the cluster's nodes know or pull it
  PAWL_E2E_DATABASE_URL   PostgreSQL as the cluster's pods reach it, as postgres://…
                          or \`bundled\`: the chart's own, for a cluster that can pull or has its image
and take
  PAWL_E2E_POSTGRES_IMAGE image of the chart's own PostgreSQL, instead of the chart's default
  PAWL_E2E_KILL           shell command that ends a container with SIGKILL, given NODE, NAMESPACE, POD and
                          CONTAINER (its id); without it the pod is deleted without grace
\`npm run test:kind\` brings all of them where docker or podman is; see docs/e2e.md.`;

/** @throws E2eSettingsMissing */
export function readE2eSettings(env: Readonly<Record<string, string | undefined>>): E2eSettings {
  const missing = ['KUBECONFIG', 'PAWL_E2E_IMAGE', 'PAWL_E2E_DATABASE_URL'].filter(name => !env[name]);
  if (missing.length > 0) {
    throw new E2eSettingsMissing(
      `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not set.\n${NEEDS}`,
    );
  }
  const database = env.PAWL_E2E_DATABASE_URL!;
  return {
    kubeconfig: env.KUBECONFIG!,
    image: imageNameOf(env.PAWL_E2E_IMAGE!),
    databaseUrl: database === 'bundled' ? null : database,
    postgresImage: env.PAWL_E2E_POSTGRES_IMAGE || null,
    kill: env.PAWL_E2E_KILL || null,
  };
}

/** The parts of `[HOST[:PORT]/]NAME[:TAG][@DIGEST]`; a name with neither tag nor digest means `latest`. */
export function imageNameOf(text: string): ImageName {
  const [name = '', digest = ''] = text.split('@');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  return {
    repository: hasTag ? name.slice(0, colon) : name,
    tag: hasTag ? name.slice(colon + 1) : digest ? '' : 'latest',
    digest,
  };
}
