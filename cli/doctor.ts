/**
 * What the objects of a cluster say about Pawl in it: one check for each thing that must be there. Pure. Invariant: what
 * could not be asked is `unknown` with the reason, and never taken for well or for broken.
 */
import { X509Certificate } from 'node:crypto';
import type { Check } from '../api/types.gen.ts';

export interface Finding extends Omit<Check, 'level'> {
  readonly level: Check['level'] | 'unknown';
}

/** An answer of the API server: what it has, nothing, or why it did not tell. */
export type Told<T> = { readonly is: T } | { readonly missing: true } | { readonly fault: string };

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

export interface ClusterFacts {
  readonly program: string;
  readonly version: string;
  readonly nowMs: number;
  readonly kubernetes: Told<{ readonly gitVersion: string }>;
  /** Of pawl.dev/v1alpha1. */
  readonly served: Told<{ readonly resources: readonly { readonly name: string }[] }>;
  readonly deployments: Told<{ readonly items: readonly Deployed[] }>;
  readonly apiService: Told<{
    readonly spec: { readonly caBundle?: string };
    readonly status?: { readonly conditions?: readonly Condition[] };
  }>;
  /** The MutatingAdmissionPolicy that writes down who asked for a version. */
  readonly stamp: Told<unknown>;
  readonly stampBinding: Told<unknown>;
  /** The MutatingWebhookConfiguration that does so on clusters without such policies. */
  readonly stampWebhook: Told<unknown>;
  readonly objects: Told<readonly ListedObject[]>;
  /** Of the accounts that the Deployments run as. */
  readonly rights: Told<readonly AskedRight[]>;
}

/** A right that an account needs, and whether it has it. */
export interface AskedRight {
  /** `namespace/name` of a ServiceAccount. */
  readonly account: string;
  readonly right: Right;
  /** null: of the whole cluster. */
  readonly namespace: string | null;
  readonly allowed: boolean;
}

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
}

export interface Deployed {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly template?: { readonly spec?: { readonly serviceAccountName?: string } };
  };
  readonly status?: { readonly readyReplicas?: number };
}

/** A ConfigVersion, as `kubectl get` lists it. */
export interface ListedObject {
  readonly namespace: string;
  readonly name: string;
  /** Of its condition Ready: `True`, `False`, `Unknown`; empty: there is none yet. */
  readonly ready: string;
  readonly reason: string;
  /** ms since 1970. */
  readonly createdMs: number;
}

/** What every operator needs in the whole cluster, and where there are ConfigVersions: the least of the chart's roles. */
export const rightsNeeded: { readonly cluster: readonly Right[]; readonly namespace: readonly Right[] } = {
  cluster: [
    { verb: 'watch', group: '', resource: 'namespaces' },
    { verb: 'watch', group: 'pawl.dev', resource: 'confignamespaces' },
    { verb: 'watch', group: 'pawl.dev', resource: 'configschemas' },
  ],
  namespace: [
    { verb: 'watch', group: 'pawl.dev', resource: 'configversions' },
    { verb: 'patch', group: 'pawl.dev', resource: 'configversions', subresource: 'status' },
    { verb: 'create', group: '', resource: 'configmaps' },
    { verb: 'patch', group: '', resource: 'configmaps' },
    { verb: 'delete', group: '', resource: 'configmaps' },
    { verb: 'create', group: 'events.k8s.io', resource: 'events' },
  ],
};

/** The kinds this build works with, as crds/ has them. */
export const kindsNeeded: readonly string[] = [
  'configversions',
  'confignamespaces',
  'confignotifiers',
  'configprojections',
  'configschemas',
];

const dayMs = 86_400_000;
const namedAtMost = 3;
/** An object that nobody has looked at for so long: there is a backlog; so much longer: nobody looks. */
const lateMs = 60_000;
const tooLateMs = 600_000;

export function findings(facts: ClusterFacts): Finding[] {
  return [
    kubernetesOf(facts),
    kindsOf(facts),
    ...deploymentsOf(facts),
    ...rightsOf(facts),
    ...apiServiceOf(facts),
    stampOf(facts),
    objectsOf(facts),
    ...lagOf(facts),
  ];
}

