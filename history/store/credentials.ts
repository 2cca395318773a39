/**
 * How to reach PostgreSQL, and as whom: from a URL or from parts, with passwords, authorities and certificates in
 * files. Invariant: files are read for every connection anew, so that a rotated Secret needs no restart; and no
 * password gets into a message.
 *
 * sslmode means what it means to libpq, not what it means to pg 8, which takes `require` for `verify-full`. `prefer`
 * and `allow` are refused: they promise nothing. Naming an authority or a certificate asks for TLS: without a mode that
 * is `verify-full`, where libpq would prefer; and with `disable` it is refused.
 */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { StoreError } from './store-error.ts';

export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';
export const sslModes: readonly SslMode[] = ['disable', 'require', 'verify-ca', 'verify-full'];

interface Tls {
  readonly sslMode: SslMode;
  /** PEM files. Without an authority those that Node.js knows count. */
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

export interface DatabaseParts extends Tls {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** null: none is sent, as for a client certificate. */
  readonly passwordFile: string | null;
}

/** A URL as libpq takes it, or its parts. */
export type Database = string | DatabaseParts;

/** The URL with what is said here instead of its own parameters; null leaves its own. */
export function urlWithTls(url: string, tls: { readonly [part in keyof Tls]: string | null }): string {
  const said = Object.entries({
    sslmode: tls.sslMode,
    sslrootcert: tls.caFile,
    sslcert: tls.certFile,
    sslkey: tls.keyFile,
  }).filter((parameter): parameter is [string, string] => parameter[1] !== null);
  if (said.length === 0) return url;
  const { address, query } = split(url);
  for (const [name, value] of said) query.set(name, value);
  return `${address}?${query}`;
}

/** What is wrong with a URL, without quoting it; null: nothing. */
export function problemOfUrl(url: string): string | null {
  if (!/^postgres(ql)?:\/\//.test(url))
    return 'must be a URL such as postgres://user:password@host:5432/pawl';
  const { address, query } = split(url);
  const hosts =
    query.get('host') ??
    address
      .slice(address.indexOf('://') + 3)
      .split('/')[0]!
      .replace(/^.*@/, '');
  if (hosts.includes(','))
    return 'names several hosts, which is not supported: name the address that follows the primary';
  const mode = modeOf(query);
  if (!isSslMode(mode)) return `has sslmode=${mode}, and must have one of ${sslModes.join(', ')}`;
  // As in libpq: anybody can get a certificate of a well-known authority for a name of their own.
  if (query.get('sslrootcert') === 'system' && mode !== 'verify-full')
    return `has sslrootcert=system with sslmode=${mode}, which proves nothing: use sslmode=verify-full`;
  return problemOfTls(tlsOf(query));
}

/** What is wrong with parts; null: nothing. */
export function problemOfTls({ sslMode, caFile, certFile, keyFile }: Tls): string | null {
  if (sslMode === 'disable' && [caFile, certFile, keyFile].some(file => file !== null))
    return 'turns TLS off (disable) and yet names an authority or a client certificate: say verify-full, or take them away';
  if (sslMode === 'verify-ca' && caFile === null)
    return 'asks for verify-ca without the file of an authority: with any other, verify-ca proves nothing';
  if ((certFile === null) !== (keyFile === null))
    return 'has one of client certificate and key: it takes both';
  return null;
}

/** A class of clients of this database, each of which reads the credentials as they are when it is made. */
export function clientOf(database: Database): typeof pg.Client {
  return class extends pg.Client {
    readonly #problem: Error | null;

    constructor(config: pg.ClientConfig = {}) {
      let [credentials, problem]: [pg.ClientConfig, Error | null] = [{}, null];
      try {
        credentials = readCredentials(database);
      } catch (error) {
        problem = error as Error;
      }
      super({ ...config, ...credentials });
      this.#problem = problem;
    }

    override connect(): Promise<this>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<this> | undefined {
      if (this.#problem === null) {
        return (callback ? super.connect(callback) : super.connect()) as unknown as Promise<this> | undefined;
      }
      if (!callback) return Promise.reject(this.#problem);
      process.nextTick(callback, this.#problem);
      return undefined;
    }
  } as typeof pg.Client;
}

function readCredentials(database: Database): pg.ClientConfig {
  if (typeof database === 'string') {
    const { address, query } = split(database);
    const ssl = tlsOptions(tlsOf(query));
    for (const name of tlsParameters) query.delete(name);
    return { connectionString: `${address}?${query}`, ssl };
  }
  const { host, port, database: name, user, passwordFile } = database;
  const password = passwordFile === null ? '' : read(passwordFile, 'password').replace(/\r?\n$/, '');
  return { host, port, database: name, user, password, ssl: tlsOptions(database) };
}

function tlsOptions({ sslMode, caFile, certFile, keyFile }: Tls): pg.ClientConfig['ssl'] {
  if (sslMode === 'disable') return false;
  const files = {
    ...(caFile !== null && { ca: read(caFile, 'authority') }),
    ...(certFile !== null && { cert: read(certFile, 'client certificate') }),
    ...(keyFile !== null && { key: read(keyFile, 'client key') }),
  };
  if (sslMode === 'verify-full') return files;
  // As libpq does: require verifies as much as it can, and verify-ca does not look at the name.
  if (caFile === null) return { ...files, rejectUnauthorized: false };
  return { ...files, checkServerIdentity: () => undefined };
}

/** A few kilobytes from a mounted Secret, once a connection. */
function read(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StoreError('Unavailable', `the ${what} of PostgreSQL cannot be read from ${file}: ${code}`, {
      cause,
    });
  }
}

const tlsParameters = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'];

function split(url: string): { address: string; query: URLSearchParams } {
  const [address = '', ...query] = url.split('?');
  return { address, query: new URLSearchParams(query.join('?')) };
}

const isSslMode = (mode: string): mode is SslMode => (sslModes as readonly string[]).includes(mode);

/** Without any mode there is no TLS. libpq reads ssl=true as require. */
function modeOf(query: URLSearchParams): string {
  const mode = query.get('sslmode');
  if (mode) return mode;
  if (query.get('ssl')) return query.get('ssl') === 'true' ? 'require' : 'disable';
  return ['sslrootcert', 'sslcert', 'sslkey'].some(name => query.get(name)) ? 'verify-full' : 'disable';
}

function tlsOf(query: URLSearchParams): Tls {
  const mode = modeOf(query);
  const file = (name: string) => query.get(name) || null;
  const ca = file('sslrootcert');
  return {
    // An unknown word was refused when the settings were read.
    sslMode: isSslMode(mode) ? mode : 'verify-full',
    caFile: ca === 'system' ? null : ca,
    certFile: file('sslcert'),
    keyFile: file('sslkey'),
  };
}
