/** What a projection shows, decided without an API server or a database. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProjectedVersion, ProjectionView } from '../../history/words/projection.ts';
import { Reason } from '../../history/words/reasons.ts';
import type { ConfigMapState } from '../../operator/object/config-map.ts';
import { type ConfigProjection, ProjectionReason } from '../../operator/object/config-projection.ts';
import {
  contentsOf,
  maxKeys,
  maxTargetBytes,
  type ShownKey,
} from '../../operator/object/projection/contents.ts';
import {
  isProjectionSettled,
  type ProjectionOutcome,
  summariseProjection,
} from '../../operator/object/projection/status.ts';
import { compareProjection, mayHave, wantedTarget } from '../../operator/object/projection/target.ts';
import { readProjection } from '../../operator/object/projection/terms.ts';
import { sha } from '../history/core/make.ts';

const anObject = (
  spec: Partial<ConfigProjection['spec']>,
  status: ConfigProjection['status'] = { observedGeneration: -1 },
): ConfigProjection => ({
  metadata: {
    ...{ namespace: 'shop', name: 'web', uid: 'u1', generation: 1, resourceVersion: '1' },
    ...{ creationTimestamp: '2026-01-01T00:00:00Z', annotations: {} },
  },
  spec: { configs: [], ...spec },
  status,
});

const versionOf = (
  path: string,
  text: string | null,
  more: Partial<ProjectedVersion> = {},
): ProjectedVersion => ({
  ...{ config: { namespace: 'shop', path }, format: 'yaml', version: 1n },
  ...{ sha256: sha(text ?? path), bytes: Buffer.byteLength(text ?? ''), text },
  ...more,
});

const one = (shown: ProjectedVersion) => ({ shown, head: shown.version });
const view = (facts: Partial<ProjectionView>): ProjectionView => ({
  ...{ configs: [], folders: [], isCut: false },
  ...facts,
});

const contents = (spec: ConfigProjection['spec'], seen: ProjectionView) =>
  contentsOf(readProjection(anObject(spec)), seen);
const partsOf = (spec: ConfigProjection['spec'], seen: ProjectionView): readonly ShownKey[] => {
  const found = contents(spec, seen);
  if (found.kind !== 'parts') throw new Error(JSON.stringify(found));
  return found.parts;
};
const reasonOf = (spec: ConfigProjection['spec'], seen: ProjectionView) => {
  const found = contents(spec, seen);
  return found.kind === 'trouble' ? found.trouble.reason : found.kind;
};

describe('the keys of a target', () => {
  it('are the last segments of paths, or what is below a prefix, or what is named', () => {
    const spec = { configs: [{ path: 'a/b.yaml' }, { prefix: 'f' }, { path: 'c.yaml', key: 'x' }] };
    const seen = view({
      configs: [one(versionOf('a/b.yaml', 'b')), one(versionOf('c.yaml', 'c'))],
      folders: [[versionOf('f', 'own'), versionOf('f/g/h.yaml', 'h'), versionOf('f/i.yaml', 'i')]],
    });
    expect(partsOf(spec, seen).map(({ key, text }) => [key, text])).toEqual([
      ['b.yaml', 'b'],
      ['f', 'own'],
      ['g-h.yaml', 'h'],
      ['i.yaml', 'i'],
      ['x', 'c'],
    ]);
  });

  it('are as valid and as different as the API server demands, or nothing is shown', () => {
    const path = fc.stringMatching(/^[A-Za-z0-9._@+=-]{1,3}(\/[A-Za-z0-9._@+=-]{1,3}){0,2}$/);
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 6 }), paths => {
        const seen = view({ folders: [paths.map(each => versionOf(each, each))] });
        const found = contents({ configs: [{ prefix: '' }] }, seen);
        if (found.kind === 'trouble') {
          expect(['InvalidKey', 'DuplicateKey']).toContain(found.trouble.reason);
          expect(found.trouble.message.length).toBeLessThanOrEqual(240);
          return;
        }
        const keys = (found as { parts: readonly ShownKey[] }).parts.map(({ key }) => key);
        expect(new Set(keys).size).toBe(paths.length);
        for (const key of keys) {
          expect(key).toMatch(/^[-._a-zA-Z0-9]{1,253}$/);
          expect(key === '.' || key.startsWith('..')).toBe(false);
        }
      }),
    );
  });

  it('are none where two configs would have one', () => {
    const seen = view({ folders: [[versionOf('a-b', 'x'), versionOf('a/b', 'y')]] });
    expect(reasonOf({ configs: [{ prefix: '' }] }, seen)).toBe('DuplicateKey');
  });

  it('are refused by count and by bytes', () => {
    const many = view({ folders: [[versionOf('a', 'x')]], isCut: true });
    expect(reasonOf({ configs: [{ prefix: '' }] }, many)).toBe('TooManyConfigs');
    const half = maxTargetBytes / 2;
    const sized = (extra: number) =>
      view({
        configs: [
          one(versionOf('a', null, { bytes: half })),
          one(versionOf('b', null, { bytes: half + extra })),
        ],
      });
    const configs = [{ path: 'a' }, { path: 'b' }];
    expect(reasonOf({ configs }, sized(0))).toBe('parts');
    expect(reasonOf({ configs }, sized(1))).toBe('TooLarge');
    expect(maxKeys).toBe(256);
  });

  it('are counted as they are shown, not as they are saved', () => {
    const text = `a: ${'x'.repeat(maxTargetBytes / 2)} # ${'c'.repeat(maxTargetBytes / 2)}\n`;
    const seen = view({ configs: [one(versionOf('a', text))] });
    expect(reasonOf({ configs: [{ path: 'a' }] }, seen)).toBe('TooLarge');
    expect(reasonOf({ configs: [{ path: 'a', format: 'json' }] }, seen)).toBe('parts');
  });
});

describe('a text', () => {
  it('is not read to be compared, unless it is converted', () => {
    const seen = view({ configs: [one(versionOf('a', null))] });
    expect(partsOf({ configs: [{ path: 'a' }] }, seen)).toMatchObject([{ sha256: sha('a'), text: null }]);
    expect(reasonOf({ configs: [{ path: 'a', format: 'json' }] }, seen)).toBe('unread');
  });

  it('is shown as it is, or in the format asked for, with the number of its version', () => {
    const seen = view({ configs: [one(versionOf('a', 'cap: 1\n', { version: 7n }))] });
    expect(partsOf({ configs: [{ path: 'a', format: 'env', version: 7 }] }, seen)).toMatchObject([
      {
        text: 'CAP=1\n',
        sha256: sha('CAP=1\n'),
        contentSha256: sha('cap: 1\n'),
        version: 7n,
        isPinned: true,
      },
    ]);
  });

  it('that is missing is told as a config, a folder or a version that is not there', () => {
    const none = view({ configs: [{ shown: null, head: null }] });
    expect(reasonOf({ configs: [{ path: 'a' }] }, none)).toBe('ConfigNotFound');
    expect(reasonOf({ configs: [{ path: 'a', version: 3 }] }, none)).toBe('ConfigNotFound');
    const other = view({ configs: [{ shown: null, head: 4n }] });
    expect(reasonOf({ configs: [{ path: 'a', version: 3 }] }, other)).toBe('VersionNotFound');
    expect(reasonOf({ configs: [{ prefix: 'a' }] }, view({ folders: [[]] }))).toBe('ConfigNotFound');
  });
});

const part = (version: bigint, more: Partial<ShownKey> = {}): ShownKey => ({
  ...{ key: 'a', config: { namespace: 'shop', path: 'a' }, version, isPinned: false },
  ...{ contentSha256: sha(`${version}`), sha256: sha(`${version}`), text: `${version}` },
  ...more,
});

function shownAs(
  object: ConfigProjection,
  parts: readonly ShownKey[],
  facts: Partial<ConfigMapState> = {},
): ConfigMapState {
  const { immutable, ...wanted } = wantedTarget(object, parts);
  return {
    ...wanted,
    ...{ uid: 'map', resourceVersion: '5', createdAt: '', immutable: immutable ?? false },
    applied: parts.map(({ key }) => `data:${key}`),
    intact: { any: true, identity: true, version: false, versions: true },
    ...facts,
  };
}

describe('a target that is compared', () => {
  const object = anObject({});
  const compare = (parts: readonly ShownKey[], actual: ConfigMapState) =>
    compareProjection(wantedTarget(object, parts), parts, actual, null);

  it('differs in nothing when it shows this', () => {
    expect(compare([part(2n)], shownAs(object, [part(2n)]))).toEqual({ kind: 'none' });
  });

  it('never goes back to an earlier version, unless somebody else wrote the number or it is pinned', () => {
    const actual = shownAs(object, [part(3n)]);
    expect(compare([part(2n)], actual)).toMatchObject({ kind: 'later', shown: 3n, head: 2n });
    expect(compare([part(2n, { isPinned: true })], actual)).toMatchObject({ kind: 'apply', drift: false });
    const byHand = { ...actual, intact: { ...actual.intact, versions: false } };
    expect(compare([part(2n)], byHand)).toMatchObject({ kind: 'apply' });
  });

  it('knows drift from a new version and from another wish', () => {
    const actual = shownAs(object, [part(2n)]);
    expect(compare([part(2n)], { ...actual, hashes: { a: sha('x') } })).toMatchObject({ drift: true });
    expect(compare([part(2n)], { ...actual, hashes: { ...actual.hashes, more: sha('x') } })).toEqual({
      ...{ kind: 'apply', drift: true, strayKeys: ['more'] },
    });
    expect(compare([part(3n)], actual)).toMatchObject({ kind: 'apply', drift: false });
  });

  it('keeps the keys of others for as long as it says that it was handed over', () => {
    const actual = shownAs(object, [part(2n)]);
    const adopted = {
      ...actual,
      annotations: { ...actual.annotations, 'pawl.dev/adopt': 'true' },
      hashes: { ...actual.hashes, more: sha('x') },
    };
    expect(compare([part(2n)], adopted)).toEqual({ kind: 'none' });
  });
});

describe('an immutable target', () => {
  const object = anObject({ target: { name: 'web', immutable: true } });

  it('has one name for one content, and another for every other', () => {
    const nameOf = (...parts: ShownKey[]) => wantedTarget(object, parts).name;
    expect(nameOf(part(1n))).toMatch(/^web-[0-9a-f]{10}$/);
    expect(nameOf(part(1n))).toBe(nameOf({ ...part(1n), version: 9n }));
    expect(nameOf(part(1n))).not.toBe(nameOf(part(2n)));
    expect(nameOf(part(1n))).not.toBe(nameOf(part(1n, { key: 'b' })));
  });

  it('is found by its name without the hash, and a name that only begins so is not its own', () => {
    const { name } = wantedTarget(object, [part(1n)]);
    const ref = { kind: 'ConfigMap', namespace: 'shop' } as const;
    expect(mayHave(object, { ...ref, name })).toBe(true);
    for (const other of ['web', 'web-x', `other-${name}`, `${name}0`])
      expect(mayHave(object, { ...ref, name: other })).toBe(false);
    expect(mayHave(object, { ...ref, kind: 'Secret', name })).toBe(false);
  });

  it('has a valid name however long the one it is made from', () => {
    const long = anObject({ target: { name: `${'a'.repeat(240)}.${'b'.repeat(12)}`, immutable: true } });
    const { name } = wantedTarget(long, [part(1n)]);
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    expect(mayHave(long, { kind: 'ConfigMap', namespace: 'shop', name })).toBe(true);
  });
});

describe('a status', () => {
  const now = new Date('2026-01-02T03:04:05Z');
  const target = { kind: 'ConfigMap', namespace: 'shop', name: 'web' } as const;
  const outcomes: readonly ProjectionOutcome[] = [
    { kind: 'rendered', target, configs: [], rollout: null },
    { kind: 'stalled', trouble: { reason: 'TooLarge', message: 'x' } },
    { kind: 'away', reason: 'StoreUnavailable', message: 'x' },
    { kind: 'suspended' },
  ];

  it('never says Reconciling and Stalled at once, and says the same again without a change', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...outcomes), { minLength: 1, maxLength: 5 }), steps => {
        let status: ConfigProjection['status'] = { observedGeneration: -1 };
        for (const outcome of steps) {
          status = summariseProjection(anObject({}, status), outcome, now);
          const types = status.conditions?.map(({ type }) => type) ?? [];
          expect(new Set(types).size).toBe(types.length);
          expect(types.includes('Reconciling') && types.includes('Stalled')).toBe(false);
          const later = new Date('2027-01-01T00:00:00Z');
          expect(summariseProjection(anObject({}, status), outcome, later)).toEqual(status);
        }
      }),
    );
  });

  it('says what is shown also while something is in the way', () => {
    const configs = [{ key: 'a', namespace: 'shop', path: 'a', version: '1', contentSha256: '' }];
    const good = summariseProjection(anObject({}), { kind: 'rendered', target, configs, rollout: null }, now);
    const bad = summariseProjection(anObject({}, good), outcomes[1]!, now);
    expect(bad).toMatchObject({ target: { name: 'web' }, keys: 1, configs });
    expect([good, bad].map(status => isProjectionSettled(anObject({}, status)))).toEqual([true, true]);
    const away = summariseProjection(anObject({}, bad), outcomes[2]!, now);
    expect(isProjectionSettled(anObject({}, away))).toBe(false);
  });
});

it('every reason has its own name as its value, shared with those of a ConfigVersion where it means the same', () => {
  for (const [name, value] of Object.entries(ProjectionReason)) {
    expect(value).toBe(name);
    if (name in Reason) expect(Reason[name as Reason]).toBe(value);
  }
});
