/**
 * How the API server's aggregation layer proves who is asking: the authority of its client certificate, and the headers
 * it forwards people in. The API server writes both into one ConfigMap for all servers behind it.
 */
import { stringMap } from './raw-object.ts';
import { readObject } from './read-object.ts';
import { type Resource, resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

interface FrontProxy {
  /** PEM; may hold several certificates. */
  readonly authority: string;
  /** Common names it may have; empty: any. */
  readonly names: readonly string[];
  /** Of headers, in lower case; the first that is there counts. */
  readonly userHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  /** What headers with further facts begin with, in lower case. */
  readonly extraPrefixes: readonly string[];
}

const configMaps: Resource = { group: '', version: 'v1', plural: 'configmaps' };
const place = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };

/** Null: this API server does not forward users. Rejects with KubeError. */
export async function readFrontProxy(session: Session, signal: AbortSignal): Promise<FrontProxy | null> {
  const raw = await readObject(session, { path: resourcePath(configMaps, place), signal });
  const data = stringMap(raw?.data);
  const authority = data['requestheader-client-ca-file'];
  if (!authority) return null;
  const list = (key: string) => listOf(data[`requestheader-${key}`]);
  const lower = (key: string) => list(key).map(name => name.toLowerCase());
  return {
    authority,
    names: list('allowed-names'),
    userHeaders: lower('username-headers'),
    uidHeaders: lower('uid-headers'),
    groupHeaders: lower('group-headers'),
    extraPrefixes: lower('extra-headers-prefix'),
  };
}

/** Lists are JSON in it. Anything else is an error, because an empty list of names would let everybody in. */
function listOf(text: string | undefined): string[] {
  const value: unknown = text === undefined || text === '' ? [] : JSON.parse(text);
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value;
  throw new Error(`${place.namespace}/${place.name} holds text where it should hold a list: ${text}`);
}
