/**
 * Answers the API server's question about a ConfigVersion that is about to be written: with a patch that stamps who asked
 * and who confirmed. For clusters without MutatingAdmissionPolicy v1; it answers what the policy of
 * charts/pawl/admission/requested-by.mutating.yaml would, which has the reasons. Pure. Invariant: what a client sent under
 * the two names does not survive, and what is stamped depends only on what the API server says; so answering twice, or to
 * a stranger, does no harm: the answer is a patch, and the API server alone applies it.
 */
import { isDeepStrictEqual } from 'node:util';
import { annotation, group, plural } from '../../operator/object/config-version.ts';

export interface AdmissionAnswer {
  readonly apiVersion: string;
  readonly kind: string;
  readonly response: {
    readonly uid: string;
    readonly allowed: true;
    readonly patchType?: 'JSONPatch';
    /** JSON, base64. */
    readonly patch?: string;
  };
}

interface Operation {
  readonly op: 'add' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const apiVersion = 'admission.k8s.io/v1';
const kind = 'AdmissionReview';

/** Null: this is not a question about a ConfigVersion that is created or updated. */
export function stampedReview(review: unknown): AdmissionAnswer | null {
  const { request: asked, ...head } = fieldsOf(review);
  if (head.apiVersion !== apiVersion || head.kind !== kind) return null;
  const request = fieldsOf(asked);
  const { uid, operation, object } = request;
  const { username } = fieldsOf(request.userInfo);
  const resource = fieldsOf(request.resource);
  const isOurs = resource.group === group && resource.resource === plural && !request.subResource;
  const isWrite = operation === 'CREATE' || operation === 'UPDATE';
  if (!isOurs || !isWrite || typeof uid !== 'string' || typeof username !== 'string') return null;
  // An update without what was there before would count as a request of whoever sends it.
  if (!isFields(object) || (operation === 'UPDATE' && !isFields(request.oldObject))) return null;
  const patch = patchOf(object, operation === 'UPDATE' ? fieldsOf(request.oldObject) : null, username);
  const response = {
    ...{ uid, allowed: true as const },
    ...(patch.length > 0 && {
      ...{ patchType: 'JSONPatch' as const },
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    }),
  };
  return { apiVersion, kind, response };
}

function patchOf(object: Fields, old: Fields | null, username: string): Operation[] {
  const [now, before] = [annotationsOf(object), annotationsOf(old)];
  const { requestedBy, confirmedBy, confirm } = annotation;
  const confirmation = own(now, confirm);
  const stamps: [name: string, value: unknown][] = [
    [
      requestedBy,
      old === null || !isDeepStrictEqual(object.spec, old.spec) ? username : own(before, requestedBy),
    ],
    [
      confirmedBy,
      confirmation === undefined
        ? undefined
        : confirmation === own(before, confirm)
          ? own(before, confirmedBy)
          : username,
    ],
  ];
  const operations = stamps
    .filter(([name, value]) => own(now, name) !== value)
    .map(([name, value]): Operation => {
      const path = `/metadata/annotations/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return value === undefined ? { op: 'remove', path } : { op: 'add', path, value };
    });
  // A server-side apply that takes the last annotation away leaves null here, not an empty map.
  const isBare = operations.length > 0 && Object.keys(now).length === 0;
  return isBare ? [{ op: 'add', path: '/metadata/annotations', value: {} }, ...operations] : operations;
}

const annotationsOf = (object: Fields | null): Fields =>
  fieldsOf(fieldsOf(fieldsOf(object).metadata).annotations);

const own = (fields: Fields, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}
