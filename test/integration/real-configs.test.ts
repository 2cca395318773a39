/**
 * The configs that people have, on a real API server: each is saved, edited by two people of whom one was stale, edited
 * by a third that clashes, and shown byte for byte all the while.
 */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Operator } from '../../local/operator.ts';
import type { Format } from '../../text/format.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { Kube } from '../setup/kube.ts';
import { startOperator } from '../setup/operator.ts';
import { changed, realConfigs } from './real-configs.ts';

let kube: Kube;
let database: TestDatabase;
let operator: Operator;
let namespace: string;

beforeAll(async () => {
  kube = await Kube.open(inject('kubeconfig'));
  database = await createTestDatabase();
  operator = await startOperator({ KUBECONFIG: inject('kubeconfig'), DATABASE_URL: database.url });
  namespace = await kube.namespace('real');
}, 120_000);

afterAll(async () => {
  await operator?.stop();
  await database?.[Symbol.asyncDispose]();
  await kube?.[Symbol.asyncDispose]();
});

it.each(realConfigs)(
  '$title ($format): two edits meet in one text, a third clashes, and every byte is shown',
  async config => {
    const { path, format, text } = config;
    const name = path.replace(/[^a-z]+/g, '-');
    const target = path.replace('/', '-');
    const key = path.replace(/^.*\//, '');
    const shown = async () => (await kube.configMap(namespace, target))?.data?.[key];
    const propose = (who: string, body: string, more: object = {}) =>
      kube.propose(namespace, `${name}-${who}`, {
        path,
        format,
        body,
        author: `${who}@example.com`,
        ...more,
      });

    await propose('ada', text);
    await kube.untilReason(namespace, `${name}-ada`, 'Saved');
    expect(await shown()).toBe(text);

    const first = changed(text, config.ada);
    await propose('ada', first);
    await kube.untilShown(namespace, target, '2');
    expect(await shown()).toBe(first);

    await propose('bob', changed(text, config.bob), { baseVersion: 1, onStale: 'Merge' });
    await kube.untilReason(namespace, `${name}-bob`, 'Merged');
    await kube.untilShown(namespace, target, '3');
    const both = changed(first, config.bob);
    expect(await shown()).toBe(both);

    await propose('cem', changed(text, config.cem), { baseVersion: 1, onStale: 'Merge' });
    const refused = await kube.untilReason(namespace, `${name}-cem`, 'VersionConflict');
    expect(refused.status.conditions?.[0]?.message).toContain('by ada@example.com in version 2');
    expect(refused.status.conflict?.places).toEqual([expect.objectContaining({ path: config.place })]);
    expect(await shown()).toBe(both);

    const [row] = await database.query(
      `select count(*)::int as versions, max(format) as format from pawl.config_versions v
       join pawl.configs c on c.id = v.config_id where c.namespace = $1 and c.path = $2`,
      [namespace, path],
    );
    expect(row).toEqual({ versions: 3, format });
  },
);

it('another format than the known ones is refused by the API server', async () => {
  await expect(
    kube.propose(namespace, 'other', { path: 'a.docx', format: 'docx' as Format, body: 'x' }),
  ).rejects.toThrow(/Unsupported value.*"yaml", "json"/);
});
