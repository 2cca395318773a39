/**
 * Where browsers find the server: the path that stands before every URL behind an Ingress, and the origin when it is
 * known. Invariant: the path is empty or begins with a slash and ends without one, of letters that need no escape.
 */
export interface UiBase {
  /** Such as `/pawl`; empty: the server has the whole origin. */
  readonly path: string;
  /** Such as `https://pawl.example.com`; null: whatever host a request names. */
  readonly origin: string | null;
}

export const wholeOrigin: UiBase = { path: '', origin: null };

/** @param text a path such as `/pawl`, or a URL such as `https://example.com/pawl`. null: it is neither. */
export function baseOf(text: string): UiBase | null {
  if (text.startsWith('/')) return withPath(text, null);
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username || url.password || url.search || url.hash)
    return null;
  return withPath(url.pathname, url.origin);
}

function withPath(given: string, origin: string | null): UiBase | null {
  const path = given.replace(/\/+$/, '');
  return /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){0,8}$/.test(path) ? { path, origin } : null;
}

/** A request's URL below the base, whether or not an Ingress left the base in it. */
export function withoutBase(url: string, { path }: UiBase): string {
  return path !== '' && url.startsWith(path) && url[path.length] === '/' ? url.slice(path.length) : url;
}
