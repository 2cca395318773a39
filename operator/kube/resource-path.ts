/**
 * Paths of the Kubernetes API. Invariant: no name from an object, a setting or a user reaches a URL without
 * passing through here, so that "../secrets/x" or "x?force=true" is an error and never another request.
 */

export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export interface ResourceRef {
  /** Absent: all namespaces, or a cluster-scoped resource. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

export type QueryValue = string | number | boolean | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

declare const checked: unique symbol;
/** A path that resourcePath() built. */
export type ApiPath = string & { readonly [checked]: true };

export class InvalidPathSegment extends Error {
  override readonly name = 'InvalidPathSegment';
  readonly reason = 'InvalidPathSegment';
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Throws InvalidPathSegment. */
export function resourcePath(resource: Resource, ref: ResourceRef = {}): ApiPath {
  const { group, version, plural } = resource;
  const segments =
    group === ''
      ? ['api', check('version', version, dnsLabel)]
      : ['apis', check('group', group, dnsSubdomain), check('version', version, dnsLabel)];
  if (ref.namespace !== undefined) segments.push('namespaces', check('namespace', ref.namespace, dnsLabel));
  segments.push(check('resource', plural, dnsLabel));
  if (ref.name !== undefined) segments.push(checkName(ref.name));
  if (ref.subresource !== undefined) {
    if (ref.name === undefined) throw new InvalidPathSegment('a subresource needs a name');
    segments.push(check('subresource', ref.subresource, dnsLabel));
  }
  return `/${segments.join('/')}` as ApiPath;
}

/** The query with its question mark; empty when there is none. Undefined values are left out. */
export function queryString(query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) search.set(key, String(value));
  }
  return search.size === 0 ? '' : `?${search}`;
}

/** Not every kind demands a DNS name, so this is the API server's own rule for path segments, and a length. */
function checkName(name: string): string {
  if (
    name === '' ||
    name === '.' ||
    name === '..' ||
    name.length > 253 ||
    /[/%\u0000-\u001f\u007f]/.test(name)
  ) {
    throw new InvalidPathSegment(`${JSON.stringify(name)} is not a name of a Kubernetes object`);
  }
  return encodeURIComponent(name);
}

function check(what: string, value: string, rule: RegExp): string {
  if (!rule.test(value) || value.includes('..')) {
    throw new InvalidPathSegment(`${JSON.stringify(value)} is not a ${what} of the Kubernetes API`);
  }
  return value;
}
