/**
 * Pawl in the cluster under test: installed from the chart by Helm, looked at through the API server, and hurt as
 * nodes hurt it. Invariant: everything but the killing goes through doors any administrator has.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { E2eSettings } from '../../local/e2e-settings.ts';
import { chartFolder, type HelmResult, helm } from '../../local/helm.ts';
import type { TestCluster } from './cluster.ts';
import type { LeaseObject, PodObject } from './objects.ts';

const RELEASE = 'pawl';
const SELECTOR = `app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/component=operator`;

export class Release {
  readonly #cluster: TestCluster;
  readonly #settings: E2eSettings;

  constructor(cluster: TestCluster, settings: E2eSettings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /** Waits until everything is ready. */
  async install(values: object = {}): Promise<void> {
    await this.#saveDatabaseUrl();
    await this.#helm(['install', RELEASE, chartFolder, ...waiting], this.#values(values));
  }

  async upgrade(values: object): Promise<void> {
    await this.#helm(['upgrade', RELEASE, chartFolder, ...waiting], this.#values(values));
  }

  async test(): Promise<string> {
    return (await this.#helm(['test', RELEASE, '--timeout', '2m', '--logs'])).stdout;
  }

  async uninstall(): Promise<void> {
    await this.#helm(['uninstall', RELEASE, '--ignore-not-found', ...waiting]);
  }

  /** Pods of the operator that are ready and nobody has deleted. */
  async pods(): Promise<readonly PodObject[]> {
    const pods = await this.#cluster.list<PodObject>('pods', this.#cluster.system, SELECTOR);
    return pods.filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status.conditions?.some(one => one.type === 'Ready' && one.status === 'True'),
    );
  }

  async lease(): Promise<LeaseObject['spec']> {
    const lease = await this.#cluster.get<LeaseObject>('lease', RELEASE, this.#cluster.system);
    return lease?.spec ?? {};
  }

  /** The pod that holds the Lease; undefined while none does. */
  async leader(): Promise<PodObject | undefined> {
    const { holderIdentity: holder } = await this.lease();
    return holder ? (await this.pods()).find(({ metadata }) => holder.startsWith(metadata.name)) : undefined;
  }

  /** `kubectl rollout restart`, and waits until it is through. */
  async restart(): Promise<void> {
    const { system, kubectl } = this.#cluster;
    const deployments = ['deployment', '--namespace', system, '--selector', SELECTOR];
    await kubectl(['rollout', 'restart', ...deployments]);
    await kubectl(['rollout', 'status', ...deployments, '--timeout=180s']);
  }

  /** SIGKILL for its container where the settings say how; otherwise the pod is deleted without grace. */
  async kill({ metadata, spec, status }: PodObject): Promise<void> {
    const { kubectl, system } = this.#cluster;
    if (this.#settings.kill === null) {
      await kubectl(['delete', 'pod', metadata.name, '--namespace', system, '--grace-period=0', '--force']);
      return;
    }
    const id = status.containerStatuses?.[0]?.containerID ?? '';
    const about = {
      NODE: spec.nodeName,
      NAMESPACE: system,
      POD: metadata.name,
      CONTAINER: id.replace(/^.*\/\//, ''),
    };
    await promisify(execFile)('sh', ['-c', this.#settings.kill], { env: { ...process.env, ...about } });
  }

  /** What an administrator would look at first when something is wrong. */
  async state(): Promise<string> {
    const { kubectl, system } = this.#cluster;
    const asked = [
      ['get', 'pods,lease', '--output=wide'],
      ['get', 'events', '--sort-by=.lastTimestamp', '--field-selector=type=Warning'],
      ['logs', '--selector', SELECTOR, '--tail=30', '--prefix', '--ignore-errors'],
      ['logs', '--selector', SELECTOR, '--tail=10', '--prefix', '--ignore-errors', '--previous'],
    ];
    const answers = asked.map(async args => {
      const { stdout } = await kubectl(['--namespace', system, ...args]).catch((error: Error) => ({
        stdout: error.message,
      }));
      return `$ kubectl ${args.join(' ')}\n${stdout}`;
    });
    return (await Promise.all(answers)).join('\n');
  }

  #values(more: object): object {
    const { image, databaseUrl, postgresImage } = this.#settings;
    const bundled = { postgresql: { bundled: true, ...(postgresImage && { image: postgresImage }) } };
    const existing = { database: { existingSecret: { name: 'pawl-database', key: 'uri' } } };
    return {
      image: { ...image, pullPolicy: 'IfNotPresent' },
      replicaCount: 3,
      // A name of its own for the run: another run's cluster may still hold `default` in this database.
      cluster: this.#cluster.system,
      server: { enabled: true },
      restarts: { enabled: true },
      settings: { restartDelaySeconds: 2 },
      ...(databaseUrl === null ? bundled : existing),
      ...more,
    };
  }

  async #saveDatabaseUrl(): Promise<void> {
    const { databaseUrl } = this.#settings;
    if (databaseUrl === null) return;
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'pawl-database' },
      stringData: { uri: databaseUrl },
    };
    const args = ['apply', '--namespace', this.#cluster.system, '-f', '-'];
    await this.#cluster.kubectl(args, { input: JSON.stringify(secret) });
  }

  #helm(args: readonly string[], values?: object): Promise<HelmResult> {
    const { kubeconfig, system } = this.#cluster;
    return helm(['--namespace', system, ...args, ...(values ? ['--values', '-'] : [])], {
      kubeconfig,
      ...(values && { input: JSON.stringify(values) }),
    });
  }
}

const waiting = ['--wait', '--timeout', '3m'];
