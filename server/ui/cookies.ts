/**
 * One value in as many cookies as it needs: browsers take 4 KiB in each. Invariant: scripts cannot read them, they travel over
 * TLS only, and nothing of an earlier, longer value is left behind.
 */
export interface Jar {
  /** Such as `session`; the cookies are called by it. */
  readonly name: string;
  /** Path of the server in the origin; empty: the whole origin. */
  readonly path: string;
  /** `Lax` where another site sends the browser back to us. */
  readonly sameSite: 'Strict' | 'Lax';
}

const chunkBytes = 3_800;
/** Together they must leave room in the 32 KiB of a request's headers. */
const maxChunks = 4;
export const maxCookieBytes = chunkBytes * maxChunks;

/** The name ties them to this host, and to its root where that is ours: another host of the domain cannot plant them. */
const nameOf = ({ name, path }: Jar, chunk: number) =>
  `${path === '' ? '__Host' : '__Secure'}-pawl-${name}${chunk === 0 ? '' : `-${chunk}`}`;

/** null: there is none. */
export function readJar(jar: Jar, header: string | undefined): string | null {
  if (header === undefined) return null;
  const found = new Map<string, string>();
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals).trim();
    if (equals > 0 && !found.has(name)) found.set(name, part.slice(equals + 1).trim());
  }
  let value = '';
  for (let chunk = 0; chunk < maxChunks; chunk += 1) {
    const next = found.get(nameOf(jar, chunk));
    if (next === undefined) break;
    value += next;
  }
  return value === '' ? null : value;
}

/**
 * Headers that set the value, or take it away when it is null.
 * @param value of letters that need no quotes, at most maxCookieBytes
 */
export function writeJar(jar: Jar, value: string | null, maxAgeSeconds: number): string[] {
  const attributes = `Path=${jar.path || '/'}; HttpOnly; Secure; SameSite=${jar.sameSite}`;
  return Array.from({ length: maxChunks }, (_, chunk) => {
    const text = value?.slice(chunk * chunkBytes, (chunk + 1) * chunkBytes) ?? '';
    const age = text === '' ? 0 : maxAgeSeconds;
    return `${nameOf(jar, chunk)}=${text}; Max-Age=${age}; ${attributes}`;
  });
}
