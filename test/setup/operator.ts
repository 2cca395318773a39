/**
 * The operator as the tests start it: with the rights the chart gives it and no others,
 * so that a right that is missing fails a test and not a user. With PAWL_TEST_REPLICAS=3 every start makes that many
 * processes with leader election (replicas.ts), with PAWL_TEST_KILL_LEADERS=1 whose leaders are killed at random.
 * PAWL_TEST_AS=admin starts it with the administrator's rights.
 */
import { afterAll } from 'vitest';
import {
  type Operator,
  type OperatorEnv,
  type OperatorOptions,
  startOperator as startProcess,
} from '../../local/operator.ts';
import { type ChartServiceAccount, chartServiceAccount } from './chart.ts';
import { startReplicas } from './replicas.ts';

/** By the administrator's kubeconfig: a test may have a control plane of its own. */
const accounts = new Map<string, Promise<ChartServiceAccount>>();

afterAll(async () => {
  // A control plane that is gone took the account with it.
  await Promise.allSettled(
    [...accounts.values()].map(async account => (await account)[Symbol.asyncDispose]()),
  );
}, 60_000);

/** As local/operator.ts says; `env.KUBECONFIG` is the administrator's. */
export async function startOperator(env: OperatorEnv, options?: OperatorOptions): Promise<Operator> {
  if (process.env.PAWL_TEST_AS === 'admin') return startProcess(env, options);
  const { KUBECONFIG: admin } = env;
  const account = accounts.get(admin) ?? chartServiceAccount({ kubeconfig: admin });
  accounts.set(admin, account);
  const { kubeconfig, namespace, leaseName } = await account;
  const lease = { PAWL_LEASE_NAMESPACE: namespace, PAWL_LEASE_NAME: leaseName };
  const own: OperatorEnv = { ...lease, ...env, KUBECONFIG: kubeconfig };
  const replicas = Number(process.env.PAWL_TEST_REPLICAS ?? 1);
  if (replicas < 2 || env.PAWL_LEADER_ELECT !== undefined || options?.waitReady === false) {
    return startProcess(own, options);
  }
  const killLeaders = process.env.PAWL_TEST_KILL_LEADERS === '1';
  return startReplicas(own, { ...options, replicas, killLeaders });
}