const unknown = (name: string, what: string, fault: string): Finding => ({
  ...{ name, level: 'unknown' },
  message: `${what} could not be read: ${fault}`,
});

function kubernetesOf({ kubernetes }: ClusterFacts): Finding {
  const name = 'kubernetes';
  if ('is' in kubernetes)
    return { name, level: 'ok', message: `Kubernetes ${kubernetes.is.gitVersion} answers.` };
  return unknown(name, 'The version of Kubernetes', 'fault' in kubernetes ? kubernetes.fault : 'not found');
}

function kindsOf({ served }: ClusterFacts): Finding {
  const name = 'crds';
  if ('fault' in served) return unknown(name, 'The kinds of pawl.dev', served.fault);
  const names = 'is' in served ? served.is.resources.map(each => each.name) : [];
  const missing = kindsNeeded.filter(kind => !names.includes(kind));
  if (missing.length === 0)
    return { name, level: 'ok', message: 'Every kind of pawl.dev/v1alpha1 is served.' };
  const message = `${missing.join(', ')}.pawl.dev not served by this cluster. Install or upgrade the chart, which brings the CRDs.`;
  return { name, level: 'failure', message };
}

function deploymentsOf({ deployments, program, version }: ClusterFacts): Finding[] {
  const name = 'deployment';
  if ('fault' in deployments) return [unknown(name, 'Deployments', deployments.fault)];
  const items = 'is' in deployments ? deployments.is.items : [];
  if (items.length === 0) {
    const message =
      'There is no Deployment with the label app.kubernetes.io/part-of=pawl. Install the chart; outside the cluster, ignore this.';
    return [{ name, level: 'warning', message }];
  }
  return items.map(({ metadata, spec, status }) => {
    const which = `Deployment ${metadata.namespace}/${metadata.name}`;
    const [wanted, ready] = [spec.replicas ?? 1, status?.readyReplicas ?? 0];
    const runs = metadata.labels?.['app.kubernetes.io/version'];
    if (wanted === 0)
      return { name, level: 'failure', message: `${which} is scaled to 0: nothing is saved or rendered.` };
    if (ready === 0) {
      const next = `kubectl describe deployment ${metadata.name} -n ${metadata.namespace}`;
      return { name, level: 'failure', message: `${which} has no replica that is ready. Next: ${next}` };
    }
    const told = `${which}: ${ready} of ${wanted} replicas ready${runs ? `, version ${runs}` : ''}.`;
    if (ready < wanted) return { name, level: 'warning', message: told };
    if (runs !== undefined && runs !== version)
      return { name, level: 'warning', message: `${told} This ${program} is ${version}: use the same one.` };
    return { name, level: 'ok', message: told };
  });
}

function rightsOf({ rights, deployments }: ClusterFacts): Finding[] {
  const name = 'rights';
  if ('fault' in rights) return [unknown(name, 'What the operator may do', rights.fault)];
  const asked = 'is' in rights ? rights.is : [];
  // Without a Deployment there is nobody to ask about, which is a finding of its own.
  if (asked.length === 0 || !('is' in deployments)) return [];
  const missing = asked.filter(({ allowed }) => !allowed);
  if (missing.length === 0) return [{ name, level: 'ok', message: 'The operator may do what it needs.' }];
  const named = missing.slice(0, namedAtMost).map(({ right, namespace }) => {
    const { verb, resource, subresource } = right;
    const what = subresource === undefined ? resource : `${resource}/${subresource}`;
    return `${verb} ${what}${namespace === null ? '' : ` in ${namespace}`}`;
  });
  const more = missing.length > namedAtMost ? `, and ${missing.length - namedAtMost} more` : '';
  return [
    {
      ...{ name, level: 'failure' },
      message: `ServiceAccount ${missing[0]!.account} may not ${named.join(', ')}${more}. Upgrade the chart, or with rbac.create=false give it these rights.`,
    },
  ];
}

