/**
 * The part of kubectl's kubeconfig that says where the API server is and who we are. Read here because client-node
 * takes more than a second to load, three times what `status` may take; it is loaded only for the legacy
 * `auth-provider` users. Invariant: of several files the first that names a thing wins, and file names in
 * one are relative to it, as in kubectl.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Asking } from './asking.ts';
import { CliError, codeOf, messageOf, whyUnread } from './errors.ts';
import { type ExecPlugin, runPlugin } from './exec-plugin.ts';
import type { Credentials, HttpOptions } from './transport.ts';

interface Cluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
  readonly 'proxy-url'?: string;
}

interface User {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly exec?: ExecPlugin;
  readonly 'auth-provider'?: { readonly name?: string };
  readonly as?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[];
}

interface Context {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** Something a file names, and the folder its file names are relative to. */
interface Named<T> {
  readonly value: T;
  readonly folder: string;
}

export interface Kubeconfig {
  options(asking: Asking): HttpOptions & { namespace: string };
}

/** Null when none of the files exists. Throws CliError when one is not a kubeconfig or has no such context. */
export function readKubeconfig(paths: readonly string[], contextName: string | undefined): Kubeconfig | null {
  const clusters = new Map<string, Named<Cluster>>();
  const users = new Map<string, Named<User>>();
  const contexts = new Map<string, Named<Context>>();
  let current = contextName;
  let read = 0;
  for (const path of paths) {
    const text = readIfThere(path);
    if (text === null) continue;
    read++;
    const file = parseFile(path, text);
    const folder = dirname(resolve(path));
    collect(clusters, file.clusters, 'cluster', folder);
    collect(users, file.users, 'user', folder);
    collect(contexts, file.contexts, 'context', folder);
    current ||= typeof file['current-context'] === 'string' ? file['current-context'] : undefined;
  }
  if (read === 0) return null;
  const where = paths.join(', ');
  if (!current) throw new CliError('Access', `${where}: no current-context; give --context NAME`);
  const context = contexts.get(current)?.value;
  if (context === undefined) {
    const known = [...contexts.keys()].join(', ') || 'none';
    throw new CliError('Access', `${where}: no context ${current}; there are: ${known}`);
  }
  const cluster = clusters.get(context.cluster ?? '');
  const base = URL.parse(cluster?.value.server ?? '');
  if (cluster === undefined || base === null || !/^https?:$/.test(base.protocol)) {
    throw new CliError('Access', `${where}: context ${current} names no cluster with a server URL`);
  }
  const user = users.get(context.user ?? '') ?? { value: {}, folder: '.' };
  return {
    options: asking => ({
      base,
      userAgent: asking.userAgent,
      name: `context ${current}`,
      namespace: context.namespace || 'default',
      proxyEnv: proxyOf(cluster.value, asking.env),
      credentials: () => credentialsOf({ cluster, user, paths, context: current, asking }),
    }),
  };
}

interface Source {
  readonly cluster: Named<Cluster>;
  readonly user: Named<User>;
  readonly paths: readonly string[];
  readonly context: string;
  readonly asking: Asking;
}

