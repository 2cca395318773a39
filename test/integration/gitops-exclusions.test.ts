/** The commands of docs/gitops.md that keep Argo CD from copying the history, as they stand there, on a real API server. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { findBinaries } from '../../local/binaries.ts';
import { adminKubectl } from '../setup/chart.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

it('appends the history to the exclusions Argo CD has, and keeps those and everything else', async () => {
  const page = await readFile(join(root, 'docs/gitops.md'), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(match => match[1]!);
  const commands = blocks.find(block => block.includes('resource-exclusions.yaml'));
  const kubectl = await adminKubectl();
  await kubectl(['create', 'namespace', 'argocd']).catch(() => undefined);
  const before = '- apiGroups: [coordination.k8s.io]\n  kinds: [Lease]\n';
  await kubectl([
    ...['create', 'configmap', 'argocd-cm', '--namespace=argocd'],
    ...[`--from-literal=resource.exclusions=${before}`, '--from-literal=url=https://argocd.example.com'],
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'pawl-gitops-'));
  try {
    await symlink(join(root, 'charts'), join(folder, 'charts'));
    const { kubectl: program } = await findBinaries(['kubectl']);
    const PATH = [dirname(program), process.env.PATH].join(delimiter);
    await run('bash', ['-euc', commands!], {
      cwd: folder,
      env: { ...process.env, PATH, KUBECONFIG: inject('kubeconfig') },
    });
    const got = await kubectl(['get', 'configmap', 'argocd-cm', '--namespace=argocd', '--output=json']);
    const { data } = JSON.parse(got.stdout);
    expect(data.url).toBe('https://argocd.example.com');
    expect(parse(data['resource.exclusions'])).toEqual([
      { apiGroups: ['coordination.k8s.io'], kinds: ['Lease'] },
      { apiGroups: ['store.pawl.dev'], kinds: ['*'], clusters: ['*'] },
    ]);
  } finally {
    await kubectl(['delete', 'configmap', 'argocd-cm', '--namespace=argocd']);
    await rm(folder, { recursive: true });
  }
});
