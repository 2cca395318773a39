/** Vitest's global setup: one control plane for the run, with the CRDs installed. Tests make namespaces in it. */
import type { TestProject } from 'vitest/node';
import { startControlPlane } from '../../local/control-plane.ts';
import { crdFolder } from '../../local/crds.ts';
import { share } from './shared.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { part, release } = await share('cluster', () => startControlPlane({ crds: crdFolder }));
  project.provide('kubeconfig', part.kubeconfig);
  return release;
}