function apiServiceOf({ apiService, nowMs }: ClusterFacts): Finding[] {
  const name = 'apiservice';
  if ('fault' in apiService) return [unknown(name, 'APIService v1alpha1.store.pawl.dev', apiService.fault)];
  if (!('is' in apiService)) {
    const message =
      'There is no APIService v1alpha1.store.pawl.dev: kubectl pawl and kubectl get configs need --set server.enabled=true.';
    return [{ name, level: 'warning', message }];
  }
  const { spec, status } = apiService.is;
  const available = status?.conditions?.find(({ type }) => type === 'Available');
  const found: Finding[] = [
    available?.status === 'True'
      ? { name, level: 'ok', message: 'The API server forwards store.pawl.dev to Pawl.' }
      : {
          ...{ name, level: 'failure' },
          message: `The API server does not reach Pawl, which also blocks the deletion of namespaces: ${available?.message ?? 'not looked at yet'}. Is a replica ready, and may the API server connect to it?`,
        },
  ];
  const end = caEnd(spec.caBundle);
  if (end !== null && end - nowMs < 30 * dayMs) {
    const until = new Date(end).toISOString();
    const level = end <= nowMs ? 'failure' : 'warning';
    found.push({
      ...{ name: 'ca', level },
      message: `The CA that the APIService trusts ${end <= nowMs ? 'ended' : 'ends'} at ${until}. Renew it: docs/install.md, The serving certificate.`,
    });
  }
  return found;
}

/** When the first certificate of a bundle ends, in ms since 1970. null: there is none that can be read. */
function caEnd(bundle: string | undefined): number | null {
  if (bundle === undefined) return null;
  try {
    return new X509Certificate(Buffer.from(bundle, 'base64')).validToDate.getTime();
  } catch {
    return null;
  }
}

function stampOf({ stamp, stampBinding, stampWebhook }: ClusterFacts): Finding {
  const name = 'requesters';
  if ('is' in stamp && 'is' in stampBinding)
    return { name, level: 'ok', message: 'The API server writes down who asked for each ConfigVersion.' };
  if ('is' in stampWebhook)
    return { name, level: 'ok', message: "Pawl's webhook writes down who asked for each ConfigVersion." };
  if ('fault' in stamp) return unknown(name, 'MutatingAdmissionPolicy requested-by.pawl.dev', stamp.fault);
  if ('fault' in stampWebhook)
    return unknown(name, 'MutatingWebhookConfiguration requested-by.pawl.dev', stampWebhook.fault);
  const message =
    'Nothing writes down who asked, so authors of ConfigVersions are what they say they are. Before Kubernetes 1.36, set server.enabled=true (requestedBy).';
  return { name, level: 'warning', message };
}

function objectsOf({ objects, program }: ClusterFacts): Finding {
  const name = 'objects';
  if ('fault' in objects) return unknown(name, 'ConfigVersions', objects.fault);
  const all = 'is' in objects ? objects.is : [];
  const waiting = all.filter(({ ready }) => ready !== 'True');
  if (waiting.length === 0)
    return { name, level: 'ok', message: `All ${all.length} ConfigVersions are ready.` };
  const named = waiting
    .slice(0, namedAtMost)
    .map(each => `${each.namespace}/${each.name} (${each.reason || 'not looked at yet'})`);
  const more = waiting.length > namedAtMost ? `, and ${waiting.length - namedAtMost} more` : '';
  return {
    ...{ name, level: 'warning' },
    message: `${waiting.length} of ${all.length} ConfigVersions are not ready: ${named.join(', ')}${more}. Next: ${program} waiting`,
  };
}

/** How far the operator is behind, by the objects that it has not looked at. What was edited since is not among them. */
function lagOf({ objects, nowMs }: ClusterFacts): Finding[] {
  const name = 'lag';
  if (!('is' in objects)) return [];
  const late = objects.is.filter(({ ready, createdMs }) => ready === '' && nowMs - createdMs > lateMs);
  if (late.length === 0)
    return [{ name, level: 'ok', message: 'No ConfigVersion has waited for a minute to be looked at.' }];
  const oldest = late.reduce((a, b) => (b.createdMs < a.createdMs ? b : a));
  const waited = nowMs - oldest.createdMs;
  const minutes = Math.floor(waited / 60_000);
  return [
    {
      ...{ name, level: waited > tooLateMs ? 'failure' : 'warning' },
      message: `${late.length} ConfigVersions were not looked at yet, ${oldest.namespace}/${oldest.name} for ${minutes} min. Look at the operator's log and workqueue_depth: docs/operations.md.`,
    },
  ];
}
