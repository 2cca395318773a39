/**
 * Reads one setting's value, or refuses it and names the valid values: the common kinds, and the settings with rules of
 * their own. Invariant: a value that is returned is valid; for any other it throws a SettingError that names the
 * setting.
 */

import {
  type Database,
  problemOfTls,
  problemOfUrl,
  sslModes,
  urlWithTls,
} from '../history/store/credentials.ts';
import { baseOf } from '../server/ui/base.ts';
import { type AllowedHosts, readAllowedHosts } from './notify/allowed-hosts.ts';
import { type Flag, settingName } from './setting-table.ts';

/** A setting that is missing or makes no sense; the message says which and what it may be. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly reason = 'InvalidSetting';
}

/** Readers of the kinds of values; each throws a SettingError for what is not of its kind. */
export interface Readers {
  /** As it was given, or the default; null: neither. */
  text(flag: Flag): string | null;
  /** A whole number from min to max. */
  number(flag: Flag, min: number, max: number): number;
  yesOrNo(flag: Flag): boolean;
  oneOf<Word extends string>(flag: Flag, ...words: readonly [Word, Word, ...Word[]]): Word;
}

/** @param text the value of a setting as it was given, or its default */
export function readersOf(text: (flag: Flag) => string | null): Readers {
  const oneOf = <Word extends string>(flag: Flag, ...words: readonly [Word, Word, ...Word[]]): Word => {
    const word = words.find(each => each === text(flag));
    if (word !== undefined) return word;
    throw new SettingError(`${settingName(flag)} must be ${words.join(' or ')}, not ${text(flag)}.`);
  };
  return {
    text,
    oneOf,
    number(flag, min, max) {
      const value = Number(text(flag));
      if (Number.isInteger(value) && value >= min && value <= max) return value;
      throw new SettingError(
        `${settingName(flag)} must be a whole number from ${min} to ${max}, not ${text(flag)}.`,
      );
    },
    yesOrNo: flag => oneOf(flag, 'true', 'false') === 'true',
  };
}

/** @param serves whether there is a server that could stamp requests */
export function stampsOf(
  { oneOf }: Readers,
  serves: boolean,
): { trustStamps: boolean; stampRequests: boolean } {
  const word = oneOf('requested-by', 'trust', 'ignore', 'stamp');
  if (word !== 'stamp' || serves) return { trustStamps: word !== 'ignore', stampRequests: word === 'stamp' };
  throw new SettingError(
    `${settingName('requested-by')} is stamp, which the server of ${settingName('api-addr')} does: set it too.`,
  );
}

/** The role an operator logs in as, by its name or in the URL that it connects with. */
export function grantOf({ text }: Readers): { role: string; passwordFile: string | null } | null {
  const [given, passwordFile] = [text('migrate-grant-to'), text('migrate-grant-password-file')];
  if (given === null) {
    if (passwordFile === null) return null;
    throw new SettingError(`${settingName('migrate-grant-to')} must say whose password it is.`);
  }
  const role = /^postgres(ql)?:\/\//.test(given) ? userIn(given) : given;
  if (role) return { role, passwordFile };
  throw new SettingError(`${settingName('migrate-grant-to')} is a URL that names no user.`);
}

function userIn(url: string): string {
  const { username = '' } = URL.parse(url) ?? {};
  try {
    return decodeURIComponent(username);
  } catch {
    return '';
  }
}

/**
 * One of the two ways to name PostgreSQL; none need be named when only `help` is asked for. Never quotes a URL, which
 * may have a password in it.
 */
