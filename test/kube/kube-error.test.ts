import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorFromAnswer, errorFromFailure, isNotServed, KubeError } from '../../operator/kube/kube-error.ts';
import { queryString, resourcePath } from '../../operator/kube/resource-path.ts';

function answer(status: number, reason: string, causes: object[] = [], details: object = {}) {
  return errorFromAnswer(
    'PATCH /x',
    status,
    JSON.stringify({
      kind: 'Status',
      reason,
      message: 'because',
      code: status,
      details: { causes, ...details },
    }),
  );
}

describe('an error of the API server', () => {
  test.each([
    [404, 'NotFound', 'notFound'],
    [409, 'AlreadyExists', 'alreadyExists'],
    [409, 'Conflict', 'conflict'],
    [401, 'Unauthorized', 'unauthorized'],
    [403, 'Forbidden', 'forbidden'],
    [400, 'BadRequest', 'invalid'],
    [422, 'Invalid', 'invalid'],
    [413, 'RequestEntityTooLarge', 'tooLarge'],
    [410, 'Expired', 'gone'],
    [429, 'TooManyRequests', 'throttled'],
    [500, 'InternalError', 'unavailable'],
    [503, 'ServiceUnavailable', 'unavailable'],
    [504, 'Timeout', 'timeout'],
  ])('of status %i and reason %s is of kind %s', (status, reason, kind) => {
    expect(answer(status, reason)).toMatchObject({ kind, status, reason, message: 'PATCH /x: because' });
  });

  test('tells which field manager owns which field', () => {
    const cause = { reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field: '.data.a' };
    expect(answer(409, 'Conflict', [cause])).toMatchObject({ kind: 'fieldConflict', causes: [cause] });
  });

  test('is a conflict when the object has another uid, which the server calls invalid', () => {
    const cause = { reason: 'FieldValueInvalid', message: 'field is immutable', field: 'metadata.uid' };
    expect(answer(422, 'Invalid', [cause]).kind).toBe('conflict');
  });

  test('tells how long to wait, from the header or else from the body', () => {
    expect(errorFromAnswer('GET /x', 429, '{}', '7').retryAfterMs).toBe(7_000);
    expect(answer(429, 'TooManyRequests', [], { retryAfterSeconds: 3 }).retryAfterMs).toBe(3_000);
    expect(
      errorFromAnswer('GET /x', 429, '{}', 'Fri, 01 Jan 2027 00:00:00 GMT').retryAfterMs,
    ).toBeUndefined();
  });

  test('says that a kind is not served, also where the group is not known, which is told in words', () => {
    expect(isNotServed(errorFromAnswer('GET /x', 404, '404 page not found\n'))).toBe(true);
    expect(isNotServed(answer(404, 'NotFound'))).toBe(true);
    expect(isNotServed(answer(403, 'Forbidden'))).toBe(false);
  });

  test('never believes a proxy that something does not exist', () => {
    const error = errorFromAnswer('GET /x', 404, '<html>default backend - 404</html>');
    expect(error).toMatchObject({ kind: 'unexpected', status: 404 });
  });

  test('never repeats a body that is not a Status, and keeps its message short, whatever came', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 400, max: 599 }),
        fc.oneof(fc.json(), fc.string({ maxLength: 3_000 })),
        (status, body) => {
          const error = errorFromAnswer('GET /x', status, body);
          expect(error).toBeInstanceOf(KubeError);
          expect(error.message).toBe(`GET /x: the server answered ${status}`);
        },
      ),
    );
    const long = JSON.stringify({ kind: 'Status', message: 'x'.repeat(5_000) });
    expect(errorFromAnswer('GET /x', 500, long).message).toHaveLength(1_024);
  });

  test('names the code of a broken connection, however deep it is', () => {
    const deep = new TypeError('terminated', {
      cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }),
    });
    expect(errorFromFailure('GET /x', deep, undefined)).toMatchObject({
      kind: 'unavailable',
      reason: 'ECONNRESET',
    });
  });
});

describe('a path of the API', () => {
  const maps = { group: '', version: 'v1', plural: 'configmaps' };

  test('is built from group, version, namespace, name and subresource', () => {
    expect(resourcePath(maps, { namespace: 'a', name: 'b.c' })).toBe('/api/v1/namespaces/a/configmaps/b.c');
    const versions = { group: 'pawl.dev', version: 'v1alpha1', plural: 'configversions' };
    expect(resourcePath(versions)).toBe('/apis/pawl.dev/v1alpha1/configversions');
    expect(resourcePath(versions, { namespace: 'a', name: 'b', subresource: 'status' })).toBe(
      '/apis/pawl.dev/v1alpha1/namespaces/a/configversions/b/status',
    );
    expect(queryString({ a: undefined, labelSelector: 'x=y&z', watch: true })).toBe(
      '?labelSelector=x%3Dy%26z&watch=true',
    );
  });

  test('stays below its resource whatever the names are', () => {
    const nasty = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('.', '/', '%', '?', '#', '\\', 'a', '\n', ' ') }),
    );
    fc.assert(
      fc.property(nasty, nasty, (namespace, name) => {
        let path: string;
        try {
          path = resourcePath(maps, { namespace, name });
        } catch (error) {
          expect(error).toMatchObject({ reason: 'InvalidPathSegment' });
          return;
        }
        const url = new URL(path, 'http://server');
        expect(url.pathname).toBe(path);
        expect(url.search + url.hash).toBe('');
        expect(path.split('/').slice(0, -1)).toEqual([
          '',
          'api',
          'v1',
          'namespaces',
          namespace,
          'configmaps',
        ]);
      }),
      { numRuns: 2_000 },
    );
  });
});
