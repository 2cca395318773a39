/**
 * Hand-written merges of the files people keep in Git, compared byte for byte.
 */
import { describe, expect, test } from 'vitest';
import { merge } from '../../merge/merge.ts';
import { corpus, type Triple } from './corpus.ts';

const triples = corpus();

function answer({ base, current, proposed, format, lists }: Triple) {
  const result = merge(base, current, proposed, lists === undefined ? { format } : { format, lists });
  if (result.kind === 'clean') return { kind: 'clean', text: result.text };
  if (result.kind === 'refused')
    return { kind: 'refused', reason: result.reason, input: result.position.input };
  return { kind: 'clash', places: result.places.map(place => `${place.kind} ${place.path}`) };
}

test('the corpus has at least 150 triples, each with a title of its own', () => {
  expect(triples.length).toBeGreaterThanOrEqual(150);
  expect(new Set(triples.map(triple => `${triple.file} ${triple.title}`)).size).toBe(triples.length);
});

describe.each([...new Set(triples.map(triple => triple.file))])('%s', file => {
  for (const triple of triples.filter(candidate => candidate.file === file)) {
    test(triple.title, () => {
      expect(answer(triple)).toEqual(triple.expected);
    });
  }
});
