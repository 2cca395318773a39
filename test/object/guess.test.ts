/** A guess is right or harmless: it is made only where saving over it is what a look would lead to. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../history/core/decide.ts';
import { editOf } from '../../history/core/proposal.ts';
import type { ConfigMapState } from '../../operator/object/config-map.ts';
import type { ConfigVersionStatus } from '../../operator/object/config-version.ts';
import { guessView } from '../../operator/object/guess.ts';
import { readTerms } from '../../operator/object/terms.ts';
import { aLine, anObject, aVersion, aView, law, readAnything, reading, sha } from '../history/core/make.ts';

const old = 'cap: 1\n';
const text = 'cap: 2\n';

function shownAs(facts: Partial<ConfigMapState> = {}): ConfigMapState {
  return {
    ...{ namespace: 'payments', name: 'limits-eu.yaml', uid: 'map', resourceVersion: '5' },
    ...{ kind: 'ConfigMap' as const, createdAt: '' },
    labels: { 'pawl.dev/config-id': '17' },
    annotations: {
      'pawl.dev/namespace': 'payments',
      'pawl.dev/path': 'limits/eu.yaml',
      'pawl.dev/version': '7',
      'pawl.dev/content-sha256': sha(old),
    },
    ...{ ownerReferences: [], hashes: {}, applied: [], immutable: false },
    intact: { any: true, identity: true, version: true, versions: true },
    ...facts,
  };
}

function saved(facts: Partial<ConfigVersionStatus> = {}, reason = 'Saved'): ConfigVersionStatus {
  const when = { observedGeneration: 1, lastTransitionTime: '' };
  const ready = { type: 'Ready', status: 'True', ...when, reason, message: '' } as const;
  return {
    observedGeneration: 1,
    version: '7',
    contentSha256: sha(old),
    conditions: [ready],
    ...facts,
  };
}

function guess(
  status: ConfigVersionStatus,
  { spec = {}, shown = shownAs() as ConfigMapState | null, alone = true } = {},
) {
  const object = anObject({ body: text, ...spec }, { generation: 2 }, status);
  return guessView(object, readTerms(object, reading), shown ?? undefined, alone);
}

describe('a guess', () => {
  it('about the next text of an object that has the latest leads to the same save as a look', () => {
    for (const baseVersion of [undefined, 7]) {
      const spec = { body: text, ...(baseVersion && { baseVersion }) };
      const object = anObject(spec, { generation: 2 }, saved());
      const terms = readTerms(object, reading);
      const proposal = editOf({ ...terms, text });
      const head = aVersion(7n, old);
      const line = aLine(old, { uid: terms.uid, generation: 1n, version: 7n });
      const looked = aView(head, { line, base: baseVersion ? head : null });
      const guessed = guessView(object, terms, shownAs(), true)!;
      const decision = decide(proposal, guessed, readAnything, law);
      expect(decision).toMatchObject({ kind: 'save', expectedHead: 7n });
      expect(decision).toEqual(decide(proposal, looked, readAnything, law));
    }
  });

  it('about an object nobody has looked at yet is that there is nothing', () => {
    expect(guess({ observedGeneration: -1 }, { shown: null })).toMatchObject({
      config: null,
      head: null,
    });
    expect(guess({ observedGeneration: -1 }, { shown: null, alone: false })).toBeNull();
    expect(guess({ observedGeneration: -1 })).toBeNull();
    expect(guess({ observedGeneration: 1 }, { shown: null })).toBeNull();
  });

  it('is not made where the line’s text, the base or the head may be another one', () => {
    expect(guess(saved())).not.toBeNull();
    expect(guess(saved({}, 'Merged'))).toBeNull();
    expect(guess(saved({}, 'Unchanged'))).toBeNull();
    expect(guess(saved({ supersededBy: '8' }))).toBeNull();
    expect(guess(saved({ version: '6' }))).toBeNull();
    expect(guess(saved({ contentSha256: sha('other') }))).toBeNull();
    expect(guess(saved(), { spec: { baseVersion: 6 } })).toBeNull();
    expect(guess(saved(), { spec: { baseVersion: 0 } })).toBeNull();
    expect(guess(saved(), { spec: { path: 'other.yaml' } })).toBeNull();
    expect(guess(saved(), { shown: null })).toBeNull();
    expect(guess(saved(), { shown: shownAs({ labels: {} }) })).toBeNull();
  });
});
