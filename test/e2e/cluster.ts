/**
 * The cluster under test, as its administrator and as a user: namespaces with a name of their own for each run,
 * under the `restricted` Pod Security standard. Invariant: what was not there before the run is not there after it;
 * a cluster that has Pawl already is refused, because taking the CRDs away would take every ConfigVersion with them.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ControlPlane } from '../../local/control-plane-interface.ts';
import { existingControlPlane } from '../../local/existing-cluster.ts';
import type { Kubectl } from '../../local/kubectl.ts';
import { until } from '../setup/until.ts';
import type { ListOf, Named } from './objects.ts';

/** `configversions.pawl.dev` and the others: what a release installs and leaves. */
export const CRDS = (await readdir(fileURLToPath(new URL('../../crds', import.meta.url))))
  .filter(file => file.endsWith('.yaml'))
  .map(file => file.slice(0, -'.yaml'.length).split('_').reverse().join('.'));

const commandLine = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface TestCluster {
  /** Path; the administrator's. */
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
  /** Where Pawl is installed, and where its user works. */
  readonly system: string;
  readonly team: string;
  /** One object, or undefined when there is none. */
  get<T extends Named>(resource: string, name: string, namespace: string): Promise<T | undefined>;
  list<T extends Named>(resource: string, namespace: string, selector?: string): Promise<readonly T[]>;
  crds(): Promise<string[]>;
  /** Whether a claim that names no class of storage gets its volume. */
  makesVolumes(): Promise<boolean>;
  /**
   * kubectl as a ServiceAccount of `team`, by a token of its own, with the rights of a ClusterRole there.
   * @param verb what the role allows on ConfigVersions; waits until it does
   */
  user(name: string, clusterRole: string, verb: string): Promise<Kubectl>;
  /** What `kubectl pawl` prints to a user made here, as JSON. */
  pawl<T>(user: string, args: readonly string[]): Promise<T>;
  dispose(): Promise<void>;
}

/** @param kubeconfig path, or paths as kubectl takes them */
export async function openCluster(kubeconfig: string): Promise<TestCluster> {
  const plane = await existingControlPlane({ kubeconfig }, {});
  try {
    const cluster = new Opened(plane);
    const found = await cluster.crds();
    if (found.length > 0) {
      throw new Error(
        `this cluster has ${found.join(', ')} already. The end-to-end tests want a cluster without Pawl; if nothing in it is needed: kubectl delete crd ${found.join(' ')}`,
      );
    }
    await cluster.createNamespaces();
    return cluster;
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

class Opened implements TestCluster {
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
  readonly system: string;
  readonly team: string;
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    const id = randomBytes(3).toString('hex');
    this.#plane = plane;
    this.kubeconfig = plane.kubeconfig;
    this.kubectl = plane.kubectl;
    this.system = `pawl-e2e-${id}`;
    this.team = `pawl-e2e-${id}-team`;
  }

  async createNamespaces(): Promise<void> {
    for (const name of [this.system, this.team]) {
      await this.kubectl(['create', 'namespace', name]);
      await this.kubectl(['label', 'namespace', name, 'pod-security.kubernetes.io/enforce=restricted']);
    }
  }

  async get<T extends Named>(resource: string, name: string, namespace: string): Promise<T | undefined> {
    const args = ['get', resource, name, '--namespace', namespace, '--ignore-not-found', '--output=json'];
    const { stdout } = await this.kubectl(args);
    return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as T);
  }

  async list<T extends Named>(resource: string, namespace: string, selector = ''): Promise<readonly T[]> {
    const args = ['get', resource, '--namespace', namespace, '--selector', selector, '--output=json'];
    return (JSON.parse((await this.kubectl(args)).stdout) as ListOf<T>).items;
  }

  async crds(): Promise<string[]> {
    const { stdout } = await this.kubectl(['get', 'crd', ...CRDS, '--ignore-not-found', '--output=name']);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map(line => line.replace(/^[^/]*\//, ''));
  }

  async makesVolumes(): Promise<boolean> {
    const { stdout } = await this.kubectl(['get', 'storageclass', '--output=json']);
    const { items } = JSON.parse(stdout) as ListOf<Named>;
    return items.some(
      ({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    );
  }

  async user(name: string, clusterRole: string, verb: string): Promise<Kubectl> {
    const account = `${this.team}:${name}`;
    await this.kubectl(['create', 'serviceaccount', name, '--namespace', this.team]);
    const binding = ['create', 'rolebinding', name, '--namespace', this.team];
    await this.kubectl([...binding, '--clusterrole', clusterRole, '--serviceaccount', account]);
    const token = await this.kubectl(['create', 'token', name, '--namespace', this.team, '--duration=2h']);
    const file = this.#kubeconfigOf(name);
    const config = JSON.parse(await readFile(this.kubeconfig, 'utf8')) as {
      users: { name: string; user: object }[];
    };
    const users = config.users.map(one => ({ name: one.name, user: { token: token.stdout.trim() } }));
    await writeFile(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
    const asUser: Kubectl = (args, options) =>
      this.kubectl(['--namespace', this.team, ...args], { ...options, kubeconfig: file });
    // The roles of the chart are added to the cluster's own a moment after they are there.
    await until(`the rights of ${name}`, 15_000, async () => {
      const { stdout } = await asUser(['auth', 'can-i', verb, 'configversions.pawl.dev']);
      return stdout.trim() === 'yes';
    });
    return asUser;
  }

  async pawl<T>(user: string, args: readonly string[]): Promise<T> {
    const { PATH = '' } = process.env;
    const env = { PATH, KUBECONFIG: this.#kubeconfigOf(user) };
    const command = [commandLine, ...args, '--output', 'json'];
    return JSON.parse((await promisify(execFile)(process.execPath, command, { env })).stdout) as T;
  }

  #kubeconfigOf(user: string): string {
    return join(dirname(this.kubeconfig), `${user}.kubeconfig`);
  }

  async dispose(): Promise<void> {
    await this.kubectl([
      'delete',
      'namespace',
      this.team,
      this.system,
      '--ignore-not-found',
      '--timeout=120s',
    ]);
    await this.kubectl(['delete', 'crd', ...CRDS, '--ignore-not-found', '--timeout=60s']);
    await this.#plane.stop();
  }
}
