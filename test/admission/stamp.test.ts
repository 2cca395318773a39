/** What the webhook answers to each question about a ConfigVersion, as the admission policy would. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stampedReview } from '../../server/admission/stamp.ts';

type Annotations = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

const [requestedBy, confirmedBy, confirm] = ['requested-by', 'confirmed-by', 'confirm'].map(
  name => `pawl.dev/${name}`,
) as [string, string, string];
const objectOf = (annotations: Annotations | null | undefined, body = 'a: 1\n') => ({
  metadata: { name: 'limits', ...(annotations !== undefined && { annotations }) },
  spec: { path: 'limits.yaml', format: 'yaml', body },
});
const reviewOf = (request: Fields): Fields => ({
  ...{ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
  request: {
    uid: 'u-1',
    resource: { group: 'pawl.dev', version: 'v1alpha1', resource: 'configversions' },
    operation: 'oldObject' in request ? 'UPDATE' : 'CREATE',
    userInfo: { username: 'mallory', groups: ['writers'] },
    ...request,
  },
});

interface Operation {
  readonly op: 'add' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

function patchFor(request: Fields): readonly Operation[] {
  const answer = stampedReview(reviewOf(request));
  expect(answer).toMatchObject({
    ...{ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
    response: { uid: 'u-1', allowed: true },
  });
  const { patch, patchType } = answer!.response;
  expect(patchType).toBe(patch && 'JSONPatch');
  return patch === undefined ? [] : JSON.parse(Buffer.from(patch, 'base64').toString());
}

/** As an API server applies it: RFC 6902 refuses a member of what is not there, and to remove what is not there. */
function patched(object: ReturnType<typeof objectOf>, operations: readonly Operation[]) {
  const { annotations, ...metadata } = structuredClone(object).metadata;
  let changed = annotations as Record<string, unknown> | null | undefined;
  for (const { op, path, value } of operations) {
    const [, name] = /^\/metadata\/annotations(?:\/(.+))?$/.exec(path)!;
    if (name === undefined) changed = value as Record<string, unknown>;
    else {
      const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
      if (!changed) throw new Error(`${path}: there are no annotations`);
      if (op === 'remove' && !(key in changed)) throw new Error(`${path} is not there`);
      if (op === 'remove') delete changed[key];
      else changed[key] = value;
    }
  }
  return { ...object, metadata: { ...metadata, ...(changed !== undefined && { annotations: changed }) } };
}

const annotationsAfter = (request: { object: ReturnType<typeof objectOf> } & Fields) =>
  patched(request.object, patchFor(request)).metadata.annotations;

const forged = { [requestedBy]: 'ada', [confirmedBy]: 'ada', note: 'kept' };