export function databaseOf({ text, number }: Readers, help: boolean): Database {
  const port = number('database-port', 1, 65_535);
  const url = text('database-url');
  const host = text('database-host');
  if (url && host) {
    throw new SettingError(
      `${settingName('database-url')} and ${settingName('database-host')} are both set: set one.`,
    );
  }
  if (url) {
    // A Secret's URL often says nothing about TLS, and cannot know where its files are mounted.
    const whole = urlWithTls(url, {
      sslMode: text('database-ssl-mode'),
      caFile: text('database-ca-file'),
      certFile: text('database-cert-file'),
      keyFile: text('database-key-file'),
    });
    const problem = problemOfUrl(whole);
    if (problem && !help) throw new SettingError(`${settingName('database-url')} ${problem}.`);
    return whole;
  }
  if (!host && !help) {
    throw new SettingError(
      `${settingName('database-url')} is not set: say where PostgreSQL is, as postgres://…, or in parts by ` +
        `${settingName('database-host')} and those that follow it.`,
    );
  }
  const sslMode = sslModes.find(mode => mode === (text('database-ssl-mode') ?? 'verify-full'));
  if (sslMode === undefined) {
    throw new SettingError(`${settingName('database-ssl-mode')} must be one of ${sslModes.join(', ')}.`);
  }
  const parts = {
    host: host ?? '',
    port,
    database: text('database-name')!,
    user: text('database-user')!,
    passwordFile: text('database-password-file'),
    sslMode,
    caFile: text('database-ca-file'),
    certFile: text('database-cert-file'),
    keyFile: text('database-key-file'),
  };
  const problem = parts.host.includes(',')
    ? 'names several hosts: name the address that follows the primary'
    : problemOfTls(parts);
  if (problem) throw new SettingError(`${settingName('database-host')} ${problem}.`);
  return parts;
}

/** This cluster's name in the history. */
export function clusterOf({ text }: Readers): string {
  const cluster = text('cluster')!;
  if (/^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(cluster)) return cluster;
  throw new SettingError(
    `${settingName('cluster')} must be 1 to 63 letters, digits, dots and dashes, not ${cluster}.`,
  );
}

export function httpAddressOf({ text }: Readers): { httpHost: string; httpPort: number } {
  const { host, port } = addressOf('http-addr', text('http-addr')!);
  return { httpHost: host, httpPort: port };
}

function addressOf(flag: Flag, text: string): { host: string; port: number } {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:]*)):(?<port>[0-9]{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  if (!match || port > 65_535) {
    throw new SettingError(`${settingName(flag)} must be HOST:PORT, such as :8080, not ${text}.`);
  }
  return { host: match.groups?.v6 ?? match.groups?.host ?? '', port };
}

/** Far enough apart that a leader has stopped before another process may begin. */
export function leaseTimesOf({ number }: Readers) {
  const duration = number('lease-duration-seconds', 1, 3_600);
  const renew = number('lease-renew-seconds', 1, 3_600);
  const retry = number('lease-retry-seconds', 1, 3_600);
  if (duration <= renew) {
    throw new SettingError(
      `${settingName('lease-duration-seconds')} must be more than ${settingName('lease-renew-seconds')}, not ${duration}.`,
    );
  }
  if (renew <= retry * 1.2) {
    throw new SettingError(
      `${settingName('lease-renew-seconds')} must be more than 1.2 times ${settingName('lease-retry-seconds')}, not ${renew}.`,
    );
  }
  return Object.freeze({
    durationMs: duration * 1000,
    renewDeadlineMs: renew * 1000,
    retryMs: retry * 1000,
  });
}

/** However much goes on changing, a restart is not put off longer than this many delays. */
const longestDelays = 6;

export function restartsOf({ yesOrNo, number }: Readers): { quietMs: number; longestMs: number } | null {
  const quietMs = number('restart-delay-seconds', 0, 3_600) * 1_000;
  return yesOrNo('restarts') ? { quietMs, longestMs: quietMs * longestDelays } : null;
}

export function namespacesOf({ text }: Readers): readonly string[] | null {
  const list = text('watch-namespaces');
  if (list === null) return null;
  const names = [...new Set(list.split(',').map(name => name.trim()))].sort();
  const wrong = names.find(name => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name));
  if (wrong === undefined) return Object.freeze(names);
  throw new SettingError(
    `${settingName('watch-namespaces')} must be names of Kubernetes namespaces, separated by commas; ` +
      `${JSON.stringify(wrong)} is none.`,
  );
}

