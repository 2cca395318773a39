/** Installs CRDs: those of crds/, unless told otherwise. Done when the API server serves them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kubectl } from './kubectl.ts';

/** The CRDs of this project. */
export const crdFolder = fileURLToPath(new URL('../crds', import.meta.url));

export async function installCrds({ kubectl }: { kubectl: Kubectl }, folder = crdFolder): Promise<void> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.yaml')).sort();
  if (files.length === 0) return;
  const named = files.flatMap(file => ['-f', join(folder, file)]);
  await kubectl(['apply', '--server-side', '--force-conflicts', ...named]);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...named]);
}
