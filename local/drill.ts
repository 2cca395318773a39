/**
 * The drill: loses the database of a running Pawl for good, restores a backup of an earlier moment, and proves what
 * docs/operations.md promises of that. With a real API server, PostgreSQL and operator on this machine. Exits with 1 when
 * anything is not as promised. Invariant: a promise is asked of the parts themselves, and never taken from a message.
 */
import { spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installAdmission } from './admission.ts';
import { prepareApi } from './api.ts';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane-interface.ts';
import { crdFolder } from './crds.ts';
import { startOperator } from './operator.ts';
import { startPostgres, withClient } from './postgres.ts';
import { until } from './wait.ts';

const namespace = 'drill';
const patience = { timeoutMs: 120_000, everyMs: 200 };

/** A config of one object; its text says which edit it is. */
interface Config {
  readonly object: string;
  readonly path: string;
  readonly target: string;
}
const configOf = (name: string): Config => ({ object: name, path: `${name}.yaml`, target: `${name}.yaml` });
/** In the backup and edited since; in the backup only; made since. */
const [edited, untouched, fresh] = ['edited', 'untouched', 'fresh'].map(configOf) as [Config, Config, Config];
const textOf = (edit: number) => `# edit ${edit}\ncap: ${edit}000\n`;

interface Shown {
  readonly text: string | undefined;
  readonly version: number;
}

class Cluster {
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  async edit({ object, path }: Config, edit: number): Promise<void> {
    const spec = { path, format: 'yaml', author: 'ada@example.com', body: textOf(edit) };
    const manifest = {
      ...{ apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigVersion' },
      ...{ metadata: { name: object, namespace }, spec },
    };
    await this.#plane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  }

  async shown({ target }: Config): Promise<Shown> {
    const { stdout } = await this.#plane.kubectl(['get', 'configmap', target, '-n', namespace, '-o', 'json']);
    const { data, metadata } = JSON.parse(stdout) as {
      data?: Record<string, string>;
      metadata: { annotations?: Record<string, string> };
    };
    return {
      text: Object.values(data ?? {})[0],
      version: Number(metadata.annotations?.['pawl.dev/version']),
    };
  }

  /** Waits until the ConfigMap has this edit, and the object says that it is saved. */
  async settled(config: Config, edit: number): Promise<Shown> {
    return until(
      `edit ${edit} of ${config.path} being live`,
      async () => {
        const shown = await this.shown(config);
        const { stdout } = await this.#plane.kubectl([
          ...['get', 'configversion', config.object, '-n', namespace, '-o'],
          'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.version}',
        ]);
        return shown.text === textOf(edit) && stdout === `True ${shown.version}` ? shown : undefined;
      },
      patience,
    );
  }
}

interface Proof {
  readonly promise: string;
  readonly held: boolean;
  readonly seen: string;
}

