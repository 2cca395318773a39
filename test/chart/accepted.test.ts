/**
 * What the chart renders, before a real API server: accepted object by object, in a namespace that enforces the
 * restricted Pod Security Standard; and a release's life: installed, upgraded, uninstalled.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chartFolder, helm, renderChart } from '../../local/helm.ts';
import { type Kubectl, KubectlError } from '../../local/kubectl.ts';
import { hasMutatingPolicies, kubernetesVersion } from '../../local/versions.ts';
import { adminKubectl, type Manifest, manifestsOf } from '../setup/chart.ts';

const valuesFile = (name: string) => join(import.meta.dirname, 'values', `${name}.yaml`);
const examples = join(chartFolder, 'examples');
const installations = ['default', 'production', 'trial', 'server'];
/** Kinds of others, whose CRDs this API server does not have. */
const foreign = ['ServiceMonitor', 'PrometheusRule', 'Certificate', 'Issuer'];

let kubectl: Kubectl;
let namespace: string;

beforeAll(async () => {
  kubectl = await adminKubectl();
  namespace = `restricted-${randomBytes(4).toString('hex')}`;
  await kubectl(['create', 'namespace', namespace]);
  const levels = ['enforce', 'warn', 'audit'].map(mode => `pod-security.kubernetes.io/${mode}=restricted`);
  await kubectl(['label', 'namespace', namespace, ...levels]);
  await kubectl(['create', 'namespace', `${namespace}-payments`]);
});

afterAll(() => kubectl?.(['delete', 'namespace', '--wait=false', namespace, `${namespace}-payments`]));

