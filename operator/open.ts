/**
 * Opens the operator's connections, as the settings say: PostgreSQL, the API server, the cluster behind it. Invariant:
 * nothing is sent to either yet, except to find out whether the API server accepts a setting.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { ConnectionSettings } from '../history/store/connections.ts';
import { migrate } from '../history/store/migrate.ts';
import { assertUsable } from '../history/store/schema-state.ts';
import { createStore, type PostgresStore } from '../history/store/store.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import type { Settings } from './config.ts';
import { KubeCluster } from './kube/cluster.ts';
import { configVersions } from './kube/config-versions.ts';
import { findAccess } from './kube/find-access.ts';
import { isKubeError } from './kube/kube-error.ts';
import { KubeLease } from './kube/lease.ts';
import { configNamespaces } from './kube/namespaces.ts';
import { resourcePath } from './kube/resource-path.ts';
import { openSession, type Session } from './kube/session.ts';
import { hasDrifted, isAccepted, isRefused } from './object/status.ts';
import { proposedConfig } from './object/terms.ts';
import { targetOf } from './reconcile/wake.ts';
import { SettingError } from './setting-readers.ts';

const random = Math.random;
/** Of this process, and of no other, in Events and in the Lease: a pod's name, and what tells its restarts apart. */
export const instance = `${hostname()}_${randomBytes(4).toString('hex')}`;

/**
 * Connections for saves and reconciles, or all of them where nothing is read by request.
 * @param isBusy whether more saves are about to come
 */
export function openStore(settings: Settings, logger: Logger, isBusy: () => boolean): PostgresStore {
  const { databaseConnections: all } = settings;
  const max = settings.api ? Math.max(1, all - connectionsToRead(all)) : all;
  return storeWith(settings, { max }, logger, isBusy);
}

/** Connections for reads by request: no matter how much people read, saves have connections of their own. */
export function openReadStore(settings: Settings, logger: Logger): PostgresStore {
  const max = connectionsToRead(settings.databaseConnections);
  return storeWith(settings, { max, ...ofReads }, logger);
}

/** A third, as long as one is left for writing. */
const connectionsToRead = (all: number): number => Math.max(1, Math.floor(all / 3));

/** A person or program that reads by request waits for the answer, so it must come soon or not at all. */
const ofReads = { statementTimeoutMs: 5_000, callTimeoutMs: 8_000, connectTimeoutMs: 3_000 } as const;

function storeWith(
  settings: Settings,
  own: Partial<ConnectionSettings> & { readonly max: number },
  logger: Logger,
  isBusy?: () => boolean,
): PostgresStore {
  return createStore(
    {
      database: settings.database,
      schema: settings.databaseSchema,
      trashMs: settings.trashMs,
      applicationName: `pawl-${settings.cluster}`,
      transactionPooler: settings.databasePooler,
      ...own,
    },
    {
      clock,
      random,
      isBusy,
      onError: error => logger.debug({ err: error }, 'a connection to PostgreSQL was lost'),
      remakeSchema:
        settings.migrate === 'never' ? undefined : signal => remakeSchema(settings, logger, signal),
    },
  );
}

/** An empty database stands behind the address: what clusters show is the floor of its numbers (docs/adr/0010-restores.md). */
async function remakeSchema(settings: Settings, logger: Logger, signal: AbortSignal): Promise<void> {
  const { database, databaseSchema: schema } = settings;
  logger.error({ schema }, 'the database has lost the schema of Pawl; creating it again');
  await migrate({ database, schema, log: message => logger.debug(message) }, signal);
}

/** Migrates, or checks the schema. */
export async function prepareSchema(
  settings: Settings,
  store: PostgresStore,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { database, databaseSchema: schema } = settings;
  if (settings.migrate === 'never') assertUsable(await store.schemaState(signal));
  else await migrate({ database, schema, log: message => logger.debug(message) }, signal);
}

/** `namespace`: where this process is at home. */
export async function openKube(
  settings: Settings,
  metrics: Metrics,
): Promise<{ session: Session; namespace: string }> {
  const access = await findAccess({
    kubeconfig: settings.kubeconfig ?? undefined,
    context: settings.context ?? undefined,
    serviceHost: settings.serviceHost ?? undefined,
    servicePort: settings.servicePort ?? undefined,
  });
  const session = await openSession({
    access,
    clock,
    userAgent: 'pawl',
    onRequest: ({ method, status }) => metrics.apiRequests.inc({ method, code: String(status) }),
  });
  return { session, namespace: settings.leaseNamespace ?? (await access.namespace()) ?? 'default' };
}

/** The cheapest question that shows whether the API server answers; of no namespace, because any may be gone. */
export async function pingApi(session: Session, signal: AbortSignal): Promise<void> {
  const path = resourcePath(configNamespaces);
  await session.request({ method: 'GET', path, query: { limit: 1, resourceVersion: '0' }, signal });
}

/** Rejects with SettingError when the API server cannot read the selector; says nothing when it does not answer. */
export async function checkSelector(
  { watchSelector, watchNamespaces }: Settings,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  if (watchSelector === null) return;
  const path = resourcePath(configVersions, { namespace: watchNamespaces?.[0] });
  const query = { limit: 1, resourceVersion: '0', labelSelector: watchSelector };
  try {
    await session.request({ method: 'GET', path, query, signal });
  } catch (error) {
    if (!isKubeError(error, 'invalid')) return;
    throw new SettingError(
      `PAWL_WATCH_SELECTOR (--watch-selector) is not a valid label selector: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}

export function openLease(settings: Settings, session: Session, namespace: string): KubeLease {
  return new KubeLease(session, { namespace, name: settings.leaseName });
}

export function openCluster(
  settings: Settings,
  session: Session,
  metrics: Metrics,
  logger: Logger,
): KubeCluster {
  return new KubeCluster(session, {
    clock,
    random,
    instance,
    namespaces: settings.watchNamespaces,
    selector: settings.watchSelector,
    secrets: settings.projectionSecrets,
    configOf: proposedConfig,
    targetOf,
    isRefused,
    hasDrifted,
    needsText: object => !isAccepted(object),
    hooks: {
      reflector: resource => ({
        listed: ({ reason, changed, objects, ms }) => {
          metrics.relists.inc({ resource });
          if (reason === 'periodic') metrics.relistCorrections.inc({ resource }, changed);
          logger.debug({ resource, reason, objects, changed, ms: Math.round(ms) }, 'listed');
        },
        watchEnded: reason => metrics.watchRestarts.inc({ resource, reason }),
        failed: (error, delayMs) =>
          logger.warn({ resource, err: error, delayMs: Math.round(delayMs) }, 'the watch failed'),
        unreadable: error => logger.error({ resource, err: error }, 'an object cannot be read'),
      }),
      handlerFailed: (error, key) => logger.error({ err: error, object: key }, 'a watch handler failed'),
    },
  });
}

/** The cluster's identity, which differs even from a cluster rebuilt under its name. */
export function clusterUid(cluster: KubeCluster): string {
  const uid = cluster.kubeNamespace('kube-system')?.uid;
  if (uid === undefined)
    throw new Error('this cluster has no namespace kube-system, whose UID identifies it');
  return uid;
}
