/**
 * Registers a server on this machine with the API server's aggregation layer, so that kubectl finds
 * store.pawl.dev/v1alpha1. A Service of type ExternalName leads to `localhost`, so it works only where the API server
 * runs here, too. Invariant: once it answers, the API is available; and what is registered can be taken back, because
 * an API that is registered and away keeps Kubernetes from deleting any namespace.
 */
import type { ControlPlane } from './control-plane-interface.ts';
import { until } from './wait.ts';

/** The API server expects a certificate for `SERVICE.NAMESPACE.svc`. */
export const apiServiceHost = 'pawl-api.default.svc';

const name = 'v1alpha1.store.pawl.dev';

export interface ApiService extends AsyncDisposable {
  /** Waits until the API server finds it available. */
  available(): Promise<void>;
}

/** Does not wait: `available` does. */
export async function registerApiService(
  { kubectl }: Pick<ControlPlane, 'kubectl'>,
  { port, ca }: { port: number; ca: string },
): Promise<ApiService> {
  const [service, namespace] = apiServiceHost.split('.');
  const objects = [
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: service, namespace } },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    },
    {
      ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name } },
      spec: {
        ...{ group: 'store.pawl.dev', version: 'v1alpha1', groupPriorityMinimum: 1_000, versionPriority: 10 },
        service: { name: service, namespace, port },
        caBundle: Buffer.from(ca).toString('base64'),
      },
    },
  ];
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await kubectl(['apply', '--server-side', '-f', '-'], { input: list });
  return {
    async available() {
      let seen = '';
      await until('the aggregated API being available', async () => {
        const { stdout } = await kubectl(['get', 'apiservice', name, '-o', 'json']);
        const { conditions = [] } =
          (JSON.parse(stdout) as { status?: { conditions?: Condition[] } }).status ?? {};
        const available = conditions.find(({ type }) => type === 'Available');
        seen = available?.message ?? '';
        return available?.status === 'True' || undefined;
      }).catch(cause => {
        throw new Error(`the aggregated API is not available: ${seen}`, { cause });
      });
    },
    async [Symbol.asyncDispose]() {
      await kubectl(['delete', '--ignore-not-found', '-f', '-'], { input: list });
    },
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}
