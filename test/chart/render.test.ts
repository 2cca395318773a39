/** What Helm makes of the chart: whole texts of the usual installations, and what it says when values make no sense. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { generatedFiles } from '../../crds/generate.ts';
import { mutatingPolicy, stampingWebhook, validatingPolicy } from '../../local/admission.ts';
import { chartFolder, HelmError, helm, type RenderOptions, renderChart } from '../../local/helm.ts';
import { usage } from '../../operator/config.ts';
import { type Manifest, manifestsOf } from '../setup/chart.ts';
import { values } from '../setup/pages.ts';

const root = join(import.meta.dirname, '..', '..');
const valuesFile = (name: string) => join(import.meta.dirname, 'values', `${name}.yaml`);
const stamping = ['admissionregistration.k8s.io/v1/MutatingAdmissionPolicy'];
const database = { existingSecret: { name: 'db' } };

async function render(options: RenderOptions = {}): Promise<Manifest[]> {
  return manifestsOf(await renderChart({ kubeVersion: '1.36.0', ...options }));
}

function one(manifests: Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    manifest => manifest.kind === kind && (!name || manifest.metadata.name === name),
  );
  expect(found.map(({ metadata }) => metadata.name)).toHaveLength(1);
  return found[0]!;
}

describe('an installation', () => {
  // `vitest -u` writes them anew.
  it.each(['default', 'production', 'trial', 'web'])(
    'of the %s values is the one that was reviewed',
    async name => {
      const text = await renderChart({
        valuesFiles: [valuesFile(name)],
        kubeVersion: '1.36.0',
        apiVersions: stamping,
      });
      await expect(reviewable(text)).toMatchFileSnapshot(`golden/${name}.yaml`);
    },
  );

  it.each(['default', 'production', 'trial', 'server', 'web'])(
    'of the %s values passes the linter',
    async name => {
      await helm(['lint', '--strict', chartFolder, '--values', valuesFile(name)]);
    },
  );

  it("brings the project's CRDs, which outlive the release", async () => {
    const crds = (await render({ only: ['templates/crds.yaml'], values: { database } })).map(
      ({ metadata: { annotations, ...metadata }, ...crd }) => {
        expect(annotations?.['helm.sh/resource-policy']).toBe('keep');
        return { ...crd, metadata };
      },
    );
    const files = [
      ...['confignamespaces', 'confignotifiers', 'configprojections', 'configschemas', 'configversions'],
    ].map(name => `pawl.dev_${name}.yaml`);
    expect(crds).toEqual(files.map(file => parse(readFileSync(join(root, 'crds', file), 'utf8'))));
    expect((await render({ values: { database, crds: { install: false } } })).map(({ kind }) => kind))
      .not //
      .toContain('CustomResourceDefinition');
  });

  it('has generated files that are what their sources make them', async () => {
    for (const [file, text] of await generatedFiles()) {
      expect(readFileSync(join(root, file), 'utf8'), `npm run generate: ${file}`).toBe(text);
    }
  });

  it('tells which version of the operator it installs', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(parse(readFileSync(join(chartFolder, 'Chart.yaml'), 'utf8')).appVersion).toBe(version);
  });

  it('has texts as names, also where they look like numbers', async () => {
    const secret = { name: '1' };
    const values = {
      ...{ priorityClassName: '5', watch: { namespaces: ['7'] }, crds: { install: false } },
      ...{ imagePullSecrets: [secret], migration: { existingSecret: secret, clientCertSecret: secret } },
      database: { host: '8', passwordSecret: secret, tls: { caSecret: secret, clientCertSecret: secret } },
      server: { enabled: true },
      metrics: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } },
    };
    const bundled = { ...values, database: {}, migration: {}, postgresql: { bundled: true } };
    for (const one of [values, { ...values, database: { existingSecret: secret } }, bundled]) {
      const manifests = await render({ release: '456', namespace: '789', values: one });
      expect(manifests.flatMap(manifest => namesThatAreNoTexts(manifest))).toEqual([]);
    }
  });

  it('takes a limit of nothing at all', async () => {
    const operator = one(await render({ values: { database, resources: null } }), 'Deployment');
    expect(envOf(operator).get('NODE_OPTIONS')).not.toMatch(/max-old-space-size/);
  });

  it('verifies PostgreSQL once an authority or a certificate is named', async () => {
    const secret = { name: 'a' };
    const modeOf = async (tls: object) =>
      envOf(one(await render({ values: { database: { ...database, tls } } }), 'Deployment')).get(
        'PAWL_DATABASE_SSL_MODE',
      );
    expect(await modeOf({})).toBeUndefined();
    expect(await modeOf({ caSecret: secret })).toBe('verify-full');
    expect(await modeOf({ clientCertSecret: secret })).toBe('verify-full');
    expect(await modeOf({ caSecret: secret, mode: 'require' })).toBe('require');
  });

  it('lets out to where clusters have their DNS and their API server, and to the port of the database', async () => {
    const values = { database, networkPolicy: { database: { ports: [6432] } } };
    const { egress } = one(await render({ values }), 'NetworkPolicy').spec as {
      egress: { ports: { port: number }[] }[];
    };
    const ports = egress.map(rule => [...new Set(rule.ports.map(({ port }) => port))]);
    expect(ports).toEqual([[53, 5353], [443, 6443, 8443, 16443], [6432]]);
  });

  it('lets its own test in where only some may read the metrics', async () => {
    const values = { database, networkPolicy: { metricsFrom: [{ namespaceSelector: {} }] } };
    const manifests = await render({ values });
    const { ingress } = one(manifests, 'NetworkPolicy').spec as {
      ingress: { ports: { port: number }[]; from: { podSelector?: { matchLabels: object } }[] }[];
    };
    const rule = ingress.find(({ ports }) => ports.some(({ port }) => port === 8080))!;
    const labels = one(manifests, 'Pod').metadata.labels!;
    const lets = rule.from.some(
      ({ podSelector }) => podSelector && includesAll(labels, podSelector.matchLabels),
    );
    expect(lets).toBe(true);
  });

  it('stops the operator before it takes its account and its rights away', async () => {
    const manifests = await render({ values: { database } });
    const hooked = manifests.filter(
      ({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'pre-delete',
    );
    expect(hooked.map(({ kind }) => kind).sort()).toEqual(['Job', 'Role', 'RoleBinding']);
    const [role, job] = ['Role', 'Job'].map(kind => hooked.find(manifest => manifest.kind === kind)!);
    expect((role as { rules?: unknown }).rules).toEqual([
      {
        ...{ apiGroups: ['apps'], resources: ['deployments/scale'], resourceNames: ['pawl'] },
        verbs: ['patch'],
      },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ]);
    const { spec } = (job as unknown as Templated).spec.template;
    const operator = (one(manifests, 'Deployment') as unknown as Templated).spec;
    expect(spec.serviceAccountName).toBe(operator.template.spec.serviceAccountName);
    const alone = await render({ values: { database, leaderElection: { enabled: false }, replicaCount: 1 } });
    expect(alone.some(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'pre-delete')).toBe(false);
  });

  it('holds the account to what is Pawl’s, also where somebody else gives it its rights', async () => {
    const held = async (more: object) =>
      (await render({ values: { database, restarts: { enabled: true }, ...more } }))
        .filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')
        .map(({ metadata }) => metadata.name)
        .filter(name => !name.startsWith('requested-by'));
    expect(await held({})).toEqual(['pawl-pawl-configmaps', 'pawl-pawl-workloads']);
    expect(await held({ rbac: { create: false } })).toEqual(['pawl-pawl-configmaps', 'pawl-pawl-workloads']);
    expect(await held({ confine: false })).toEqual([]);
  });

  it('warns loudly of an API that is registered and has nobody behind it', async () => {
    const notes = readFileSync(join(chartFolder, 'templates/NOTES.txt'), 'utf8');
    expect(notes).toContain('kubectl delete apiservice v1alpha1.store.pawl.dev');
    const install = readFileSync(join(root, 'docs/install.md'), 'utf8');
    expect(install).toContain('no namespace of the\ncluster can be deleted');
  });

  it('keeps two releases of one name in two namespaces apart', async () => {
    const ofCluster = async (namespace: string) =>
      (await render({ namespace, values: { database, crds: { install: false }, requestedBy: 'trust' } }))
        .filter(({ metadata }) => metadata.namespace === undefined)
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const [a, b] = [await ofCluster('a'), await ofCluster('b')];
    expect(a.length).toBeGreaterThan(0);
    expect(a.filter(name => b.includes(name))).toEqual([]);
  });
});

describe('monitoring', () => {
  it('brings the alerts and the dashboard word for word', async () => {
    const manifests = await render({ valuesFiles: [valuesFile('production')] });
    const read = (file: string) => readFileSync(join(chartFolder, file), 'utf8');
    expect(one(manifests, 'PrometheusRule').spec).toEqual(parse(read('alerts/pawl.yaml')));
    const { 'pawl.json': dashboard } = one(manifests, 'ConfigMap').data as Record<string, string>;
    expect(JSON.parse(dashboard!)).toEqual(JSON.parse(read('dashboards/pawl.json')));
  });

  it("scrapes the operator's own door, not the API's", async () => {
    const values = { server: { enabled: true }, metrics: { serviceMonitor: { enabled: true } } };
    const manifests = await render({ values: { database, ...values } });
    const { selector } = one(manifests, 'ServiceMonitor').spec as { selector: { matchLabels: object } };
    const scraped = manifests.filter(
      ({ kind, metadata }) =>
        kind === 'Service' &&
        Object.entries(selector.matchLabels).every(([name, value]) => metadata.labels?.[name] === value),
    );
    expect(scraped.map(({ metadata }) => metadata.name)).toEqual(['pawl']);
  });
});

describe('an example of values in docs/', () => {
  it.each(values.map(({ page, line, text }) => ({ page, line, text })))(
    'can be installed: $page:$line',
    async ({ text }) => {
      expect((await render({ values: parse(text) })).map(({ kind }) => kind)).toContain('Deployment');
    },
  );
});

describe('who asked', () => {
  const policies = (manifests: Manifest[]) =>
    manifests.filter(({ metadata }) => metadata.name === 'requested-by.pawl.dev');
  const trusts = (manifests: Manifest[]) => envOf(one(manifests, 'Deployment')).get('PAWL_REQUESTED_BY');
  const files = [mutatingPolicy, validatingPolicy].flatMap(file => manifestsOf(readFileSync(file, 'utf8')));

  it('is stamped where the cluster can, by the very policies the tests install', async () => {
    const manifests = await render({ values: { database }, apiVersions: stamping });
    const byName = (some: Manifest[]) => some.map(one => JSON.stringify(one)).sort();
    expect(byName(policies(manifests))).toEqual(byName(files));
    expect(trusts(manifests)).toBe('trust');
  });

  it('is not believed where the cluster cannot stamp it', async () => {
    const manifests = await render({ values: { database } });
    expect(policies(manifests)).toEqual([]);
    expect(trusts(manifests)).toBe('ignore');
  });

  it.each([false, 'off'])('is not believed when that is turned %s', async requestedBy => {
    const manifests = await render({ values: { database, requestedBy }, apiVersions: stamping });
    expect(policies(manifests)).toEqual([]);
    expect(trusts(manifests)).toBe('ignore');
  });

  it('is believed without policies of its own where another release has them', async () => {
    const manifests = await render({ values: { database, requestedBy: 'trust' }, apiVersions: stamping });
    expect(policies(manifests)).toEqual([]);
    expect(trusts(manifests)).toBe('trust');
  });

  it.each([true, 'on', 'policy'])('is an error when it is %s and the cluster cannot', async requestedBy => {
    await expect(render({ values: { database, requestedBy } })).rejects.toThrow(/Kubernetes 1\.36/);
  });

  const server = { enabled: true };
  interface Webhook {
    clientConfig: { caBundle?: string };
    namespaceSelector: { matchExpressions: { values: string[] }[] };
  }
  const webhookOf = (manifests: Manifest[]) =>
    (one(manifests, 'MutatingWebhookConfiguration') as Manifest & { webhooks: [Webhook] }).webhooks[0];

  it.each(['auto', 'on', 'webhook'])(
    'is stamped by the server where the cluster cannot: %s',
    async requestedBy => {
      const manifests = await render({ values: { database, server, requestedBy }, namespace: 'pawl-system' });
      const kinds = policies(manifests).map(({ kind }) => kind);
      expect(kinds.sort()).toEqual([
        ...['MutatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
      ]);
      expect(trusts(manifests)).toBe('stamp');
      const { clientConfig, ...webhook } = webhookOf(manifests);
      const service = {
        name: 'pawl-api',
        namespace: 'pawl-system',
        port: 443,
        path: '/admission/requested-by',
      };
      const { data } = one(manifests, 'Secret', 'pawl-api') as Manifest & { data: Record<string, string> };
      expect(clientConfig).toEqual({ service, caBundle: data['ca.crt'] });
      expect(one(manifests, 'APIService').spec).toMatchObject({ caBundle: data['ca.crt'] });
      // But for Pawl's own namespace, it is the file that the tests install.
      const [namespaces] = webhook.namespaceSelector.matchExpressions;
      expect(namespaces!.values.pop()).toBe('pawl-system');
      expect(webhook).toEqual(parse(readFileSync(stampingWebhook, 'utf8')).webhooks[0]);
    },
  );

  it('is stamped by the server where the cluster could, if that is asked for', async () => {
    const values = { database, server, requestedBy: 'webhook' };
    const manifests = await render({ values, apiVersions: stamping });
    expect(manifests.some(({ kind }) => kind === 'MutatingAdmissionPolicy')).toBe(false);
    expect(trusts(manifests)).toBe('stamp');
    expect(webhookOf(manifests)).toBeDefined();
  });

  it('is stamped by the policies where the cluster can, and no webhook is there then', async () => {
    const manifests = await render({ values: { database, server }, apiVersions: stamping });
    expect(manifests.some(({ kind }) => kind === 'MutatingWebhookConfiguration')).toBe(false);
    expect(trusts(manifests)).toBe('trust');
  });

  it('is stamped over certificates of cert-manager, and of others whose authority is named', async () => {
    const withTls = async (tls: object) =>
      render({ values: { database, server: { ...server, apiService: false, tls } } });
    const managed = await withTls({ certManager: { enabled: true } });
    expect(webhookOf(managed).clientConfig.caBundle).toBeUndefined();
    expect(one(managed, 'MutatingWebhookConfiguration').metadata.annotations).toEqual({
      'cert-manager.io/inject-ca-from': 'pawl/pawl-api',
    });
    const given = await withTls({ existingSecret: 'own', caBundle: 'YWJj' });
    expect(webhookOf(given).clientConfig.caBundle).toBe('YWJj');
    await expect(withTls({ existingSecret: 'own' })).rejects.toThrow(/server\.tls\.caBundle/);
  });

  it('is an error when the server is to stamp it and there is none', async () => {
    const values = { database, requestedBy: 'webhook' };
    await expect(render({ values })).rejects.toThrow(/server\.enabled=true/);
  });
});

describe('the operator in the chart', () => {
  it('gets no setting it does not know', async () => {
    const known = settingsOfOperator();
    for (const name of ['production', 'trial', 'server', 'web']) {
      const env = envOf(one(await render({ valuesFiles: [valuesFile(name)] }), 'Deployment'));
      const ours = [...env.keys()].filter(name => /^(PAWL_|DATABASE_URL)/.test(name));
      expect(ours.filter(name => !known.has(name))).toEqual([]);
    }
  });

  it('can be given every setting there is', async () => {
    const settable = new Set(['KUBECONFIG', 'PAWL_CONTEXT']); // a pod has its service account
    for (const name of ['default', 'server', 'trial', 'web']) {
      const deployment = one(await render({ valuesFiles: [valuesFile(name)] }), 'Deployment');
      for (const variable of envOf(deployment).keys()) settable.add(variable);
      const { initContainers = [] } = podOf(deployment).spec as {
        initContainers?: { env: { name: string }[] }[];
      };
      for (const variable of initContainers.flatMap(({ env }) => env)) settable.add(variable.name);
    }
    const schema = JSON.parse(readFileSync(join(chartFolder, 'values.schema.json'), 'utf8'));
    for (const name of Object.keys(schema.properties.settings.properties)) settable.add(variableOf(name));
    expect([...settingsOfOperator()].filter(name => !settable.has(name))).toEqual([]);
  });

  it('reads numbers as they were written', async () => {
    const values = { database, settings: { maxBodyBytes: 1_048_576, workers: 7, logLevel: 'debug' } };
    const env = envOf(one(await render({ values }), 'Deployment'));
    expect(env.get('PAWL_MAX_BODY_BYTES')).toBe('1048576');
    expect(env.get('PAWL_WORKERS')).toBe('7');
    expect(env.get('PAWL_LOG_LEVEL')).toBe('debug');
  });

  it('migrates itself, or leaves it to the Job of the role that may', async () => {
    const alone = await render({ values: { database } });
    expect(envOf(one(alone, 'Deployment')).get('PAWL_MIGRATE')).toBe('auto');
    expect(alone.some(({ metadata }) => metadata.name === 'pawl-migrate')).toBe(false);
    const withJob = await render({ values: { database, migration: { existingSecret: { name: 'owner' } } } });
    expect(envOf(one(withJob, 'Deployment')).get('PAWL_MIGRATE')).toBe('never');
    const job = one(withJob, 'Job', 'pawl-migrate');
    expect(job.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    expect(containersOf(job)[0]).toMatchObject({ args: ['migrate'] });
  });

  it('lets the role that the operator logs in as work with the schema, wherever its name stands', async () => {
    const grantTo = async (values: object) => {
      const job = one(
        await render({ values: { migration: { existingSecret: { name: 'owner' } }, ...values } }),
        'Job',
        'pawl-migrate',
      );
      const env = containersOf(job)[0]!.env as { name: string; value?: string; valueFrom?: object }[];
      const { value, valueFrom } = env.find(({ name }) => name === 'PAWL_MIGRATE_GRANT_TO')!;
      return value ?? valueFrom;
    };
    expect(await grantTo({ database })).toEqual({ secretKeyRef: { name: 'db', key: 'uri' } });
    const host = { host: 'db', user: 'app', passwordSecret: { name: 'app' } };
    expect(await grantTo({ database: host })).toBe('app');
    const migration = { existingSecret: { name: 'owner' }, grantTo: 'other' };
    expect(await grantTo({ database: host, migration })).toBe('other');
  });

  it('works on a bundled database as a role that does not own it', async () => {
    const deployment = one(await render({ values: { postgresql: { bundled: true } } }), 'Deployment');
    const env = envOf(deployment);
    expect([env.get('PAWL_DATABASE_USER'), env.get('PAWL_MIGRATE')]).toEqual(['pawl_app', 'never']);
    const { initContainers, containers, volumes } = podOf(deployment).spec as unknown as {
      initContainers: { args: string[]; volumeMounts: { name: string }[] }[];
      containers: { volumeMounts: { name: string }[] }[];
      volumes: { name: string; secret?: { items?: { key: string }[] } }[];
    };
    expect(initContainers).toMatchObject([{ args: ['migrate'], volumeMounts: [{ name: 'database-owner' }] }]);
    expect(containers[0]!.volumeMounts.map(({ name }) => name)).not.toContain('database-owner');
    const own = volumes.find(({ name }) => name === 'database-password');
    expect(own?.secret?.items).toEqual([{ key: 'operator-password', path: 'password' }]);
  });

  it('has the schema made anew in the pod of a bundled database that keeps nothing, whenever that pod is another', async () => {
    const rendered = async (enabled: boolean) => {
      const values = { postgresql: { bundled: true, persistence: { enabled } } };
      return podOf(one(await render({ values }), 'StatefulSet')).spec as unknown as {
        containers: {
          name: string;
          env: { name: string; value?: string }[];
          volumeMounts: { name: string }[];
        }[];
        volumes: { name: string; secret?: { items?: { key: string }[] } }[];
      };
    };
    const { containers, volumes } = await rendered(false);
    expect(containers.map(({ name }) => name)).toEqual(['postgresql', 'migrate']);
    const env = new Map(containers[1]!.env.map(({ name, value }) => [name, value]));
    expect(env.get('PAWL_DATABASE_HOST')).toBe('127.0.0.1');
    expect([env.get('PAWL_MIGRATE_GRANT_TO'), env.get('PAWL_MIGRATE_WAIT')]).toEqual(['pawl_app', 'true']);
    expect(containers[1]!.volumeMounts.map(({ name }) => name)).toEqual(['password']);
    const passwords = volumes.find(({ name }) => name === 'password')?.secret?.items?.map(({ key }) => key);
    expect(passwords).toEqual(['password', 'operator-password']);

    const kept = await rendered(true);
    expect(kept.containers.map(({ name }) => name)).toEqual(['postgresql']);
  });

  it('is selected by its own Service and budget only, never its database or a Job', async () => {
    const values = { postgresql: { bundled: true } };
    const manifests = await render({ values });
    const labelsOf = (manifest: Manifest) => podOf(manifest).metadata.labels;
    const { selector } = one(manifests, 'Service', 'pawl').spec as { selector: Record<string, string> };
    const selects = (labels: Record<string, string>) =>
      Object.entries(selector).every(([name, value]) => labels[name] === value);
    expect(selects(labelsOf(one(manifests, 'Deployment')))).toBe(true);
    expect(selects(labelsOf(one(manifests, 'StatefulSet')))).toBe(false);
    expect(selects(one(manifests, 'Pod').metadata.labels!)).toBe(false);
  });
});

describe('values that make no sense', () => {
  it.each([
    ['a typo', { database: { existingSecrets: { name: 'db' } } }, /existingSecrets.*not allowed/],
    ['a typo at the top', { database, replica: 3 }, /replica.*not allowed/],
    ['a setting that is not there', { database, settings: { wrokers: 3 } }, /wrokers.*not allowed/],
    ['a setting out of range', { database, settings: { workers: 0 } }, /workers/],
    ['a wrong kind of value', { database, replicaCount: 'two' }, /replicaCount/],
    ['an unknown TLS mode', { database: { ...database, tls: { mode: 'prefer' } } }, /mode/],
    ['no database', {}, /Where is PostgreSQL/],
    ['two databases', { database, postgresql: { bundled: true } }, /named twice/],
    ['no credentials', { database: { host: 'db' } }, /prove who it is/],
    [
      'a Job for a bundled database',
      { postgresql: { bundled: true }, migration: { existingSecret: { name: 'a' } } },
      /migration/,
    ],
    [
      'TLS for a bundled database',
      { postgresql: { bundled: true }, database: { tls: { mode: 'verify-full' } } },
      /no TLS/,
    ],
    [
      'an authority without TLS',
      { database: { ...database, tls: { mode: 'disable', caSecret: { name: 'a' } } } },
      /turned off.*verify-full/,
    ],
    [
      'a certificate without TLS for the Job',
      {
        database: { ...database, tls: { mode: 'disable' } },
        migration: { existingSecret: { name: 'a' }, clientCertSecret: { name: 'a' } },
      },
      /turned off/,
    ],
    [
      'a certificate nobody vouches for',
      { database, server: { enabled: true, tls: { existingSecret: 'a' } } },
      /caBundle/,
    ],
  ])('are refused: %s', async (_, values, message) => {
    const refusal = await render({ values }).then(
      () => null,
      error => error,
    );
    expect(refusal).toBeInstanceOf(HelmError);
    expect(refusal.stderr).toMatch(message);
  });
});

interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: { containers: { args?: string[]; env?: { name: string; value?: string }[] }[] };
}

function podOf(manifest: Manifest): PodTemplate {
  return (manifest.spec as { template: PodTemplate }).template;
}

function containersOf(manifest: Manifest): PodTemplate['spec']['containers'] {
  return podOf(manifest).spec.containers;
}

/** Where a name, a namespace, a label or a value is something else to YAML than a text. */
function namesThatAreNoTexts(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) {
    const named =
      /\/(name|namespace|secretName|serviceAccountName|priorityClassName|value|key|resourceNames\/\d+)$/;
    const label = /\/(labels|matchLabels|annotations|selector)\//;
    return typeof value !== 'string' && (named.test(path) || label.test(path)) ? [`${path}: ${value}`] : [];
  }
  return Object.entries(value).flatMap(([key, inner]) => namesThatAreNoTexts(inner, `${path}/${key}`));
}

