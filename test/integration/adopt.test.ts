/** ConfigMaps that are taken over as they are, on a real API server with the operator and its API; and those that are not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { TestRepository } from '../cli/git-repository.ts';
import { pawl } from '../cli/world.ts';
import { ObjectsWorld } from '../server/objects-world.ts';
import type { Kube } from '../setup/kube.ts';
import { until } from '../setup/until.ts';

let kube: Kube;
let world: ObjectsWorld;
let namespace: string;
let folder: string;

beforeAll(async () => {
  world = await ObjectsWorld.start('adopt');
  kube = world.kube;
  folder = mkdtempSync(join(tmpdir(), 'pawl-adopt-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await world?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  namespace = await kube.namespace('adopt');
  world.namespace = namespace;
});

const run = (...args: string[]) => {
  const env = { ...world.client, KUBECONFIG: inject('kubeconfig'), PATH: process.env.PATH, HOME: folder };
  return pawl({ cwd: folder, env }, ...args);
};
const importing = (...args: string[]) => run('import', 'configmap', '-n', namespace, ...args);
const files = { 'nginx.conf': 'events {}\n', 'app.yaml': 'cap: 1000\n', 'app.properties': 'a = 1\n' };

describe('a ConfigMap of several keys', () => {
  it('stays one ConfigMap, and nobody sees it change', async () => {
    await kube.createConfigMap(namespace, 'web', files);
    using watched = await kube.watchConfigMap(namespace, 'web');
    const ran = await importing('web', '--yes');
    expect(ran).toMatchObject({ exit: 0, out: expect.stringContaining('adopted') });
    expect(ran.err).toMatch(/web +nginx\.conf +\S+\/web\/nginx\.conf +text +ConfigProjection/);
    for (const data of watched.seen) expect(data).toEqual(files);
    expect((await kube.untilProjection(namespace, 'web', 'Rendered')).spec.configs).toHaveLength(3);
    const listed = JSON.parse((await run('list', '-n', namespace, '-o', 'json')).out).configs;
    expect(
      listed.map(({ config }: { config: { path: string; format: string } }) => [config.path, config.format]),
    ).toEqual([
      ['web/app.properties', 'properties'],
      ['web/app.yaml', 'yaml'],
      ['web/nginx.conf', 'text'],
    ]);
    // Again: it is Pawl's now.
    expect(await importing('web', '--yes')).toMatchObject({
      exit: 3,
      err: expect.stringContaining('Pawl writes it already'),
    });
  });
});

describe('a ConfigMap with a history in Git', () => {
  it('goes on where the history ends, without a version of its own', async () => {
    using repository = new TestRepository();
    const made = (n: number) => ({
      ...{ author: 'Ada <ada@example.com>', date: `${1_600_000_000 + n} +0000`, message: `commit ${n}\n` },
      files: { 'config/app.yaml': `cap: ${n}\n` },
    });
    repository.make([1, 2, 3].map(made));
    const env = { ...world.client, KUBECONFIG: inject('kubeconfig'), PATH: process.env.PATH, HOME: folder };
    expect(
      await pawl({ cwd: repository.root, env }, 'import', 'git', 'config', '-n', namespace, '--yes'),
    ).toMatchObject({ exit: 0 });
    await kube.createConfigMap(namespace, 'web', { 'app.yaml': 'cap: 3\n' });
    expect(await importing('web', '--path', 'app.yaml=app.yaml', '--yes')).toMatchObject({ exit: 0 });
    const object = await kube.untilReason(namespace, 'web', 'Unchanged');
    expect(object.status).toMatchObject({ version: '3', configMap: { name: 'web', version: '3' } });
    expect((await kube.configMap(namespace, 'web'))?.data).toEqual({ 'app.yaml': 'cap: 3\n' });
  });

  it('is not touched where its text is another one', async () => {
    await kube.propose(namespace, 'other', { path: 'web/app.yaml', body: 'cap: 1\n' });
    await kube.untilReason(namespace, 'other', 'Saved');
    await kube.createConfigMap(namespace, 'web', { 'app.yaml': 'cap: 2\n' });
    const before = await kube.configMap(namespace, 'web');
    expect(await importing('web', '--yes')).toMatchObject({
      exit: 3,
      err: expect.stringContaining('has another text (version 1)'),
    });
    expect(await kube.configMap(namespace, 'web')).toEqual(before);
  });
});

describe('what is asked for', () => {
  it('is shown first: without --yes and a terminal nothing is changed, nor by a dry run', async () => {
    await kube.createConfigMap(namespace, 'web', files);
    const before = await kube.configMap(namespace, 'web');
    expect(await importing('web')).toMatchObject({ exit: 3, err: expect.stringContaining('--yes') });
    expect(await importing('web', '--dry-run')).toMatchObject({
      exit: 0,
      err: expect.stringContaining('dry run'),
    });
    expect(await kube.configMap(namespace, 'web')).toEqual(before);
    expect(await kube.configVersions(namespace)).toEqual([]);
  });

  it('is chosen by labels, or all of a namespace; what others look after is left alone with the reason', async () => {
    await kube.createConfigMap(namespace, 'one', { 'a.yaml': 'a: 1\n' }, { labels: { app: 'web' } });
    await kube.createConfigMap(
      namespace,
      'helm',
      { 'a.yaml': 'a: 1\n' },
      { labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
    );
    // A controller puts it into each namespace.
    await until('the cluster’s own is there', 60_000, () => kube.configMap(namespace, 'kube-root-ca.crt'));
    const some = await importing('-l', 'app=web', '--dry-run', '-o', 'json');
    expect(JSON.parse(some.out).config_maps.map(({ name }: { name: string }) => name)).toEqual(['one']);
    const all = await importing('--all', '--yes', '-o', 'json');
    expect(all.exit).toBe(0);
    const outcomes = Object.fromEntries(
      JSON.parse(all.out).config_maps.map(({ name, outcome }: { name: string; outcome: string }) => [
        name,
        outcome,
      ]),
    );
    expect(outcomes).toEqual({ one: 'adopted', helm: 'left-alone', 'kube-root-ca.crt': 'left-alone' });
    expect((await kube.configMap(namespace, 'helm'))?.metadata.annotations).toBeUndefined();
    const everywhere = await run('import', 'configmap', '-A', '--dry-run', '-o', 'wide');
    expect(everywhere.err).toMatch(/left alone: kube-system\/\S+: it is the cluster’s own/);
    expect(await importing()).toMatchObject({
      exit: 2,
      err: expect.stringContaining('name ConfigMaps, or give -l'),
    });
    expect(await importing('nowhere', '--yes')).toMatchObject({
      exit: 2,
      err: expect.stringContaining('not found'),
    });
  });

  it('is written as manifests that kubectl applies, after the ConfigMap was handed over', async () => {
    await kube.createConfigMap(namespace, 'web', files);
    expect(await importing('web', '--to', 'manifests')).toMatchObject({
      exit: 0,
      out: expect.stringContaining('written'),
    });
    expect(await kube.configVersions(namespace)).toEqual([]);
    const file = join(folder, 'manifests', namespace, 'web.yaml');
    await world.kubectl(['annotate', 'configmap', 'web', '-n', namespace, 'pawl.dev/adopt=true']);
    await world.kubectl(['apply', '-f', file]);
    await kube.untilProjection(namespace, 'web', 'Rendered');
    expect((await kube.configMap(namespace, 'web'))?.data).toEqual(files);
    expect(await importing('web', '--to', 'manifests')).toMatchObject({ exit: 3 });
  });
});
