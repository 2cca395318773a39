/** Kubeconfig files as the control plane writes them: one cluster, one user, certificates inside. JSON is YAML. */
import { writeFile } from 'node:fs/promises';
import type { Identity } from './x509.ts';

export async function writeKubeconfig(
  path: string,
  input: { server: string; ca: string; name: string; identity: Identity },
): Promise<string> {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'pawl-local',
        cluster: { server: input.server, 'certificate-authority-data': base64(input.ca) },
      },
    ],
    users: [
      {
        name: input.name,
        user: {
          'client-certificate-data': base64(input.identity.certificate),
          'client-key-data': base64(input.identity.key),
        },
      },
    ],
    contexts: [{ name: 'pawl-local', context: { cluster: 'pawl-local', user: input.name } }],
    'current-context': 'pawl-local',
  };
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return path;
}
