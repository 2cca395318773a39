/**
 * Every setting of the operator: flag, environment variable, default and meaning in one table, read once
 * into a frozen object. Nothing else reads the environment.
 */
import { parseArgs } from 'node:util';
import { type Database, problemOfTls, problemOfUrl, sslModes, urlWithTls } from './store/credentials.ts';

export interface Settings {
  readonly command: 'run' | 'migrate' | 'help';
  readonly kubeconfig: string | null;
  readonly context: string | null;
  /** Where a pod finds the API server; set by Kubernetes itself. */
  readonly serviceHost: string | null;
  readonly servicePort: string | null;
  readonly database: Database;
  readonly databasePooler: boolean;
  readonly databaseSchema: string;
  readonly databaseConnections: number;
  readonly migrate: 'auto' | 'never';
  readonly cluster: string;
  readonly trustStamps: boolean;
  readonly targetRetryMs: number;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly workers: number;
  readonly maxBodyBytes: number;
  /** Between two looks at what others saved. */
  readonly followMs: number;
  readonly resyncMs: number;
  readonly heartbeatMs: number;
  readonly leaderElect: boolean;
  readonly leaseName: string;
  /** null: that of the pod, or of the kubeconfig's context. */
  readonly leaseNamespace: string | null;
  readonly lease: { readonly durationMs: number; readonly renewDeadlineMs: number; readonly retryMs: number };
  /** Label selector of the ConfigVersions this process works on; null: all. */
  readonly watchSelector: string | null;
  /** The only Kubernetes namespaces this process looks into; null: all. */
  readonly watchNamespaces: readonly string[] | null;
  /** The HTTP API; null: this process does not serve it. */
  readonly api: {
    readonly host: string;
    readonly port: number;
    readonly certFile: string;
    readonly keyFile: string;
    readonly audience: string;
    readonly requestsPerMinute: number;
    readonly maxWatchers: number;
  } | null;
  readonly logMaxEntries: number;
  readonly logMaxAgeMs: number;
  readonly logLevel: string;
}

