import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultConfigMapKey, defaultConfigMapName } from '../../operator/object/config-map-name.ts';
import { checkPath, dotSegmentPattern, pathPattern } from '../../text/config-path.ts';
import { unifiedDiff } from '../../text/text-diff.ts';

const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[A-Za-z._@/-]{0,300}$/));

test('a path is good exactly when both published patterns and the length say so', () => {
  fc.assert(
    fc.property(anything, path => {
      const good = new RegExp(pathPattern).test(path) && !new RegExp(dotSegmentPattern).test(path);
      expect(checkPath(path) === null).toBe(good && path.length <= 512);
    }),
  );
  for (const path of ['', '/a', 'a/', 'a//b', 'a/../b', '.', 'a%2e', 'a\\b', 'a\n', 'é']) {
    expect(checkPath(path)).not.toBeNull();
  }
});

test('any path gives a ConfigMap name and a key the API server takes', () => {
  fc.assert(
    fc.property(anything, path => {
      const name = defaultConfigMapName(path);
      expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      expect(name.length).toBeLessThanOrEqual(253);
      const key = defaultConfigMapKey(path);
      expect(key).toMatch(/^(?!\.\.)(?!\.$)[-._a-zA-Z0-9]{1,253}$/);
    }),
  );
  expect(defaultConfigMapName('limits/eu.yaml')).toBe('limits-eu.yaml');
  expect(defaultConfigMapName('Limits')).not.toBe(defaultConfigMapName('limits'));
  expect(defaultConfigMapKey('limits/eu.yaml')).toBe('eu.yaml');
});

test('a diff stays within its bytes and says what it left out', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), fc.string({ maxLength: 400 }), (from, to) => {
      const diff = unifiedDiff(from, to, { from: 'a', to: 'b' }, { maxBytes: 200, maxEdits: 100 });
      expect(Buffer.byteLength(diff.text)).toBeLessThanOrEqual(200);
      if (diff.truncated > 0) expect(diff.text).toContain('left out');
    }),
  );
  const many = (word: string) => Array.from({ length: 9000 }, (_, i) => `${word}${i}\n`).join('');
  expect(unifiedDiff(many('a'), many('b'), { from: 'a', to: 'b' }).truncated).toBe(Number.POSITIVE_INFINITY);
  expect(unifiedDiff('a\r\nb', 'a\r\nc', { from: 'x', to: 'y' }).text).toBe(
    '--- x\n+++ y\n@@ -1,2 +1,2 @@\n a\r\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n',
  );
});
