/**
 * Requests that HTTP lets pass but that two programs read in two ways, or that ask for something which is not done here.
 * Invariant: nothing is saved or deleted for a request whose headers say it should not be, or might say so.
 */
import type { IncomingMessage } from 'node:http';
import { invalid } from './errors.ts';
import { Refused } from './problems.ts';

/** Of two, Node takes the first and other programs the last; the others are joined, and then are not of their form. */
const single = new Set([
  'host',
  'authorization',
  'content-type',
  'content-encoding',
  'if-unmodified-since',
  'expect',
]);

/** Null: there is nothing odd about it. */
export function oddityOf({
  method,
  headers,
  rawHeaders,
  httpVersion,
  url = '/',
}: IncomingMessage): Refused | null {
  const twice = firstTwice(rawHeaders);
  if (twice) return header(twice, 'is given twice; send it once');
  if (headers.host === undefined && httpVersion !== '1.0') return header('host', 'is missing');
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    const detail = 'Send the body as it is: no Content-Encoding is taken.';
    return new Refused('UnsupportedMediaType', detail, {}, { headers: { 'accept-encoding': 'identity' } });
  }
  if (headers['content-range'] !== undefined)
    return header('content-range', 'is not taken, because a text is saved as a whole');
  if (headers['if-unmodified-since'] !== undefined && method !== 'GET' && method !== 'HEAD')
    return header(
      'if-unmodified-since',
      'is not taken, because a second may have two versions; send If-Match',
    );
  return isEncoded(url)
    ? null
    : invalid([{ in: 'query', detail: 'has a percent sign that does not encode UTF-8; write it as %25' }]);
}

function firstTwice(rawHeaders: readonly string[]): string | null {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (!single.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

const header = (name: string, detail: string) => invalid([{ in: 'header', name, detail }]);

/** Of the URL's query; its path is looked at where it is read. */
function isEncoded(url: string): boolean {
  const start = url.indexOf('?');
  if (start < 0 || !url.includes('%', start)) return true;
  try {
    decodeURIComponent(url.slice(start));
    return true;
  } catch {
    return false;
  }
}
