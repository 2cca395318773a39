/**
 * `doctor`: what is well and what is not, by the cluster's objects and by Pawl itself. Reads only. Invariant: a thing that may
 * not be read, or does not answer, is a line of the answer and never its end.
 */
import { openKubernetes } from '../access.ts';
import { Kubernetes } from '../config-maps.ts';
import type { Context } from '../context.ts';
import {
  type AskedRight,
  type ClusterFacts,
  type Deployed,
  type Finding,
  findings,
  type ListedObject,
  type Right,
  rightsNeeded,
  type Told,
} from '../doctor.ts';
import { CliError, type Exit, messageOf } from '../errors.ts';
import { KubernetesRefusal } from '../kubernetes-answer.ts';
import { Refusal } from '../refusal.ts';
import { oneLine, table } from '../terminal.ts';

const policies = '/apis/admissionregistration.k8s.io/v1';
const deployments = `/apis/apps/v1/deployments?${new URLSearchParams({
  labelSelector: 'app.kubernetes.io/part-of=pawl,app.kubernetes.io/component=operator',
})}`;

const accessReviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

export async function doctor(context: Context): Promise<Exit> {
  const found = [...(await ofCluster(context)), ...(await ofServer(context))];
  if (context.structured) await context.print({ checks: found });
  else {
    const rows = found.map(({ level, name, message }) => [level, name, oneLine(message)]);
    context.terminal.out(table(['LEVEL', 'CHECK', 'FOUND'], rows));
  }
  return found.some(({ level }) => level === 'failure') ? 3 : 0;
}

async function ofCluster(context: Context): Promise<Finding[]> {
  const { program, version, now } = context.surroundings;
  let transport: Awaited<ReturnType<typeof openKubernetes>>;
  try {
    transport = await openKubernetes(context.options, context.asking);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return [{ name: 'kubernetes', level: 'unknown', message: error.message }];
  }
  try {
    const cluster = new Kubernetes(transport, context.signal);
    const get = <T>(path: string) => told(() => cluster.get<T>(path));
    const running = await get<{ items: Deployed[] }>(deployments);
    const objects = await told(() => listed(cluster));
    const facts: ClusterFacts = {
      ...{ program, version, nowMs: now() },
      kubernetes: await get('/version'),
      served: await get('/apis/pawl.dev/v1alpha1'),
      deployments: running,
      rights: await told(() => rightsOf(cluster, running, objects)),
      apiService: await get('/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.store.pawl.dev'),
      stamp: await get(`${policies}/mutatingadmissionpolicies/requested-by.pawl.dev`),
      stampBinding: await get(`${policies}/mutatingadmissionpolicybindings/requested-by.pawl.dev`),
      stampWebhook: await get(`${policies}/mutatingwebhookconfigurations/requested-by.pawl.dev`),
      objects,
    };
    return findings(facts);
  } finally {
    await transport.close();
  }
}

/** Of Pawl itself. A server that does not answer is what is wrong. */
async function ofServer(context: Context): Promise<Finding[]> {
  try {
    return (await (await context.client()).diagnosis()).checks;
  } catch (error) {
    if (context.signal.aborted) throw error;
    const isForbidden = error instanceof Refusal && [401, 403].includes(error.problem.status);
    return [{ name: 'server', level: isForbidden ? 'unknown' : 'failure', message: messageOf(error) }];
  }
}

async function told<T>(ask: () => Promise<T>): Promise<Told<T>> {
  try {
    return { is: await ask() };
  } catch (error) {
    if (error instanceof KubernetesRefusal && error.status === 404) return { missing: true };
    return { fault: messageOf(error) };
  }
}

/** Namespaces in which is asked what the operator may do there. */
const mostNamespaces = 3;

/** Asked of the API server for each account that a Deployment runs as, where there are objects to look after. */
async function rightsOf(
  cluster: Kubernetes,
  running: Told<{ readonly items: readonly Deployed[] }>,
  objects: Told<readonly ListedObject[]>,
): Promise<AskedRight[]> {
  const items = 'is' in running ? running.is.items : [];
  const accounts = new Set(
    items.map(
      ({ metadata, spec }) => `${metadata.namespace}:${spec.template?.spec?.serviceAccountName ?? 'default'}`,
    ),
  );
  const namespaces = [...new Set('is' in objects ? objects.is.map(({ namespace }) => namespace) : [])];
  const asked: AskedRight[] = [];
  for (const account of accounts) {
    const ask = async (right: Right, namespace: string | null) => {
      const { verb, group, resource, subresource } = right;
      const review = await cluster.create<{ status: { allowed: boolean } }>(accessReviews, {
        ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' },
        spec: {
          user: `system:serviceaccount:${account}`,
          // As the API server adds them.
          groups: [
            'system:serviceaccounts',
            `system:serviceaccounts:${account.split(':')[0]}`,
            'system:authenticated',
          ],
          resourceAttributes: {
            ...{ verb, group, resource },
            ...(subresource !== undefined && { subresource }),
            ...(namespace !== null && { namespace }),
          },
        },
      });
      asked.push({ account: account.replace(':', '/'), right, namespace, allowed: review.status.allowed });
    };
    for (const right of rightsNeeded.cluster) await ask(right, null);
    for (const namespace of namespaces.slice(0, mostNamespaces))
      for (const right of rightsNeeded.namespace) await ask(right, namespace);
  }
  return asked;
}

interface TablePage {
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows?: readonly {
    readonly cells: readonly unknown[];
    readonly object: {
      readonly metadata: {
        readonly namespace: string;
        readonly name: string;
        readonly creationTimestamp: string;
      };
    };
  }[];
  readonly metadata?: { readonly continue?: string };
}

/** As a table, which has no texts in it. */
async function listed(cluster: Kubernetes): Promise<ListedObject[]> {
  const found: ListedObject[] = [];
  let token = '';
  do {
    const query = new URLSearchParams({ limit: '500', ...(token !== '' && { continue: token }) });
    const page = await cluster.table<TablePage>(`/apis/pawl.dev/v1alpha1/configversions?${query}`);
    const at = (name: string) => page.columnDefinitions.findIndex(column => column.name === name);
    const [ready, reason] = [at('Ready'), at('Reason')];
    for (const { cells, object } of page.rows ?? []) {
      const { namespace, name, creationTimestamp } = object.metadata;
      found.push({
        ...{ namespace, name, createdMs: Date.parse(creationTimestamp) },
        ...{ ready: String(cells[ready] ?? ''), reason: String(cells[reason] ?? '') },
      });
    }
    token = page.metadata?.continue ?? '';
  } while (token !== '');
  return found;
}
