/** What /metrics says after a bit of work, and that it has every metric the chart's dashboard and alerts ask for. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import { expressions, usesOf } from '../observe/promised.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { metricOf } from '../setup/metrics.ts';
import { startOperator, undisturbed } from '../setup/operator.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let database: TestDatabase;
let operator: Operator;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  operator = await startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url });
});

afterAll(async () => {
  await operator?.stop();
  await database?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

it('a running operator counts edits, merges, refusals and corrections, and has all that is asked for', () =>
  undisturbed(operator, countsAndHasAll));

/** What is counted ends with the process that counted it. */
async function countsAndHasAll(): Promise<void> {
  const namespace = await kube.namespace('metrics');
  const path = 'limits.yaml';
  const text = (cap: number, fee: number) => `cap: ${cap}\n\nfee: ${fee}\n`;
  await kube.propose(namespace, 'ada', { path, body: text(1, 1) });
  await kube.untilShown(namespace, path, '1');
  await kube.propose(namespace, 'ada', { path, body: text(2, 1) });
  await kube.untilShown(namespace, path, '2');
  await kube.propose(namespace, 'bob', { path, body: text(1, 9), baseVersion: 1, onStale: 'Merge' });
  await kube.untilReason(namespace, 'bob', 'Merged');
  await kube.propose(namespace, 'eve', { path, body: text(7, 1), baseVersion: 1, onStale: 'Reject' });
  await kube.untilReason(namespace, 'eve', 'VersionConflict');
  await kube.patchConfigMap(namespace, path, { data: { [path]: 'somebody else was here' } });
  await until(
    'it is put back',
    15_000,
    async () => (await metricOf(operator, 'pawl_drift_corrections_total')) > 0,
  );

  const of = (name: string) => metricOf(operator, name);
  expect(await of('pawl_saves_total{kind="direct"}')).toBeGreaterThanOrEqual(2);
  expect(await of('pawl_saves_total{kind="merged"}')).toBe(1);
  expect(await of('pawl_merge_seconds_count')).toBeGreaterThanOrEqual(1);
  expect(await of('pawl_conflicts_total{reason="VersionConflict"}')).toBe(1);
  expect(await of('pawl_configversions{ready="False",reason="VersionConflict"}')).toBe(1);
  // Of the merge, ada's object may have written the ConfigMap before bob's did.
  expect(await of('pawl_apply_to_configmap_seconds_count')).toBeGreaterThanOrEqual(2);
  expect(await of('pawl_dependency_up{dependency="store"}')).toBe(1);
  expect(await of('pawl_dependency_up{dependency="api"}')).toBe(1);
  expect(await of('pawl_relists_total')).toBeGreaterThanOrEqual(4);

  const page = await (await fetch(`http://${operator.httpAddr}/metrics`)).text();
  const there = new Set([...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const asked = expressions.flatMap(usesOf).map(({ metric }) => metric);
  expect(asked.filter(metric => !there.has(metric))).toEqual([]);
  expect(page).not.toContain('somebody else');
  expect(page).not.toContain(namespace);
}