async function drill(folder: string): Promise<Proof[]> {
  say('Starting etcd, kube-apiserver, PostgreSQL and the operator …');
  await using postgres = await startPostgres({ url: null });
  await using plane = await startControlPlane({ crds: crdFolder, existing: null });
  const databaseUrl = await postgres.createDatabase('pawl');
  const { stamped } = await installAdmission(plane);
  const api = await prepareApi(plane);
  const start = () =>
    startOperator({
      ...{ ...api.operator, KUBECONFIG: plane.kubeconfig, DATABASE_URL: databaseUrl },
      ...{ PAWL_REQUESTED_BY: stamped ? 'trust' : 'ignore', PAWL_TARGET_RETRY_SECONDS: '1' },
    });
  const cluster = new Cluster(plane);
  await using before = await start();
  await plane.kubectl(['create', 'namespace', namespace]);

  say('Saving versions, and backing up while Pawl runs …');
  for (const config of [edited, untouched]) await cluster.edit(config, 1);
  for (const config of [edited, untouched]) await cluster.settled(config, 1);
  await cluster.edit(edited, 2);
  const saved = await cluster.settled(edited, 2);
  const backup = join(folder, 'backup');
  await postgres.backup(backup);

  say('Saving more, which the backup does not have …');
  for (const edit of [3, 4]) {
    await cluster.edit(edited, edit);
    await cluster.settled(edited, edit);
  }
  const lost = await cluster.settled(edited, 4);
  await cluster.edit(fresh, 1);
  await cluster.settled(fresh, 1);

  say('Destroying the database: its processes are killed, and its files deleted …');
  await postgres.kill();
  await before.stop();
  await postgres.restore(backup);
  const kept = await cluster.shown(edited);

  say('Restoring the backup, and starting again …');
  await postgres.start();
  const restored = await latestOf(databaseUrl, edited);
  await using _after = await start();
  const again = await until(
    'the lost text being saved again',
    async () => {
      const latest = await latestOf(databaseUrl, edited);
      return latest > restored ? cluster.settled(edited, 4) : undefined;
    },
    patience,
  );
  const [refreshed, same] = [await cluster.settled(fresh, 1), await cluster.settled(untouched, 1)];
  await cluster.edit(edited, 5);
  const next = await cluster.settled(edited, 5);
  const verdict = await verify(api.client, folder);

  return [
    {
      promise: 'the backup has what was saved before it, and not what was saved after it',
      ...{
        held: restored === saved.version,
        seen: `latest version ${restored}, of ${lost.version} that were used`,
      },
    },
    {
      promise: 'ConfigMaps stay as they are while the database is away',
      ...{ held: kept.text === textOf(4) && kept.version === lost.version, seen: `version ${kept.version}` },
    },
    {
      promise: 'a text that the backup does not have is saved again, under a number that was never used',
      ...{ held: again.version === lost.version + 1, seen: `version ${again.version} after ${lost.version}` },
    },
    {
      promise: 'a config that the backup does not have is saved again, under a number that was never used',
      ...{ held: refreshed.version === 2, seen: `version ${refreshed.version} after 1` },
    },
    {
      promise: 'a config that nobody edited since the backup is as it was',
      ...{ held: same.version === 1, seen: `version ${same.version}` },
    },
    {
      promise: 'numbers go on growing with the next edit, and its ConfigMap shows it',
      ...{ held: next.version === again.version + 1, seen: `version ${next.version}` },
    },
    { promise: 'the hash chains of all configs verify', held: verdict.status === 0, seen: verdict.last },
  ];
}

async function latestOf(databaseUrl: string, { path }: Config): Promise<number> {
  return withClient(databaseUrl, async client => {
    const { rows } = await client.query<{ last_version: string }>(
      'SELECT last_version FROM pawl.configs WHERE namespace = $1 AND path = $2',
      [namespace, path],
    );
    return Number(rows[0]?.last_version ?? 0);
  });
}

/** `pawl verify` of the namespace, as a person runs it. */
async function verify(
  settings: Record<string, string>,
  cwd: string,
): Promise<{ status: number; last: string }> {
  const program = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const child = spawn(process.execPath, [program, 'verify', namespace], {
    ...{ cwd, env: { ...process.env, ...settings, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'inherit'] },
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', chunk => chunks.push(chunk));
  const [status] = await event(child, 'close');
  const lines = Buffer.concat(chunks).toString().trim().split('\n');
  return {
    status: (status as number | null) ?? 1,
    last: `${lines.length - 1} configs, exit status ${status}`,
  };
}

function say(text: string): void {
  console.log(text);
}

if (import.meta.main) {
  const folder = await mkdtemp(join(tmpdir(), 'pawl-drill-'));
  try {
    const proofs = await drill(folder);
    for (const { promise, held, seen } of proofs) say(`${held ? 'held' : 'BROKEN'}  ${promise} (${seen})`);
    process.exitCode = proofs.every(({ held }) => held) ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
