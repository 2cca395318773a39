/** The words for a ConfigMap that is not as it should be fit in a message, and name the next command where it fits. */
import { describe, expect, it } from 'vitest';
import * as words from '../../operator/object/target-words.ts';
import { summariseNamespace } from '../../operator/reconcile/namespace-status.ts';

const long = (of: string, length = 253) => of.repeat(length).slice(0, length);
const ref = { namespace: 'payments', name: 'limits-eu.yaml' };
const lengthy = { namespace: long('n', 63), name: long('m') };
const other = { namespace: long('o', 63), path: long('path/', 250) };
const wanted = { key: 'eu.yaml', sha256: 'wanted' } as Parameters<typeof words.targetAltered>[2];
const written = { hashes: { 'eu.yaml': 'other' } } as unknown as Parameters<typeof words.targetAltered>[3];
const unconvertible = { ok: false, path: long('deep.'), message: long('no ') } as const;

const all = (of: typeof ref) => [
  words.notOwned(of, null),
  words.notOwned(of, other),
  words.notRenderable(of, 'env', 9n, unconvertible),
  words.showsNewer(of, 9_007_199_254_740_993n, 9_007_199_254_740_991n),
  words.targetAltered(of, 9n, wanted, written),
  words.driftStorm(of),
  words.targetRejected(of, long('forbidden: ')),
];

describe('what keeps a ConfigMap from showing the latest version', () => {
  it('is told in at most 240 characters, whatever the names', () => {
    for (const { message } of [...all(ref), ...all(lengthy)])
      expect(message.length, message).toBeLessThanOrEqual(240);
  });

  it('ends with a whole sentence or a command, whatever the names', () => {
    for (const { message } of [...all(ref), ...all(lengthy)])
      expect(message, message).toMatch(/(\.|=true|fields|-n [a-z]+)$/);
  });

  it('names the command to type next', () => {
    expect(words.notOwned(ref, null).message).toContain(
      'kubectl annotate configmap limits-eu.yaml -n payments pawl.dev/adopt=true',
    );
    expect(words.notOwned(ref, null).message).toContain('In Git: annotate it, then remove its manifest.');
    expect(words.driftStorm(ref).message).toContain('--show-managed-fields');
    expect(words.showsNewer(ref, 9n, 5n).message).toMatch(
      /shows version 9, but the latest saved is 5\..*restored.*kubectl delete configmap limits-eu\.yaml -n payments$/,
    );
  });
});

it('a ConfigNamespace that waits for its configs says so in at most 240 characters', () => {
  for (const name of ['payments', long('n', 63)]) {
    const object = { metadata: { name, generation: 1 }, status: {} } as Parameters<
      typeof summariseNamespace
    >[0];
    const status = summariseNamespace(object, { kind: 'notEmpty', configs: 2 }, new Date(0));
    for (const { message } of status.conditions ?? []) {
      expect(message).toContain('2 configs');
      expect(message.length, message).toBeLessThanOrEqual(240);
    }
  }
});

it('says what the API server says, and not which call it answered', () => {
  const why = 'configmaps "limits.yaml" is forbidden: exceeded quota: few';
  expect(
    words.targetRejected(ref, `PATCH /api/v1/namespaces/payments/configmaps/limits.yaml: ${why}`),
  ).toEqual(words.targetRejected(ref, why));
  expect(words.targetRejected(ref, why).message).toContain(why);
});
