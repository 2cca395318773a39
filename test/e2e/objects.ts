/** The objects of Kubernetes that the end-to-end tests read and write, as far as they look at them. */

export interface Named {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export interface ConfigVersionObject extends Named {
  readonly metadata: Named['metadata'] & { readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly version?: string;
    readonly conflict?: { readonly token?: string; readonly diff?: string };
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly observedGeneration: number;
    }[];
  };
}

export interface ConfigMapObject extends Named {
  readonly data: Readonly<Record<string, string>>;
}

export interface PodObject extends Named {
  readonly metadata: Named['metadata'] & { readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly containerID: string;
      readonly imageID: string;
      readonly restartCount: number;
    }[];
  };
}

export interface ConfigProjectionObject extends Named {
  readonly status?: {
    readonly rollout?: { readonly state: string; readonly step?: number };
    readonly conditions?: readonly {
      readonly type: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

export interface ApiServiceObject extends Named {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export interface LeaseObject extends Named {
  readonly spec: { readonly holderIdentity?: string; readonly leaseTransitions?: number };
}

export interface ListOf<T> {
  readonly items: readonly T[];
}

export interface Proposal {
  readonly name: string;
  readonly path: string;
  readonly body: string;
  readonly baseVersion?: number;
  readonly onStale?: 'Confirm' | 'Merge' | 'Reject';
}

/** A ConfigVersion of YAML, as a person would write it. */
export function configVersion({ name, ...spec }: Proposal): object {
  return {
    apiVersion: 'pawl.dev/v1alpha1',
    kind: 'ConfigVersion',
    metadata: { name },
    spec: { format: 'yaml', author: 'e2e@example.com', ...spec },
  };
}

/**
 * A Deployment of two pods that mount a ConfigMap at /etc/config, and have its keys in their environment (whose names
 * may have dots since Kubernetes 1.32).
 * @param image any with Node in it: the operator's own saves the cluster from pulling another
 * @param program what its pods run
 */
export function application(
  name: string,
  image: string,
  configMap: string,
  program = 'setInterval(() => {}, 60_000)',
): object {
  const labels = { app: name };
  const container = {
    name: 'app',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', program],
    envFrom: [{ configMapRef: { name: configMap } }],
    volumeMounts: [{ name: 'config', mountPath: '/etc/config', readOnly: true }],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          automountServiceAccountToken: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container],
          volumes: [{ name: 'config', configMap: { name: configMap } }],
        },
      },
    },
  };
}
