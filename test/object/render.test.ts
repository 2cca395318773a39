import { describe, expect, it } from 'vitest';
import type { ConfigMapState } from '../../operator/object/config-map.ts';
import { compareConfigMap, fill, isOurs, leaderOf, outline } from '../../operator/object/render.ts';
import { anObject, sha } from '../history/core/make.ts';

const config = { namespace: 'payments', path: 'limits/eu.yaml' };
const head = { configId: '7', version: 3n, sha256: sha('cap: 1\n') };
const wish = {
  enabled: true,
  name: 'limits-eu.yaml',
  key: 'eu.yaml',
  format: 'Source' as const,
  labels: { team: 'risk' },
  annotations: {},
};
const ada = anObject(
  {},
  { name: 'ada', uid: 'a', creationTimestamp: '2026-01-01T00:00:00Z' },
  { version: '2' },
);
const bob = anObject(
  {},
  { name: 'bob', uid: 'b', creationTimestamp: '2026-01-02T00:00:00Z' },
  { version: '3' },
);

const wanted = outline(config, head, wish, 'payments', [ada, bob]);
const asWanted: ConfigMapState = {
  namespace: 'payments',
  name: 'limits-eu.yaml',
  uid: 'cm',
  resourceVersion: '1',
  createdAt: '',
  kind: 'ConfigMap',
  labels: wanted.labels,
  annotations: wanted.annotations,
  ownerReferences: wanted.ownerReferences,
  hashes: { 'eu.yaml': head.sha256 },
  applied: ['data:eu.yaml', 'label:team'],
  intact: { any: true, identity: true, version: true, versions: true },
  immutable: false,
};

