/**
 * What the HTTP API needs on this machine: a certificate of a throw-away authority, an address, and a token of a user
 * who may edit every config. Invariant: the files are gone when this program is.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiServiceHost } from './api-service.ts';
import type { Kubectl } from './kubectl.ts';
import { freePort } from './wait.ts';
import { createAuthority } from './x509.ts';

export interface LocalApi {
  /** For the operator. */
  readonly operator: Record<'PAWL_API_ADDR' | 'PAWL_API_CERT_FILE' | 'PAWL_API_KEY_FILE', string>;
  /** For its clients: where it is, whom to trust, and an editor's token. */
  readonly client: Record<'PAWL_SERVER' | 'PAWL_CA' | 'PAWL_TOKEN', string>;
  /** For registerApiService. */
  readonly service: { readonly port: number; readonly ca: string };
}

const editor = 'pawl-local-editor';
const audience = 'pawl';

export async function prepareApi({ kubectl }: { kubectl: Kubectl }): Promise<LocalApi> {
  const folder = await mkdtemp(join(tmpdir(), 'pawl-local-api-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const authority = createAuthority('pawl-local-api');
  const identity = authority.issue({ commonName: 'localhost' }, 'server', [
    ...['localhost', '127.0.0.1', apiServiceHost],
  ]);
  const files = { ca: join(folder, 'ca.crt'), cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  await Promise.all([
    writeFile(files.ca, authority.certificate),
    writeFile(files.cert, identity.certificate),
    writeFile(files.key, identity.key, { mode: 0o600 }),
  ]);
  await kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(editorObjects()) });
  const { stdout } = await kubectl([
    ...['create', 'token', editor, '--namespace', 'default'],
    ...['--audience', audience, '--duration', '24h'],
  ]);
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  return {
    operator: {
      PAWL_API_ADDR: address,
      PAWL_API_CERT_FILE: files.cert,
      PAWL_API_KEY_FILE: files.key,
    },
    client: { PAWL_SERVER: `https://${address}`, PAWL_CA: files.ca, PAWL_TOKEN: stdout.trim() },
    service: { port, ca: authority.certificate },
  };
}

/** A service account that may do everything to every config, see every ConfigVersion, and confirm its merge. */
function editorObjects(): object {
  const group = 'rbac.authorization.k8s.io';
  const rule = {
    apiGroups: ['store.pawl.dev'],
    resources: ['configs'],
    verbs: ['get', 'list', 'create', 'update', 'delete', 'import', 'freeze', 'purge', 'bypass', 'approve'],
  };
  const proposals = { apiGroups: ['pawl.dev'], resources: ['configversions'], verbs: ['get', 'update'] };
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: editor, namespace: 'default' } },
      {
        apiVersion: `${group}/v1`,
        kind: 'ClusterRole',
        metadata: { name: editor },
        rules: [rule, proposals],
      },
      {
        ...{ apiVersion: `${group}/v1`, kind: 'ClusterRoleBinding', metadata: { name: editor } },
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: editor },
        subjects: [{ kind: 'ServiceAccount', name: editor, namespace: 'default' }],
      },
    ],
  };
}
