/** Keys of what is worked on. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { configNamespaceKey, objectKey, workOf } from '../../operator/object/key.ts';

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);

it('a key says of which kind and name it is, whatever the names', () => {
  fc.assert(
    fc.property(name, name, (namespace, one) => {
      const key = objectKey({ namespace, name: one });
      expect(workOf(key)).toEqual({ kind: 'ConfigVersion', key });
      const other = configNamespaceKey(one);
      expect(workOf(other)).toEqual({ kind: 'ConfigNamespace', key: other, name: one });
    }),
  );
});

it('a ConfigNamespace and a ConfigVersion never have the same key', () => {
  fc.assert(
    fc.property(name, name, name, (namespace, one, other) => {
      expect<string>(objectKey({ namespace, name: one })).not.toBe(configNamespaceKey(other));
    }),
  );
});
