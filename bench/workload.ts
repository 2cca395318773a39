/** Objects to measure with: N ConfigVersions of one size in ten Kubernetes namespaces, created on the API server. */
import { inParallel, openApi } from './floor.ts';

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

/** A YAML text of about `bytes`, different for each index. */
export function bodyOf(index: number, bytes: number): string {
  let text = `# config ${index}\nindex: ${index}\n`;
  for (let line = 0; text.length < bytes; line++) {
    text += `limit_${line}: ${index * 1000 + line}  # per day\n`;
  }
  return text;
}

export function createObjects(count: number, bytes: number): BenchObject[] {
  return Array.from({ length: count }, (_, index) => ({
    namespace: `bench-${index % namespaces}`,
    name: `config-${String(index).padStart(6, '0')}`,
    body: bodyOf(index, bytes),
  }));
}

/** Applies every object, as people and GitOps engines would. */
export async function applyObjects({ kubeconfig, objects }: Workload): Promise<void> {
  await using api = openApi(kubeconfig);
  for (const namespace of new Set(objects.map(object => object.namespace))) {
    await api.apply(`/api/v1/namespaces/${namespace}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
  }
  await inParallel(objects, 16, ({ namespace, name, body }) =>
    api.apply(`/apis/pawl.dev/v1alpha1/namespaces/${namespace}/configversions/${name}`, {
      apiVersion: 'pawl.dev/v1alpha1',
      kind: 'ConfigVersion',
      metadata: { name, namespace },
      spec: { path: `${name}.yaml`, format: 'yaml', body },
    }),
  );
}
