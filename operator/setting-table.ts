/**
 * Every setting of the operator: flag, environment variable, default and meaning, in one table. Invariant: what help,
 * errors and the reader (config.ts) say of a setting, they take from here.
 */
export interface Setting {
  readonly flag: string;
  readonly env: string;
  readonly fallback: string | null;
  readonly meaning: string;
}

export const settingTable = [
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
    meaning: 'file with the password, read again for every connection',
  },
  {
    flag: 'database-ssl-mode',
    env: 'PAWL_DATABASE_SSL_MODE',
    fallback: null,
    meaning:
      'disable, require, verify-ca or verify-full, as in libpq; without it what the URL says, or verify-full with parts or any of the files below',
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
    meaning:
      'true: a pooler in transaction mode is in between, so Pawl relies on nothing that belongs to a session',
  },
  { flag: 'database-schema', env: 'PAWL_DATABASE_SCHEMA', fallback: 'pawl', meaning: 'schema of the tables' },
  {
    flag: 'database-connections',
    env: 'PAWL_DATABASE_CONNECTIONS',
    fallback: '16',
    meaning: 'most connections to PostgreSQL',
  },
  {
    flag: 'migrate',
    env: 'PAWL_MIGRATE',
    fallback: 'auto',
    meaning: 'auto: migrate at start, under a lock; never: refuse to run on an old schema',
  },
  {
    flag: 'migrate-grant-to',
    env: 'PAWL_MIGRATE_GRANT_TO',
    fallback: null,
    meaning:
      'with the migrate command: the role the operator logs in as, or a postgres://… with it; it is given its rights on the schema',
  },
  {
    flag: 'migrate-grant-password-file',
    env: 'PAWL_MIGRATE_GRANT_PASSWORD_FILE',
    fallback: null,
    meaning: 'file of its password: the role is made where it is not there, and has this password',
  },
  {
    flag: 'migrate-wait',
    env: 'PAWL_MIGRATE_WAIT',
    fallback: 'false',
    meaning: 'with the migrate command: true waits for a PostgreSQL that does not answer yet',
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
      'trust: the admission policies are installed, so pawl.dev/requested-by names the user who asked; stamp: the webhook is installed instead, and the server of --api-addr answers it; ignore: neither is',
  },
  {
    flag: 'namespace-reuse',
    env: 'PAWL_NAMESPACE_REUSE',
    fallback: 'allow',
    meaning:
      'allow: a Kubernetes namespace that is deleted and made again has the history of its name; close: an administrator has to claim it first',
  },
  {
    flag: 'target-retry-seconds',
    env: 'PAWL_TARGET_RETRY_SECONDS',
    fallback: '60',
    meaning: 'how often to try again a ConfigMap that cannot be written',
  },
  {
    flag: 'projection-secrets',
    env: 'PAWL_PROJECTION_SECRETS',
    fallback: 'false',
    meaning: 'true: ConfigProjections may be Secrets, which this process then may read and write',
  },
  {
    flag: 'restarts',
    env: 'PAWL_RESTARTS',
    fallback: 'false',
    meaning: 'true: restart workloads that ask for it when a config of theirs changes',
  },
  {
    flag: 'restart-delay-seconds',
    env: 'PAWL_RESTART_DELAY_SECONDS',
    fallback: '10',
    meaning: 'so long nothing else of a workload must have changed before its restart, at most six times',
  },
  {
    flag: 'notification-hosts',
    env: 'PAWL_NOTIFICATION_HOSTS',
    fallback: null,
    meaning:
      'hosts that ConfigNotifiers may send to, separated by commas: hooks.example.com, *.example.com, http://HOST:PORT; without it no notifications',
  },
  {
    flag: 'notification-addresses',
    env: 'PAWL_NOTIFICATION_ADDRESSES',
    fallback: null,
    meaning:
      'ranges of addresses, such as 10.1.0.0/16, that these hosts may have although they are not public, separated by commas',
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
    meaning: 'how often to ask PostgreSQL what others saved: requests, other clusters, other shards',
  },
  {
    flag: 'resync-minutes',
    env: 'PAWL_RESYNC_MINUTES',
    fallback: '600',
    meaning: 'how often every object is looked at again, give or take 10 %',
  },
  {
    flag: 'heartbeat-seconds',
    env: 'PAWL_HEARTBEAT_SECONDS',
    fallback: '60',
    meaning:
      'how often this cluster renews its claim to its name; five missed renewals free the name for another cluster',
  },
  {
    flag: 'leader-elect',
    env: 'PAWL_LEADER_ELECT',
    fallback: 'false',
    meaning:
      'true: one of the processes that share a Lease works, and the others stand by; false: work at once',
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
    meaning: 'how often the leader renews the Lease, and the others try to take it',
  },
  {
    flag: 'watch-selector',
    env: 'PAWL_WATCH_SELECTOR',
    fallback: null,
    meaning: 'label selector of the ConfigVersions and ConfigProjections to work on; without it, all of them',
  },
  {
    flag: 'watch-namespaces',
    env: 'PAWL_WATCH_NAMESPACES',
    fallback: null,
    meaning: 'Kubernetes namespaces to look into, separated by commas; without it, all of them',
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
    meaning:
      'most requests of one person or program in a minute, to each replica; all service accounts of a Kubernetes namespace together may send four times as many',
  },
  {
    flag: 'api-max-watchers',
    env: 'PAWL_API_MAX_WATCHERS',
    fallback: '2000',
    meaning: 'most open watches of the API, in each replica',
  },
  {
    flag: 'ui',
    env: 'PAWL_UI',
    fallback: 'false',
    meaning:
      'true: browsers sign in to the web page at the API address, under /ui/; false: by kubectl pawl ui only',
  },
  {
    flag: 'ui-base',
    env: 'PAWL_UI_BASE',
    fallback: '/',
    meaning:
      'where browsers find the API address: a path that an Ingress puts before it, such as /pawl, or the whole URL, such as https://example.com/pawl',
  },
  {
    flag: 'ui-folder',
    env: 'PAWL_UI_FOLDER',
    fallback: null,
    meaning: "folder of the page's files; without it dist/ui, where npm run build:ui puts them",
  },
  {
    flag: 'ui-session-key-file',
    env: 'PAWL_UI_SESSION_KEY_FILE',
    fallback: null,
    meaning:
      'file of the key that seals sessions, of 32 random characters or more; after it, a line each, keys that were used before. Without it sessions end with this process',
  },
  {
    flag: 'ui-session-hours',
    env: 'PAWL_UI_SESSION_HOURS',
    fallback: '12',
    meaning: 'the longest a browser session can last',
  },
  {
    flag: 'oidc-issuer-url',
    env: 'PAWL_OIDC_ISSUER_URL',
    fallback: null,
    meaning: 'OpenID provider that browsers may sign in at, as https://…; the API server need not know it',
  },
  {
    flag: 'oidc-client-id',
    env: 'PAWL_OIDC_CLIENT_ID',
    fallback: null,
    meaning:
      'client that the provider knows this server by; its redirect URI is that of --ui-base and /ui/session/oidc/callback',
  },
  {
    flag: 'oidc-client-secret-file',
    env: 'PAWL_OIDC_CLIENT_SECRET_FILE',
    fallback: null,
    meaning: "file of the client's secret; without it a public client",
  },
  {
    flag: 'oidc-ca-file',
    env: 'PAWL_OIDC_CA_FILE',
    fallback: null,
    meaning: 'PEM file of the authority that vouches for the provider; without it those Node.js knows',
  },
  {
    flag: 'oidc-scopes',
    env: 'PAWL_OIDC_SCOPES',
    fallback: 'openid offline_access',
    meaning: 'scopes to ask for; without offline_access a session ends with its first token',
  },
  {
    flag: 'oidc-username-claim',
    env: 'PAWL_OIDC_USERNAME_CLAIM',
    fallback: 'sub',
    meaning: 'claim that holds the user name, as in the API server',
  },
  {
    flag: 'oidc-username-prefix',
    env: 'PAWL_OIDC_USERNAME_PREFIX',
    fallback: null,
    meaning:
      "prefix of the user name; - for none; without it the issuer's URL and #, unless the claim is email",
  },
  {
    flag: 'oidc-groups-claim',
    env: 'PAWL_OIDC_GROUPS_CLAIM',
    fallback: null,
    meaning: "claim that lists the user's groups",
  },
  {
    flag: 'oidc-groups-prefix',
    env: 'PAWL_OIDC_GROUPS_PREFIX',
    fallback: null,
    meaning: 'prefix of each group',
  },
  {
    flag: 'max-versions-per-day',
    env: 'PAWL_MAX_VERSIONS_PER_DAY',
    fallback: '100000',
    meaning:
      'versions that may be saved in one config namespace on one day of UTC, unless its policy says another number; 0: any number',
  },
  {
    flag: 'max-namespace-bytes',
    env: 'PAWL_MAX_NAMESPACE_BYTES',
    fallback: '10737418240',
    meaning:
      'bytes of all texts of all versions in one config namespace, unless its policy says another number; 0: any number',
  },
  {
    flag: 'trash-days',
    env: 'PAWL_TRASH_DAYS',
    fallback: '7',
    meaning:
      'days that a deleted config can be undeleted, its texts still in the database; 0: it is gone at once',
  },
  {
    flag: 'log-max-entries',
    env: 'PAWL_LOG_MAX_ENTRIES',
    fallback: '10000',
    meaning:
      'changes of each config namespace that the deployment log keeps, at least 1000; deletes and changes of the last day are kept besides, and versions always',
  },
  {
    flag: 'log-max-days',
    env: 'PAWL_LOG_MAX_DAYS',
    fallback: '90',
    meaning: 'days the deployment log keeps an entry, at least 7; versions are always kept',
  },
  {
    flag: 'log-level',
    env: 'PAWL_LOG_LEVEL',
    fallback: 'info',
    meaning: 'trace, debug, info, warn, error or fatal',
  },
] as const satisfies readonly Setting[];

/** The flag of a setting; it is the setting's name in this code. */
export type Flag = (typeof settingTable)[number]['flag'];

/** How messages name a setting: by both ways to set it. */
export function settingName(flag: Flag): string {
  return `${settingOf(flag).env} (--${flag})`;
}

export function settingOf(flag: Flag): Setting {
  return settingTable.find(setting => setting.flag === flag)!;
}
