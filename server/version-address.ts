/**
 * The second address of versions, `/configs/{namespace}/{path}/versions[/{version}]`, read as the address in the
 * OpenAPI document. Invariant: only slashes sent as slashes are looked at, so that with `%2F` every config's path
 * reaches itself, also that of an old config whose name ends like such an address.
 */

const address =
  /^((?:\/apis\/store\.pawl\.dev\/v1alpha1\/rest\/v1\/proxy)?)\/configs\/([^/?]+)\/([^?]+)\/versions(?:\/([1-9][0-9]{0,15}))?(?:\?(.*))?$/s;

/** @param url as sent, below the base of a web page */
export function withoutVersionAddress(method: string, url: string): string {
  // Most requests have no such address.
  if (!url.includes('/versions') || !url.includes('/configs/')) return url;
  const reads = method === 'GET' || method === 'HEAD';
  const [, prefix, namespace, path, version, query] = address.exec(url) ?? [];
  if (path === undefined || !(reads || method === 'DELETE')) return url;
  const root = version !== undefined && reads ? 'configs' : 'versions';
  const asked = [version === undefined ? '' : `version=${version}`, query ?? ''].filter(part => part !== '');
  return `${prefix}/${root}/${namespace}/${path}${asked.length > 0 ? `?${asked.join('&')}` : ''}`;
}
