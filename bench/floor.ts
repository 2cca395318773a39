/**
 * The floor: what the API server and PostgreSQL themselves take. For each object exactly one ConfigMap apply, one
 * status patch and one commit, with bare undici and bare pg and nothing decided. Pawl's figures are ratios to it.
 */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { Agent } from 'undici';
import { parse } from 'yaml';
import type { Workload } from './workload.ts';

/** As many at a time as the operator has workers. */
const concurrency = 16;

export interface Rate {
  readonly seconds: number;
  /** Objects a second. */
  readonly rate: number;
}

export function rateOf(objects: number, ms: number): Rate {
  return { seconds: ms / 1000, rate: objects / (ms / 1000) };
}

/** Runs the floor on objects that exist; leaves their status as a fresh one's. */
export async function measureFloor(workload: Workload): Promise<Rate> {
  await using api = openApi(workload.kubeconfig);
  const pool = new pg.Pool({ connectionString: workload.databaseUrl, max: 10 });
  try {
    await pool.query('CREATE TABLE floor (id text PRIMARY KEY, version bigint NOT NULL, body text NOT NULL)');
    const startedAt = performance.now();
    await inParallel(workload.objects, concurrency, async ({ namespace, name, body }) => {
      await pool.query('INSERT INTO floor VALUES ($1, 1, $2)', [`${namespace}/${name}`, body]);
      await api.apply(`/api/v1/namespaces/${namespace}/configmaps/floor-${name}`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `floor-${name}`, namespace, labels: { bench: 'floor' } },
        data: { [name]: body },
      });
      await api.apply(`/apis/pawl.dev/v1alpha1/namespaces/${namespace}/configversions/${name}/status`, {
        apiVersion: 'pawl.dev/v1alpha1',
        kind: 'ConfigVersion',
        metadata: { name, namespace },
        status: { observedGeneration: -1, contentSha256: 'floor' },
      });
    });
    return rateOf(workload.objects.length, performance.now() - startedAt);
  } finally {
    await pool.end();
  }
}

export interface Api extends AsyncDisposable {
  apply(path: string, object: object): Promise<void>;
  get<T>(path: string): Promise<T>;
}

/** Client certificates of an administrator's kubeconfig; HTTP/1.1; nothing retried. */
export function openApi(kubeconfig: string): Api {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8'));
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  const decode = (data: string) => Buffer.from(data, 'base64').toString();
  const agent = new Agent({
    allowH2: false,
    connections: concurrency,
    connect: {
      ca: decode(cluster['certificate-authority-data']),
      cert: decode(user['client-certificate-data']),
      key: decode(user['client-key-data']),
    },
  });
  const send = async (method: 'GET' | 'PATCH', path: string, body?: object) => {
    const { statusCode, body: answer } = await agent.request({
      origin: cluster.server,
      method,
      path,
      headers: { 'content-type': 'application/apply-patch+yaml' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 300)}`);
    return text;
  };
  return {
    async apply(path, object) {
      await send('PATCH', `${path}?fieldManager=bench&force=true`, object);
    },
    get: async path => JSON.parse(await send('GET', path)),
    [Symbol.asyncDispose]: () => agent.close(),
  };
}

/** Works through `items`, so many at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
