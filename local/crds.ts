/** Installs CRDs: those of crds/, unless told otherwise. Done when the API server serves them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Kubectl, KubectlError } from './kubectl.ts';

/** The CRDs of this project. */
export const crdFolder = fileURLToPath(new URL('../crds', import.meta.url));

const maxAttempts = 3;

export async function installCrds({ kubectl }: { kubectl: Kubectl }, folder = crdFolder): Promise<void> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.yaml')).sort();
  if (files.length === 0) return;
  const named = files.flatMap(file => ['-f', join(folder, file)]);
  await apply(kubectl, named);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...named]);
}

/**
 * An API server that had just said it was ready on a machine short of processors has been seen to reset the first
 * connection, and kubectl tries nothing again by itself. To apply the same once more does no harm; one that refuses
 * connections is not there, and is not waited for.
 */
async function apply(kubectl: Kubectl, named: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await kubectl(['apply', '--server-side', '--force-conflicts', ...named]);
      return;
    } catch (error) {
      if (attempt === maxAttempts || !isReset(error)) throw error;
    }
  }
}

function isReset(error: unknown): boolean {
  return error instanceof KubectlError && /connection reset by peer|unexpected EOF/.test(error.stderr);
}
