/**
 * The configs that people have, on a real API server: each is in a ConfigMap, is imported, edited by two people of whom one
 * was stale, edited by a third that clashes, and shown byte for byte all the while.
 */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Format } from '../../text/format.ts';
import { pawl } from '../cli/world.ts';
import { ObjectsWorld } from '../server/objects-world.ts';
import type { Kube } from '../setup/kube.ts';
import { until } from '../setup/until.ts';
import { changed, realConfigs } from './real-configs.ts';

let kube: Kube;
let world: ObjectsWorld;
let namespace: string;

beforeAll(async () => {
  world = await ObjectsWorld.start('real');
  kube = world.kube;
  namespace = await kube.namespace('real');
});

afterAll(() => world?.[Symbol.asyncDispose]());

const run = (...args: string[]) => {
  const env = { ...world.client, KUBECONFIG: inject('kubeconfig'), PATH: process.env.PATH, HOME: '/nowhere' };
  return pawl({ cwd: '/', env }, ...args);
};

it.each(realConfigs)(
  '$title ($format): is imported as it is, two edits meet in one text, a third clashes, and every byte is shown',
  async config => {
    const { path, format, text } = config;
    const target = path.replace('/', '-');
    const key = path.replace(/^.*\//, '');
    const shown = async () => (await kube.configMap(namespace, target))?.data?.[key];
    const propose = (name: string, body: string, more: object = {}) =>
      kube.propose(namespace, name, { path, format, body, ...more });

    await kube.createConfigMap(namespace, target, { [key]: text });
    using watched = await kube.watchConfigMap(namespace, target);
    const where = ['-n', namespace, '--path', `${key}=${path}`];
    const asked = await run('import', 'configmap', target, ...where, '--dry-run', '-o', 'json');
    expect(JSON.parse(asked.out).config_maps).toMatchObject([
      { outcome: 'planned', configs: [{ key, path, format }] },
    ]);
    expect(await run('import', 'configmap', target, ...where, '--yes')).toMatchObject({
      exit: 0,
      out: expect.stringContaining('adopted'),
    });
    await until('the watch tells of it', 60_000, () => watched.seen.length > 0);
    expect(watched.seen.map(data => data[key])).toEqual(watched.seen.map(() => text));

    const first = changed(text, config.ada);
    await propose(target, first, { author: 'ada@example.com' });
    await kube.untilShown(namespace, target, '2');
    expect(await shown()).toBe(first);

    const bob = `${target}-bob`.toLowerCase();
    await propose(bob, changed(text, config.bob), {
      baseVersion: 1,
      onStale: 'Merge',
      author: 'bob@example.com',
    });
    await kube.untilReason(namespace, bob, 'Merged');
    await kube.untilShown(namespace, target, '3');
    const both = changed(first, config.bob);
    expect(await shown()).toBe(both);

    const cem = `${target}-cem`.toLowerCase();
    await propose(cem, changed(text, config.cem), {
      baseVersion: 1,
      onStale: 'Merge',
      author: 'cem@example.com',
    });
    const refused = await kube.untilReason(namespace, cem, 'VersionConflict');
    expect(refused.status.conditions?.[0]?.message).toContain('by ada@example.com in version 2');
    expect(refused.status.conflict?.places).toEqual([expect.objectContaining({ path: config.place })]);
    expect(await shown()).toBe(both);

    const { out } = await run('log', '-n', namespace, path, '-o', 'json');
    expect(JSON.parse(out).versions).toHaveLength(3);
    const listed = await run('list', '-n', namespace, path, '-o', 'json');
    expect(JSON.parse(listed.out).configs).toMatchObject([{ config: { format } }]);
    await until('the watch tells of both edits', 60_000, () => watched.seen.at(-1)?.[key] === both);
    // Nobody ever saw another text than these.
    const seen = new Set(watched.seen.map(data => data[key]));
    expect([...seen]).toEqual([text, first, both]);
  },
);

it('another format than the known ones is refused by the API server', async () => {
  await expect(
    kube.propose(namespace, 'other', { path: 'a.docx', format: 'docx' as Format, body: 'x' }),
  ).rejects.toThrow(/Unsupported value.*"yaml", "json"/);
});
