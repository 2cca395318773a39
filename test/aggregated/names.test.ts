/** Names, selectors and durations of the aggregated API, for whatever paths there are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  nameOfConfig,
  pathNamed,
  revisionNamed,
  revisionNameOf,
  storeRoot,
} from '../../server/aggregated/address.ts';
import { humanDuration } from '../../server/aggregated/duration.ts';
import { asksToWatch, holdsTexts, listOptionsOf } from '../../server/aggregated/list-options.ts';
import { representationOf } from '../../server/aggregated/representation.ts';
import { checkPath } from '../../text/config-path.ts';

const namespace = 'payments';
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9._@+=-]{1,12}$/), { minLength: 1, maxLength: 4 })
  .map(segments => segments.join('/'))
  .filter(text => checkPath(text) === null);
const version = fc.bigInt({ min: 1n, max: 9_007_199_254_740_991n });

describe('a name', () => {
  it('says which config it is, and no two configs share one', () => {
    fc.assert(
      fc.property(path, version, (one, number) => {
        const config = { namespace, path: one };
        expect(pathNamed(nameOfConfig(config))).toBe(one);
        expect(revisionNamed(revisionNameOf(config, number))).toEqual({ path: one, version: number });
      }),
    );
  });

  it('survives its way through a URL', () => {
    fc.assert(
      fc.property(path, one => {
        const name = nameOfConfig({ namespace, path: one });
        for (const sent of [name, encodeURIComponent(name)]) {
          const target = addressOf(`${storeRoot}/namespaces/${namespace}/configs/${sent}?x=/y`);
          expect(target).toEqual({ kind: 'item', resource: 'configs', namespace, name });
        }
      }),
    );
  });

  it.each(['', '..', 'a/b', 'a::b', ':a', 'a:', 'a b', 'ä', 'a%2Fb', 'x'.repeat(513)])('is not %j', name => {
    expect(pathNamed(name)).toBeNull();
  });

  it.each(['a', 'a@', 'a@0', 'a@01', 'a@-1', '@1', 'a@1e3', 'a@99999999999999999'])(
    'of a revision is not %j',
    name => {
      expect(revisionNamed(name)).toBeNull();
    },
  );
});

describe('a URL', () => {
  // What the API server took for another resource, name or verb must not be read as ours.
  it.each([
    '/',
    '/secrets',
    '/configs/',
    '/configs/a',
    '/namespaces/payments',
    '/namespaces//configs',
    '/namespaces/payments/configs/',
    '/namespaces/payments/configs//diff',
    '/namespaces/payments/configs/a/diff/b',
    '/namespaces/payments/configs/a/status',
    '/namespaces/payments/configrevisions/a@1/diff',
    '/namespaces/payments/configs/a%2Fdiff',
    '/namespaces/a%2Fb/configs',
    '/watch/namespaces/payments/configs',
    '/proxy/namespaces/payments/configs',
    '/namespaces/payments/configs%2Fa',
  ])('%s is nothing of ours', url => {
    expect(() => addressOf(storeRoot + url)).toThrow(expect.objectContaining({ reason: 'NotFound' }));
  });
});

describe('a selector', () => {
  const selects = (selector: string, config: string, number = 1n) => {
    const options = listOptionsOf(`/x?fieldSelector=${encodeURIComponent(selector)}`, 'configs');
    return options.selected.matches({ namespace, path: config }, number);
  };
  const escaped = (text: string) => text.replace(/[\\,=]/g, '\\$&');

  it('selects the config it names, and no other', () => {
    fc.assert(
      fc.property(path, path, (one, other) => {
        const byName = `metadata.name=${escaped(nameOfConfig({ namespace, path: one }))}`;
        for (const selector of [`path==${escaped(one)}`, byName, `${byName},path=${escaped(one)}`]) {
          expect(selects(selector, one)).toBe(true);
          expect(selects(selector, other)).toBe(one === other);
        }
      }),
    );
  });

  it('selects everything when it is empty', () => expect(selects('', 'a')).toBe(true));

  it.each(['path!=a', 'metadata.uid=1', 'path', '=a', 'metadata.name in (a)', 'path===a'])(
    'is not %s',
    selector => {
      expect(() => selects(selector, 'a')).toThrow(expect.objectContaining({ reason: 'InvalidRequest' }));
    },
  );

  it.each([
    ['ends in half an escape', 'path=a\\'],
    ['escapes what needs no escape', 'path=\\a'],
    ['has an equals sign in its value', 'path=a=b'],
    ['has a blank before its field', ' path=a'],
    ['has a blank after its field', 'path =a'],
    ['has a line end before its field', '\npath=a'],
  ])('that %s is refused, as the API server does not understand it', (_, selector) => {
    expect(() => selects(selector, 'a')).toThrow(expect.objectContaining({ reason: 'InvalidRequest' }));
  });

  it.each([['path=a '], ['path= a'], ['path=a\n']])(
    'keeps the blanks of its value, as the API server does: %j',
    selector => {
      expect(selects(selector, 'a')).toBe(false);
    },
  );

  it.each([
    'fieldSelector=path%3Da&fieldSelector=path%3Db',
    'limit=-1',
    'limit=1e3',
    'labelSelector=a',
    'watch=1&watch=0',
    'resourceVersion=7&resourceVersionMatch=Newer',
    'resourceVersionMatch=Exact',
    'resourceVersion=0&resourceVersionMatch=Exact',
    'watch=1&resourceVersion=7&resourceVersionMatch=Exact',
  ])('goes with no query such as %s', query => {
    expect(() => listOptionsOf(`/x?${query}`, 'configs')).toThrow(/not understood/);
  });
});

it.each([
  ['watch', true],
  ['watch=true', true],
  ['limit=1&watch=1', true],
  ['watch=false&limit=1', false],
  ['watch=0', false],
  ['limit=1', false],
  ['rewatch=1', false],
])('%s asks for a watch: %s', (query, watch) => {
  expect(asksToWatch(`/x?${query}`)).toBe(watch);
  expect(listOptionsOf(`/x?${query}`, 'configs').watch).toBe(watch);
});

it.each([
  ['configs', '', true],
  ['configrevisions', '', false],
  ['configrevisions', 'fieldSelector=metadata.namespace%3Dpayments', false],
  ['configrevisions', 'fieldSelector=path%3Da', true],
  ['configrevisions', 'fieldSelector=metadata.name%3Da@1', true],
] as const)(
  '%s?%s has texts: %s, so that no copy of the cluster reads the whole history',
  (of, query, has) => {
    expect(holdsTexts(of, listOptionsOf(`/x?${query}`, of).selected)).toBe(has);
  },
);

it.each([
  [-5, '0s'],
  [0, '0s'],
  [119_999, '119s'],
  [120_000, '2m'],
  [125_000, '2m5s'],
  [600_000, '10m'],
  [3 * 3_600_000, '3h'],
  [3 * 3_600_000 + 60_000, '3h1m'],
  [8 * 3_600_000, '8h'],
  [48 * 3_600_000, '2d'],
  [49 * 3_600_000, '2d1h'],
  [8 * 86_400_000, '8d'],
  [729 * 86_400_000, '729d'],
  [730 * 86_400_000, '2y'],
  [731 * 86_400_000, '2y1d'],
  [3_000 * 86_400_000, '8y'],
])('%d ms are %s, as kubectl says it', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

describe('what a client accepts', () => {
  const shapeOf = (accept: string | undefined, url = '/x') => {
    const list = representationOf(accept, url).list('configs', [], {}, new Date());
    return (list as { kind: string }).kind;
  };
  it.each([
    [undefined, 'ConfigList'],
    ['*/*', 'ConfigList'],
    ['application/json', 'ConfigList'],
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', 'Table'],
    ['application/json; as=Table; g=meta.k8s.io; v=v1', 'Table'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'ConfigList'],
    ['application/vnd.kubernetes.protobuf,application/json', 'ConfigList'],
    ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'PartialObjectMetadataList'],
  ])('%s is answered with %s', (accept, kind) => expect(shapeOf(accept)).toBe(kind));

  it.each(['application/vnd.kubernetes.protobuf', 'text/html', 'application/json;as=Pie;v=v1;g=meta.k8s.io'])(
    '%s alone is refused',
    accept => {
      expect(() => shapeOf(accept)).toThrow(expect.objectContaining({ reason: 'NotAcceptable' }));
    },
  );
});
