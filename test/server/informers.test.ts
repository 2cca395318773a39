/**
 * The aggregated API as programs read it that keep a copy of it: informers of the newest client-go, for whole objects
 * and for metadata, and what discovery offers to those that copy every API they find.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findBinaries } from '../../local/binaries.ts';
import { until } from '../setup/until.ts';
import { type Aggregated, root, startAggregated } from './aggregated-world.ts';

let world: Aggregated;
let program: string;

beforeAll(async () => {
  world = await startAggregated();
  ({ informer: program } = await findBinaries(['informer']));
}, 900_000);
afterAll(() => world?.[Symbol.asyncDispose]());

/** Runs an informer while `use` does; `seen` is what it has printed. */
async function withInformer(
  [kind, resource]: [kind: string, resource: string],
  use: (seen: () => string[]) => Promise<void>,
): Promise<void> {
  const env = { ...process.env, KUBECONFIG: inject('kubeconfig') };
  const child = spawn(program, [kind, resource, world.api.namespace], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', chunk => {
    text += chunk;
  });
  try {
    await use(() => text.split('\n').map(line => line.trim()));
  } finally {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
}

const save = (path: string, n: number) =>
  world.api.ask(`/configs/${world.api.namespace}/${path}`, {
    method: 'PUT',
    body: { body_raw: `n: ${n}\n`, base_version: n - 1 },
  });

describe('an informer of client-go', () => {
  it('fills its cache with the configs, and follows them', async () => {
    await withInformer(['dynamic', 'configs'], async seen => {
      await until('the cache', 15_000, () => seen().includes('synced 3'));
      expect(seen()).toEqual(expect.arrayContaining(['added a=b 1', 'added limits:eu.yaml 3']));
      await save('followed', 1);
      await until('the new one', 15_000, () => seen().includes('added followed 1'));
      await save('followed', 2);
      await until('the next version', 15_000, () => seen().includes('updated followed 2'));
      await world.api.ask(`/configs/${world.api.namespace}/followed`, { method: 'DELETE' });
      await until('the delete', 15_000, () => seen().includes('deleted followed'));
    });
  });

  it('fills its cache with the metadata of configs, and follows it', async () => {
    await withInformer(['metadata', 'configs'], async seen => {
      await until('the cache', 15_000, () => seen().includes('synced 3'));
      await save('known', 1);
      await until('the new one', 15_000, () => seen().includes('added known'));
      await save('known', 2);
      await until('the next version', 15_000, () => seen().includes('updated known'));
      await world.api.ask(`/configs/${world.api.namespace}/known`, { method: 'DELETE' });
      await until('the delete', 15_000, () => seen().includes('deleted known'));
    });
  });

  it.each(['dynamic', 'metadata'])('fills its cache with revisions (%s), and follows them', async kind => {
    await withInformer([kind, 'configrevisions'], async seen => {
      await until('the cache', 15_000, () => seen().includes('synced 5'));
      const path = `seen-${kind}`;
      await save(path, 1);
      const added = new RegExp(`^added ${path}@1`);
      await until('the new one', 15_000, () => seen().some(line => added.test(line)));
      // A config takes all its revisions with it: the cache is filled anew.
      await world.api.ask(`/configs/${world.api.namespace}/${path}`, { method: 'DELETE' });
      await until('the delete', 15_000, () => seen().includes(`deleted ${path}@1`));
    });
  });
});

describe('a watch that begins with what is there', () => {
  /** What a watch says in a second, or one that was not late. */
  const watched = (resource: string, query: string, { least = 1, accept = '' } = {}) =>
    until(`${least} events`, 60_000, async () => {
      const { ask, namespace } = world.api;
      const url = `${root}/namespaces/${namespace}/${resource}?watch=1&timeoutSeconds=1&${query}`;
      const { text } = await ask(url, { ...(accept !== '' && { headers: { accept } }) });
      const events = text
        .trim()
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line));
      return events.length >= least && events;
    });
  const fill = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

  it('says where that ends', async () => {
    const events = await watched('configs', fill, { least: 4 });
    expect(events.slice(0, 4).map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'ADDED', 'BOOKMARK']);
    expect(events[3].object).toMatchObject({
      ...{ apiVersion: 'store.pawl.dev/v1alpha1', kind: 'Config' },
      metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
    const from = encodeURIComponent(events[3].object.metadata.resourceVersion);
    const again = await watched('configs', `${fill}&resourceVersion=${from}`, { least: 4 });
    expect(again.filter(({ type }) => type === 'ADDED')).toHaveLength(3);
  });

  it('does not begin so when it is asked not to', async () => {
    const events = await watched('configs', 'sendInitialEvents=false&allowWatchBookmarks=true');
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['BOOKMARK']));
  });

  it('gives metadata alone where metadata is asked for, in bookmarks, too', async () => {
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const events = await watched('configs', fill, { least: 4, accept });
    for (const { object } of events) {
      expect(object).toMatchObject({ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' });
      expect(Object.keys(object).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    }
  });

  it('has no texts where it is of every version of every config', async () => {
    const all = await watched('configrevisions', fill, { least: 6 });
    for (const { object } of all) expect(object.spec?.body).toBeUndefined();
    const one = await watched('configrevisions', `${fill}&fieldSelector=path%3Da%5C%3Db`);
    expect(one[0].object.spec.body).toBe('n: 1\n');
  });
});

describe('discovery', () => {
  it('does not offer a watch, so that nobody copies the history who was not told to', async () => {
    const { resources } = JSON.parse(await world.kubectl('get', '--raw', root));
    expect(resources.map(({ name, verbs }: { name: string; verbs: string[] }) => [name, verbs])).toEqual([
      ['configs', ['get', 'list']],
      ['configrevisions', ['get', 'list']],
      ['configs/diff', ['get']],
    ]);
  });
});
