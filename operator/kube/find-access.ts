/**
 * Chooses how to reach the API server: by the kubeconfig that was asked for, else by the pod's service account.
 * Invariant: nothing is guessed. Without either it rejects, because an operator that silently follows ~/.kube/config
 * would one day write to the wrong cluster.
 */
import { type Access, AccessError } from './access.ts';
import { inClusterAccess } from './in-cluster.ts';
import { kubeconfigAccess } from './kubeconfig.ts';

export interface AccessOptions {
  /** Path, or paths as in the KUBECONFIG variable. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  readonly serviceHost?: string | undefined;
  readonly servicePort?: string | undefined;
}

/** Rejects with AccessError. */
export async function findAccess(options: AccessOptions): Promise<Access> {
  if (options.kubeconfig) {
    return kubeconfigAccess({ path: options.kubeconfig, context: options.context });
  }
  if (options.serviceHost && options.servicePort) {
    return inClusterAccess({ host: options.serviceHost, port: options.servicePort });
  }
  throw new AccessError(
    'no API server: set KUBECONFIG (or --kubeconfig), or run in a pod with a service account',
  );
}
