/**
 * The operator's configuration: the settings of setting-table.ts, read once into a frozen object. Nothing else reads
 * the environment.
 */
import { parseArgs } from 'node:util';
import type { PresetQuota } from '../history/settle/quotas.ts';
import type { Database } from '../history/store/credentials.ts';
import type { AllowedHosts } from './notify/allowed-hosts.ts';
import {
  apiOf,
  clusterOf,
  databaseOf,
  grantOf,
  httpAddressOf,
  leaseTimesOf,
  levelOf,
  namespacesOf,
  notificationsOf,
  readersOf,
  restartsOf,
  SettingError,
  stampsOf,
  uiOf,
} from './setting-readers.ts';
import { type Setting, settingOf, settingTable } from './setting-table.ts';

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
  /** Of the migrate command: whom to let work as an operator; null: nobody. */
  readonly migrateGrant: { readonly role: string; readonly passwordFile: string | null } | null;
  readonly migrateWait: boolean;
  readonly cluster: string;
  readonly trustStamps: boolean;
  /** Whether the API's server answers the webhook that stamps requests. */
  readonly stampRequests: boolean;
  readonly namespaceReuse: 'allow' | 'close';
  readonly targetRetryMs: number;
  /** Whether projections may be Secrets. */
  readonly projectionSecrets: boolean;
  /** Restarts of workloads; null: this process does not look at workloads. */
  readonly restarts: { readonly quietMs: number; readonly longestMs: number } | null;
  /** Where ConfigNotifiers may send to. */
  readonly notifications: AllowedHosts;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly workers: number;
  readonly maxBodyBytes: number;
  /** Time between two looks at what others saved. */
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
  /** The web page, at the API's address. */
  readonly ui: ReturnType<typeof uiOf>;
  /** Of each config namespace whose policy says nothing else. */
  readonly quota: PresetQuota;
  /** How long the trash keeps what is deleted; 0: not at all. */
  readonly trashMs: number;
  readonly logMaxEntries: number;
  readonly logMaxAgeMs: number;
  readonly logLevel: string;
}

/**
 * @param args command line after the script's name
 * @throws SettingError
 */
export function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const { values, positionals } = parse(args);
  const readers = readersOf(flag => {
    const { env: variable, fallback } = settingOf(flag);
    return (values[flag] as string | undefined) || env[variable] || fallback;
  });
  const { text, number, yesOrNo, oneOf } = readers;
  const command = values.help ? 'help' : commandOf(positionals);
  return Object.freeze({
    command,
    kubeconfig: text('kubeconfig'),
    context: text('context'),
    serviceHost: env.KUBERNETES_SERVICE_HOST ?? null,
    servicePort: env.KUBERNETES_SERVICE_PORT ?? null,
    database: databaseOf(readers, command === 'help'),
    databasePooler: yesOrNo('database-pooler'),
    databaseSchema: text('database-schema')!,
    databaseConnections: number('database-connections', 1, 1000),
    migrate: oneOf('migrate', 'auto', 'never'),
    migrateGrant: grantOf(readers),
    migrateWait: yesOrNo('migrate-wait'),
    cluster: clusterOf(readers),
    ...stampsOf(readers, text('api-addr') !== null),
    namespaceReuse: oneOf('namespace-reuse', 'allow', 'close'),
    targetRetryMs: number('target-retry-seconds', 1, 86_400) * 1_000,
    projectionSecrets: yesOrNo('projection-secrets'),
    restarts: restartsOf(readers),
    notifications: notificationsOf(readers),
    ...httpAddressOf(readers),
    workers: number('workers', 1, 1000),
    maxBodyBytes: number('max-body-bytes', 1, 1_048_576),
    followMs: number('follow-milliseconds', 10, 3_600_000),
    resyncMs: number('resync-minutes', 1, 100_000) * 60_000,
    heartbeatMs: number('heartbeat-seconds', 1, 86_400) * 1000,
    leaderElect: yesOrNo('leader-elect'),
    leaseName: text('lease-name')!,
    leaseNamespace: text('lease-namespace'),
    lease: leaseTimesOf(readers),
    watchSelector: text('watch-selector'),
    watchNamespaces: namespacesOf(readers),
    api: apiOf(readers),
    ui: uiOf(readers, text('api-addr') !== null),
    quota: {
      versionsPerDay: number('max-versions-per-day', 0, 1_000_000_000) || null,
      bytes: number('max-namespace-bytes', 0, Number.MAX_SAFE_INTEGER) || null,
    },
    trashMs: number('trash-days', 0, 3_650) * 86_400_000,
    logMaxEntries: number('log-max-entries', 1_000, 1_000_000_000),
    logMaxAgeMs: number('log-max-days', 7, 100_000) * 86_400_000,
    logLevel: levelOf(readers),
  });
}

/** Help for the command line, made from the table. */
export function usage(): string {
  const rows = settingTable.map(({ flag, env, fallback, meaning }: Setting) => {
    const left = `  --${flag}`.padEnd(28) + env.padEnd(30);
    return `${left}${meaning}${fallback === null ? '' : ` (default: ${fallback})`}`;
  });
  return ['Usage: node operator/main.ts [migrate] [--flag VALUE …]', '', ...rows].join('\n');
}

function parse(args: readonly string[]) {
  const options: Record<string, { type: 'string' } | { type: 'boolean'; short: string }> = Object.fromEntries(
    settingTable.map(({ flag }) => [flag, { type: 'string' as const }]),
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