/** A setting that is missing or makes no sense; the message says which and what it may be. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly reason = 'InvalidSetting';
}

interface Setting {
  readonly flag: string;
  readonly env: string;
  readonly fallback: string | null;
  readonly meaning: string;
}

const table = [
  {
    flag: 'kubeconfig',
    env: 'KUBECONFIG',
    fallback: null,
    meaning: 'kubeconfig file; without it the service account of the pod',
  },
  { flag: 'context', env: 'PAWL_CONTEXT', fallback: null, meaning: 'context in the kubeconfig' },
  { flag: 'database-url', env: 'DATABASE_URL', fallback: null, meaning: 'PostgreSQL, as postgres://…' },
  {
    flag: 'database-host',
    env: 'PAWL_DATABASE_HOST',
    fallback: null,
    meaning: 'or PostgreSQL in parts: its host',
  },
  { flag: 'database-port', env: 'PAWL_DATABASE_PORT', fallback: '5432', meaning: 'its port' },
  { flag: 'database-name', env: 'PAWL_DATABASE_NAME', fallback: 'pawl', meaning: 'the database' },
  { flag: 'database-user', env: 'PAWL_DATABASE_USER', fallback: 'pawl', meaning: 'the user' },
  {
    flag: 'database-password-file',
    env: 'PAWL_DATABASE_PASSWORD_FILE',
    fallback: null,
    meaning: 'file of the password, read again for every connection',
  },
  {
    flag: 'database-ssl-mode',
    env: 'PAWL_DATABASE_SSL_MODE',
    fallback: null,
    meaning:
      "disable, require, verify-ca or verify-full, in libpq's sense; without it what the URL says, with parts or any of the files below verify-full",
  },
  {
    flag: 'database-ca-file',
    env: 'PAWL_DATABASE_CA_FILE',
    fallback: null,
    meaning: 'PEM file of the authority to trust, read again as well; without it those Node.js knows',
  },
  {
    flag: 'database-cert-file',
    env: 'PAWL_DATABASE_CERT_FILE',
    fallback: null,
    meaning: 'PEM file of a client certificate, read again as well',
  },
  {
    flag: 'database-key-file',
    env: 'PAWL_DATABASE_KEY_FILE',
    fallback: null,
    meaning: 'PEM file of its key, read again as well',
  },
  {
    flag: 'database-pooler',
    env: 'PAWL_DATABASE_POOLER',
    fallback: 'false',
    meaning: 'true: a pooler in transaction mode stands in between; nothing is asked of a session then',
  },
  { flag: 'database-schema', env: 'PAWL_DATABASE_SCHEMA', fallback: 'pawl', meaning: 'schema of the tables' },
  {
    flag: 'database-connections',
    env: 'PAWL_DATABASE_CONNECTIONS',
    fallback: '16',
    meaning: 'connections to PostgreSQL at most',
  },
  {
    flag: 'migrate',
    env: 'PAWL_MIGRATE',
    fallback: 'auto',
    meaning: 'auto: migrate at start, under a lock; never: refuse to run on an old schema',
  },
  {
    flag: 'cluster',
    env: 'PAWL_CLUSTER',
    fallback: 'default',
    meaning: "this cluster's name in the history; a cluster rebuilt from Git keeps its name",
  },
  {
    flag: 'requested-by',
    env: 'PAWL_REQUESTED_BY',
    fallback: 'ignore',
    meaning:
      'trust: the admission policies are installed, so pawl.dev/requested-by is who asked; or ignore it',
  },
  {
    flag: 'target-retry-seconds',
    env: 'PAWL_TARGET_RETRY_SECONDS',
    fallback: '60',
    meaning: 'a ConfigMap that cannot be written is tried again this often',
  },
  {
    flag: 'http-addr',
    env: 'PAWL_HTTP_ADDR',
    fallback: ':8080',
    meaning: 'HOST:PORT of /healthz, /readyz and /metrics',
  },
  { flag: 'workers', env: 'PAWL_WORKERS', fallback: '32', meaning: 'objects reconciled at a time' },
  {
    flag: 'max-body-bytes',
    env: 'PAWL_MAX_BODY_BYTES',
    fallback: '1048576',
    meaning: 'largest text of a config; a ConfigMap holds 1048576 bytes at most',
  },
  {
    flag: 'follow-milliseconds',
    env: 'PAWL_FOLLOW_MILLISECONDS',
    fallback: '100',
    meaning: 'ask PostgreSQL this often what others saved: requests, other clusters, other shards',
  },
  {
    flag: 'resync-minutes',
    env: 'PAWL_RESYNC_MINUTES',
    fallback: '600',
    meaning: 'every object is looked at again this often, give or take 10 %',
  },
  {
    flag: 'heartbeat-seconds',
    env: 'PAWL_HEARTBEAT_SECONDS',
    fallback: '60',
    meaning:
      'how often this cluster says that it uses its name; five missed ones free it for another cluster',
  },
  {
    flag: 'leader-elect',
    env: 'PAWL_LEADER_ELECT',
    fallback: 'false',
    meaning:
      'true: of the processes that share a Lease one works and the others stand by; false: work at once',
  },
  { flag: 'lease-name', env: 'PAWL_LEASE_NAME', fallback: 'pawl', meaning: 'name of that Lease' },
  {
    flag: 'lease-namespace',
    env: 'PAWL_LEASE_NAMESPACE',
    fallback: null,
    meaning: "its Kubernetes namespace; without it the pod's own, or that of the kubeconfig's context",
  },
  {
    flag: 'lease-duration-seconds',
    env: 'PAWL_LEASE_DURATION_SECONDS',
    fallback: '15',
    meaning: 'the others wait this long after the last sign of life of the leader',
  },
  {
    flag: 'lease-renew-seconds',
    env: 'PAWL_LEASE_RENEW_SECONDS',
    fallback: '10',
    meaning: 'a leader that could not renew the Lease for this long stops its work',
  },
  {
    flag: 'lease-retry-seconds',
    env: 'PAWL_LEASE_RETRY_SECONDS',
    fallback: '2',
    meaning: 'the Lease is renewed, or tried for, this often',
  },
  {
    flag: 'watch-selector',
    env: 'PAWL_WATCH_SELECTOR',
    fallback: null,
    meaning: 'label selector of the ConfigVersions to work on; without it all',
  },
  {
    flag: 'watch-namespaces',
    env: 'PAWL_WATCH_NAMESPACES',
    fallback: null,
    meaning: 'Kubernetes namespaces to look into, separated by commas; without it all',
  },
  {
    flag: 'api-addr',
    env: 'PAWL_API_ADDR',
    fallback: null,
    meaning: 'HOST:PORT of the HTTP API, such as :8443; without it this process does not serve it',
  },
  {
    flag: 'api-cert-file',
    env: 'PAWL_API_CERT_FILE',
    fallback: null,
    meaning: 'PEM file of its certificate chain, read again when it changes',
  },
  { flag: 'api-key-file', env: 'PAWL_API_KEY_FILE', fallback: null, meaning: 'PEM file of its key' },
  {
    flag: 'api-audience',
    env: 'PAWL_API_AUDIENCE',
    fallback: 'pawl',
    meaning: 'audience that tokens for the API must be made for',
  },
  {
    flag: 'api-requests-per-minute',
    env: 'PAWL_API_REQUESTS_PER_MINUTE',
    fallback: '6000',
    meaning: 'requests of one person or program in a minute, to each replica',
  },
  {
    flag: 'api-max-watchers',
    env: 'PAWL_API_MAX_WATCHERS',
    fallback: '2000',
    meaning: 'watches of the API open at a time, of each replica',
  },
  {
    flag: 'log-max-entries',
    env: 'PAWL_LOG_MAX_ENTRIES',
    fallback: '10000',
    meaning: 'entries the deployment log keeps at most; versions are always kept',
  },
  {
    flag: 'log-max-days',
    env: 'PAWL_LOG_MAX_DAYS',
    fallback: '90',
    meaning: 'days the deployment log keeps an entry at most; versions are always kept',
  },
  {
    flag: 'log-level',
    env: 'PAWL_LOG_LEVEL',
    fallback: 'info',
    meaning: 'trace, debug, info, warn, error or fatal',
  },
] as const satisfies readonly Setting[];

type Flag = (typeof table)[number]['flag'];

/**
 * @param args command line after the script's name
 * @throws SettingError
 */
