/** Who is looked at when something happens to somebody else: whoever it concerns, and few others. */
import { describe, expect, it } from 'vitest';
import type { ConfigVersion, ConfigVersionStatus } from '../../operator/object/config-version.ts';
import { configNamespaceKey } from '../../operator/object/key.ts';
import type { Cluster } from '../../operator/reconcile/ports.ts';
import {
  afterAskerLeft,
  afterConfigDeleted,
  afterHeadMoved,
  afterKubeNamespaceChanged,
  afterRulesChanged,
  afterTargetChanged,
  afterVersionDeleted,
  targetOf,
} from '../../operator/reconcile/wake.ts';
import { anObject } from '../history/core/make.ts';

const object = (name: string, spec: object = {}, status: ConfigVersionStatus = {}, metadata: object = {}) =>
  anObject(spec, { name, uid: name, ...metadata }, status);

const sameTarget = (one: ConfigVersion, other: ConfigVersion) =>
  JSON.stringify(targetOf(one)) === JSON.stringify(targetOf(other));

function woken(
  objects: readonly ConfigVersion[],
  happens: (waker: {
    cluster: Cluster;
    wake: (key: string) => void;
    isAtWork: (key: string) => boolean;
  }) => void,
  { atWork = [] as string[], rules = [] as string[] } = {},
): string[] {
  const keys = new Set<string>();
  const cluster = {
    proposersOf: () => objects,
    askersFor: (target: { name: string }) => objects.filter(each => targetOf(each).name === target.name),
    proposersIn: () => objects,
    configVersionsIn: (name: string) => objects.filter(({ metadata }) => metadata.namespace === name),
    configNamespace: (name: string) => (rules.includes(name) ? { spec: {} } : undefined),
  } as unknown as Cluster;
  happens({
    cluster,
    wake: key => keys.add(key),
    isAtWork: key => atWork.includes(key),
  });
  return [...keys].map(key => key.replace('payments/', '')).sort();
}

const config = { namespace: 'payments', path: 'limits/eu.yaml' };
const saved = {
  config,
  source: { namespace: 'payments' },
  configMap: { name: targetOf(object('x')).name },
};
const history = { version: '1', supersededBy: '2' };

describe('when a version that is not the latest is deleted', () => {
  it('only objects that show an edit are looked at, which may show what it held', () => {
    const objects = [
      object('latest', {}, { version: '2' }),
      object('history', {}, history),
      object('clash', {}, { conflict: { diff: 'password: hunter2' } } as ConfigVersionStatus),
    ];
    expect(woken(objects, waker => afterVersionDeleted(waker, config))).toEqual(['clash']);
  });
});

describe('when the head moves', () => {
  it('what was the latest, and what waits for a person, is looked at; history is not', () => {
    const objects = [
      object('saver'),
      object('latest', {}, { version: '2' }),
      object('refused'),
      object('old', {}, history),
    ];
    expect(woken(objects, waker => afterHeadMoved(waker, saved, 'saver'))).toEqual(['latest', 'refused']);
  });

  it('history is looked at while a look is under way that may have begun before', () => {
    const objects = [object('saver'), object('old', {}, history)];
    const atWork = ['payments/old'];
    expect(woken(objects, waker => afterHeadMoved(waker, saved, 'saver'), { atWork })).toEqual(['old']);
  });

  it('of those that ask for one other ConfigMap one is looked at, and none that is suspended', () => {
    const configMap = { name: 'other' };
    const others = ['one', 'two', 'three'].map(name => object(name, { configMap }, history));
    const asleep = object('asleep', { configMap: { name: 'third' }, suspend: true }, history);
    expect(woken([...others, asleep], waker => afterHeadMoved(waker, saved, 'saver'))).toHaveLength(1);
  });
});

describe('when a ConfigMap changes', () => {
  it('one object of each config that asks for it is looked at', () => {
    const configMap = { name: 'shared' };
    const objects = [
      object('a', { configMap }, { version: '1' }),
      object('b', { configMap }, { version: '2' }),
      object('c', { configMap, path: 'other.yaml' }),
      object('asleep', { configMap, path: 'third.yaml', suspend: true }),
    ];
    const target = targetOf(objects[0]!);
    expect(objects.every(each => sameTarget(each, objects[0]!))).toBe(true);
    expect(woken(objects, waker => afterTargetChanged(waker, target))).toEqual(['b', 'c']);
  });

  it('and one of its objects leaves, one of the others sees to its owners', () => {
    const objects = [object('gone'), object('a'), object('b')];
    const target = targetOf(objects[0]!);
    expect(woken(objects, waker => afterAskerLeft(waker, target, 'gone'))).toEqual(['a']);
  });
});

it('when a config is deleted, whoever still asks for it, and its namespace, are looked at', () => {
  const objects = [object('gone'), object('a', {}, history)];
  const keys = woken(objects, waker => afterConfigDeleted(waker, config, 'gone'));
  expect(keys).toEqual([configNamespaceKey('payments'), 'a']);
});

describe('when rules change', () => {
  it('every object of the config namespace is looked at', () => {
    const objects = [object('a', {}, history), object('b')];
    expect(woken(objects, waker => afterRulesChanged(waker, 'payments'))).toEqual(['a', 'b']);
  });

  it('or labels: of a namespace, the objects whose config namespace has rules', () => {
    const objects = [object('a'), object('b', { namespace: 'ruled' })];
    const rules = ['ruled', 'payments'];
    expect(woken(objects, waker => afterKubeNamespaceChanged(waker, 'payments'), { rules })).toEqual([
      'a',
      'b',
    ]);
    expect(
      woken(objects, waker => afterKubeNamespaceChanged(waker, 'payments'), { rules: ['ruled'] }),
    ).toEqual(['b']);
  });
});
