import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigVersionStatus } from '../../operator/object/config-version.ts';
import { hasDrifted, type Outcome, sameStatus, summarise } from '../../operator/object/status.ts';
import { anObject } from '../history/core/make.ts';

const now = new Date('2026-01-01T10:00:00.123Z');
const later = new Date('2026-01-01T11:00:00Z');

const saved: Outcome = {
  kind: 'accepted',
  as: 'Saved',
  exact: true,
  version: 3n,
  sha256: 'c0ffee',
  ...{ supersededBy: null, later: null, mixedWith: null },
  configMap: 'limits-eu.yaml',
  trouble: null,
  notes: null,
};
const noted: Outcome = {
  ...saved,
  notes: [{ line: 3, message: 'A: systemd ignores names with `.` or `-`' }],
};
const conflict: Outcome = {
  kind: 'refused',
  refusal: { reason: 'VersionConflict', message: 'clash', conflict: { currentVersion: '4' } },
  configMap: { name: 'limits-eu.yaml', version: 4n },
};
const waiting: Outcome = { kind: 'waiting', reason: 'StoreUnavailable', message: 'away' };
const outcome = fc.constantFrom<Outcome>(
  saved,
  { ...saved, supersededBy: 4n },
  noted,
  { ...saved, trouble: { reason: 'TargetNotOwned', message: 'not ours' } },
  conflict,
  waiting,
  { kind: 'suspended' },
);

const types = (status: ConfigVersionStatus) =>
  status.conditions!.map(({ type, status }) => `${type}=${status}`);

describe('a status', () => {
  it('never says Reconciling and Stalled together, whatever happens one after another', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 6 }), outcomes => {
        let status: ConfigVersionStatus = { observedGeneration: -1 };
        for (const next of outcomes) {
          status = summarise(anObject({}, {}, status), next, now);
          const said = types(status);
          expect(said.includes('Reconciling=True') && said.includes('Stalled=True')).toBe(false);
          expect(new Set(status.conditions!.map(({ type }) => type)).size).toBe(status.conditions!.length);
        }
      }),
    );
  });

  it('keeps what is noted of the text for as long as the text is not read again, and drops it with the text', () => {
    const told = summarise(anObject(), noted, now);
    const message =
      'Programs do not read the text alike. spec.body, line 3: A: systemd ignores names with `.` or `-`.';
    expect(told.conditions).toContainEqual(
      expect.objectContaining({ type: 'Noted', status: 'True', reason: 'ReadDifferently', message }),
    );
    for (const next of [saved, { ...saved, supersededBy: 4n }, waiting, { kind: 'suspended' } as const])
      expect(types(summarise(anObject({}, {}, told), next, later))).toContain('Noted=True');
    expect(types(summarise(anObject({}, {}, told), { ...saved, notes: [] }, later))).not.toContain(
      'Noted=True',
    );
    const many = Array.from({ length: 40 }, (_, line) => ({ line, message: 'x'.repeat(90) }));
    const [clipped] = summarise(anObject(), { ...saved, notes: many }, now).conditions!.filter(
      ({ type }) => type === 'Noted',
    );
    expect(clipped!.message.length).toBeLessThanOrEqual(240);
    expect(clipped!.message).toMatch(/39 more\.$/);
  });

  it('that is told again is the same, at any time', () => {
    fc.assert(
      fc.property(outcome, next => {
        const once = summarise(anObject(), next, now);
        const twice = summarise(anObject({}, {}, once), next, later);
        expect(sameStatus(once, twice)).toBe(true);
        expect(twice).toEqual(once);
      }),
    );
  });

  it('moves the transition time of a condition when its status flips, and only then', () => {
    const first = summarise(anObject(), saved, now);
    const second = summarise(anObject({}, { generation: 2 }, first), { ...saved, version: 4n }, later);
    const third = summarise(anObject({}, { generation: 3 }, second), conflict, later);
    expect(first.conditions![0]!.lastTransitionTime).toBe('2026-01-01T10:00:00Z');
    expect(second.conditions![0]!.lastTransitionTime).toBe('2026-01-01T10:00:00Z');
    expect(third.conditions![0]!.lastTransitionTime).toBe('2026-01-01T11:00:00Z');
  });

  it('keeps the first later version for ever', () => {
    const first = summarise(anObject(), { ...saved, supersededBy: 4n }, now);
    const second = summarise(anObject({}, {}, first), { ...saved, supersededBy: 9n }, later);
    expect(second).toEqual(first);
  });

  it('drops the conflict once there is none', () => {
    const refused = summarise(anObject(), conflict, now);
    expect(types(refused)).toEqual(['Ready=False', 'Stalled=True', 'Conflicted=True']);
    const healed = summarise(anObject({}, {}, refused), saved, later);
    expect(healed.conflict).toBeUndefined();
    expect(types(healed)).toEqual(['Ready=True']);
  });

  it('is never False while something is away, and does not claim to have observed the generation', () => {
    const before = summarise(anObject(), saved, now);
    const away = summarise(anObject({}, { generation: 2 }, before), waiting, later);
    expect(types(away)).toEqual(['Ready=Unknown', 'Reconciling=True']);
    expect(away.observedGeneration).toBe(1);
    expect(away.version).toBe('3');
  });

  it('stays as it was while suspended', () => {
    const before = summarise(anObject(), saved, now);
    const suspended = summarise(anObject({}, { generation: 2 }, before), { kind: 'suspended' }, later);
    expect(suspended.conditions![0]).toEqual(before.conditions![0]);
    expect(types(suspended)).toEqual(['Ready=True', 'Suspended=True']);
  });

  it('keeps the version when only the ConfigMap is in trouble', () => {
    const refusal = { reason: 'TargetNotOwned', message: 'not ours' } as const;
    const status = summarise(anObject(), { ...saved, trouble: refusal }, now);
    expect(status.version).toBe('3');
    expect(types(status)).toEqual(['Ready=False', 'Stalled=True']);
  });
});

