/** What making a ConfigMap what it must be promises to whoever asks for it, one call at a time. */
import { describe, expect, it } from 'vitest';
import type { Version } from '../../history/words/model.ts';
import type { ConfigVersion } from '../../operator/object/config-version.ts';
import { Fights } from '../../operator/reconcile/fights.ts';
import type { Cluster } from '../../operator/reconcile/ports.ts';
import { bringTarget, type TargetRequest } from '../../operator/reconcile/target.ts';
import { sha } from '../history/core/make.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { ApiServer } from './api-server.ts';

const path = 'limits.yaml';
const config = { namespace: 'payments', path };
const { signal } = new AbortController();
const textOf = (version: Version) => `a: ${version}\n`;
const headOf = (version: Version) => ({ configId: '1', version, sha256: sha(textOf(version)) });

/** The watch has told of everything. */
const told = () => new Promise(resolve => setImmediate(resolve));

/** An object that asks for the ConfigMap of that config, an API server, and a store that has every text. */
async function make(spec: object = {}) {
  const api = new ApiServer();
  api.namespace('payments');
  api.propose('payments', 'ada', { path, body: textOf(1n), ...spec });
  await told();
  const object = api.version('payments', 'ada') as ConfigVersion;
  const fetched: Version[] = [];
  const store = {
    has: true,
    /** While a text is fetched. */
    meanwhile: async () => {},
    texts: async (_: unknown, versions: readonly Version[]) => {
      fetched.push(...versions);
      await store.meanwhile();
      return new Map(store.has ? versions.map(version => [version, textOf(version)]) : []);
    },
  };
  const fights = new Fights(new FakeClock());
  const bring = (version: Version, facts: Partial<TargetRequest> = {}) =>
    bringTarget(
      { cluster: api as unknown as Cluster, store, fights },
      {
        ...{ object, config, head: headOf(version), name: path, text: null, fresh: new Map(), insist: false },
        ...facts,
      },
      signal,
    );
  const data = () => api.map('payments', path)?.data;
  return { api, store, bring, data, fetched };
}

it('a ConfigMap is made with the text at hand, and none is fetched', async () => {
  const { bring, data, fetched } = await make();
  expect(await bring(1n, { text: textOf(1n) })).toEqual({ kind: 'shown', written: true, drift: null });
  expect(data()).toEqual({ [path]: 'a: 1\n' });
  expect(fetched).toEqual([]);
});

it('one that shows the version already is not written, and its text is not fetched', async () => {
  const { api, bring, fetched } = await make();
  await bring(1n);
  expect([api.writes.map, fetched]).toEqual([1, [1n]]);
  expect(await bring(1n)).toEqual({ kind: 'shown', written: false, drift: null });
  expect([api.writes.map, fetched]).toEqual([1, [1n]]);
});

it('none is written for an object that asks for it no more, and no text is fetched', async () => {
  const { api, bring, data, fetched } = await make();
  api.deleteVersion('payments', 'ada');
  await told();
  expect(await bring(1n)).toEqual({ kind: 'unasked' });
  expect([data(), fetched]).toEqual([undefined, []]);
});

it('none is written for an object that went while its text was fetched', async () => {
  const { api, store, bring, data } = await make();
  store.meanwhile = async () => {
    api.deleteVersion('payments', 'ada');
    await told();
  };
  expect(await bring(1n)).toEqual({ kind: 'unasked' });
  expect(data()).toBeUndefined();
});

it('none is written without the text of the version: the view was old', async () => {
  const { store, bring, data } = await make();
  store.has = false;
  expect(await bring(1n)).toEqual({ kind: 'raced' });
  expect(data()).toBeUndefined();
});

describe('a ConfigMap that shows a later version', () => {
  it('is left as it is, and the head is looked at again', async () => {
    const { bring, data } = await make();
    await bring(2n);
    expect(await bring(1n)).toEqual({ kind: 'raced' });
    expect(data()).toEqual({ [path]: 'a: 2\n' });
  });

  it('is left as it is, and that is told, where the head was looked at again', async () => {
    const { bring, data } = await make();
    await bring(2n);
    const answer = await bring(1n, { insist: true });
    expect(answer).toMatchObject({ kind: 'refused', refusal: { reason: 'TargetRejected' } });
    expect(data()).toEqual({ [path]: 'a: 2\n' });
  });
});

it('a text that its ConfigMap cannot show is told, and the ConfigMap stays', async () => {
  const { bring, data } = await make({ configMap: { format: 'env' } });
  const answer = await bring(1n, { text: '- a list\n' });
  expect(answer).toMatchObject({ kind: 'refused', refusal: { reason: 'NotRenderable' } });
  // Whether there is one or not.
  expect(answer).toMatchObject({
    refusal: { message: expect.stringMatching(/ConfigMap \S+ is not changed\. Change the text/) },
  });
  expect(data()).toBeUndefined();
});

it('a refusal by the API server is told in its words', async () => {
  const { api, bring } = await make();
  api.mutate = () => {
    throw Object.assign(new Error('exceeded quota: maps'), {
      name: 'KubeError',
      kind: 'forbidden',
      status: 403,
    });
  };
  const answer = await bring(1n);
  expect(answer).toMatchObject({ kind: 'refused', refusal: { reason: 'TargetRejected' } });
  expect(answer).toMatchObject({ refusal: { message: expect.stringContaining('exceeded quota: maps') } });
});
