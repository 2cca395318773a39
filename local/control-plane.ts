/**
 * A real Kubernetes control plane on this machine: etcd, kube-apiserver and the controllers that matter here
 * (garbage collection, namespaces, service accounts), with RBAC and the aggregation layer, but no nodes.
 * Or a cluster that is there already, when asked for.
 * Invariant: ports, certificates and data are this object's own and gone with it; stopping the API server keeps
 * port and data.
 */
import { cp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { installCrds } from './crds.ts';
import { type ExistingCluster, existingControlPlane } from './existing-cluster.ts';
import { Keeper, type Program, stopProgram, tailOf } from './keeper.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { type Kubectl, type KubectlOptions, type KubectlResult, runKubectl } from './kubectl.ts';
import { freePort, Hopeless, until } from './wait.ts';
import { type Authority, createAuthority, createSigningKey, type Identity } from './x509.ts';

export interface ControlPlane extends AsyncDisposable {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:port`. */
  readonly server: string;
  /** The authority that signed the API server's certificate, PEM. */
  readonly ca: string;
  /** Folder to put in front of PATH: kubectl is in it. */
  readonly binaries: string;
  /** Folder of the logs; undefined when the cluster is not ours. */
  readonly logs: string | undefined;
  readonly kubectl: Kubectl;
  /** Path of a kubeconfig of another user, who may do nothing until RBAC says otherwise. */
  userKubeconfig(name: string, groups?: readonly string[]): Promise<string>;

  /** Default SIGTERM: open requests are finished. SIGKILL: they are cut. Answers when the process is gone. */
  stopApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Same port, same data. Answers when it is ready. */
  startApiServer(): Promise<void>;
  /** Freezes it: connections stay open and nothing is answered, as behind a black hole. */
  pauseApiServer(): Promise<void>;
  resumeApiServer(): Promise<void>;
  /**
   * Copies what etcd holds; what is answered puts the copy back, as after a disaster. Both stop and start etcd and
   * the API server, each on its old port.
   */
  backUp(): Promise<{ restore(): Promise<void> }>;

  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** A cluster to use instead. Default: KUBECONFIG's when PAWL_CLUSTER=existing; null: start one anyway. */
  existing?: ExistingCluster | null;
  /** A folder of CRDs to install; before the controllers start, so that garbage collection knows them at once. */
  crds?: string;
  /** Further flags of kube-apiserver, such as an audit policy. */
  apiServerFlags?: readonly string[];
}

const CONTROLLERS = [
  'garbage-collector-controller',
  'namespace-controller',
  'resourcequota-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
  'certificatesigningrequest-signing-controller',
  'certificatesigningrequest-approving-controller',
];

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
  #etcdPort = 0;
  #etcdPeerPort = 0;
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
    await Promise.all([this.#writeFiles(), this.#startEtcd()]);
    await this.startApiServer();
    if (this.#options.crds) await installCrds(this, this.#options.crds);
    await this.#startControllers();
    // Whoever creates the first object should find the namespace complete.
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
      args: this.#apiServerFlags(),
    });
    this.#apiServer = program;
    await until('the API server being ready', async () => {
      if (program.exit) throw new Hopeless(`kube-apiserver did not start:\n${await tailOf(program.log)}`);
      return this.#get('/readyz');
    });
    // Its watches are back when the controllers' are; they give up on their own only after a while.
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

  #file(name: string): string {
    return join(this.#keeper.folder, name);
  }

  async #writeFiles(): Promise<void> {
    const authority = this.#authority;
    // The API server refuses to start when requests forwarded by a proxy are vouched for by the clients' authority.
    const frontProxy = createAuthority('pawl-local-front-proxy');
    const hosts = [
      '127.0.0.1',
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      '10.0.0.1',
    ];
    const serviceAccounts = createSigningKey();
    const files: Record<string, string> = {
      'ca.crt': authority.certificate,
      'ca.key': authority.key,
      'front-proxy-ca.crt': frontProxy.certificate,
      'service-accounts.key': serviceAccounts.privateKey,
      'service-accounts.pub': serviceAccounts.publicKey,
    };
    const identities: Record<string, Identity> = {
      'api-server': authority.issue({ commonName: 'kube-apiserver' }, 'server', hosts),
      'front-proxy': frontProxy.issue({ commonName: 'front-proxy-client' }, 'client'),
    };
    for (const [name, { certificate, key }] of Object.entries(identities)) {
      files[`${name}.crt`] = certificate;
      files[`${name}.key`] = key;
    }
    await Promise.all([
      ...Object.entries(files).map(([name, text]) => writeFile(this.#file(name), text, { mode: 0o600 })),
      this.#writeKubeconfig('admin', 'admin', this.#admin),
      this.#writeKubeconfig(
        'controllers',
        'controllers',
        authority.issue({ commonName: 'system:kube-controller-manager' }, 'client'),
      ),
    ]);
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
    this.#etcdPort ||= await freePort();
    this.#etcdPeerPort ||= await freePort();
    const [port, peerPort] = [this.#etcdPort, this.#etcdPeerPort];
    const peer = `http://127.0.0.1:${peerPort}`;
    const client = `http://127.0.0.1:${port}`;
    const program = await this.#keeper.start({
      name: 'etcd',
      command: this.#tools.etcd,
      args: [
        '--name=pawl',
        `--data-dir=${this.#file('etcd')}`,
        '--unsafe-no-fsync',
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=pawl=${peer}`,
        '--log-level=warn',
      ],
    });
    this.#etcd = program;
    await until('etcd being ready', async () => {
      if (program.exit) throw new Hopeless(`etcd did not start:\n${await tailOf(program.log)}`);
      const response = await fetch(`${client}/readyz`);
      return response.ok || undefined;
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
    const kubeconfig = this.#file('controllers.kubeconfig');
    this.#controllers = await this.#keeper.start({
      name: 'kube-controller-manager',
      command: this.#tools['kube-controller-manager'],
      args: [
        `--kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
        '--bind-address=127.0.0.1',
        '--secure-port=0',
        '--leader-elect=false',
        '--use-service-account-credentials=true',
        `--controllers=${CONTROLLERS.join(',')}`,
        `--root-ca-file=${this.#file('ca.crt')}`,
        `--cluster-signing-cert-file=${this.#file('ca.crt')}`,
        `--cluster-signing-key-file=${this.#file('ca.key')}`,
        `--service-account-private-key-file=${this.#file('service-accounts.key')}`,
      ],
    });
  }

  #apiServerFlags(): string[] {
    const file = (name: string) => this.#file(name);
    return [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none', // a loopback address is no endpoint
      `--secure-port=${this.#port}`,
      `--tls-cert-file=${file('api-server.crt')}`,
      `--tls-private-key-file=${file('api-server.key')}`,
      `--client-ca-file=${file('ca.crt')}`,
      '--authorization-mode=RBAC',
      `--service-account-key-file=${file('service-accounts.pub')}`,
      `--service-account-signing-key-file=${file('service-accounts.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      '--service-cluster-ip-range=10.0.0.0/24',
      `--requestheader-client-ca-file=${file('front-proxy-ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${file('front-proxy.crt')}`,
      `--proxy-client-key-file=${file('front-proxy.key')}`,
      // Generally available, and served, since 1.36; said here because the promise of actor rests on it.
      '--feature-gates=MutatingAdmissionPolicy=true',
      '--runtime-config=admissionregistration.k8s.io/v1=true',
      '--profiling=false',
      '--shutdown-watch-termination-grace-period=1s', // by default open watches hold up a SIGTERM for a minute
      ...(this.#options.apiServerFlags ?? []),
    ];
  }

  /** True when the answer is 200, undefined when it is anything else. */
  #get(path: string): Promise<true | undefined> {
    return new Promise((resolve, reject) => {
      const call = request(
        `${this.server}${path}`,
        { ca: this.ca, cert: this.#admin.certificate, key: this.#admin.key, agent: false, timeout: 5_000 },
        response => {
          response.resume();
          response.once('end', () => resolve(response.statusCode === 200 || undefined));
        },
      );
      call.once('timeout', () => call.destroy(new Error(`no answer to ${path}`)));
      call.once('error', reject);
      call.end();
    });
  }
}
