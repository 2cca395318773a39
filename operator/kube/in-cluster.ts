/**
 * Access with the service account that Kubernetes mounts into a pod. Read without client-node, whose import
 * alone costs about 60 MB of memory. Invariant: token and CA are read anew on every call, because the
 * kubelet replaces them while we run.
 */
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Access } from './access.ts';
import { AccessError } from './access.ts';

export interface InClusterOptions {
  /** Value of KUBERNETES_SERVICE_HOST. */
  readonly host: string;
  /** Value of KUBERNETES_SERVICE_PORT. */
  readonly port: string;
  /** Folder with `token` and `ca.crt`. */
  readonly folder?: string;
}

export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Throws AccessError when host and port do not make a URL; credentials() rejects with it as well. */
export function inClusterAccess(options: InClusterOptions): Access {
  const folder = options.folder ?? serviceAccountFolder;
  const host = isIPv6(options.host) ? `[${options.host}]` : options.host;
  const server = URL.parse(`https://${host}:${options.port}`);
  if (server === null || host === '') {
    throw new AccessError('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT do not name an API server');
  }
  return {
    server,
    // client-go's period; projected tokens are replaced when 80 % of their life is over.
    refreshMs: 60_000,
    async credentials() {
      try {
        const [token, ca] = await Promise.all([
          readFile(join(folder, 'token'), 'utf8'),
          readFile(join(folder, 'ca.crt')),
        ]);
        return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
      } catch (cause) {
        throw new AccessError(`cannot read the service account in ${folder}`, { cause });
      }
    },
    namespace: () =>
      readFile(join(folder, 'namespace'), 'utf8').then(
        text => text.trim() || null,
        () => null,
      ),
  };
}
