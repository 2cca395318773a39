/**
 * What platform teams set on every chart: the chart takes it, and puts it where it belongs. The examples beside the chart
 * are values that can be installed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chartFolder, helm, type RenderOptions, renderChart } from '../../local/helm.ts';
import { type Manifest, manifestsOf } from '../setup/chart.ts';

const database = { host: 'db', passwordSecret: { name: 'db' } };
const examples = readdirSync(join(chartFolder, 'examples'));

async function render(values: object, options: RenderOptions = {}): Promise<Manifest[]> {
  return manifestsOf(await renderChart({ kubeVersion: '1.36.0', values, ...options }));
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly envFrom?: readonly object[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly name: string }[];
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
  readonly imagePullSecrets?: readonly object[];
  readonly securityContext: object;
  readonly dnsPolicy?: string;
  readonly dnsConfig?: object;
}

function podOf(manifests: readonly Manifest[], kind: string, name: RegExp = /./): PodSpec {
  const found = manifests.filter(one => one.kind === kind && name.test(one.metadata.name));
  expect(found).toHaveLength(1);
  return (found[0]!.spec as { template: { spec: PodSpec } }).template.spec;
}

const of = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter(one => one.kind === kind);

describe('the examples beside the chart', () => {
  it.each(examples)('%s passes the linter and renders a Deployment', async name => {
    const file = join(chartFolder, 'examples', name);
    await helm(['lint', '--strict', chartFolder, '--values', file]);
    expect(of(await render({}, { valuesFiles: [file] }), 'Deployment')).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).toMatch(/^# [A-Z].*\n/);
  });
});

describe('every object', () => {
  const everything = {
    ...{ database, migration: { existingSecret: { name: 'owner' } }, server: { enabled: true } },
    ui: { enabled: true, ingress: { enabled: true, host: 'a.example.com' } },
    metrics: {
      ...{ serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
      dashboard: { enabled: true },
    },
  };

  it('has the common annotations beside its own', async () => {
    const values = { ...everything, commonAnnotations: { 'example.com/owner': 'platform' } };
    const apiVersions = ['admissionregistration.k8s.io/v1/MutatingAdmissionPolicy'];
    const bundled = { ...values, database: {}, migration: {}, postgresql: { bundled: true } };
    for (const one of [values, bundled]) {
      const manifests = await render(one, { apiVersions });
      const bare = manifests.filter(
        ({ kind, metadata }) =>
          metadata.annotations?.['example.com/owner'] !== 'platform' && !/AdmissionPolicy/.test(kind),
      );
      expect(bare.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
      const hooks = manifests.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']);
      expect(hooks.length).toBeGreaterThan(3);
    }
  });

  it('is in the overriding namespace, and names no other', async () => {
    const text = await renderChart({
      kubeVersion: '1.36.0',
      namespace: 'of-the-release',
      values: { ...everything, namespaceOverride: 'elsewhere' },
    });
    expect(text).not.toContain('of-the-release');
    const others = manifestsOf(text).filter(
      ({ metadata }) => metadata.namespace !== undefined && metadata.namespace !== 'elsewhere',
    );
    // The right to read how the API server's front proxy signs is one that only kube-system can give.
    expect(others.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['RoleBinding', 'kube-system'],
    ]);
  });

  it('pulls from the mirror that an umbrella chart names, with its pull secrets', async () => {
    const global = {
      imageRegistry: 'mirror.example.com:5000/hub',
      imagePullSecrets: ['one', { name: 'two' }],
    };
    const values = {
      ...{ global, imagePullSecrets: [{ name: 'two' }, { name: 'three' }] },
      image: { registry: 'registry.example.com', repository: 'team/pawl', tag: '1' },
      postgresql: { bundled: true },
    };
    const manifests = await render(values);
    for (const [kind, image] of [
      ['Deployment', 'team/pawl:1'],
      ['StatefulSet', 'library/postgres:18'],
    ] as const) {
      const pod = podOf(manifests, kind);
      expect(pod.containers.map(({ image }) => image)).toEqual([`mirror.example.com:5000/hub/${image}`]);
      expect(pod.imagePullSecrets).toEqual([{ name: 'two' }, { name: 'three' }, { name: 'one' }]);
    }
    const { containers } = podOf(await render({ ...values, global: {} }), 'Deployment');
    expect(containers[0]!.image).toBe('registry.example.com/team/pawl:1');
  });
});

describe('the pods', () => {
  it('take containers, flags, environment and DNS of the installer', async () => {
    const sidecar = { name: 'proxy', image: 'proxy', restartPolicy: 'Always' };
    const values = {
      ...{ initContainers: [sidecar], extraContainers: [{ name: 'beside', image: 'beside' }] },
      ...{ extraArgs: ['--log-level=debug'], extraEnvFrom: [{ secretRef: { name: 'more' } }] },
      ...{ dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] }, revisionHistoryLimit: 1 },
      strategy: { type: 'Recreate', rollingUpdate: null },
      migration: {
        ...{ existingSecret: { name: 'owner' }, initContainers: [sidecar] },
        ...{ extraVolumes: [{ name: 'more' }], extraVolumeMounts: [{ name: 'more', mountPath: '/more' }] },
      },
    };
    const manifests = await render({ database, ...values });
    const pod = podOf(manifests, 'Deployment');
    expect(pod.initContainers).toEqual([sidecar]);
    expect(pod.containers.map(({ name }) => name)).toEqual(['operator', 'beside']);
    expect(pod.containers[0]).toMatchObject({ args: values.extraArgs, envFrom: values.extraEnvFrom });
    expect(pod).toMatchObject({ dnsPolicy: 'None', dnsConfig: values.dnsConfig });
    expect(of(manifests, 'Deployment')[0]!.spec).toMatchObject({
      ...{ strategy: { type: 'Recreate' }, revisionHistoryLimit: 1 },
    });
    const job = podOf(manifests, 'Job', /migrate/);
    expect(job.initContainers).toEqual([sidecar]);
    expect(job.volumes).toContainEqual({ name: 'more' });
    expect(job.containers[0]!.volumeMounts.map(({ name }) => name)).toContain('more');
    expect(job.dnsPolicy).toBe('None');
  });

  it('read a password that something else writes', async () => {
    const values = { database: { host: 'db', passwordFile: '/run/password' } };
    const { env } = podOf(await render(values), 'Deployment').containers[0]!;
    expect(env.find(({ name }) => name === 'PAWL_DATABASE_PASSWORD_FILE')?.value).toBe('/run/password');
    const twice = { database: { ...database, passwordFile: '/run/password' } };
    await expect(render(twice)).rejects.toThrow(/instead of database\.passwordSecret/);
  });

  it('run as any user where the cluster assigns one', async () => {
    const manifests = await render({}, { valuesFiles: [join(chartFolder, 'examples/openshift.yaml')] });
    for (const kind of ['Deployment', 'StatefulSet']) {
      const { securityContext } = podOf(manifests, kind);
      for (const field of ['runAsUser', 'runAsGroup', 'fsGroup'])
        expect(securityContext).not.toHaveProperty(field);
      expect(securityContext).toMatchObject({ runAsNonRoot: true });
    }
  });
});

describe('beside the pods', () => {
  it('there are objects of the installer, as manifests and as templates', async () => {
    const plain = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } };
    const template =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ include "pawl.fullname" . }}-more"}';
    const manifests = await render({ database, extraObjects: [plain, template] });
    expect(of(manifests, 'ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['plain', 'pawl-more']);
  });

  it('Services have annotations and IP families', async () => {
    const service = {
      annotations: { a: '1' },
      ipFamilyPolicy: 'PreferDualStack',
      ipFamilies: ['IPv6', 'IPv4'],
    };
    const server = { enabled: true, service: { annotations: { b: '2' } } };
    const [metrics, api] = of(await render({ database, service, server }), 'Service');
    expect(metrics!.metadata.annotations).toEqual({ a: '1' });
    expect(api!.metadata.annotations).toEqual({ b: '2' });
    for (const one of [metrics, api])
      expect(one!.spec).toMatchObject({ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] });
  });

  it.each([2, '50%', 0])('the disruption budget keeps %s pods', async minAvailable => {
    const [budget] = of(
      await render({ database, podDisruptionBudget: { minAvailable } }),
      'PodDisruptionBudget',
    );
    expect(budget!.spec).toMatchObject({ minAvailable });
    expect(budget!.spec).not.toHaveProperty('maxUnavailable');
  });

  it('alerts are tuned one by one, and lead to the runbooks of the installer', async () => {
    const prometheusRule = {
      ...{ enabled: true, runbookBaseUrl: 'https://runbooks.example.com', alertLabels: { team: 'platform' } },
      alerts: { PawlStoreDown: { for: '1m', severity: 'page' }, PawlDriftStorm: { enabled: false } },
      extraRules: [{ record: 'mine', expr: '1' }],
    };
    const [rule] = of(await render({ database, metrics: { prometheusRule } }), 'PrometheusRule');
    const { rules } = (rule!.spec as { groups: { rules: Record<string, object>[] }[] }).groups[0]!;
    const store = rules.find(({ alert }) => String(alert) === 'PawlStoreDown');
    expect(store).toMatchObject({
      ...{ for: '1m', labels: { severity: 'page', team: 'platform' } },
      annotations: { runbook_url: 'https://runbooks.example.com#pawlstoredown' },
    });
    const shipped = parse(readFileSync(join(chartFolder, 'alerts/pawl.yaml'), 'utf8')).groups[0].rules.length;
    expect(rules).toHaveLength(shipped - 1 + 1);
    const unknown = { enabled: true, alerts: { PawlStoreGone: { for: '1m' } } };
    await expect(render({ database, metrics: { prometheusRule: unknown } })).rejects.toThrow(
      /PawlStoreGone is not one of Pawl's alerts, which are PawlStoreDown/,
    );
  });

  it('scraping is relabelled', async () => {
    const serviceMonitor = {
      ...{ enabled: true, scrapeTimeout: '10s', relabelings: [{ action: 'labeldrop', regex: 'a' }] },
      metricRelabelings: [{ action: 'drop', regex: 'b' }],
    };
    const [monitor] = of(await render({ database, metrics: { serviceMonitor } }), 'ServiceMonitor');
    const { enabled: _, ...endpoint } = serviceMonitor;
    expect((monitor!.spec as { endpoints: object[] }).endpoints).toMatchObject([endpoint]);
  });
});

describe('a certificate by cert-manager', () => {
  const server = { enabled: true, tls: { certManager: { enabled: true } } };

  it('is signed by an authority that stays when it is renewed', async () => {
    const manifests = await render({ database, server });
    const [authority, leaf] = of(manifests, 'Certificate');
    expect(authority!.spec).toMatchObject({
      ...{ isCA: true, secretName: 'pawl-api-ca', privateKey: { rotationPolicy: 'Never' } },
      issuerRef: { name: 'pawl-api-self-signed' },
    });
    expect(leaf!.spec).toMatchObject({ secretName: 'pawl-api', issuerRef: { name: 'pawl-api' } });
    const issuers = of(manifests, 'Issuer').map(({ metadata, spec }) => [metadata.name, spec]);
    expect(issuers).toEqual([
      ['pawl-api-self-signed', { selfSigned: {} }],
      ['pawl-api', { ca: { secretName: 'pawl-api-ca' } }],
    ]);
    const [service] = of(manifests, 'APIService');
    expect(service!.metadata.annotations).toEqual({ 'cert-manager.io/inject-ca-from': 'pawl/pawl-api' });
  });

  it('is signed by the issuer that is named', async () => {
    const issuerRef = { name: 'platform', kind: 'ClusterIssuer' };
    const manifests = await render({
      database,
      server: { enabled: true, tls: { certManager: { enabled: true, issuerRef } } },
    });
    expect(of(manifests, 'Certificate').map(({ spec }) => spec)).toMatchObject([{ issuerRef }]);
    expect(of(manifests, 'Issuer')).toEqual([]);
  });
});
