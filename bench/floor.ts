/**
 * The floor: the time the API server and PostgreSQL need by themselves. For each object exactly one ConfigMap apply,
 * one status patch and one commit, with bare undici and bare pg and nothing decided. Pawl's figures are ratios to it.
 */
import pg from 'pg';
import { readSettings } from '../operator/config.ts';
import { type Api, inParallel, openApi } from './api.ts';
import type { BenchObject, Workload } from './workload.ts';

/** As many at a time, and as many connections, as the operator has by default. */
const { workers: concurrency, databaseConnections } = readSettings([], { DATABASE_URL: 'postgres://floor' });

export interface Rate {
  readonly seconds: number;
  /** Objects a second. */
  readonly rate: number;
}

export function rateOf(objects: number, ms: number): Rate {
  return { seconds: ms / 1000, rate: objects / (ms / 1000) };
}

/** What the floor does for one object, in its three steps. */
export interface FloorSteps extends AsyncDisposable {
  commit(object: BenchObject): Promise<void>;
  applyConfigMap(object: BenchObject): Promise<void>;
  applyStatus(object: BenchObject): Promise<void>;
}

export async function openFloor(workload: Workload, api: Api): Promise<FloorSteps> {
  const pool = new pg.Pool({ connectionString: workload.databaseUrl, max: databaseConnections });
  await pool.query(
    'CREATE TABLE IF NOT EXISTS floor (id text, version bigserial, body text NOT NULL, PRIMARY KEY (id, version))',
  );
  return {
    async commit({ namespace, name, body }) {
      const text = 'INSERT INTO floor (id, body) VALUES ($1, $2)';
      await pool.query({ name: 'floor', text, values: [`${namespace}/${name}`, body] });
    },
    applyConfigMap: ({ namespace, name, body }) =>
      api.apply(`/api/v1/namespaces/${namespace}/configmaps/floor-${name}`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `floor-${name}`, namespace, labels: { bench: 'floor' } },
        data: { [name]: body },
      }),
    applyStatus: ({ namespace, name }) =>
      api.apply(`/apis/pawl.dev/v1alpha1/namespaces/${namespace}/configversions/${name}/status`, {
        apiVersion: 'pawl.dev/v1alpha1',
        kind: 'ConfigVersion',
        metadata: { name, namespace },
        status: { observedGeneration: -1, contentSha256: 'floor' },
      }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** Runs the floor on objects that exist; leaves their status as a fresh one's. */
export async function measureFloor(workload: Workload): Promise<Rate> {
  await using api = openApi(workload.kubeconfig, concurrency);
  await using floor = await openFloor(workload, api);
  const startedAt = performance.now();
  await inParallel(workload.objects, concurrency, async object => {
    await floor.commit(object);
    await floor.applyConfigMap(object);
    await floor.applyStatus(object);
  });
  return rateOf(workload.objects.length, performance.now() - startedAt);
}
