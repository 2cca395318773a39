/** Objects to measure with: N ConfigVersions of one size in ten Kubernetes namespaces, created on the API server. */
import { createHash } from 'node:crypto';
import { type Api, inParallel, openApi } from './api.ts';

export interface BenchObject {
  readonly namespace: string;
  readonly name: string;
  readonly body: string;
}

export interface Workload {
  readonly kubeconfig: string;
  readonly databaseUrl: string;
  readonly objects: readonly BenchObject[];
}

const namespaces = 10;
const width = 32;

/** As the database checks it. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * A YAML text of about `bytes`, different for each index. `edits` change a line each, far from each other: of
 * one text two different edits merge.
 */
export function bodyOf(index: number, bytes: number, edits: { head?: string; tail?: string } = {}): string {
  let text = `# config ${index}\nindex: ${index}\nhead: ${edits.head ?? 'none'}\n`;
  for (let line = 0; text.length < bytes - 12; line++) {
    text += `limit_${line}: ${index * 1000 + line}  # per day\n`;
  }
  return `${text}tail: ${edits.tail ?? 'none'}\n`;
}

export function createObjects(count: number, bytes: number): BenchObject[] {
  return Array.from({ length: count }, (_, index) => ({
    namespace: `bench-${index % namespaces}`,
    name: `config-${String(index).padStart(6, '0')}`,
    body: bodyOf(index, bytes),
  }));
}

/** Applies every object, as people and GitOps engines would. */
export async function applyObjects({ kubeconfig, objects }: Workload, spec: object = {}): Promise<void> {
  await using api = openApi(kubeconfig, width);
  for (const namespace of new Set(objects.map(object => object.namespace)))
    await applyNamespace(api, namespace);
  await inParallel(objects, width, object => applyObject(api, object, spec));
}

export function applyObject(
  api: Api,
  { namespace, name, body }: BenchObject,
  spec: object = {},
): Promise<void> {
  return api.apply(`/apis/pawl.dev/v1alpha1/namespaces/${namespace}/configversions/${name}`, {
    apiVersion: 'pawl.dev/v1alpha1',
    kind: 'ConfigVersion',
    metadata: { name, namespace },
    spec: { path: `${name}.yaml`, format: 'yaml', body, ...spec },
  });
}

/** ConfigMaps that have nothing to do with Pawl, as in every cluster. */
export async function createForeignConfigMaps(
  kubeconfig: string,
  count: number,
  bytes: number,
): Promise<void> {
  await using api = openApi(kubeconfig, width);
  await applyNamespace(api, 'foreign');
  const data = { text: 'x'.repeat(bytes) };
  await inParallel(
    Array.from({ length: count }, (_, index) => index),
    width,
    async index => {
      await api.create('/api/v1/namespaces/foreign/configmaps', {
        metadata: { name: `foreign-${index}` },
        data,
      });
    },
  );
}

function applyNamespace(api: Api, name: string): Promise<void> {
  return api.apply(`/api/v1/namespaces/${name}`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** The counters say that it is done; the API server confirms it. Returns how many are Ready for their generation. */
export async function countReady({ kubeconfig, objects }: Workload): Promise<number> {
  await using api = openApi(kubeconfig);
  const names = new Set(objects.map(({ namespace, name }) => `${namespace}/${name}`));
  let ready = 0;
  for (const namespace of new Set(objects.map(object => object.namespace))) {
    const path = `/apis/pawl.dev/v1alpha1/namespaces/${namespace}/configversions`;
    const { items } = await api.get<{ items: Listed[] }>(path);
    ready += items.filter(item => names.has(`${namespace}/${item.metadata.name}`) && isReady(item)).length;
  }
  return ready;
}

interface Listed {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; observedGeneration?: number }[];
  };
}

function isReady({ metadata, status }: Listed): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
}
