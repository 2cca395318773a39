/**
 * `node local/bootstrap.mjs test/upgrade/record.ts FOLDER`: keeps what this build leaves behind in a cluster and in its
 * database, for test/integration/upgrade.test.ts of the builds that come after it. Run once for each release, on its commit.
 * Invariant: what is written was made by the operator and the API server themselves, object by object, and each object was
 * applied once, so that a copy of it has the same generation.
 */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startControlPlane } from '../../local/control-plane.ts';
import { crdFolder } from '../../local/crds.ts';
import { startOperator } from '../../local/operator.ts';
import { startPostgres } from '../../local/postgres.ts';
import { until } from '../../local/wait.ts';

interface Recorded {
  metadata: { name: string; generation: number };
  status: { conditions?: { type: string; reason: string }[]; observedGeneration: number };
}

const version = (name: string, spec: object, namespace = 'team-a') => ({
  ...{ apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigVersion', metadata: { name, namespace }, spec },
});
const yaml = (path: string, body: string, more: object = {}) => ({ path, format: 'yaml', body, ...more });

/** Applied one after another: each waits for the answer to the one before. */
const history: readonly (readonly [reason: string, object: object])[] = [
  ['Saved', version('first', yaml('limits/eu.yaml', '# of the desk\ncap: 1000\n\nfee: 5\n'))],
  [
    'Saved',
    version('second', yaml('limits/eu.yaml', '# of the desk\ncap: 2000\n\nfee: 5\n', { baseVersion: 1 })),
  ],
  [
    'Merged',
    version(
      'merged',
      yaml('limits/eu.yaml', '# of the desk\ncap: 1000\n\nfee: 6\n', { baseVersion: 1, onStale: 'Merge' }),
    ),
  ],
  [
    'ConfirmationRequired',
    version(
      'waiting',
      yaml('limits/eu.yaml', '# of the desk\ncap: 1000\n\nfee: 5\nnew: 1\n', { baseVersion: 1 }),
    ),
  ],
  [
    'VersionConflict',
    version('clash', yaml('limits/eu.yaml', '# of the desk\ncap: 1500\n\nfee: 5\n', { baseVersion: 1 })),
  ],
  ['InvalidBody', version('broken', yaml('broken.yaml', 'a: [1\n'))],
  [
    'Saved',
    version(
      'as-json',
      yaml('rates.yaml', 'low: 0.1\nhigh: 0.2\n', {
        author: 'ada@example.com',
        comment: 'first rates',
        configMap: { name: 'rates', key: 'rates.json', format: 'json', labels: { team: 'risk' } },
      }),
    ),
  ],
  ['Saved', version('props', { path: 'app.properties', format: 'properties', body: 'a.b=1\n# kept\nc=2\n' })],
  ['Saved', version('shared-limits', yaml('common.yaml', 'all: 1\n', { namespace: 'shared' }), 'team-a')],
  [
    'Saved',
    version(
      'shared-edit',
      yaml('common.yaml', 'all: 1\nb: 2\n', {
        namespace: 'shared',
        baseVersion: 1,
        git: { commit: 'a'.repeat(40), branch: 'main' },
      }),
      'team-b',
    ),
  ],
  [
    'PathNotAllowed',
    version('not-theirs', yaml('common.yaml', 'all: 3\n', { namespace: 'team-a' }), 'team-b'),
  ],
];
const shared = {
  ...{ apiVersion: 'pawl.dev/v1alpha1', kind: 'ConfigNamespace', metadata: { name: 'shared' } },
  spec: {
    description: 'of all',
    writers: [{ namespaces: ['team-a', 'team-b'] }],
    policy: { maxBodyBytes: 100_000 },
  },
};

const folder = process.argv[2];
if (!folder) throw new Error('say which folder to write');
await mkdir(folder, { recursive: true });
await using postgres = await startPostgres({ url: null });
await using plane = await startControlPlane({ crds: crdFolder, existing: null });
const url = await postgres.createDatabase('pawl');
const apply = (object: object) =>
  plane.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(object) });
const get = async (kind: string) =>
  JSON.parse(
    (await plane.kubectl(['get', kind, '--all-namespaces', '--show-managed-fields', '-o', 'json'])).stdout,
  ).items;
{
  await using _operator = await startOperator({ KUBECONFIG: plane.kubeconfig, DATABASE_URL: url });
  for (const name of ['team-a', 'team-b']) await plane.kubectl(['create', 'namespace', name]);
  await apply(shared);
  await until('the grants being in force', async () => {
    const [found] = await get('confignamespaces');
    return found.status?.observedGeneration === found.metadata.generation || undefined;
  });
  for (const [reason, object] of history) {
    await apply(object);
    const { name } = (object as Recorded).metadata;
    await until(`${name}: ${reason}`, async () => {
      const found = ((await get('configversions')) as Recorded[]).find(
        ({ metadata }) => metadata.name === name,
      )!;
      const ready = found.status.conditions?.find(({ type }) => type === 'Ready');
      const isAnswered = found.status.observedGeneration === found.metadata.generation;
      return (isAnswered && ready?.reason === reason) || undefined;
    });
  }
  await until('the ConfigMaps showing the latest', async () => {
    const shows = ({ metadata, data }: { metadata: { name: string }; data: Record<string, string> }) =>
      metadata.name === 'limits-eu.yaml' && data['eu.yaml']?.includes('fee: 6');
    return (await get('configmaps')).some(shows) || undefined;
  });
}
const write = (name: string, value: unknown) =>
  writeFile(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);
const isOurs = (configMap: { metadata: { namespace: string; labels?: object } }) =>
  configMap.metadata.namespace.startsWith('team-') && JSON.stringify(configMap).includes('pawl.dev/version');
const uids = (await get('namespaces'))
  .filter(({ metadata }: Recorded) => /^(team-|kube-system$)/.test(metadata.name))
  .map(({ metadata }: { metadata: { name: string; uid: string } }) => [metadata.name, metadata.uid]);
await write('objects.json', {
  namespaces: Object.fromEntries(uids),
  configNamespaces: await get('confignamespaces'),
  configVersions: await get('configversions'),
  configMaps: (await get('configmaps')).filter(isOurs),
});
await cp(crdFolder, join(folder, 'crds'), { recursive: true, filter: path => !/\.ts$/.test(path) });

const client = new pg.Client({ connectionString: url });
await client.connect();
const { rows: tables } = await client.query<{ name: string }>(
  "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'pawl' ORDER BY 1",
);
const contents: Record<string, unknown> = {};
for (const { name } of tables) {
  const { rows } = await client.query(`SELECT coalesce(json_agg(t), '[]')::text AS rows FROM pawl.${name} t`);
  // Numbers that JavaScript would round are kept as texts, which PostgreSQL reads as numbers, too.
  contents[name] = JSON.parse(rows[0].rows.replace(/(?<=[:[,])-?\d{16,}(?=[,}\]])/g, '"$&"'));
}
const { rows: sequences } = await client.query(
  "SELECT sequencename AS name, last_value AS last FROM pg_sequences WHERE schemaname = 'pawl' AND last_value IS NOT NULL",
);
await write('database.json', { tables: contents, sequences });
await client.end();