describe('the ConfigMap of a config', () => {
  it('holds the text byte for byte under its key', () => {
    expect(fill(wanted, 'cap: 1\n').data).toEqual({ 'eu.yaml': 'cap: 1\n' });
  });

  it('is owned by the 16 newest askers, in an order that does not depend on how they were found', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      anObject(
        {},
        {
          uid: `u${String(index).padStart(2, '0')}`,
          creationTimestamp: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`,
        },
      ),
    );
    const owners = outline(config, head, wish, 'payments', many).ownerReferences;
    expect(owners.map(({ uid }) => uid)).toEqual(many.slice(24).map(({ metadata }) => metadata.uid));
    expect(outline(config, head, wish, 'payments', [...many].reverse()).ownerReferences).toEqual(owners);
    expect(
      owners.every(({ blockOwnerDeletion, controller }) => blockOwnerDeletion === false && !controller),
    ).toBe(true);
  });

  it('is led by the asker of the latest version, whichever is looked at', () => {
    expect(leaderOf([ada, bob])?.metadata.name).toBe('bob');
    expect(leaderOf([bob, ada])?.metadata.name).toBe('bob');
    expect(leaderOf([ada, bob], new Map([['a', 4n]]))?.metadata.name).toBe('ada');
  });
});

describe('comparing', () => {
  it('finds nothing to do when everything is as wanted, whatever others added', () => {
    expect(compareConfigMap(wanted, asWanted)).toEqual({ kind: 'none' });
    const annotated = { ...asWanted, annotations: { ...asWanted.annotations, theirs: 'x' } };
    expect(compareConfigMap(wanted, annotated)).toEqual({ kind: 'none' });
  });

  it.each<[string, Partial<ConfigMapState>, boolean]>([
    ['edited data', { hashes: { 'eu.yaml': sha('x') } }, true],
    ['a key added by hand', { hashes: { 'eu.yaml': head.sha256, 'more.yaml': sha('x') } }, true],
    ['a lost label', { labels: {} }, false],
    ['a label nobody asks for any more', { applied: ['data:eu.yaml', 'label:team', 'label:old'] }, false],
    ['a lost owner', { ownerReferences: wanted.ownerReferences.slice(1) }, false],
    [
      'an owner that left',
      { ownerReferences: [...wanted.ownerReferences, { ...wanted.ownerReferences[0]!, uid: 'z' }] },
      false,
    ],
    [
      'the text under a former key of ours',
      { hashes: { 'old.yaml': head.sha256 }, applied: ['data:old.yaml', 'label:team'] },
      false,
    ],
    [
      'an older version',
      {
        annotations: { ...asWanted.annotations, 'pawl.dev/version': '2' },
        hashes: { 'eu.yaml': sha('old') },
      },
      false,
    ],
  ])('finds %s', (_, change, drift) => {
    expect(compareConfigMap(wanted, { ...asWanted, ...change })).toMatchObject({ kind: 'apply', drift });
  });

  it('never takes a ConfigMap back to an older version', () => {
    const marked = { ...asWanted, annotations: { ...asWanted.annotations, 'pawl.dev/version': '10' } };
    const later = { ...marked.annotations, 'pawl.dev/content-sha256': sha('later') };
    expect(compareConfigMap(wanted, { ...marked, annotations: later })).toEqual({
      kind: 'newer',
      version: 10n,
    });
    // A number changed by hand, or the number of another config, is no newer version of this one.
    expect(compareConfigMap(wanted, marked)).toMatchObject({ kind: 'apply' });
    // Nor is a number that somebody else wrote, whatever stands beside it.
    const byHand = { ...marked, annotations: later, intact: { ...marked.intact, version: false } };
    expect(compareConfigMap(wanted, byHand)).toMatchObject({ kind: 'apply', drift: true });
    const absurd = { ...later, 'pawl.dev/version': '999999999999' };
    expect(compareConfigMap(wanted, { ...marked, annotations: absurd })).toMatchObject({ kind: 'apply' });
    const other = { ...marked, annotations: { ...later, 'pawl.dev/path': 'other.yaml' } };
    expect(compareConfigMap(wanted, other)).toMatchObject({ kind: 'apply' });
  });

  it('leaves keys of others alone where a ConfigMap was handed over', () => {
    const adopted = {
      ...asWanted,
      annotations: { ...asWanted.annotations, 'pawl.dev/adopt': 'true' },
      hashes: { 'eu.yaml': head.sha256, theirs: sha('x') },
    };
    expect(compareConfigMap(wanted, adopted)).toEqual({ kind: 'none' });
    // But not the very key, which cannot be in data and in binaryData.
    const moved = { ...adopted, hashes: { 'binary:eu.yaml': sha('x'), theirs: sha('x') } };
    expect(compareConfigMap(wanted, moved)).toMatchObject({ strayKeys: ['binary:eu.yaml'] });
  });
});

describe('ours', () => {
  const nothing = { any: false, identity: false, version: false, versions: false };
  const { 'pawl.dev/configmap': _, ...unnamed } = asWanted.annotations;

  it('is what Pawl applied, whatever label, owner or annotation somebody took away', () => {
    expect(isOurs(asWanted)).toBe(true);
    expect(isOurs({ ...asWanted, labels: {}, ownerReferences: [] })).toBe(true);
    const intact = { any: true, identity: false, version: true, versions: true };
    expect(isOurs({ ...asWanted, annotations: unnamed, intact })).toBe(true);
    const renamed = { ...asWanted.annotations, 'pawl.dev/configmap': 'x/y' };
    expect(isOurs({ ...asWanted, annotations: renamed, intact })).toBe(true);
  });

  it('is what a backup brought back under its name, without its field owners', () => {
    expect(isOurs({ ...asWanted, intact: nothing })).toBe(true);
  });

  it('is no copy, under another name or in another namespace, with or without the field owners', () => {
    for (const copy of [{ name: 'mine' }, { namespace: 'elsewhere' }]) {
      expect(isOurs({ ...asWanted, ...copy, intact: nothing })).toBe(false);
      expect(isOurs({ ...asWanted, ...copy })).toBe(false);
    }
  });

  it('is nothing by a label or an owner reference alone', () => {
    expect(isOurs({ ...asWanted, annotations: unnamed, intact: nothing })).toBe(false);
  });
});
