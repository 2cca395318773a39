/**
 * Installs the admission policies of the chart, or its webhook, and answers only when they are in force: the API server
 * compiles a policy up to a second after it was stored, and mutates a new CRD's objects only after its next look at the
 * published schemas, five seconds apart. Until then writes are taken unstamped or answered with 503.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { ControlPlane } from './control-plane-interface.ts';
import { type Kubectl, KubectlError } from './kubectl.ts';
import { Hopeless, until } from './wait.ts';

const file = (name: string) => fileURLToPath(new URL(`../charts/pawl/admission/${name}`, import.meta.url));

/** Stamps who asked and who confirmed. */
export const mutatingPolicy = file('requested-by.mutating.yaml');
/** Refuses what the first did not get to stamp. */
export const validatingPolicy = file('requested-by.validating.yaml');
/** Has Pawl's server stamp, in the place of the first; without where that server is. */
export const stampingWebhook = file('requested-by.webhook.yaml');

/**
 * Needs the CRDs. `stamped: false`: the API server is older than Kubernetes 1.36 and nothing was installed;
 * names on objects are claims of their clients there, unless the webhook is installed.
 */
export async function installAdmission({ kubectl }: { kubectl: Kubectl }): Promise<{ stamped: boolean }> {
  if (!(await servesMutatingPolicies(kubectl))) return { stamped: false };
  await apply(kubectl, mutatingPolicy);
  await until('requests being stamped with their user', () => isStamped(kubectl));
  // Only now: without the first, the second refuses every write.
  await apply(kubectl, validatingPolicy);
  return { stamped: true };
}

/**
 * The same by the webhook, where there is no policy. Needs the CRDs, and a server that answers at that port of this
 * machine (`PAWL_REQUESTED_BY=stamp`): until it does, the API server refuses every request.
 */
export async function installWebhook(
  { kubectl }: { kubectl: Kubectl },
  { port, ca }: { port: number; ca: string },
): Promise<void> {
  const configuration = parse(await readFile(stampingWebhook, 'utf8'));
  configuration.webhooks[0].clientConfig = {
    url: `https://localhost:${port}/admission/requested-by`,
    caBundle: Buffer.from(ca).toString('base64'),
  };
  // A machine on which tests run may have no processor to spare for a while.
  configuration.webhooks[0].timeoutSeconds = 30;
  const input = JSON.stringify(configuration);
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input });
  await until('requests being stamped with their user', () => isStamped(kubectl));
  await apply(kubectl, validatingPolicy);
}

/** How an operator takes the stamps of an API server that stamps by itself or does not. */
export function requestedBy(
  { logs }: Pick<ControlPlane, 'logs'>,
  { stamped }: { stamped: boolean },
): 'trust' | 'stamp' | 'ignore' {
  // An API server somewhere else does not find a webhook on this machine.
  return stamped ? 'trust' : logs === undefined ? 'ignore' : 'stamp';
}

async function apply(kubectl: Kubectl, path: string): Promise<void> {
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', path]);
}

async function servesMutatingPolicies(kubectl: Kubectl): Promise<boolean> {
  const { stdout } = await kubectl(['get', '--raw', '/apis/admissionregistration.k8s.io/v1']);
  const { resources } = JSON.parse(stdout) as { resources: { name: string }[] };
  return resources.some(({ name }) => name === 'mutatingadmissionpolicies');
}

/** Plants a false name in a dry run and looks whether it is still there. */
async function isStamped(kubectl: Kubectl): Promise<true | undefined> {
  const forged = 'pawl:nobody';
  const object = {
    apiVersion: 'pawl.dev/v1alpha1',
    kind: 'ConfigVersion',
    metadata: {
      generateName: 'pawl-admission-probe-',
      namespace: 'default',
      annotations: { 'pawl.dev/requested-by': forged },
    },
    spec: { path: 'probe.json', format: 'json', body: '{}' },
  };
  try {
    const { stdout } = await kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], {
      input: JSON.stringify(object),
    });
    const { metadata } = JSON.parse(stdout) as { metadata: { annotations?: Record<string, string> } };
    const name = metadata.annotations?.['pawl.dev/requested-by'];
    return (name !== undefined && name !== forged) || undefined;
  } catch (error) {
    if (error instanceof KubectlError && /no matches for kind/.test(error.stderr)) {
      throw new Hopeless(
        'The ConfigVersion CRD is not installed: install the CRDs before the admission policies.',
      );
    }
    throw error;
  }
}
