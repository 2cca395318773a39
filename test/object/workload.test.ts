/** What Pawl reads of a workload and of the ConfigMaps it uses, and the record it writes down. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigMapState } from '../../operator/object/config-map.ts';
import { readSeen, seenIn, standingTo, writeSeen } from '../../operator/object/workload/seen-configs.ts';
import { usedConfigMaps } from '../../operator/object/workload/used-config-maps.ts';

describe('the ConfigMaps of a pod template', () => {
  it('are found wherever a pod can read one', () => {
    const spec = {
      volumes: [
        { name: 'v', configMap: { name: 'mounted' } },
        {
          name: 'p',
          projected: { sources: [{ configMap: { name: 'projected' } }, { secret: { name: 's' } }] },
        },
        { name: 'e', emptyDir: {} },
      ],
      initContainers: [{ name: 'i', envFrom: [{ configMapRef: { name: 'init' } }] }],
      containers: [
        {
          name: 'c',
          volumeMounts: [{ name: 'v', mountPath: '/a', subPath: 'a' }],
          envFrom: [{ configMapRef: { name: 'from' } }, { secretRef: { name: 's' } }],
          env: [
            { name: 'A', valueFrom: { configMapKeyRef: { name: 'key', key: 'a' } } },
            { name: 'B', value: 'b' },
            { name: 'C', valueFrom: { configMapKeyRef: { name: 'mounted', key: 'a' } } },
          ],
        },
      ],
      ephemeralContainers: [{ name: 'd', envFrom: [{ configMapRef: { name: 'ephemeral' } }] }],
    };
    expect(usedConfigMaps(spec)).toEqual(['from', 'init', 'key', 'mounted', 'projected']);
  });

  it('are read from whatever is there without an error', () => {
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.anything()), (volumes, containers) => {
        usedConfigMaps({ volumes, containers });
        usedConfigMaps(volumes);
      }),
    );
  });
});

const map = (changes: Partial<ConfigMapState> = {}): ConfigMapState =>
  ({
    ...{
      kind: 'ConfigMap',
      namespace: 'payments',
      name: 'limits',
      uid: 'u',
      resourceVersion: '1',
      labels: {},
    },
    annotations: {
      'pawl.dev/configmap': 'payments/limits',
      'pawl.dev/namespace': 'payments',
      'pawl.dev/path': 'limits/eu.yaml',
      'pawl.dev/version': '7',
    },
    ownerReferences: [],
    hashes: { 'eu.yaml': 'aa' },
    applied: ['data:eu.yaml'],
    intact: { any: true, identity: true, version: true, versions: true },
    ...{ immutable: false, createdAt: '' },
    ...changes,
  }) as ConfigMapState;

describe('the content of a ConfigMap', () => {
  it('is told by its data and by nothing else', () => {
    const first = seenIn(map())!;
    const annotations = { ...map().annotations, 'pawl.dev/version': '8', 'pawl.dev/content-sha256': 'b' };
    expect(seenIn(map({ annotations, resourceVersion: '2', labels: { a: 'b' } }))).toEqual({
      content: first.content,
      configs: { 'payments/limits/eu.yaml': '8' },
    });
    expect(seenIn(map({ hashes: { 'eu.yaml': 'bb' } }))!.content).not.toBe(first.content);
  });

  it('is not known while it is not Pawl’s, goes, or somebody else has changed a key', () => {
    expect(seenIn(map({ annotations: {}, intact: { ...map().intact, any: false } }))).toBeNull();
    expect(seenIn(map({ deletionTimestamp: '2026-01-01T00:00:00Z' }))).toBeNull();
    expect(seenIn(map({ applied: [] }))).toBeNull();
  });

  it('with several configs names each', () => {
    const several = JSON.stringify({ 'a.yaml': 'payments/a.yaml@3', 'b.yaml': 'shared/x/b.yaml@12' });
    const annotations = { 'pawl.dev/configmap': 'payments/limits', 'pawl.dev/versions': several };
    const hashes = { 'a.yaml': 'aa', 'b.yaml': 'bb' };
    const both = map({ annotations, hashes, applied: ['data:a.yaml', 'data:b.yaml'] });
    expect(seenIn(both)?.configs).toEqual({ 'payments/a.yaml': '3', 'shared/x/b.yaml': '12' });
    expect(seenIn({ ...both, applied: ['data:a.yaml'] })).toBeNull();
    expect(seenIn(map({ annotations: { ...annotations, 'pawl.dev/versions': '{"a":[' } }))?.configs).toEqual(
      {},
    );
  });
});

describe('the record', () => {
  it('comes back as it was written', () => {
    const seen = { maps: { limits: { content: 'c', configs: { 'payments/a': '1' } } }, hash: 'h' };
    expect(readSeen(writeSeen(seen))).toEqual(seen);
    expect(readSeen(writeSeen({ ...seen, isUnsure: true }))).toEqual({ ...seen, isUnsure: true });
  });

  it.each([[undefined], [''], ['{'], ['null'], ['[]'], ['{"form":2,"maps":{}}'], ['{"form":1,"maps":null}']])(
    'is not read from %j',
    text => {
      expect(readSeen(text)).toBeNull();
    },
  );

  it('tells what a workload was restarted for, and whether that is what is shown', () => {
    const config = { namespace: 'payments', path: 'limits/eu.yaml' };
    const was = seenIn(map())!;
    const now = seenIn(map({ hashes: { 'eu.yaml': 'bb' } }))!;
    const seen = { maps: { limits: was }, hash: null };
    const of = (record: Parameters<typeof standingTo>[0], shown = now) =>
      standingTo(record, 'limits', config, shown);
    expect(of({ seen, hasHash: true })).toEqual({ version: '7', isBehind: true });
    expect(of({ seen, hasHash: true }, was)).toEqual({ version: '7', isBehind: false });
    expect(of({ seen, hasHash: false })).toEqual({ version: null, isBehind: null });
    expect(of({ seen: { ...seen, isUnsure: true }, hasHash: true }).isBehind).toBeNull();
    expect(of({ seen: null, hasHash: true })).toEqual({ version: null, isBehind: null });
  });
});