/** Of its first container. */
function envOf(manifest: Manifest): Map<string, string | undefined> {
  return new Map(containersOf(manifest)[0]!.env!.map(({ name, value }) => [name, value]));
}

/** The environment variables of the help text, which is made from the operator's own table. */
function settingsOfOperator(): Set<string> {
  return new Set([...usage().matchAll(/^ {2}--\S+ +([A-Z][A-Z_]+) /gm)].map(match => match[1]!));
}

function variableOf(setting: string): string {
  return `PAWL_${setting.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`;
}

/** Without what is copied word for word from files, and without what is made anew each time. */
function reviewable(text: string): string {
  return manifestsOf(text)
    .filter(({ kind }) => kind !== 'CustomResourceDefinition' && !kind.includes('AdmissionPolicy'))
    .map(manifest => {
      if (manifest.kind === 'Secret') manifest.data = { password: '(random)' };
      if (manifest.metadata.name.endsWith('-dashboard'))
        manifest.data = { 'pawl.json': '(dashboards/pawl.json)' };
      if (manifest.kind === 'PrometheusRule') manifest.spec = '(alerts/pawl.yaml)';
      return stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false });
    })
    .join('---\n');
}

const includesAll = (labels: object, wanted: object): boolean =>
  Object.entries(wanted).every(([key, value]) => (labels as Record<string, unknown>)[key] === value);

interface Templated {
  readonly spec: { readonly template: { readonly spec: { readonly serviceAccountName: string } } };
}
