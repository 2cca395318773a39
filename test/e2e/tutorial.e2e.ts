/**
 * docs/tutorial-cluster.md as its reader follows it: every command as it stands there, from the installation to the end.
 * Only Helm is told more than the page tells it: the images of this cluster, and to keep no volume where nothing makes one.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findBinaries } from '../../local/binaries.ts';
import { writeCommands } from '../../local/commands.ts';
import { readE2eSettings } from '../../local/e2e-settings.ts';
import { chartFolder, helm } from '../../local/helm.ts';
import { root } from '../../site/pages.ts';
import { openCluster, type TestCluster } from './cluster.ts';

const page = 'docs/tutorial-cluster.md';
const namespaces = ['shop', 'pawl'];
const settings = readE2eSettings(process.env);
const possible = settings.databaseUrl === null || settings.postgresImage !== null;

let cluster: TestCluster;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawl-tutorial-'));
  cluster = await openCluster(settings.kubeconfig);
  const { stdout } = await cluster.kubectl([
    'get',
    'namespace',
    ...namespaces,
    '--ignore-not-found',
    '--output=name',
  ]);
  if (stdout !== '') {
    await cluster.dispose();
    throw new Error(
      `the tutorial makes the namespaces ${namespaces.join(' and ')}, and this cluster has ${stdout}`,
    );
  }
});

afterAll(async () => {
  if (cluster === undefined) return;
  await helm(['uninstall', 'pawl', '--namespace', 'pawl', '--ignore-not-found'], {
    kubeconfig: cluster.kubeconfig,
  });
  await cluster.kubectl(['delete', 'namespace', ...namespaces, '--ignore-not-found', '--timeout=120s']);
  await cluster.dispose();
  await rm(folder, { recursive: true, force: true });
});

it.runIf(possible)(
  'prints what the page shows, command by command',
  async () => {
    const { kubectl } = await findBinaries(['kubectl']);
    const commands = await writeCommands(folder);
    await writeHelm(join(commands, 'helm'));
    const env = {
      ...process.env,
      CHART: chartFolder,
      KUBECONFIG: cluster.kubeconfig,
      PATH: [commands, dirname(kubectl), process.env.PATH].join(delimiter),
    };
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'site/run-pages.ts'), page], {
      ...{ cwd: root, env },
    }).catch(({ stdout: out, stderr }: { stdout: string; stderr: string }) =>
      expect.unreachable(`${out}${stderr}`),
    );
    expect(stdout).toMatch(new RegExp(`^${page}: ran \\d+ blocks$`, 'm'));
  },
  900_000,
);

it.skipIf(possible)(
  'is not followed without an image of PostgreSQL for the cluster (PAWL_E2E_POSTGRES_IMAGE)',
  () => {},
);

/** Helm for the page's shell. The last of two values for one name wins. */
async function writeHelm(file: string): Promise<void> {
  const { helm: program } = await findBinaries(['helm']);
  const { repository, tag, digest } = settings.image;
  const values = [
    ...[`image.repository=${repository}`, `image.tag=${tag}`, `image.digest=${digest}`],
    ...(settings.postgresImage === null ? [] : [`postgresql.image=${settings.postgresImage}`]),
    ...((await cluster.makesVolumes()) ? [] : ['postgresql.persistence.enabled=false']),
  ];
  const script = `#!/bin/sh
[ "$1" != install ] || set -- "$@" --set '${values.join(',')}'
exec '${program}' "$@"
`;
  await writeFile(file, script, { mode: 0o755 });
}
