/** The examples people copy from the documentation are accepted by the real API server. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { Kube } from '../setup/kube.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter(file => file.endsWith('.md'))
    .map(file => `docs/${file}`),
];

/** Fenced yaml blocks that are whole objects of ours. */
const examples = pages.flatMap(page =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)]
    .map((match, index) => ({ page, index, text: match[1]! }))
    .filter(({ text }) => text.startsWith('apiVersion: pawl.dev/')),
);

let kube: Kube;
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  namespace = await kube.namespace('docs');
});

afterAll(() => kube?.[Symbol.asyncDispose]());

describe('documentation', () => {
  it.each(examples.filter(({ text }) => text.includes('kind: ConfigVersion')))(
    '$page, example $index is accepted by the API server',
    async ({ page, index, text }) => {
      const { metadata, spec } = parse(text);
      const name = `${metadata.name}-${page.replace(/\W+/g, '-').toLowerCase()}${index}`;
      await kube.propose(namespace, name, spec);
      const { spec: stored } = await kube.configVersion(namespace, name);
      expect(stored).toEqual(spec);
    },
  );

  it.each(examples.filter(({ text }) => text.includes('kind: ConfigProjection')))(
    '$page, example $index is accepted by the API server',
    async ({ page, index, text }) => {
      const { metadata, spec } = parse(text);
      const name = `${metadata.name}-${page.replace(/\W+/g, '-').toLowerCase()}${index}`;
      const { spec: stored } = await kube.project(namespace, name, spec);
      expect(stored).toEqual(spec);
    },
  );

  it.each(examples.filter(({ text }) => text.includes('kind: ConfigNotifier')))(
    '$page, example $index is accepted by the API server',
    async ({ page, index, text }) => {
      const { metadata, spec } = parse(text);
      const name = `${metadata.name}-${page.replace(/\W+/g, '-').toLowerCase()}${index}`;
      const { spec: stored } = await kube.notify(namespace, name, spec);
      expect(stored).toEqual(spec);
    },
  );

  it('names every reason of notifiers', async () => {
    const { NotifierReason } = await import('../../operator/object/config-notifier.ts');
    const text = readFileSync(join(root, 'docs/notifications.md'), 'utf8');
    const named = [...text.matchAll(/^\| `([A-Z][A-Za-z]+)` \|/gm)].map(match => match[1]!);
    expect(named).toEqual(expect.arrayContaining(Object.keys(NotifierReason)));
  });

  it('names every reason of projections', async () => {
    const { ProjectionReason } = await import('../../operator/object/config-projection.ts');
    const text = readFileSync(join(root, 'docs/configprojection.md'), 'utf8');
    const rows = [...text.matchAll(/^\| ((?:`[A-Z][A-Za-z]+`(?:, )?)+) \|/gm)].map(match => match[1]!);
    const named = rows.flatMap(row => row.replaceAll('`', '').split(', '));
    expect(named.sort()).toEqual(Object.keys(ProjectionReason).sort());
  });

  it.each(examples.filter(({ text }) => text.includes('kind: ConfigNamespace')))(
    '$page, example $index is accepted by the API server',
    async ({ text }) => {
      const { metadata, spec } = parse(text);
      expect(await kube.dryRunNamespace(metadata.name, spec)).toMatchObject({ spec });
    },
  );

  it('names every reason of the API', async () => {
    const { Reason } = await import('../../history/words/reasons.ts');
    const text = readFileSync(join(root, 'docs/configversion.md'), 'utf8');
    const named = [...text.matchAll(/^\| `([A-Z][A-Za-z]+)` \|/gm)].map(match => match[1]!);
    expect(named.filter(reason => reason in Reason).sort()).toEqual(Object.keys(Reason).sort());
  });

  it('has no link into the project that leads nowhere', () => {
    const broken = pages.flatMap(page => {
      const text = readFileSync(join(root, page), 'utf8');
      return [...text.matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)]
        .map(match => match[1]!)
        .filter(target => {
          try {
            readFileSync(join(root, page, '..', target));
            return false;
          } catch {
            return true;
          }
        })
        .map(target => `${page} → ${target}`);
    });
    expect(broken).toEqual([]);
  });
});
