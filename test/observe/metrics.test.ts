/** Every metric that the dashboard and the alerts of the chart use is one we have, and every alert says what to do. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../observe/metrics.ts';
import { dashboard, expressions, rules, usesOf } from './promised.ts';

const idle = { depth: { new: 0, resync: 0 }, processing: 0, unfinishedMs: 0, longestRunningMs: 0 };

/** Metric → its labels, as the registry knows them. */
async function known(): Promise<Map<string, readonly string[]>> {
  const metrics = createMetrics();
  const { text } = await metrics.render(idle);
  const named = Object.values(metrics).flatMap(metric => {
    const { name, labelNames } = metric as { name?: string; labelNames?: readonly string[] };
    return name && labelNames ? [[name, labelNames] as const] : [];
  });
  const defaults = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => [name!, [] as string[]] as const);
  return new Map<string, readonly string[]>([...defaults, ...named]);
}

describe('the dashboard and the alerts', () => {
  it('use metrics that are there, with labels they have', async () => {
    const metrics = await known();
    const wrong = expressions.flatMap(expression =>
      usesOf(expression).filter(({ metric, labels }) => {
        const has = metrics.get(metric);
        return !has || labels.some(label => !has.includes(label));
      }),
    );
    expect(wrong).toEqual([]);
    expect(expressions.flatMap(usesOf).length).toBeGreaterThan(40);
  });

  it('show every metric of ours somewhere', async () => {
    const used = new Set(expressions.flatMap(usesOf).map(({ metric }) => metric));
    const ours = [...(await known()).keys()].filter(name => name.startsWith('pawl_'));
    expect(ours.filter(name => !used.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('takes its data source from a variable, for any Grafana', () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    const sources = dashboard.panels
      .filter(({ type }) => type !== 'row')
      .flatMap(({ datasource, targets = [] }) => [datasource, ...targets.map(target => target.datasource)]);
    expect(new Set(sources.map(source => source?.uid))).toEqual(new Set([`$\{datasource}`]));
  });
});

describe('an alert', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

  it.each(rules.map(rule => [rule.alert, rule] as const))('%s has a runbook that is there', (alert, rule) => {
    const [page, anchor] = rule.annotations.runbook_url.split('#');
    expect(page).toBe('https://pawl.dev/operations/');
    expect(anchors).toContain(anchor);
    expect(anchor).toBe(alert.toLowerCase());
    const section = text.slice(text.indexOf(`### ${alert}\n`)).split('\n### ')[0]!;
    for (const part of ['**Means.**', '**Look at.**', '**Do.**']) expect(section).toContain(part);
  });
});

describe('where no Pawl runs', () => {
  it('an alert says so, for none of the others has anything to look at', () => {
    const absent = rules.filter(({ expr }) => /^absent\(pawl_\w+\)$/.test(expr.trim()));
    expect(absent).toMatchObject([{ alert: 'PawlAbsent', labels: { severity: 'critical' } }]);
  });
});

describe('a metric', () => {
  it('has no label that names an object', async () => {
    const names = [...(await known()).values()].flat();
    expect(names.filter(label => ['namespace', 'object', 'path', 'config', 'key'].includes(label))).toEqual(
      [],
    );
  });
});
