/**
 * The certificates, keys and kubeconfigs that the programs of a control plane read from its folder. Invariant: nobody
 * but this user can read them.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeKubeconfig } from './kubeconfig.ts';
import { type Authority, createAuthority, createSigningKey, type Identity } from './x509.ts';

/** @param server URL of the API server */
export async function writeControlPlaneFiles(
  folder: string,
  server: string,
  authority: Authority,
): Promise<void> {
  // The API server refuses to start when requests forwarded by a proxy are vouched for by the clients' authority.
  const frontProxy = createAuthority('pawl-local-front-proxy');
  const hosts = [
    '127.0.0.1',
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    '10.0.0.1',
  ];
  const serviceAccounts = createSigningKey();
  const files: Record<string, string> = {
    'ca.crt': authority.certificate,
    'ca.key': authority.key,
    'front-proxy-ca.crt': frontProxy.certificate,
    'service-accounts.key': serviceAccounts.privateKey,
    'service-accounts.pub': serviceAccounts.publicKey,
  };
  const identities: Record<string, Identity> = {
    'api-server': authority.issue({ commonName: 'kube-apiserver' }, 'server', hosts),
    'front-proxy': frontProxy.issue({ commonName: 'front-proxy-client' }, 'client'),
  };
  for (const [name, { certificate, key }] of Object.entries(identities)) {
    files[`${name}.crt`] = certificate;
    files[`${name}.key`] = key;
  }
  await Promise.all([
    ...Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text, { mode: 0o600 })),
    writeKubeconfig(join(folder, 'controllers.kubeconfig'), {
      server,
      ca: authority.certificate,
      name: 'controllers',
      identity: authority.issue({ commonName: 'system:kube-controller-manager' }, 'client'),
    }),
  ]);
}
