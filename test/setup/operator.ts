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
import { type Replicas, startReplicas } from './replicas.ts';

export interface TestOperatorOptions extends OperatorOptions {
  /** `given`: with the rights of env.KUBECONFIG, where rights are what the test is about. Default: the chart's. */
  as?: 'given' | 'chart';
  /** 1: what the test looks at is one process's own, such as its exit. Default: PAWL_TEST_REPLICAS. */
  replicas?: number;
}

const presetReplicas = Number(process.env.PAWL_TEST_REPLICAS ?? 1);
/** Whether an operator is several processes in this run, each of which takes its time to start. */
export const isReplicated = presetReplicas > 1;

/** By the administrator's kubeconfig: a test may have a control plane of its own. */
const accounts = new Map<string, Promise<ChartServiceAccount>>();

afterAll(async () => {
  // A control plane that is gone took the account with it.
  await Promise.allSettled(
    [...accounts.values()].map(async account => (await account)[Symbol.asyncDispose]()),
  );
});

/** As local/operator.ts says; `env.KUBECONFIG` is the administrator's, unless `as` says otherwise. */
export async function startOperator(env: OperatorEnv, options: TestOperatorOptions = {}): Promise<Operator> {
  const { as = 'chart', replicas = presetReplicas, ...start } = options;
  const isAdmin = process.env.PAWL_TEST_AS === 'admin';
  const own = as === 'given' || isAdmin ? env : await asChart(env);
  if (isAdmin || replicas < 2 || env.PAWL_LEADER_ELECT !== undefined || start.waitReady === false) {
    return startProcess(own, start);
  }
  const killLeaders = process.env.PAWL_TEST_KILL_LEADERS === '1';
  return startReplicas(own, { ...start, replicas, killLeaders });
}

/** Runs `work` while no leader is killed, for what is counted or kept by one process. */
export function undisturbed<T>(operator: Operator, work: () => Promise<T>): Promise<T> {
  return 'undisturbed' in operator ? (operator as Replicas).undisturbed(work) : work();
}

async function asChart(env: OperatorEnv): Promise<OperatorEnv> {
  const { KUBECONFIG: admin } = env;
  const account = accounts.get(admin) ?? chartServiceAccount({ kubeconfig: admin });
  accounts.set(admin, account);
  const { kubeconfig, namespace, leaseName } = await account;
  return { PAWL_LEASE_NAMESPACE: namespace, PAWL_LEASE_NAME: leaseName, ...env, KUBECONFIG: kubeconfig };
}
