/**
 * A real Kubernetes control plane on this machine: etcd, kube-apiserver and the controllers that matter here
 * (garbage collection, namespaces, service accounts), with RBAC and the aggregation layer, but no nodes.
 * Or a cluster that is there already, when asked for.
 * Invariant: port, certificates and data are this object's own and gone with it; stopping the API server keeps
 * port and data.
 */
import { cp, rm } from 'node:fs/promises';
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import { dirname, join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { writeControlPlaneFiles } from './control-plane-files.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane-interface.ts';
import { apiServerFlags, controllerFlags, etcdFlags, etcdSocket } from './control-plane-programs.ts';
import { installCrds } from './crds.ts';
import { existingControlPlane } from './existing-cluster.ts';
import { Keeper, type Program, stopProgram, tailOf } from './keeper.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { type KubectlOptions, type KubectlResult, runKubectl } from './kubectl.ts';
import { freePort, Hopeless, until } from './wait.ts';
import { type Authority, createAuthority, type Identity } from './x509.ts';

export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { KUBECONFIG, PAWL_CLUSTER } = process.env;
  const asked = PAWL_CLUSTER === 'existing' ? { kubeconfig: KUBECONFIG } : null;
  const existing = options.existing === undefined ? asked : options.existing;
  if (existing) return existingControlPlane(existing, options);

  const tools = await findBinaries(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
  const keeper = await Keeper.open('control-plane');
  try {
    const plane = new LocalControlPlane(keeper, tools, await freePort(), options);
    await plane.startAll();
    return plane;
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

class LocalControlPlane implements ControlPlane {
  readonly kubeconfig: string;
  readonly server: string;
  readonly ca: string;
  readonly binaries: string;
  readonly logs: string;
  readonly #keeper: Keeper;
  readonly #tools: Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl', string>;
  readonly #port: number;
  readonly #options: ControlPlaneOptions;
  readonly #authority: Authority = createAuthority('pawl-local');
  readonly #admin: Identity = this.#authority.issue(
    { commonName: 'admin', organizations: ['system:masters'] },
    'client',
  );
  #etcd: Program | undefined;
  #apiServer: Program | undefined;
  #controllers: Program | undefined;
  #users = 0;
  #backups = 0;

  constructor(
    keeper: Keeper,
    tools: Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl', string>,
    port: number,
    options: ControlPlaneOptions,
  ) {
    this.#keeper = keeper;
    this.#tools = tools;
    this.#port = port;
    this.#options = options;
    this.kubeconfig = this.#file('admin.kubeconfig');
    this.server = `https://127.0.0.1:${port}`;
    this.ca = this.#authority.certificate;
    this.binaries = dirname(tools.kubectl);
    this.logs = join(keeper.folder, 'log');
  }

  async startAll(): Promise<void> {
    await Promise.all([
      writeControlPlaneFiles(this.#keeper.folder, this.server, this.#authority),
      this.#writeKubeconfig('admin', 'admin', this.#admin),
      this.#startEtcd(),
    ]);
    await this.startApiServer();
    if (this.#options.crds) await this.#installCrds(this.#options.crds);
    await this.#startControllers();
    // The namespace should be complete before anybody creates the first object.
    await until('the default service account', () =>
      this.#get('/api/v1/namespaces/default/serviceaccounts/default'),
    );
  }

  kubectl = (args: readonly string[], options?: KubectlOptions): Promise<KubectlResult> =>
    runKubectl(this.#tools.kubectl, this.kubeconfig, args, options);

  async userKubeconfig(name: string, groups: readonly string[] = []): Promise<string> {
    const identity = this.#authority.issue({ commonName: name, organizations: groups }, 'client');
    return this.#writeKubeconfig(`user-${++this.#users}`, name, identity);
  }

  async stopApiServer(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#apiServer && !this.#apiServer.exit) await stopProgram(this.#apiServer, signal, 10_000);
  }

  async startApiServer(): Promise<void> {
    if (this.#apiServer && !this.#apiServer.exit) return;
    const program = await this.#keeper.start({
      name: 'kube-apiserver',
      command: this.#tools['kube-apiserver'],
      args: apiServerFlags(this.#keeper.folder, this.#port, this.#options.apiServerFlags),
    });
    this.#apiServer = program;
    const ready = async () => {
      if (program.exit) throw new Hopeless(`kube-apiserver did not start:\n${await tailOf(program.log)}`);
      return this.#get('/readyz');
    };
    // An API server that cannot start ends; one that runs and is not ready lacks processors, and becomes ready later.
    await until('the API server being ready', ready, { timeoutMs: 120_000 });
    // Waits until the controllers watch again, which notice broken connections only after a while.
    if (this.#controllers?.exit) await this.#startControllers();
  }

  async pauseApiServer(): Promise<void> {
    await this.#apiServer?.signal('SIGSTOP');
  }

  async resumeApiServer(): Promise<void> {
    await this.#apiServer?.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    // Everything goes with the folder: there is nothing worth shutting down in order.
    await this.#keeper.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #installCrds(folder: string): Promise<void> {
    try {
      await installCrds(this, folder);
    } catch (error) {
      // The log goes with the folder, so this is the last chance to say what the API server was up to.
      const state = this.#apiServer?.exit ? `ended (${JSON.stringify(this.#apiServer.exit)})` : 'runs';
      const tail = this.#apiServer && (await tailOf(this.#apiServer.log));
      throw new Error(`the CRDs cannot be installed; kube-apiserver ${state}:\n${tail}`, { cause: error });
    }
  }

  #file(name: string): string {
    return join(this.#keeper.folder, name);
  }

  #writeKubeconfig(file: string, name: string, identity: Identity): Promise<string> {
    return writeKubeconfig(this.#file(`${file}.kubeconfig`), {
      server: this.server,
      ca: this.ca,
      name,
      identity,
    });
  }

  async #startEtcd(): Promise<void> {
    const { folder } = this.#keeper;
    const program = await this.#keeper.start({
      name: 'etcd',
      command: this.#tools.etcd,
      args: etcdFlags(folder),
    });
    this.#etcd = program;
    await until('etcd being ready', async () => {
      if (program.exit) throw new Hopeless(`etcd did not start:\n${await tailOf(program.log)}`);
      return isOk(http.get('http://localhost/readyz', { socketPath: etcdSocket(folder) }));
    });
  }

  async backUp(): Promise<{ restore(): Promise<void> }> {
    const copy = this.#file(`etcd-${++this.#backups}`);
    await this.#withoutEtcd(() => cp(this.#file('etcd'), copy, { recursive: true }));
    return {
      restore: () =>
        this.#withoutEtcd(async () => {
          await rm(this.#file('etcd'), { recursive: true });
          await cp(copy, this.#file('etcd'), { recursive: true });
        }),
    };
  }

  async #withoutEtcd(work: () => Promise<void>): Promise<void> {
    await this.stopApiServer('SIGKILL');
    if (this.#etcd) await stopProgram(this.#etcd, 'SIGTERM', 20_000);
    await work();
    await this.#startEtcd();
    await this.startApiServer();
  }

  async #startControllers(): Promise<void> {
    this.#controllers = await this.#keeper.start({
      name: 'kube-controller-manager',
      command: this.#tools['kube-controller-manager'],
      args: controllerFlags(this.#keeper.folder),
    });
  }

  #get(path: string): Promise<true | undefined> {
    const { certificate: cert, key } = this.#admin;
    return isOk(https.get(`${this.server}${path}`, { ca: this.ca, cert, key, agent: false, timeout: 5_000 }));
  }
}

/** True when the answer is 200, undefined when it is anything else; rejects when there is none. */
function isOk(call: ClientRequest): Promise<true | undefined> {
  return new Promise((resolve, reject) => {
    call.once('response', response => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200 || undefined));
    });
    call.once('timeout', () => call.destroy(new Error(`no answer to ${call.path}`)));
    call.once('error', reject);
  });
}
