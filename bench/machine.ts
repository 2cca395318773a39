/** The machine a figure was measured on, stored with the figure. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { withClient } from '../local/postgres.ts';
import { openApi } from './api.ts';
import type { Parts } from './parts.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly kubernetes: string;
  readonly postgres: string;
  /** PostgreSQL's. etcd runs with --unsafe-no-fsync, for Pawl and the floor alike. */
  readonly fsync: boolean;
  /** NODE_OPTIONS of the measured operator, without what simulates the pod. */
  readonly nodeOptions: string;
}

export async function describeMachine({ controlPlane, postgres, podEnv }: Parts): Promise<Machine> {
  await using api = openApi(controlPlane.kubeconfig, 1);
  const { gitVersion } = await api.get<{ gitVersion: string }>('/version');
  const show = (setting: string) =>
    withClient(postgres.url, async client => {
      const { rows } = await client.query(`SHOW ${setting}`);
      return String(rows[0][setting]);
    });
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kubernetes: gitVersion,
    postgres: await show('server_version'),
    fsync: (await show('fsync')) === 'on' && (await show('synchronous_commit')) === 'on',
    nodeOptions: (podEnv.NODE_OPTIONS ?? '').replace(/--import=\S+ ?/, '').trim(),
  };
}
