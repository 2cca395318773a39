/** Numbers that a cluster tells of: those of whoever may write the config, and of nobody else. */
import { expect, it } from 'vitest';
import type { ConfigMapState } from '../operator/object/config-map.ts';
import type { ConfigNamespace } from '../operator/object/config-namespace.ts';
import type { ConfigProjection } from '../operator/object/config-projection.ts';
import type { ConfigVersion } from '../operator/object/config-version.ts';
import { proposedConfig } from '../operator/object/terms.ts';
import { highestSeen } from '../operator/reconcile/restore.ts';
import { anObject, emptyView } from './history/core/make.ts';

const config = proposedConfig(anObject());

const pawls = { any: true, identity: true, version: true };

function seen(object: ConfigVersion, annotations: Record<string, string>, intact = pawls) {
  const { highest, untold } = seenIn({}, object, annotations, intact);
  expect(untold).toBe(0n);
  return highest;
}

function seenIn(
  rules: Partial<Parameters<typeof highestSeen>[0]>,
  object: ConfigVersion,
  annotations: Record<string, string>,
  intact = pawls,
) {
  const cluster = {
    proposersOf: () => [object],
    configMap: () => ({ kind: 'ConfigMap', annotations, labels: {}, intact }) as unknown as ConfigMapState,
    projectionsOf: () => [],
    configNamespace: () => undefined,
    kubeNamespace: (name: string) => ({ name, uid: '', resourceVersion: '', labels: {} }),
    ...rules,
  };
  return highestSeen(cluster, config, emptyView);
}

const shown = {
  'pawl.dev/namespace': config.namespace,
  'pawl.dev/path': config.path,
  'pawl.dev/version': '7',
  'pawl.dev/content-sha256': 'a',
};

it('is the highest of status and ConfigMap', () => {
  expect(seen(anObject(), shown)).toBe(7n);
  expect(seen(anObject({}, {}, { version: '9' }), shown)).toBe(9n);
  expect(seen(anObject({}, {}, { version: '3', supersededBy: '8' }), shown)).toBe(8n);
});

it('is not one that somebody else wrote, or that stands on a copy', () => {
  expect(seen(anObject(), shown, { ...pawls, version: false })).toBe(0n);
  expect(seen(anObject(), { ...shown, 'pawl.dev/configmap': 'other/name' })).toBe(0n);
  const forged = { ...anObject({}, {}, { version: '9' }), isStatusOurs: false };
  expect(seen(forged, shown)).toBe(7n);
});

it('is not taken from an object that may not write the config', () => {
  const evil = anObject({ namespace: config.namespace }, { namespace: 'evil' }, { version: '9' });
  expect(seen(evil, shown)).toBe(0n);
});

it('is nothing that is no number, and nothing of another config', () => {
  expect(seen(anObject(), { ...shown, 'pawl.dev/version': 'ten' })).toBe(0n);
  expect(seen(anObject(), { ...shown, 'pawl.dev/path': 'other.yaml' })).toBe(0n);
});

it('is untold while the labels that say whether the object may write the config are', () => {
  const writers = [{ namespaceSelector: { matchLabels: { trusted: 'yes' } } }];
  const rules = { configNamespace: () => ({ spec: { writers } }) as unknown as ConfigNamespace };
  const untold = { ...rules, kubeNamespace: () => undefined };
  const object = anObject({}, {}, { version: '9' });
  expect(seenIn(untold, object, shown)).toEqual({ highest: 0n, untold: 9n });
  // Known to have no such label.
  expect(seenIn(rules, object, shown)).toEqual({ highest: 0n, untold: 0n });
});

it('is told by what projections show, too, of those who may write the config', () => {
  const target = { kind: 'ConfigMap', name: 'shown' };
  const projection = (namespace: string) =>
    ({ metadata: { namespace, name: 'p' }, status: { target } }) as unknown as ConfigProjection;
  const annotations = {
    'pawl.dev/versions': JSON.stringify({ a: `${config.namespace}/${config.path}@8`, b: 'x/y@99' }),
  };
  const of = (namespace: string, intact = true) =>
    highestSeen(
      {
        proposersOf: () => [],
        projectionsOf: () => [projection(namespace)],
        configMap: () =>
          ({
            ...{ kind: 'ConfigMap', annotations, labels: {} },
            intact: { any: true, identity: true, version: false, versions: intact },
          }) as unknown as ConfigMapState,
        configNamespace: () => undefined,
        kubeNamespace: (name: string) => ({ name, uid: '', resourceVersion: '', labels: {} }),
      },
      config,
      emptyView,
    );
  expect(of(config.namespace)).toEqual({ highest: 8n, untold: 0n });
  expect(of(config.namespace, false)).toEqual({ highest: 0n, untold: 0n });
  expect(of('evil')).toEqual({ highest: 0n, untold: 0n });
});