describe('sameStatus', () => {
  it('does not mind the order of keys and conditions', () => {
    const status = summarise(anObject(), conflict, now);
    const shuffled = JSON.parse(JSON.stringify({ ...status, conditions: [...status.conditions!].reverse() }));
    const { observedGeneration, ...rest } = shuffled;
    expect(sameStatus(status, { ...rest, observedGeneration })).toBe(true);
    expect(sameStatus(status, { ...status, version: '1' })).toBe(false);
  });
});

describe('what is live', () => {
  const told = (outcome: Outcome) => anObject({}, {}, summarise(anObject(), outcome, now));
  const own: Outcome = { ...saved, sha256: anObject().bodySha256 };
  const messages = ({ status }: ReturnType<typeof told>) =>
    status.conditions!.map(({ message }) => message).join(' ');

  it("is this object's text after a plain save, and the status says nothing else", () => {
    expect(hasDrifted(told(own))).toBe(false);
    expect(messages(told(own))).not.toContain('live');
  });

  it("is not this object's text after a merge or a later version, and the status says so", () => {
    for (const outcome of [{ ...saved, as: 'Merged', exact: false } as const, { ...own, supersededBy: 4n }]) {
      expect(hasDrifted(told(outcome))).toBe(true);
      expect(messages(told(outcome))).toContain("the live text is not this object's");
    }
  });

  const bob = {
    ...{ version: 4n, author: 'bob@example.com', createdAt: new Date('2026-01-02T03:04:05Z') },
    actor: { name: 'argocd', verified: true },
  };

  it('is named with who saved it and when, after a merge and after a later version', () => {
    const who = 'version 4 by bob@example.com (argocd) on 2026-01-02 at 03:04 UTC';
    const merged = { ...saved, as: 'Merged', exact: false, version: 5n, mixedWith: bob } as const;
    expect(messages(told(merged))).toBe(
      `Merged with ${who} and saved as version 5, so the live text is not this object's.`,
    );
    expect(messages(told({ ...own, supersededBy: 4n, later: bob }))).toContain(
      `V${who.slice(1)} came after this one, so the live text is not this object's.`,
    );
  });

  it('goes on being named by a look that did not ask again whose version it was', () => {
    const merged = { ...saved, as: 'Merged', exact: false, version: 5n, mixedWith: bob } as const;
    const first = summarise(anObject(), merged, now);
    const second = summarise(anObject({}, {}, first), { ...merged, mixedWith: null }, later);
    expect(second).toEqual(first);
  });

  it('goes on being named when the version that came first is deleted, and a later one is known instead', () => {
    const first = summarise(anObject(), { ...own, supersededBy: 4n, later: bob }, now);
    const cem = { ...bob, version: 9n, author: 'cem@example.com' };
    const second = summarise(anObject({}, {}, first), { ...own, supersededBy: 9n, later: cem }, later);
    expect(second).toEqual(first);
  });

  it('is nothing that a refused or unanswered object is held against', () => {
    expect(hasDrifted(told(conflict))).toBe(false);
    expect(hasDrifted(anObject())).toBe(false);
  });
});
