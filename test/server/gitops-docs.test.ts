/**
 * The commands and manifests of docs/gitops.md, as they stand there, on a real API server with the operator and its API.
 * Invariant: every block of commands on that page is run here.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { findBinaries } from '../../local/binaries.ts';
import type { Kube } from '../setup/kube.ts';
import { ObjectsWorld } from './objects-world.ts';

const root = join(import.meta.dirname, '..', '..');
const page = await readFile(join(root, 'docs/gitops.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(match => match[1]!);
const ran = new Set<string>();

/** The one block of this language that has this in it. */
function block(language: string, part: string): string {
  const found = blocks(language).filter(text => text.includes(part));
  expect(found, part).toHaveLength(1);
  return found[0]!;
}

let world: ObjectsWorld;
let kube: Kube;
let namespace: string;
let folder: string;
let PATH: string;

beforeAll(async () => {
  world = await ObjectsWorld.start('gitops-docs');
  kube = world.kube;
  const { kubectl, kustomize } = await findBinaries(['kubectl', 'kustomize']);
  const bin = await mkdtemp(join(tmpdir(), 'pawl-gitops-bin-'));
  const plugin = join(bin, 'kubectl-pawl');
  await writeFile(plugin, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'cli/main.ts')}' "$@"\n`);
  await chmod(plugin, 0o755);
  PATH = [bin, dirname(kubectl), dirname(kustomize), process.env.PATH].join(delimiter);
}, 600_000);
afterAll(() => world?.[Symbol.asyncDispose]());

beforeEach(async () => {
  namespace = await kube.namespace('gitops-docs');
  world.namespace = namespace;
  folder = await mkdtemp(join(tmpdir(), 'pawl-gitops-'));
  await symlink(join(root, 'charts'), join(folder, 'charts'));
  return () => rm(folder, { recursive: true });
});

async function sh(commands: string): Promise<string> {
  ran.add(commands);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: folder,
    env: { ...process.env, ...world.client, PATH, HOME: folder, KUBECONFIG: inject('kubeconfig') },
  });
  return stdout;
}

/** A repository on branch main with these files in its one commit. */
async function commit(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const who = '-c user.name=ada -c user.email=ada@example.com';
  const git = `git init -q -b main && git add -A && git ${who} commit -qm first && git rev-parse HEAD`;
  const { stdout } = await promisify(execFile)('bash', ['-euc', git], { cwd: folder });
  return stdout.trim();
}

/** The page's first manifest, in this test's namespace. */
const limits = () =>
  block('yaml', 'comment: raise the EU cap').replace('namespace: payments', `namespace: ${namespace}`);
const rendered = async () => {
  const objects = parseAllDocuments(await sh('kubectl kustomize .')).map(document => document.toJS());
  return objects.find(({ kind }) => kind === 'ConfigVersion');
};

describe("Argo CD's settings", () => {
  /** Runs commands on an argocd-cm with these entries; answers the entries it has then. */
  async function patched(commands: string, data: Record<string, string>): Promise<Record<string, string>> {
    const { kubectl } = world;
    const metadata = { name: 'argocd-cm', namespace: 'argocd' };
    await kubectl(['create', 'namespace', 'argocd']).catch(() => undefined);
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    await kubectl(['create', '-f', '-'], { input });
    try {
      await sh(commands);
      const got = await kubectl(['get', 'configmap', 'argocd-cm', '--namespace=argocd', '--output=json']);
      return JSON.parse(got.stdout).data;
    } finally {
      await kubectl(['delete', 'configmap', 'argocd-cm', '--namespace=argocd']);
    }
  }

  it('get the health check and the actions, and keep everything else', async () => {
    const data = await patched(block('sh', 'charts/argocd/argocd-cm.yaml'), { url: 'https://a.example.com' });
    expect(data.url).toBe('https://a.example.com');
    expect(data['resource.customizations.health.pawl.dev_ConfigVersion']).toContain('Stalled');
    expect(parse(data['resource.customizations.actions.pawl.dev_ConfigVersion']!)).toHaveProperty(
      'definitions',
    );
  });

  it('get the history appended to the exclusions there are, and keep those and everything else', async () => {
    // As `resource.exclusions: |-` leaves it: without an end of line.
    const before = '- apiGroups: [coordination.k8s.io]\n  kinds:\n  - Lease';
    const data = await patched(block('sh', 'resource-exclusions.yaml'), {
      ...{ 'resource.exclusions': before, url: 'https://a.example.com' },
    });
    expect(data.url).toBe('https://a.example.com');
    expect(parse(data['resource.exclusions']!)).toEqual([
      { apiGroups: ['coordination.k8s.io'], kinds: ['Lease'] },
      { apiGroups: ['store.pawl.dev'], kinds: ['*'], clusters: ['*'] },
    ]);
  });
});