describe('what the chart renders', () => {
  it.each(installations)('for the %s values is accepted whole by the API server', async name => {
    const manifests = manifestsOf(await render(name));
    const known = manifests.filter(({ kind }) => !foreign.includes(kind));
    const skipped = manifests.filter(manifest => !known.includes(manifest)).map(({ kind }) => kind);
    expect(skipped.sort()).toEqual(name === 'production' ? ['PrometheusRule', 'ServiceMonitor'] : []);
    const { stdout, stderr } = await dryRun(['apply', '--server-side', '--force-conflicts'], known);
    expect(stdout.trim().split('\n')).toHaveLength(known.length);
    // Pod Security speaks of a Deployment's pods in warnings, and of unknown fields, too.
    expect(stderr).toBe('');
  });

  it.each(readdirSync(examples))('for the example %s is accepted whole by the API server', async name => {
    const text = await renderChart({
      ...{
        release: 'one',
        namespace,
        kubeVersion: `${kubernetesVersion()}.0`,
        valuesFiles: [join(examples, name)],
      },
      values: { requestedBy: 'off', watch: { namespaces: [`${namespace}-payments`] } },
    });
    const known = manifestsOf(text).filter(({ kind }) => !foreign.includes(kind));
    const { stdout, stderr } = await dryRun(['apply', '--server-side', '--force-conflicts'], known);
    expect(stdout.trim().split('\n')).toHaveLength(known.length);
    expect(stderr).toBe('');
  });

  it('for a server that stamps requests is accepted whole by the API server', async () => {
    const known = manifestsOf(await render('server', { requestedBy: 'webhook' }));
    expect(known.map(({ kind }) => kind)).toContain('MutatingWebhookConfiguration');
    const { stdout, stderr } = await dryRun(['apply', '--server-side', '--force-conflicts'], known);
    expect(stdout.trim().split('\n')).toHaveLength(known.length);
    expect(stderr).toBe('');
  });

  it.each(installations)('for the %s values makes pods that a restricted namespace admits', async name => {
    const manifests = manifestsOf(await render(name));
    await createServiceAccount(manifests);
    const pods = podsOf(manifests);
    expect(pods.length).toBeGreaterThanOrEqual(2);
    for (const pod of pods) await dryRun(['create'], [pod]);
    // And the namespace does enforce it.
    const lax = structuredClone(pods[0]!) as Manifest & { spec: { securityContext: object } };
    lax.spec.securityContext = {};
    await expect(dryRun(['create'], [lax])).rejects.toThrow(/violates PodSecurity "restricted/);
  });
});

describe('a release', () => {
  it('is installed, keeps its password when upgraded, and leaves CRDs and data behind', async () => {
    const flags = ['--namespace', namespace, '--values', valuesFile('trial'), '--take-ownership'];
    // The policies would hold for the whole run's API server.
    flags.push('--set', `requestedBy=off,watch.namespaces={${namespace}-payments}`);
    // A registered API without a server behind it keeps namespaces from being deleted.
    flags.push('--set', 'server.enabled=true,server.apiService=false,ui.enabled=true');
    const kubeconfig = inject('kubeconfig');
    const installed = await helm(['install', 'trial', chartFolder, ...flags], { kubeconfig });
    expect(installed.stdout).toContain('NOT FOR PRODUCTION');
    expect(installed.stdout + installed.stderr).not.toMatch(/warning/i);
    const password = await passwordOf('trial-pawl-postgresql');
    expect(password).toHaveLength(32);

    // Nothing is made anew: a second time it is what it is, password, certificate and key of sessions included.
    const unchanged = ['upgrade', 'trial', chartFolder, ...flags, '--dry-run=server', '--output=json'];
    const { manifest } = JSON.parse((await helm(unchanged, { kubeconfig })).stdout) as { manifest: string };
    const { stdout: there } = await helm(['get', 'manifest', 'trial', '--namespace', namespace], {
      kubeconfig,
    });
    expect(manifest.trim()).toBe(there.trim());
    expect(manifest).toContain('tls.crt');

    // A watched namespace that is gone keeps no upgrade from passing.
    const more = `replicaCount=2,watch.namespaces={${namespace}-payments,${namespace}-gone}`;
    await helm(['upgrade', 'trial', chartFolder, ...flags, '--set', more], { kubeconfig });
    expect(await passwordOf('trial-pawl-postgresql')).toBe(password);
    expect((await get('deployment', 'trial-pawl')).spec).toMatchObject({ replicas: 2 });

    // The hook that stops the operator first needs a node.
    const uninstall = ['uninstall', 'trial', '--namespace', namespace, '--no-hooks'];
    await helm([...uninstall, '--wait=hookOnly'], { kubeconfig });
    await expect(get('deployment', 'trial-pawl')).rejects.toThrow(KubectlError);
    expect(await passwordOf('trial-pawl-postgresql')).toBe(password);
    const crd = await get('crd', 'configversions.pawl.dev');
    expect(crd.metadata).not.toHaveProperty('deletionTimestamp');

    // Coming back, it finds the password of the data that were left.
    await helm(['install', 'trial', chartFolder, ...flags], { kubeconfig });
    expect(await passwordOf('trial-pawl-postgresql')).toBe(password);
    await helm(uninstall, { kubeconfig });
  });
});

function render(name: string, more: object = {}): Promise<string> {
  return renderChart({
    namespace,
    valuesFiles: [valuesFile(name)],
    // Namespaces of its own, which exist.
    values: { ...(name === 'trial' && { watch: { namespaces: [`${namespace}-payments`] } }), ...more },
    apiVersions: hasMutatingPolicies() ? ['admissionregistration.k8s.io/v1/MutatingAdmissionPolicy'] : [],
    kubeVersion: `${kubernetesVersion()}.0`,
  });
}

function dryRun(command: string[], manifests: readonly object[]) {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  return kubectl([...command, '--dry-run=server', '-f', '-'], { input });
}

/** A pod is admitted only where its account exists. */
async function createServiceAccount(manifests: readonly Manifest[]): Promise<void> {
  const account = manifests.find(({ kind }) => kind === 'ServiceAccount');
  const input = JSON.stringify(account);
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input });
}

/** Bare pods as the controllers would make them, and those that are bare already. */
function podsOf(manifests: readonly Manifest[]): Manifest[] {
  const bare = manifests.filter(({ kind }) => kind === 'Pod');
  const made = manifests
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind))
    .map(({ kind, metadata, spec }) => {
      const { template } = spec as { template: Pick<Manifest, 'metadata'> & { spec: PodSpec } };
      const pod = structuredClone(template);
      // The StatefulSet's controller adds the volumes of its claims.
      for (const claim of (spec as { volumeClaimTemplates?: Manifest[] }).volumeClaimTemplates ?? []) {
        const name = claim.metadata.name;
        pod.spec.volumes.push({ name, persistentVolumeClaim: { claimName: `${name}-0` } });
      }
      const name = `${metadata.name}-${kind.toLowerCase()}`;
      return { ...pod, apiVersion: 'v1', kind: 'Pod', metadata: { ...pod.metadata, name, namespace } };
    });
  return [...made, ...bare];
}

interface PodSpec {
  volumes: object[];
}

async function get(kind: string, name: string): Promise<Manifest> {
  const { stdout } = await kubectl(['get', kind, name, '--namespace', namespace, '--output=json']);
  return JSON.parse(stdout);
}

async function passwordOf(secret: string): Promise<string> {
  const { data } = (await get('secret', secret)) as Manifest & { data: { password: string } };
  return Buffer.from(data.password, 'base64').toString();
}
