/** What the chart's dashboard and alerts ask Prometheus for, read from their files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const chart = join(import.meta.dirname, '../../charts/pawl');
const read = (file: string) => readFileSync(join(chart, file), 'utf8');

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

export const dashboard = JSON.parse(read('dashboards/pawl.json')) as {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
};

export const rules: readonly Rule[] = (
  parse(read('alerts/pawl.yaml')) as { groups: { rules: Rule[] }[] }
).groups.flatMap(group => group.rules);

export const expressions: readonly string[] = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
];

/** What Prometheus adds to what it scrapes, and what the summary of a histogram adds. */
const fromOutside = ['namespace', 'job', 'pod', 'le'];

export interface Use {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** The metrics of an expression, each with the labels of its selector and, of all alike, those grouped by. */
export function usesOf(expression: string): Use[] {
  const words = (list: string) => list.split(',').map(word => word.trim());
  const grouped = [...expression.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, list]) =>
    words(list!),
  );
  return [...expression.matchAll(/\b([a-z]+(?:_[a-z0-9]+)+)\b(?:\{([^}]*)\})?/g)]
    .filter(
      ([, metric]) => !/_over_time$|^histogram_quantile$|^label_/.test(metric!) && !grouped.includes(metric!),
    )
    .map(([, metric, selector = '']) => {
      const selected = [...selector.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!);
      const labels = [...selected, ...grouped].filter(label => !fromOutside.includes(label));
      return { metric: metric!.replace(/_(bucket|count|sum)$/, ''), labels };
    });
}
