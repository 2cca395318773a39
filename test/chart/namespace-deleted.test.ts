/** The namespace of a release is deleted without an uninstallation: docs/install.md says what stays, and how it goes. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { chartFolder, helm } from '../../local/helm.ts';
import { adminKubectl, type Manifest, manifestsOf } from '../setup/chart.ts';

it('what the release leaves outside of it is taken over by the next installation, and removed by the commands of the page', async () => {
  const kubectl = await adminKubectl();
  const kubeconfig = inject('kubeconfig');
  const release = `gone-${randomBytes(4).toString('hex')}`;
  const [namespace, watched] = [release, `${release}-watched`];
  await kubectl(['create', 'namespace', watched]);
  // A registered API without a server behind it keeps namespaces from being deleted, and the policies that stamp requests
  // would hold for the whole run's API server.
  const set = `requestedBy=off,crds.install=false,watch.namespaces={${watched}},database.existingSecret.name=pawl-database,server.enabled=true,server.apiService=false`;
  const flags = ['--namespace', namespace, '--create-namespace', '--set', set];
  const install = () => helm(['install', release, chartFolder, ...flags], { kubeconfig });
  await install();
  const { stdout } = await helm(['get', 'manifest', release, '--namespace', namespace], { kubeconfig });
  const outside = manifestsOf(stdout).filter(
    ({ kind, metadata }) => metadata.namespace !== namespace && kind !== 'CustomResourceDefinition',
  );
  const there = async () => {
    const found: string[] = [];
    for (const { kind, metadata } of outside as Manifest[]) {
      const where = metadata.namespace === undefined ? [] : ['--namespace', String(metadata.namespace)];
      const got = await kubectl(['get', kind, metadata.name, ...where, '--ignore-not-found', '-o', 'name']);
      if (got.stdout !== '') found.push(`${kind} ${metadata.name}`);
    }
    return found;
  };
  const all = await there();
  expect(all.length).toBe(outside.length);
  for (const kind of ['ClusterRole', 'ClusterRoleBinding', 'ValidatingAdmissionPolicy', 'RoleBinding'])
    expect(all.join('\n')).toContain(kind);

  await kubectl(['delete', 'namespace', namespace]);
  expect(await there()).toEqual(all);
  const nothing = await helm(['list', '--all-namespaces', '--short', '--filter', release], { kubeconfig });
  expect(nothing.stdout.trim()).toBe('');
  await install();
  await kubectl(['delete', 'namespace', namespace]);

  const page = await readFile(join(import.meta.dirname, '../../docs/install.md'), 'utf8');
  const commands = page
    .split('\n')
    .filter(line => line.startsWith('kubectl delete --selector app.kubernetes.io/instance=pawl '));
  expect(commands).toHaveLength(2);
  for (const command of commands)
    await kubectl(command.replace('instance=pawl ', `instance=${release} `).split(' ').slice(1));
  expect(await there()).toEqual([]);
  await kubectl(['delete', 'namespace', '--wait=false', watched]);
});
