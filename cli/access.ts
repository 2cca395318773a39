/**
 * Chooses how to reach the server: `--server` with a token, the kubeconfig, or the service account of the pod we run
 * in. Invariant: a token is sent only to a server that was named together with it, never in clear text to another
 * machine, and never because of something written in the workspace.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Asking } from './asking.ts';
import { CliError, whyUnread } from './errors.ts';
import type { HttpOptions, Transport } from './transport.ts';
import { httpTransport } from './transport.ts';

export interface AccessOptions {
  readonly server?: string | undefined;
  /** File of PEM certificates. */
  readonly ca?: string | undefined;
  readonly token?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** Where the aggregated API serves the HTTP API: one resource to RBAC, rest/proxy. */
export const aggregatedPrefix = '/apis/store.pawl.dev/v1alpha1/rest/v1/proxy';

/** The HTTP API of Pawl. Throws CliError when there is no way to it. */
export async function openPawl(options: AccessOptions, asking: Asking): Promise<Transport> {
  const server =
    options.server ??
    (options.context === undefined && options.kubeconfig === undefined ? asking.env.PAWL_SERVER : undefined);
  if (server === undefined || server === '') {
    const kubernetes = await kubernetesOptions(options, asking);
    return httpTransport({ ...kubernetes, prefix: aggregatedPrefix });
  }
  return httpTransport(serverOptions(server, options, asking));
}

/** The API server itself. */
export async function openKubernetes(
  options: AccessOptions,
  asking: Asking,
): Promise<Transport & { readonly namespace: string }> {
  const kubernetes = await kubernetesOptions(options, asking);
  return Object.assign(httpTransport(kubernetes), { namespace: kubernetes.namespace });
}

function serverOptions(server: string, options: AccessOptions, { env, userAgent }: Asking): HttpOptions {
  const base = URL.parse(server);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new CliError(
      'Access',
      `--server ${server} is not a URL; write one such as https://pawl.example.com`,
    );
  }
  // A token from the environment belongs to the server from the environment.
  const ours = options.server === undefined || options.server === env.PAWL_SERVER;
  const token = (options.token ?? (ours ? env.PAWL_TOKEN : undefined))?.trim();
  const ca = options.ca ?? (ours ? env.PAWL_CA : undefined);
  if (token && base.protocol === 'http:' && !isLoopback(base.hostname)) {
    throw new CliError(
      'Access',
      `${server} is not encrypted, so others could read the token on the way; use https`,
    );
  }
  if (token !== undefined && !/^[!-~]*$/.test(token)) {
    throw new CliError(
      'Access',
      'the token contains characters that no token has; is it the right file or variable?',
    );
  }
  return {
    base,
    userAgent,
    name: base.origin,
    proxyEnv: env,
    credentials: async () => ({
      headers: token ? { authorization: `Bearer ${token}` } : {},
      tls: ca ? { ca: readPem(ca) } : {},
    }),
  };
}

async function kubernetesOptions(
  options: AccessOptions,
  asking: Asking,
): Promise<HttpOptions & { namespace: string }> {
  const { env } = asking;
  const home = env.HOME ?? env.USERPROFILE ?? '';
  const named = options.kubeconfig ?? (env.KUBECONFIG || undefined);
  const paths = named?.split(process.platform === 'win32' ? ';' : ':').filter(path => path !== '') ?? [
    join(home, '.kube', 'config'),
  ];
  const { readKubeconfig } = await import('./kubeconfig.ts');
  const found = readKubeconfig(paths, options.context);
  if (found !== null) return found.options(asking);
  const pod = inPod(asking);
  if (pod !== null && named === undefined && options.context === undefined) return pod;
  throw new CliError(
    'Access',
    `there is no kubeconfig at ${paths.join(', ')}; give --kubeconfig FILE, or --server URL with PAWL_TOKEN`,
  );
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

function inPod({ env, userAgent }: Asking): (HttpOptions & { namespace: string }) | null {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) return null;
  const read = (name: string) => readFileSync(join(serviceAccount, name), 'utf8').trim();
  try {
    const token = read('token');
    const base = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
    const tls = { ca: readFileSync(join(serviceAccount, 'ca.crt')) };
    const credentials = async () => ({ headers: { authorization: `Bearer ${token}` }, tls });
    return { base, userAgent, name: base.origin, proxyEnv: env, credentials, namespace: read('namespace') };
  } catch {
    return null;
  }
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CliError('Access', `cannot read the CA file ${file}: ${whyUnread(cause)}`, {
      cause,
    });
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