export function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const { values, positionals } = parse(args);
  const text = (flag: Flag): string | null => {
    const { env: variable, fallback }: Setting = table.find(setting => setting.flag === flag)!;
    return (values[flag] as string | undefined) || env[variable] || fallback;
  };
  const number = (flag: Flag, min: number, max: number): number => {
    const value = Number(text(flag));
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new SettingError(
      `${nameOf(flag)} must be a whole number from ${min} to ${max}, not ${text(flag)}.`,
    );
  };
  const yesOrNo = (flag: Flag): boolean => {
    const value = text(flag);
    if (value === 'true' || value === 'false') return value === 'true';
    throw new SettingError(`${nameOf(flag)} must be true or false, not ${value}.`);
  };
  const command = values.help ? 'help' : commandOf(positionals);
  const pooler = text('database-pooler');
  if (pooler !== 'true' && pooler !== 'false') {
    throw new SettingError(`${nameOf('database-pooler')} must be true or false, not ${pooler}.`);
  }
  const migrate = text('migrate');
  if (migrate !== 'auto' && migrate !== 'never') {
    throw new SettingError(`${nameOf('migrate')} must be auto or never, not ${migrate}.`);
  }
  const cluster = text('cluster')!;
  if (!/^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(cluster)) {
    throw new SettingError(
      `${nameOf('cluster')} must be 1 to 63 letters, digits, dots and dashes, not ${cluster}.`,
    );
  }
  const requestedBy = text('requested-by');
  if (requestedBy !== 'trust' && requestedBy !== 'ignore') {
    throw new SettingError(`${nameOf('requested-by')} must be trust or ignore, not ${requestedBy}.`);
  }
  return Object.freeze({
    command,
    kubeconfig: text('kubeconfig'),
    context: text('context'),
    serviceHost: env.KUBERNETES_SERVICE_HOST ?? null,
    servicePort: env.KUBERNETES_SERVICE_PORT ?? null,
    database: databaseOf(text, command === 'help', number('database-port', 1, 65_535)),
    databasePooler: pooler === 'true',
    databaseSchema: text('database-schema')!,
    databaseConnections: number('database-connections', 1, 1000),
    migrate,
    cluster,
    trustStamps: requestedBy === 'trust',
    targetRetryMs: number('target-retry-seconds', 1, 86_400) * 1_000,
    ...httpAddressOf(text('http-addr')!),
    workers: number('workers', 1, 1000),
    maxBodyBytes: number('max-body-bytes', 1, 1_048_576),
    followMs: number('follow-milliseconds', 10, 3_600_000),
    resyncMs: number('resync-minutes', 1, 100_000) * 60_000,
    heartbeatMs: number('heartbeat-seconds', 1, 86_400) * 1000,
    leaderElect: yesOrNo('leader-elect'),
    leaseName: text('lease-name')!,
    leaseNamespace: text('lease-namespace'),
    lease: leaseTimes(number),
    watchSelector: text('watch-selector'),
    watchNamespaces: namespacesOf(text('watch-namespaces')),
    api: apiOf(text, number),
    logMaxEntries: number('log-max-entries', 1, 1_000_000_000),
    logMaxAgeMs: number('log-max-days', 1, 100_000) * 86_400_000,
    logLevel: levelOf(text('log-level')!),
  });
}