describe('the answer of the webhook', () => {
  it.each<[string, { object: ReturnType<typeof objectOf> } & Fields, Annotations | null | undefined]>([
    ['no annotations', { object: objectOf(undefined) }, { [requestedBy]: 'mallory' }],
    ['annotations of null', { object: objectOf(null) }, { [requestedBy]: 'mallory' }],
    ['forged names', { object: objectOf(forged) }, { [requestedBy]: 'mallory', note: 'kept' }],
    [
      'a confirmation',
      { object: objectOf({ ...forged, [confirm]: 't' }) },
      { [requestedBy]: 'mallory', [confirmedBy]: 'mallory', [confirm]: 't', note: 'kept' },
    ],
  ])('to an object that is created with %s names its creator', (_, request, after) => {
    expect(annotationsAfter(request)).toEqual(after);
  });

  it.each<[string, ReturnType<typeof objectOf>, ReturnType<typeof objectOf>, Annotations | undefined]>([
    [
      'a changed spec names who changed it',
      objectOf({ [requestedBy]: 'bob' }),
      objectOf(forged, 'a: 2\n'),
      { [requestedBy]: 'mallory', note: 'kept' },
    ],
    [
      'forged names alone leave the old ones',
      objectOf({ [requestedBy]: 'bob' }),
      objectOf(forged),
      { [requestedBy]: 'bob', note: 'kept' },
    ],
    [
      'a stamp that is taken away comes back',
      objectOf({ [requestedBy]: 'bob' }),
      objectOf(undefined),
      { [requestedBy]: 'bob' },
    ],
    ['names on an unstamped object are taken away', objectOf(undefined), objectOf(forged), { note: 'kept' }],
    [
      'a new confirmation names who confirms, and not as the proposer',
      objectOf({ [requestedBy]: 'bob' }),
      objectOf({ [requestedBy]: 'bob', [confirm]: 't', [confirmedBy]: 'ada' }),
      { [requestedBy]: 'bob', [confirm]: 't', [confirmedBy]: 'mallory' },
    ],
    [
      'the same confirmation stays its own',
      objectOf({ [requestedBy]: 'bob', [confirm]: 't', [confirmedBy]: 'bob' }),
      objectOf({ [requestedBy]: 'bob', [confirm]: 't', [confirmedBy]: 'ada' }),
      { [requestedBy]: 'bob', [confirm]: 't', [confirmedBy]: 'bob' },
    ],
    [
      'a confirmation that goes takes its name along',
      objectOf({ [requestedBy]: 'bob', [confirm]: 't', [confirmedBy]: 'bob' }),
      objectOf({ [requestedBy]: 'bob', [confirmedBy]: 'bob' }),
      { [requestedBy]: 'bob' },
    ],
  ])('to an update: %s', (_, oldObject, object, after) => {
    expect(annotationsAfter({ object, oldObject })).toEqual(after);
  });

  it('to a dry run is the same', () => {
    expect(annotationsAfter({ object: objectOf(forged), dryRun: true })).toMatchObject({
      [requestedBy]: 'mallory',
    });
  });

  it('never leaves a name that the client sent, touches nothing else, and is settled after once', () => {
    const names = fc.constantFrom('ada', 'bob', 'mallory');
    const annotations = fc.option(
      fc.record(
        { [requestedBy]: names, [confirmedBy]: names, [confirm]: fc.constantFrom('t', 'u'), note: names },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    );
    const bodies = fc.constantFrom('a: 1\n', 'a: 2\n');
    const objects = fc.tuple(annotations, bodies).map(([some, body]) => objectOf(some as Annotations, body));
    fc.assert(
      fc.property(objects, fc.option(objects, { nil: null }), (object, old) => {
        const request = { object, ...(old && { oldObject: old }) };
        const after = patched(object, patchFor(request));
        const [sent, now, before] = [object, after, old].map(
          one => (one?.metadata.annotations ?? {}) as Annotations,
        ) as [Annotations, Annotations, Annotations];
        const asks = old === null || object.spec.body !== old.spec.body;
        expect(now[requestedBy]).toBe(asks ? 'mallory' : before[requestedBy]);
        const confirms = sent[confirm] !== before[confirm];
        expect(now[confirmedBy]).toBe(
          sent[confirm] === undefined ? undefined : confirms ? 'mallory' : before[confirmedBy],
        );
        expect([now.note, now[confirm], after.spec]).toEqual([sent.note, sent[confirm], object.spec]);
        expect(patchFor({ ...request, object: after })).toEqual([]);
      }),
    );
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'review'],
    [
      'another version of the review',
      { ...reviewOf({ object: objectOf({}) }), apiVersion: 'admission.k8s.io/v1beta1' },
    ],
    ['another kind', { ...reviewOf({ object: objectOf({}) }), kind: 'ConversionReview' }],
    ['no request', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }],
    ['another resource', reviewOf({ object: objectOf({}), resource: { group: '', resource: 'configmaps' } })],
    ['a subresource', reviewOf({ object: objectOf({}), subResource: 'status' })],
    ['a deletion', reviewOf({ oldObject: objectOf({}), operation: 'DELETE' })],
    ['nobody', reviewOf({ object: objectOf({}), userInfo: {} })],
    ['no object', reviewOf({})],
    ['an update of nothing', reviewOf({ object: objectOf({}), operation: 'UPDATE' })],
  ])('to %s is none', (_, review) => {
    expect(stampedReview(review)).toBeNull();
  });
});
