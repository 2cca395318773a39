/** Whether PostgreSQL answers is found by each replica for itself, though nobody edits and whichever leads. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { type Postgres, startPostgres } from '../../local/postgres.ts';
import { type ChartServiceAccount, chartServiceAccount } from '../setup/chart.ts';
import { Leases } from '../setup/leases.ts';
import { metricOf } from '../setup/metrics.ts';
import { startOperator } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

const stack = new AsyncDisposableStack();
let postgres: Postgres;
let account: ChartServiceAccount;
let leases: Leases;
const replicas: Operator[] = [];

beforeAll(async () => {
  postgres = await startPostgres({ url: null });
  stack.defer(() => postgres.dispose());
  leases = stack.use(await Leases.open(inject('kubeconfig')));
  account = stack.use(await chartServiceAccount());
  const DATABASE_URL = await postgres.createDatabase('pawl');
  const lease = { PAWL_LEASE_NAMESPACE: account.namespace, PAWL_LEASE_NAME: account.leaseName };
  const seconds = {
    ...{ PAWL_LEASE_DURATION_SECONDS: '3', PAWL_LEASE_RENEW_SECONDS: '2', PAWL_LEASE_RETRY_SECONDS: '1' },
  };
  const env = {
    KUBECONFIG: account.kubeconfig,
    DATABASE_URL,
    PAWL_LEADER_ELECT: 'true',
    ...lease,
    ...seconds,
  };
  for (let nth = 0; nth < 2; nth += 1)
    replicas.push(stack.use(await startOperator(env, { as: 'given', replicas: 1 })));
});
afterAll(() => stack.disposeAsync());

const leads = async (operator: Operator) => (await metricOf(operator, 'leader_election_master_status')) === 1;
const allSay = (up: 0 | 1) =>
  until(`every replica says that the store is ${up}`, 60_000, async () => {
    const said = replicas.map(one => metricOf(one, 'pawl_dependency_up{dependency="store"}'));
    return (await Promise.all(said)).every(one => one === up);
  });

it('an outage while nobody edits is told by every replica, and none that led keeps telling it when it is over', async () => {
  await allSay(1);
  const leader = await until('one leads', 60_000, async () => {
    for (const one of replicas) if (await leads(one)) return one;
    return null;
  });
  await postgres.stop();
  await allSay(0);
  await leases.take(account.namespace, account.leaseName, 'somebody-else');
  await until('it stands by', 60_000, async () => !(await leads(leader)));
  await postgres.start();
  await allSay(1);
  expect(replicas.every(({ running }) => running)).toBe(true);
});