/** One of the two ways to name PostgreSQL; never quotes a URL, which may have a password in it. */
function databaseOf(text: (flag: Flag) => string | null, help: boolean, port: number): Database {
  const url = text('database-url');
  const host = text('database-host');
  if (url && host) {
    throw new SettingError(`${nameOf('database-url')} and ${nameOf('database-host')} are both set: set one.`);
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
    if (problem && !help) throw new SettingError(`${nameOf('database-url')} ${problem}.`);
    return whole;
  }
  if (!host && !help) {
    throw new SettingError(
      `${nameOf('database-url')} is not set: say where PostgreSQL is, as postgres://…, or in parts by ` +
        `${nameOf('database-host')} and those that follow it.`,
    );
  }
  const sslMode = sslModes.find(mode => mode === (text('database-ssl-mode') ?? 'verify-full'));
  if (sslMode === undefined) {
    throw new SettingError(`${nameOf('database-ssl-mode')} must be one of ${sslModes.join(', ')}.`);
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
  if (problem) throw new SettingError(`${nameOf('database-host')} ${problem}.`);
  return parts;
}

/** Help for the command line, made from the table. */
export function usage(): string {
  const rows = table.map(({ flag, env, fallback, meaning }: Setting) => {
    const left = `  --${flag}`.padEnd(28) + env.padEnd(30);
    return `${left}${meaning}${fallback === null ? '' : ` (default: ${fallback})`}`;
  });
  return ['Usage: node operator/main.ts [migrate] [--flag VALUE …]', '', ...rows].join('\n');
}

function parse(args: readonly string[]) {
  const options: Record<string, { type: 'string' } | { type: 'boolean'; short: string }> = Object.fromEntries(
    table.map(({ flag }) => [flag, { type: 'string' as const }]),
  );
  options.help = { type: 'boolean', short: 'h' };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new SettingError(`${(error as Error).message}\n\n${usage()}`, { cause: error });
  }
}

function commandOf(positionals: readonly string[]): 'run' | 'migrate' {
  const [command = 'run', ...more] = positionals;
  if ((command === 'run' || command === 'migrate') && more.length === 0) return command;
  throw new SettingError(`Unknown command ${positionals.join(' ')}.\n\n${usage()}`);
}

/** Bearer tokens do not travel in the clear: an address needs a certificate. */
function apiOf(
  text: (flag: Flag) => string | null,
  number: (flag: Flag, min: number, max: number) => number,
): Settings['api'] {
  const address = text('api-addr');
  if (!address) return null;
  const [certFile, keyFile] = [text('api-cert-file'), text('api-key-file')];
  if (!certFile || !keyFile) {
    throw new SettingError(
      `${nameOf('api-addr')} is set, so ${nameOf('api-cert-file')} and ${nameOf('api-key-file')} must be, too.`,
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

function httpAddressOf(text: string): { httpHost: string; httpPort: number } {
  const { host, port } = addressOf('http-addr', text);
  return { httpHost: host, httpPort: port };
}

function addressOf(flag: Flag, text: string): { host: string; port: number } {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:]*)):(?<port>[0-9]{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  if (!match || port > 65_535) {
    throw new SettingError(`${nameOf(flag)} must be HOST:PORT, such as :8080, not ${text}.`);
  }
  return { host: match.groups?.v6 ?? match.groups?.host ?? '', port };
}

/** Apart enough that a leader has stopped before anybody else may begin. */
function leaseTimes(number: (flag: Flag, min: number, max: number) => number): Settings['lease'] {
  const duration = number('lease-duration-seconds', 1, 3_600);
  const renew = number('lease-renew-seconds', 1, 3_600);
  const retry = number('lease-retry-seconds', 1, 3_600);
  if (duration <= renew) {
    throw new SettingError(
      `${nameOf('lease-duration-seconds')} must be more than ${nameOf('lease-renew-seconds')}, not ${duration}.`,
    );
  }
  if (renew <= retry * 1.2) {
    throw new SettingError(
      `${nameOf('lease-renew-seconds')} must be more than 1.2 times ${nameOf('lease-retry-seconds')}, not ${renew}.`,
    );
  }
  return Object.freeze({
    durationMs: duration * 1000,
    renewDeadlineMs: renew * 1000,
    retryMs: retry * 1000,
  });
}

function namespacesOf(text: string | null): readonly string[] | null {
  if (text === null) return null;
  const names = [...new Set(text.split(',').map(name => name.trim()))].sort();
  const wrong = names.find(name => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name));
  if (wrong === undefined) return Object.freeze(names);
  throw new SettingError(
    `${nameOf('watch-namespaces')} must be names of Kubernetes namespaces, separated by commas; ` +
      `${JSON.stringify(wrong)} is none.`,
  );
}

function levelOf(text: string): string {
  if (/^(trace|debug|info|warn|error|fatal)$/.test(text)) return text;
  throw new SettingError(
    `${nameOf('log-level')} must be trace, debug, info, warn, error or fatal, not ${text}.`,
  );
}

function nameOf(flag: Flag): string {
  return `${table.find(setting => setting.flag === flag)!.env} (--${flag})`;
}