/** Where notifications may go; without hosts, nowhere. */
export function notificationsOf({ text }: Readers): AllowedHosts {
  const entries = (flag: Flag) =>
    (text(flag) ?? '')
      .split(',')
      .map(entry => entry.trim())
      .filter(Boolean);
  const [hosts, ranges] = [entries('notification-hosts'), entries('notification-addresses')];
  const read = (flag: Flag, some: readonly string[], others: readonly string[]) => {
    try {
      return readAllowedHosts(some, others);
    } catch (error) {
      throw new SettingError(`${settingName(flag)}: ${(error as Error).message}.`, { cause: error });
    }
  };
  const { hosts: rules } = read('notification-hosts', hosts, []);
  return Object.freeze({ hosts: rules, ranges: read('notification-addresses', [], ranges).ranges });
}

/** Bearer tokens must not travel unencrypted: an address needs a certificate. */
export function apiOf({ text, number }: Readers) {
  const address = text('api-addr');
  if (!address) return null;
  const [certFile, keyFile] = [text('api-cert-file'), text('api-key-file')];
  if (!certFile || !keyFile) {
    throw new SettingError(
      `${settingName('api-addr')} is set, so ${settingName('api-cert-file')} and ${settingName('api-key-file')} must be, too.`,
    );
  }
  return {
    ...addressOf('api-addr', address),
    ...{ certFile, keyFile },
    audience: text('api-audience')!,
    requestsPerMinute: number('api-requests-per-minute', 1, 1_000_000_000),
    maxWatchers: number('api-max-watchers', 1, 1_000_000),
  };
}

/** @param apiAddress whether there is an address for browsers at all */
export function uiOf(readers: Readers, apiAddress: boolean) {
  const { text, number, yesOrNo } = readers;
  const browsers = yesOrNo('ui');
  if (browsers && !apiAddress) {
    throw new SettingError(
      `${settingName('ui')} is true, so ${settingName('api-addr')} must be set: the page is served there.`,
    );
  }
  const base = baseOf(text('ui-base')!);
  if (base === null) {
    throw new SettingError(
      `${settingName('ui-base')} must be a path such as /pawl or a URL such as https://example.com/pawl, not ${text('ui-base')}.`,
    );
  }
  return {
    ...{ browsers, base },
    folder: text('ui-folder'),
    keyFile: text('ui-session-key-file'),
    sessionMs: number('ui-session-hours', 1, 720) * 3_600_000,
    oidc: oidcOf(readers, base.origin !== null),
  };
}

/** @param knowsOrigin whether it is known where the provider sends browsers back to */
function oidcOf({ text }: Readers, knowsOrigin: boolean) {
  const issuer = text('oidc-issuer-url');
  if (issuer === null) return null;
  if (URL.parse(issuer)?.protocol !== 'https:') {
    throw new SettingError(
      `${settingName('oidc-issuer-url')} must be a URL that begins with https://, not ${issuer}.`,
    );
  }
  const clientId = text('oidc-client-id');
  if (clientId === null) {
    throw new SettingError(
      `${settingName('oidc-issuer-url')} is set, so ${settingName('oidc-client-id')} must be, too.`,
    );
  }
  if (!knowsOrigin) {
    throw new SettingError(
      `${settingName('oidc-issuer-url')} is set, so ${settingName('ui-base')} must be a whole URL: the provider sends browsers back there.`,
    );
  }
  return {
    ...{ issuer, clientId, secretFile: text('oidc-client-secret-file'), caFile: text('oidc-ca-file') },
    scopes: text('oidc-scopes')!,
    usernameClaim: text('oidc-username-claim')!,
    usernamePrefix: text('oidc-username-prefix'),
    groupsClaim: text('oidc-groups-claim'),
    groupsPrefix: text('oidc-groups-prefix') ?? '',
  };
}

export function levelOf({ text }: Readers): string {
  const level = text('log-level')!;
  if (/^(trace|debug|info|warn|error|fatal)$/.test(level)) return level;
  throw new SettingError(
    `${settingName('log-level')} must be trace, debug, info, warn, error or fatal, not ${level}.`,
  );
}
