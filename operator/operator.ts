/**
 * Ties the rooms together: watches fill the queue, workers reconcile, the store and the API server are behind
 * ports. Starts in the order things need each other and stops in reverse; an absent PostgreSQL or API server at
 * the start is waited for, not a reason to end.
 */
import { randomBytes } from 'node:crypto';
import type { Settings } from './config.ts';
import { configOf } from './core/proposal.ts';
import { KubeCluster } from './kube/cluster.ts';
import { findAccess } from './kube/find-access.ts';
import { resourcePath } from './kube/resource-path.ts';
import { openSession, type Session } from './kube/session.ts';
import { openHttpDoor } from './observe/http.ts';
import type { Logger } from './observe/logger.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { NamespaceReconciler } from './reconcile/namespace-reconciler.ts';
import { Parking } from './reconcile/parking.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { claimName, keepName, rotateForEver } from './reconcile/upkeep.ts';
import { namespaceKeyOf, namespaceOfKey, targetOf } from './reconcile/wake.ts';
import { jitter } from './runtime/backoff.ts';
import { systemClock as clock } from './runtime/clock.ts';
import { runController } from './runtime/controller.ts';
import { Offload } from './runtime/offload.ts';
import { WorkQueue } from './runtime/work-queue.ts';
import { isStoreAway } from './settle/store-failure.ts';
import { Thinker } from './settle/thinker.ts';
import { migrate } from './store/migrate.ts';
import { assertUsable } from './store/schema-state.ts';
import { createStore, type PostgresStore } from './store/store.ts';
import { count, tell, tellNamespace } from './tell.ts';
import { watchForWork } from './watch-for-work.ts';

const random = Math.random;
const thinkerThread = new URL('./settle/thinker-thread.ts', import.meta.url);

/** Runs until the signal is aborted and work in hand is done. Rejects when it cannot run at all. */
export async function runOperator(settings: Settings, logger: Logger, signal: AbortSignal): Promise<void> {
  const metrics = createMetrics();
  const queue = createQueue(metrics);
  let notReady: string | null = 'starting';
  await using stack = new AsyncDisposableStack();

  const door = await openHttpDoor({
    host: settings.httpHost,
    port: settings.httpPort,
    notReady: () => notReady,
    metrics: () => metrics.render(queue.stats()),
  });
  stack.defer(() => door.close());
  logger.info({ host: door.host, port: door.port, cluster: settings.cluster }, 'starting');

  const store = openStore(settings, logger);
  stack.defer(() => store.close());
  const session = await openApi(settings, metrics);
  stack.defer(() => session.close());
  const cluster = createCluster(session, metrics, logger);

  const parking = new Parking({
    probes: { store: probe => store.ping(probe), api: probe => pingApi(session, probe) },
    wake: key => queue.add(key),
    clock,
    random,
    signal,
    onChange: (dependency, up) => {
      metrics.up.set({ dependency }, up ? 1 : 0);
      logger[up ? 'info' : 'warn']({ dependency }, up ? 'answers again' : 'does not answer');
    },
  });
  const offload = new Offload({
    module: thinkerThread,
    clock,
    taskTimeoutMs: 20_000,
    maxHeapMiB: 1024,
    idleMs: 60_000,
  });
  stack.defer(() => offload.close());
  const wake = (key: string) => queue.add(key);
  const reconciler = new Reconciler({
    cluster,
    store,
    reading: { cluster: settings.cluster, trustStamps: settings.trustStamps },
    targetRetryMs: settings.targetRetryMs,
    thinker: new Thinker(offload, settings),
    clock,
    wake,
    park: (key, dependency) => parking.park(key, dependency),
    report: report => tell(report, metrics, logger),
  });
  const namespaces = new NamespaceReconciler({
    cluster,
    store,
    clock,
    park: (key, dependency) => parking.park(key, dependency),
    report: report => tellNamespace(report, metrics, logger),
  });
  watchForWork(cluster, queue);

  // The watches outlive the signal: work in hand still needs them to end well.
  const watching = new AbortController();
  const watches = cluster.run(watching.signal);
  stack.defer(async () => {
    watching.abort(new Error('stopped'));
    await watches;
  });

  await untilStoreAnswers(logger, signal, () => prepareSchema(settings, store, logger, signal));
  await untilSynced(cluster, signal);
  const upkeep = {
    store,
    clock,
    random,
    failed: (what: string, error: unknown) => logger.error({ err: error }, `${what} failed`),
  };
  const claim = { name: settings.cluster, uid: clusterUid(cluster), heartbeatMs: settings.heartbeatMs };
  await untilStoreAnswers(logger, signal, () => claimName(upkeep, claim, signal));
  notReady = null;
  for (const dependency of ['store', 'api'] as const) metrics.up.set({ dependency }, 1);
  logger.info({ ...counts(cluster) }, 'ready');

  metrics.maxWorkers.set({ controller: metrics.controller }, settings.workers);
  const failure = new AbortController();
  const running = AbortSignal.any([signal, failure.signal]);
  const background = Promise.all([
    resyncForEver(cluster, queue, settings.resyncMs, running),
    rotateForEver(upkeep, { maxEntries: settings.logMaxEntries, maxAgeMs: settings.logMaxAgeMs }, running),
    keepName(upkeep, claim, running).catch(error => failure.abort(error)),
  ]);
  const { abandoned } = await runController(
    {
      queue,
      clock,
      workers: settings.workers,
      reconcile: (key, attempt) => {
        const namespace = namespaceOfKey(key);
        return namespace === null
          ? reconciler.reconcile(key, attempt)
          : namespaces.reconcile(key, namespace, attempt);
      },
      drainMs: 9_000,
      abandonMs: 500,
      hooks: { finished: (key, outcome, ms) => count(key, outcome, ms, metrics, logger) },
    },
    running,
  );
  notReady = 'stopping';
  await background;
  logger.info({ abandoned }, 'stopped');
  if (failure.signal.aborted) throw failure.signal.reason;
}

