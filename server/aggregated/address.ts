/**
 * The URLs of the aggregated API, and the names of its objects. A config's name is its path with `/` as `:`, which no
 * path contains; a revision's name is that, `@`, and the number. Invariant: a URL is read here as the API server reads
 * it for its own access control, or refused, because the API server has decided by then.
 */
import type { ConfigId, Version } from '../../history/words/model.ts';
import { checkPath } from '../../text/config-path.ts';
import { Refused } from '../problems.ts';

export const storeGroup = 'store.pawl.dev';
export const storeVersion = 'v1alpha1';
export const storeApiVersion = `${storeGroup}/${storeVersion}`;
export const storeRoot = `/apis/${storeApiVersion}`;
/**
 * The HTTP API, for clients that come through the API server. To its access control all of it is resource `rest/proxy`
 * named v1: a single rule can grant it, and this server decides about everything below it. The API server lets requests
 * to a subresource of this name run longer than a minute, as watches must.
 */
export const restRoot = `${storeRoot}/rest/v1/proxy`;

export const resources = ['configs', 'configrevisions'] as const;
export type ResourceName = (typeof resources)[number];

export type Address =
  | { readonly kind: 'list'; readonly resource: ResourceName; readonly namespace: string | null }
  | {
      readonly kind: 'item';
      readonly resource: ResourceName;
      readonly namespace: string;
      readonly name: string;
    }
  | {
      readonly kind: 'diff';
      readonly resource: 'configs';
      readonly namespace: string;
      readonly name: string;
    };

/** @param url as sent, beginning with the root. Throws Refused. */
export function addressOf(url: string): Address {
  const [sent = ''] = url.split('?', 1);
  const path = sent.startsWith(`${storeRoot}/`) ? sent.slice(storeRoot.length + 1) : '';
  const [first = '', ...rest] = path.split('/').map(decoded);
  if (isResource(first) && rest.length === 0) return { kind: 'list', resource: first, namespace: null };
  const [namespace = '', resource = '', name = '', sub] = rest;
  const isPlain = [namespace, name].every(part => !part.includes('/'));
  if (first === 'namespaces' && namespace !== '' && isPlain && isResource(resource)) {
    if (rest.length === 2) return { kind: 'list', resource, namespace };
    if (rest.length === 3 && name !== '') return { kind: 'item', resource, namespace, name };
    if (rest.length === 4 && name !== '' && sub === 'diff' && resource === 'configs') {
      return { kind: 'diff', resource, namespace, name };
    }
  }
  throw new Refused(
    'NotFound',
    'There is nothing at this URL; see kubectl api-resources --api-group store.pawl.dev.',
  );
}

export function nameOfConfig({ path }: ConfigId): string {
  return path.replaceAll('/', ':');
}

export function revisionNameOf(config: ConfigId, number: Version): string {
  return `${nameOfConfig(config)}@${number}`;
}

/** Null: no config can have this name. */
export function pathNamed(name: string): string | null {
  const path = name.replaceAll(':', '/');
  return name.includes('/') || checkPath(path) !== null ? null : path;
}

/** Null: no revision can have this name. */
export function revisionNamed(name: string): { path: string; version: Version } | null {
  const [, config, number] = /^(.+)@([1-9][0-9]{0,15})$/.exec(name) ?? [];
  const path = config === undefined ? null : pathNamed(config);
  return path === null ? null : { path, version: BigInt(number!) };
}

function isResource(text: string): text is ResourceName {
  return (resources as readonly string[]).includes(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refused('InvalidRequest', 'The URL has a percent sign that does not encode UTF-8.');
  }
}
