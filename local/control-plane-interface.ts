/**
 * What tests, demo and benchmarks see of a control plane, whether it was started here or exists already.
 * Types only, so that both makers of one can share them without importing each other.
 */
import type { Kubectl } from './kubectl.ts';

export interface ExistingCluster {
  /** Default: what kubectl takes. */
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

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
  /** Path of a kubeconfig of another user, without any rights until RBAC grants some. */
  userKubeconfig(name: string, groups?: readonly string[]): Promise<string>;

  /** Default SIGTERM: open requests are finished. SIGKILL: they are cut. Answers when the process is gone. */
  stopApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Same port, same data. Answers when it is ready. */
  startApiServer(): Promise<void>;
  /** Freezes it: connections stay open and nothing is answered. */
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