async function credentialsOf(source: Source): Promise<Credentials> {
  const { cluster, user, asking } = source;
  const { value } = user;
  const ca = material(cluster, 'certificate-authority');
  const trust = {
    ...(ca && { ca }),
    ...(cluster.value['tls-server-name'] && { servername: cluster.value['tls-server-name'] }),
    ...(cluster.value['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
  };
  if (value['auth-provider'] !== undefined) return legacyCredentials(source, trust);
  const headers: Record<string, string> = { ...impersonation(value) };
  let cert: string | Buffer | undefined = material(user, 'client-certificate');
  let key: string | Buffer | undefined = material(user, 'client-key');
  if (value.exec !== undefined) {
    const given = await runPlugin(value.exec, {
      ...{ folder: user.folder, env: asking.env, interactive: asking.interactive },
      ...(asking.signal && { signal: asking.signal }),
      cluster: { ...cluster.value, ...(ca && { 'certificate-authority-data': ca.toString('base64') }) },
    });
    if (given.token !== undefined) headers.authorization = `Bearer ${given.token}`;
    cert = given.clientCertificateData ?? cert;
    key = given.clientKeyData ?? key;
  } else if (value.tokenFile !== undefined) {
    headers.authorization = `Bearer ${readNamed(user.folder, value.tokenFile).toString('utf8').trim()}`;
  } else if (value.token !== undefined) headers.authorization = `Bearer ${value.token}`;
  else if (value.username !== undefined) {
    const pair = `${value.username}:${value.password ?? ''}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  return { headers, tls: { ...trust, ...(cert && { cert }), ...(key && { key }) } };
}

/** kubectl's old built-in providers, of which only oidc is left; client-node knows how to refresh its token. */
async function legacyCredentials(source: Source, trust: Credentials['tls']): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node').catch((cause: unknown) => {
    const message =
      'the kubeconfig’s user has a legacy auth-provider, which needs one more package: ' +
      'npm install --global @kubernetes/client-node';
    throw new CliError('Access', message, { cause });
  });
  const [first = '', ...rest] = source.paths;
  const config = new KubeConfig();
  config.loadFromFile(first);
  for (const path of rest) {
    const more = new KubeConfig();
    more.loadFromFile(path);
    config.mergeConfig(more, true);
  }
  config.setCurrentContext(source.context);
  const options: Credentials['tls'] & { headers: Record<string, string> } = { headers: {} };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw new CliError('Access', `cannot get credentials from the auth-provider: ${messageOf(cause)}`, {
      cause,
    });
  }
  return { headers: { ...options.headers, ...impersonation(source.user.value) }, tls: trust };
}

function impersonation(user: User): Record<string, string> {
  return {
    ...(user.as && { 'impersonate-user': user.as }),
    ...(user['as-uid'] && { 'impersonate-uid': user['as-uid'] }),
    ...(user['as-groups']?.length && { 'impersonate-group': user['as-groups'] as unknown as string }),
  };
}

function proxyOf(cluster: Cluster, env: Asking['env']): HttpOptions['proxyEnv'] {
  const url = cluster['proxy-url'];
  if (!url) return env;
  if (!/^https?:/.test(url)) {
    throw new CliError(
      'Access',
      `the kubeconfig's proxy-url ${url} is of a kind that is not supported: only http and https are`,
    );
  }
  return { HTTPS_PROXY: url, HTTP_PROXY: url };
}

function material(
  { value, folder }: Named<Cluster | User>,
  name: 'certificate-authority' | 'client-certificate' | 'client-key',
): Buffer | undefined {
  const fields = value as Record<string, string | undefined>;
  const data = fields[`${name}-data`];
  if (data) return Buffer.from(data, 'base64');
  return fields[name] ? readNamed(folder, fields[name]) : undefined;
}

function readNamed(folder: string, name: string): Buffer {
  const path = resolve(folder, name);
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CliError('Access', `cannot read ${path}, which the kubeconfig names: ${whyUnread(cause)}`, {
      cause,
    });
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw new CliError('Access', `cannot read the kubeconfig ${path}: ${whyUnread(cause)}`, { cause });
  }
}

function parseFile(path: string, text: string): Record<string, unknown> {
  try {
    const file = (text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text)) as unknown;
    if (file === null || file === undefined) return {};
    if (typeof file === 'object' && !Array.isArray(file)) return file as Record<string, unknown>;
  } catch (cause) {
    throw new CliError('Access', `${path} is not a kubeconfig: ${messageOf(cause)}`, { cause });
  }
  throw new CliError('Access', `${path} is not a kubeconfig`);
}

function collect<T>(into: Map<string, Named<T>>, list: unknown, field: string, folder: string): void {
  if (!Array.isArray(list)) return;
  for (const item of list as Record<string, unknown>[]) {
    const name = item?.name;
    const value = item?.[field];
    if (typeof name === 'string' && value !== null && typeof value === 'object' && !into.has(name)) {
      into.set(name, { value: value as T, folder });
    }
  }
}
