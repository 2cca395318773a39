/** The examples people copy from the documentation are accepted by the real API server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Kubectl } from '../../local/kubectl.ts';
import { adminKubectl } from '../setup/chart.ts';
import { Kube } from '../setup/kube.ts';
import { manifests } from '../setup/pages.ts';

const root = join(import.meta.dirname, '..', '..');

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
}

let kube: Kube;
let kubectl: Kubectl;
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  kubectl = await adminKubectl();
  namespace = await kube.namespace('docs');
});

afterAll(() => kube?.[Symbol.asyncDispose]());

describe('documentation', () => {
  it.each(manifests.map(({ page, line, text }) => ({ page, line, text })))(
    '$page:$line is accepted by the API server, and every field of it is kept',
    async ({ text }) => {
      const wanted = parseAllDocuments(text).map(document => document.toJS() as Manifest);
      for (const { metadata } of wanted) if (metadata.namespace !== undefined) metadata.namespace = namespace;
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: wanted });
      const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '--output=json'];
      const { stdout } = await kubectl([...args, '-n', namespace, '-f', '-'], { input });
      const stored = JSON.parse(stdout) as Manifest & { items?: Manifest[] };
      expect(stored.items ?? [stored]).toMatchObject(wanted);
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

  it('names every reason of the API', async () => {
    const { Reason } = await import('../../history/words/reasons.ts');
    const text = readFileSync(join(root, 'docs/configversion.md'), 'utf8');
    const named = [...text.matchAll(/^\| `([A-Z][A-Za-z]+)` \|/gm)].map(match => match[1]!);
    expect(named.filter(reason => reason in Reason).sort()).toEqual(Object.keys(Reason).sort());
  });
});
