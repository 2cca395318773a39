/**
 * `npm run test:kind [-- FILTER…]`: the end-to-end tests on a kind cluster of their own, with the image built from
 * the Dockerfile and the chart's own PostgreSQL. Needs docker or podman; kind is built where it is not installed.
 * Exit status: that of the tests; 3: there is no container engine, nothing ran. Invariant: the cluster is deleted
 * however this ends.
 */
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { findEngine, run, tell } from './container-engine.ts';
import { runE2e } from './e2e.ts';

/** docker and podman mean the same by this name. */
const IMAGE = 'localhost/pawl:e2e';

/** kind of this machine, else one built from its Go module. */
async function findKind(): Promise<string> {
  const installed = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, 'kind'));
  const found = installed.find(path => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found ?? (await findBinaries(['kind'])).kind;
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const found = await findEngine();
  if ('problems' in found) {
    tell(`the tests on kind need docker or podman, and ran nothing:\n  ${found.problems.join('\n  ')}`);
    return 3;
  }
  const { engine } = found;
  const kind = await findKind();
  const folder = await mkdtemp(join(tmpdir(), 'pawl-kind-'));
  const name = `pawl-e2e-${process.pid}`;
  const kubeconfig = join(folder, 'kubeconfig');
  process.env.KIND_EXPERIMENTAL_PROVIDER = engine;
  try {
    await run(engine, ['build', '--tag', IMAGE, '.'], signal);
    const archive = join(folder, 'image.tar');
    await run(engine, ['save', '--output', archive, IMAGE], signal);
    await run(
      kind,
      ['create', 'cluster', '--name', name, '--kubeconfig', kubeconfig, '--wait', '180s'],
      signal,
    );
    await run(kind, ['load', 'image-archive', archive, '--name', name], signal);
    Object.assign(process.env, {
      KUBECONFIG: kubeconfig,
      PAWL_E2E_IMAGE: IMAGE,
      PAWL_E2E_DATABASE_URL: 'bundled',
      PAWL_E2E_KILL: `${engine} exec "$NODE" ctr --namespace k8s.io tasks kill --signal SIGKILL "$CONTAINER"`,
    });
    return await runE2e(args);
  } finally {
    await run(kind, ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig]);
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.abort(new Error(`${signal} received`)));
  }
  try {
    process.exitCode = await main(process.argv.slice(2), interrupted.signal);
  } catch (error) {
    tell(error instanceof Error ? error.message : `${error}`);
    process.exitCode = 1;
  }
}
