/**
 * Every setting of the operator: flag, environment variable, default and meaning in one table, read once
 * into a frozen object. Nothing else reads the environment.
 */
import { parseArgs } from 'node:util';

export interface Settings {
  readonly command: 'run' | 'migrate' | 'help';
  readonly kubeconfig: string | null;
  readonly context: string | null;
  /** Where a pod finds the API server; set by Kubernetes itself. */
  readonly serviceHost: string | null;
  readonly servicePort: string | null;
  readonly databaseUrl: string;
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
  readonly resyncMs: number;
  readonly heartbeatMs: number;
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
  const command = values.help ? 'help' : commandOf(positionals);
  const databaseUrl = text('database-url');
  if (!databaseUrl && command !== 'help') {
    throw new SettingError(`${nameOf('database-url')} is not set: say where PostgreSQL is, as postgres://….`);
  }
  if (databaseUrl && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new SettingError(
      `${nameOf('database-url')} must be a URL such as postgres://user:password@host:5432/pawl.`,
    );
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
    databaseUrl: databaseUrl ?? '',
    databaseSchema: text('database-schema')!,
    databaseConnections: number('database-connections', 1, 1000),
    migrate,
    cluster,
    trustStamps: requestedBy === 'trust',
    targetRetryMs: number('target-retry-seconds', 1, 86_400) * 1_000,
    ...addressOf(text('http-addr')!),
    workers: number('workers', 1, 1000),
    maxBodyBytes: number('max-body-bytes', 1, 1_048_576),
    resyncMs: number('resync-minutes', 1, 100_000) * 60_000,
    heartbeatMs: number('heartbeat-seconds', 1, 86_400) * 1000,
    logMaxEntries: number('log-max-entries', 1, 1_000_000_000),
    logMaxAgeMs: number('log-max-days', 1, 100_000) * 86_400_000,
    logLevel: levelOf(text('log-level')!),
  });
}

/** Help for the command line, made from the table. */
export function usage(): string {
  const rows = table.map(({ flag, env, fallback, meaning }: Setting) => {
    const left = `  --${flag}`.padEnd(26) + env.padEnd(28);
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

function addressOf(text: string): { httpHost: string; httpPort: number } {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:]*)):(?<port>[0-9]{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  if (!match || port > 65_535) {
    throw new SettingError(`${nameOf('http-addr')} must be HOST:PORT, such as :8080, not ${text}.`);
  }
  return { httpHost: match.groups?.v6 ?? match.groups?.host ?? '', httpPort: port };
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