function createQueue(metrics: Metrics): WorkQueue {
  const name = metrics.controller;
  return new WorkQueue({
    clock,
    random,
    hooks: {
      added: () => metrics.queueAdds.inc({ name }),
      taken: (_, waitedMs) => metrics.queueSeconds.observe({ name }, waitedMs / 1000),
      finished: workedMs => metrics.workSeconds.observe({ name }, workedMs / 1000),
      retried: () => metrics.retries.inc({ name }),
    },
  });
}

function openStore(settings: Settings, logger: Logger): PostgresStore {
  return createStore(
    {
      url: settings.databaseUrl,
      schema: settings.databaseSchema,
      max: settings.databaseConnections,
      applicationName: `pawl-${settings.cluster}`,
    },
    { clock, random, onError: error => logger.debug({ err: error }, 'a connection to PostgreSQL was lost') },
  );
}

async function openApi(settings: Settings, metrics: Metrics): Promise<Session> {
  const access = await findAccess({
    kubeconfig: settings.kubeconfig ?? undefined,
    context: settings.context ?? undefined,
    serviceHost: settings.serviceHost ?? undefined,
    servicePort: settings.servicePort ?? undefined,
  });
  return openSession({
    access,
    clock,
    userAgent: 'pawl',
    onRequest: ({ method, status }) => metrics.apiRequests.inc({ method, code: String(status) }),
  });
}

function createCluster(session: Session, metrics: Metrics, logger: Logger): KubeCluster {
  return new KubeCluster(session, {
    clock,
    random,
    instance: `pawl-${randomBytes(4).toString('hex')}`,
    configOf,
    targetOf,
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

async function pingApi(session: Session, signal: AbortSignal): Promise<void> {
  const path = resourcePath({ group: 'pawl.dev', version: 'v1alpha1', plural: 'configversions' });
  await session.request({ method: 'GET', path, query: { limit: 1, resourceVersion: '0' }, signal });
}

/** Migrates, or checks the schema. */
async function prepareSchema(
  settings: Settings,
  store: PostgresStore,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { databaseUrl: url, databaseSchema: schema } = settings;
  if (settings.migrate === 'never') assertUsable(await store.schemaState(signal));
  else await migrate({ url, schema, log: message => logger.debug(message) }, signal);
}

/** Waits for PostgreSQL as long as it takes. */
async function untilStoreAnswers(
  logger: Logger,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  for (let delay = 250; ; delay = Math.min(delay * 2, 4_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isStoreAway(error)) throw error;
      logger.warn({ err: error }, 'waiting for PostgreSQL');
      await clock.sleep(jitter(delay, 0.2, random), signal);
    }
  }
}

/** What tells this cluster from every other, also from one rebuilt under its name. */
function clusterUid(cluster: KubeCluster): string {
  const uid = cluster.kubeNamespace('kube-system')?.uid;
  if (uid === undefined)
    throw new Error('this cluster has no namespace kube-system, whose UID identifies it');
  return uid;
}

async function untilSynced(cluster: KubeCluster, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([cluster.synced(), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The net under missed events: everything is looked at again, behind whatever people just changed. */
async function resyncForEver(
  cluster: KubeCluster,
  queue: WorkQueue,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(jitter(everyMs, 0.1, random), signal);
    } catch {
      return;
    }
    for (const { metadata } of cluster.configVersions()) {
      queue.add(`${metadata.namespace}/${metadata.name}`, 'resync');
    }
    for (const { metadata } of cluster.configNamespaces()) queue.add(namespaceKeyOf(metadata.name), 'resync');
  }
}

function counts(cluster: KubeCluster) {
  return {
    configVersions: cluster.state('configversions').objects,
    configMaps: cluster.state('configmaps').objects,
    configNamespaces: cluster.state('confignamespaces').objects,
  };
}
