/**
 * `doctor`: what is well and what is not, by the cluster's objects and by Pawl itself. Reads only. Invariant: a thing that may
 * not be read, or does not answer, is a line of the answer and never its end.
 */
import { openKubernetes } from '../access.ts';
import { Kubernetes } from '../config-maps.ts';
import type { Context } from '../context.ts';
import { type ClusterFacts, type Finding, findings, type ListedObject, type Told } from '../doctor.ts';
import { CliError, type Exit, messageOf } from '../errors.ts';
import { KubernetesRefusal } from '../kubernetes-answer.ts';
import { Refusal } from '../refusal.ts';
import { oneLine, table } from '../terminal.ts';

const policies = '/apis/admissionregistration.k8s.io/v1';
const deployments = `/apis/apps/v1/deployments?${new URLSearchParams({
  labelSelector: 'app.kubernetes.io/part-of=pawl,app.kubernetes.io/component=operator',
})}`;

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
    const facts: ClusterFacts = {
      ...{ program, version, nowMs: now() },
      kubernetes: await get('/version'),
      served: await get('/apis/pawl.dev/v1alpha1'),
      deployments: await get(deployments),
      apiService: await get('/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.store.pawl.dev'),
      stamp: await get(`${policies}/mutatingadmissionpolicies/requested-by.pawl.dev`),
      stampBinding: await get(`${policies}/mutatingadmissionpolicybindings/requested-by.pawl.dev`),
      objects: await told(() => listed(cluster)),
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

interface TablePage {
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows?: readonly {
    readonly cells: readonly unknown[];
    readonly object: { readonly metadata: { readonly namespace: string; readonly name: string } };
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
      const { namespace, name } = object.metadata;
      found.push({ namespace, name, ready: String(cells[ready] ?? ''), reason: String(cells[reason] ?? '') });
    }
    token = page.metadata?.continue ?? '';
  } while (token !== '');
  return found;
}
