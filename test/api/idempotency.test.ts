/** What makes two requests with one Idempotency-Key the same. */
import { expect, it } from 'vitest';
import type { Call } from '../../server/call.ts';
import { idempotencyOf } from '../../server/idempotency.ts';

const hashOf = (over: object, headers: object = {}) =>
  idempotencyOf({
    ...{ method: 'PATCH', url: { path: '/configs/a/b' }, principal: { name: 'ann' }, body: [], query: {} },
    headers: { 'idempotency-key': 'k', 'content-type': 'application/json-patch+json', ...headers },
    ...over,
  } as unknown as Call)?.requestSha256;

it.each([
  ['method', hashOf({ method: 'PUT' })],
  ['address', hashOf({ url: { path: '/configs/a/c' } })],
  ['body', hashOf({ body: [{}] })],
  ['kind of patch', hashOf({}, { 'content-type': 'application/merge-patch+json' })],
  ['condition', hashOf({}, { 'if-match': '"1"' })],
])('another %s is another request', (_, hash) => {
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hash).not.toBe(hashOf({}));
});

it('a dry run uses up no key', () => {
  expect(hashOf({ query: { dry_run: true } })).toBeUndefined();
});

it('the same kind of body in other words is the same request', () => {
  expect(hashOf({}, { 'content-type': 'Application/JSON-Patch+json; charset=utf-8' })).toBe(hashOf({}));
});
