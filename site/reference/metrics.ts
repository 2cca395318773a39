/** The page of metrics and alerts, from the registry and the chart's alerts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createMetrics } from '../../observe/metrics.ts';
import { root } from '../pages.ts';
import { code, opening, table } from './table.ts';

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

interface AlertRule {
  readonly alert: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const isMetric = (value: unknown): value is Metric =>
  typeof value === 'object' && value !== null && 'labelNames' in value && 'type' in value;

export function metricsPage(): string {
  const metrics = Object.values<unknown>(createMetrics()).filter(isMetric);
  const own = metrics.filter(({ name }) => name.startsWith('pawl_'));
  const rows = (some: readonly Metric[]) =>
    [...some]
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ name, type, labelNames, help }) => [code(name), type, labelNames.map(code).join(', '), help]);
  const head = ['metric', 'type', 'labels', 'meaning'];
  const alerts = parse(readFileSync(join(root, 'charts/pawl/alerts/pawl.yaml'), 'utf8')) as {
    groups: { rules: AlertRule[] }[];
  };
  const rules = alerts.groups.flatMap(group => group.rules);
  return `${opening('Metrics and alerts', 'observe/metrics.ts and charts/pawl/alerts/pawl.yaml')}
The operator serves them at \`/metrics\`, port 8080. No label names an object. What to look at first, and what to do about an
alert: [operations.md](../operations.md#metrics).

## Pawl's own metrics

${table(head, rows(own))}

## Metrics with controller-runtime's names

${table(head, rows(metrics.filter(metric => !own.includes(metric))))}

Beside these stand \`process_*\` and \`nodejs_*\`, which prom-client collects of every Node.js process.

## Alerts

${table(
  ['alert', 'severity', 'after', 'says'],
  rules.map(({ alert, for: after = '0s', labels, annotations }) => [
    `[${alert}](../operations.md#${alert.toLowerCase()})`,
    labels.severity,
    after,
    annotations.summary,
  ]),
)}
`;
}
