/** The page's addresses: one page each, and the same when read and written again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, readAddress, trailOf, writeAddress } from '../../../ui/pure/addresses.ts';

const segment = fc.stringMatching(/^[A-Za-z0-9._@+=-]{1,8}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map(segments => segments.join('/'));
const namespace = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/);
const version = fc.integer({ min: 1, max: 99_999 });
const words = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const some = <T>(values: Record<string, fc.Arbitrary<T>>) => fc.record(values, { requiredKeys: [] });

const address = fc.oneof(
  fc.constant({ page: 'namespaces' }),
  fc.record({
    page: fc.constant('folder'),
    namespace,
    folder: fc.oneof(
      fc.constant(''),
      path.map(folder => `${folder}/`),
    ),
  }),
  fc.record({ page: fc.constantFrom('violations', 'freezes', 'trash'), namespace }),
  fc.record(
    { page: fc.constant('config'), namespace, path, version, line: version },
    { requiredKeys: ['page', 'namespace', 'path'] },
  ),
  fc
    .tuple(
      fc.record({ page: fc.constant('versions'), namespace, path }),
      some({ author: words, since: words }),
    )
    .map(([of, filter]) => ({ ...of, ...filter })),
  fc.record(
    { page: fc.constant('usage'), namespace, path, pods: fc.constant(true) },
    { requiredKeys: ['page', 'namespace', 'path'] },
  ),
  fc.record(
    { page: fc.constant('compare'), namespace, path, left: version, right: version },
    { requiredKeys: ['page', 'namespace', 'path', 'left'] },
  ),
  fc.record(
    {
      page: fc.constant('edit'),
      namespace,
      path,
      version: fc.integer({ min: 0, max: 99 }),
      draft: fc.uuid(),
    },
    { requiredKeys: ['page', 'namespace', 'path'] },
  ),
  fc
    .record({ page: fc.constant('waiting'), namespace, name: segment }, { requiredKeys: ['page'] })
    .map(given => {
      const { name, ...rest } = given;
      return 'namespace' in rest && name !== undefined ? { ...rest, name } : rest;
    }),
  some({ namespace, path, deployer: words, commit: words }).map(filter => ({
    page: 'deployments',
    ...filter,
  })),
  some({ namespace, path: words, key: words, value: words }).map(asked => ({ page: 'search', ...asked })),
) as fc.Arbitrary<Address>;

const read = (written: string) => {
  const [before = '', search = ''] = written.split('?');
  return readAddress(before, search);
};

describe('an address', () => {
  it('is the same when written and read again', () => {
    fc.assert(
      fc.property(address, given => {
        expect(read(writeAddress(given))).toEqual(given);
      }),
    );
  });

  it('is read from anything a browser may show, without throwing', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (before, search) => void readAddress(before, search)));
  });

  it('takes a config called like a page for a config', () => {
    expect(read('configs/payments/compare')).toEqual({
      page: 'config',
      namespace: 'payments',
      path: 'compare',
    });
    expect(read('compare/payments/versions/compare?left=1')).toEqual({
      ...{ page: 'compare', namespace: 'payments', path: 'versions/compare', left: 1 },
    });
  });

  it('tells a folder by its slash', () => {
    expect(read('configs/payments/limits/')).toEqual({
      page: 'folder',
      namespace: 'payments',
      folder: 'limits/',
    });
    expect(read('configs/payments/limits')).toEqual({
      page: 'config',
      namespace: 'payments',
      path: 'limits',
    });
  });

  it('has a way up whose every step is a page above it', () => {
    const trail = trailOf({ page: 'versions', namespace: 'payments', path: 'limits/eu.yaml' });
    expect(trail.map(({ to }) => writeAddress(to))).toEqual([
      'configs/payments/',
      'configs/payments/limits/',
      'configs/payments/limits/eu.yaml',
    ]);
  });

  it.each(['configs/a/b/%E0%A4%A', 'nowhere', 'compare/a/b', 'versions/a/b/', 'waiting/a/b/c'])(
    'that names no page is shown as unknown: %s',
    written => expect(read(written).page).toBe('unknown'),
  );
});