describe('Kustomize', () => {
  it('puts the text of a plain file into the manifest, byte for byte', async () => {
    const text = '# ü  kept\ncap:   1200   # as it is\n\nlist: [1,  2]\n';
    const manifest = parse(limits());
    const empty = { ...manifest, spec: { ...manifest.spec, body: '' } };
    await commit({
      'kustomization.yaml': block('yaml', 'configMapGenerator'),
      'limits.yaml': JSON.stringify(empty),
      'eu.yaml': text,
    });
    const { spec } = await rendered();
    expect(spec).toEqual({ ...manifest.spec, body: text });
  });

  it.each([
    ['a patch', 'edit add patch', (object: { spec: { git: object } }) => object.spec.git],
    [
      'annotations',
      'annotation',
      ({ metadata: { annotations: all } }: { metadata: { annotations: Record<string, string> } }) => ({
        commit: all['pawl.dev/git-commit'],
        branch: all['pawl.dev/git-branch'],
      }),
    ],
  ])('records the commit by %s, which the history then has', async (_, part, gitOf) => {
    const head = await commit({
      'kustomization.yaml': 'resources: [limits.yaml]\n',
      'limits.yaml': limits(),
    });
    const commands = block('sh', part);
    await sh(commands);
    expect(gitOf(await rendered())).toEqual({ commit: head, branch: 'main' });
    // A pipeline runs for each commit.
    await sh(commands);
    await sh('kubectl apply -k .');
    await kube.untilReason(namespace, 'limits', 'Saved');
    const { json } = await world.ask(`/versions/${namespace}/limits/eu.yaml`);
    expect(json.items[0].git).toMatchObject({ commit: head, branch: 'main' });
  });

  it('renders what a preview is asked about', async () => {
    await commit({
      'overlays/prod/kustomization.yaml': 'resources: [limits.yaml]\n',
      'overlays/prod/limits.yaml': limits(),
    });
    const told = await sh(block('sh', 'kubectl pawl preview'));
    expect(told).toContain(
      `${namespace}/limits (${namespace}/limits/eu.yaml): Saved: Would be saved as version 1`,
    );
  });
});

describe('a plain ConfigMap in Git', () => {
  const both = block('yaml', 'pawl.dev/adopt: "true"');
  const apply = (input: string) => world.kubectl(['apply', '-n', namespace, '-f', '-'], { input });
  const [map = '', version = ''] = both.split('---\n');

  it('becomes the ConfigVersion’s, and is there and the same at every moment', async () => {
    await apply(map.replace(/ +pawl.dev\/adopt.*\n/, ''));
    const before = await kube.configMap(namespace, 'web-config');
    for (const wave of [map, version]) await apply(wave);
    await kube.untilReason(namespace, 'web', 'Saved');
    const after = await kube.configMap(namespace, 'web-config');
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.data).toEqual(before?.data);
    // What has an owner is not pruned by Argo CD.
    expect(after?.metadata.ownerReferences).toMatchObject([{ kind: 'ConfigVersion', name: 'web' }]);
    await apply(version.replaceAll('1000', '1500'));
    const shown = await kube.untilShown(namespace, 'web-config', '2');
    expect([shown.metadata.uid, shown.data]).toEqual([before?.metadata.uid, { 'app.yaml': 'cap: 1500\n' }]);
  });

  it('that was not handed over is left alone, and the message names the way', async () => {
    await apply(map.replace(/ +pawl.dev\/adopt.*\n/, ''));
    await apply(version);
    const { status } = await kube.untilReason(namespace, 'web', 'TargetNotOwned');
    expect(status.conditions?.[0]?.message).toMatch(/Pawl did not make it.*pawl\.dev\/adopt=true/);
    expect((await kube.configMap(namespace, 'web-config'))?.metadata.ownerReferences).toBeUndefined();
  });
});

it('every block of commands on the page was run', () => {
  expect(blocks('sh').filter(commands => !ran.has(commands))).toEqual([]);
});
