/**
 * Access by a kubeconfig file, through client-node's KubeConfig: it knows the file format, exec plugins and token
 * files. Invariant: the library is imported here, lazily, and nowhere else; only its credentials are used, never its
 * HTTP client, which opens a connection for every call.
 */
import { stat } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Access, Credentials } from './access.ts';
import { AccessError } from './access.ts';

export interface KubeconfigOptions {
  /** One file, or several separated as in the KUBECONFIG variable. */
  readonly path: string;
  /** Default: the file's current-context. */
  readonly context?: string | undefined;
}

/** Rejects with AccessError when the file or the context is not usable. */
export async function kubeconfigAccess(options: KubeconfigOptions): Promise<Access> {
  let loaded = await load(options);
  const cluster = loaded.config.getCurrentCluster();
  if (cluster === null) {
    throw new AccessError(
      `${options.path}: ${options.context ? `no context ${JSON.stringify(options.context)}` : 'no current-context'} with a cluster`,
    );
  }
  const server = URL.parse(cluster.server);
  if (server === null || !/^https?:$/.test(server.protocol)) {
    throw new AccessError(
      `${options.path}: cluster ${JSON.stringify(cluster.name)} has no usable server URL`,
    );
  }
  return {
    server,
    proxyUrl: cluster.proxyUrl,
    // Cheap to ask often: client-node keeps exec credentials until they expire.
    refreshMs: 10_000,
    async credentials() {
      // Tools such as `aws eks update-kubeconfig` or a renewed client certificate rewrite the file.
      const stamp = await stampOf(options.path).catch(() => loaded.stamp);
      if (stamp !== loaded.stamp) loaded = await load(options);
      return credentialsOf(loaded.config, options.path);
    },
    namespace: async () => {
      const { config } = loaded;
      return config.getContextObject(config.getCurrentContext())?.namespace || null;
    },
  };
}

async function load(options: KubeconfigOptions): Promise<{ config: KubeConfig; stamp: string }> {
  const { KubeConfig } = await import('@kubernetes/client-node').catch(cause => {
    const message = 'a kubeconfig cannot be read here: the image leaves out @kubernetes/client-node';
    throw new AccessError(`${message}. Run in a pod, with its service account.`, { cause });
  });
  try {
    const stamp = await stampOf(options.path);
    const config = new KubeConfig();
    const [first = '', ...rest] = pathsOf(options.path);
    config.loadFromFile(first);
    for (const path of rest) {
      const more = new KubeConfig();
      more.loadFromFile(path);
      config.mergeConfig(more, true);
    }
    if (options.context !== undefined) config.setCurrentContext(options.context);
    return { config, stamp };
  } catch (cause) {
    throw new AccessError(`cannot read the kubeconfig ${options.path}: ${messageOf(cause)}`, { cause });
  }
}

async function credentialsOf(config: KubeConfig, path: string): Promise<Credentials> {
  const options: RequestOptions & { headers: Record<string, string> } = { headers: {} };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw new AccessError(`cannot get credentials by the kubeconfig ${path}: ${messageOf(cause)}`, { cause });
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers)) headers[name.toLowerCase()] = String(value);
  if (typeof options.auth === 'string') {
    headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return {
    headers,
    tls: {
      ca: options.ca as Buffer | undefined,
      cert: options.cert as Buffer | string | undefined,
      key: options.key as Buffer | string | undefined,
      servername: options.servername,
      rejectUnauthorized: options.rejectUnauthorized,
    },
  };
}

function pathsOf(path: string): string[] {
  return path.split(process.platform === 'win32' ? ';' : ':').filter(part => part !== '');
}

async function stampOf(path: string): Promise<string> {
  const stats = await Promise.all(pathsOf(path).map(part => stat(part)));
  return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`).join(' ');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
