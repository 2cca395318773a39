/**
 * Ties the rooms together: watches fill the desk, and the leader works on what is there; the store and the API server
 * are behind ports. Starts the parts in the order in which they need each other and stops them in reverse; an absent
 * PostgreSQL or API server at the start is waited for, not a reason to end.
 */

import { Quotas } from '../history/settle/quotas.ts';
import { Thinker } from '../history/settle/thinker.ts';
import { PostgresRequests } from '../history/store/requests.ts';
import { openHttpDoor } from '../observe/http.ts';
import type { Logger } from '../observe/logger.ts';
import { createMetrics } from '../observe/metrics.ts';
import { createTracing } from '../observe/tracing.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import { heapShareMiB, oneThreadIn } from '../runtime/heap-share.ts';
import { runElected, type Term } from '../runtime/leader-election.ts';
import { Offload } from '../runtime/offload.ts';
import type { Settings } from './config.ts';
import { Desk, idleQueue } from './desk.ts';
import { Health } from './health.ts';
import { removeApiServiceWith } from './kube/api-service.ts';
import type { KubeCluster } from './kube/cluster.ts';
import { openNotifying } from './notify-work.ts';
import {
  checkSelector,
  clusterUid,
  instance,
  openCluster,
  openKube,
  openLease,
  openReadStore,
  openStore,
  pingApi,
  prepareSchema,
} from './open.ts';
import { Referring } from './projection/referring.ts';
import { ProjectionDesk } from './projection-desk.ts';
import { Fights } from './reconcile/fights.ts';
import { claimName } from './reconcile/upkeep.ts';
import { openRestarts } from './restart-work.ts';
import { tellOfWatchedNamespaces, traced, watchForMetrics } from './tell.ts';
import { Tenancy } from './tenancy.ts';
import { untilStoreAnswers, untilSynced } from './wait.ts';
import { watchForProjections } from './watch-for-projections.ts';
import { watchForWork } from './watch-for-work.ts';
import { upkeepOf, type WorkContext, workFor } from './work.ts';

const random = Math.random;
const thinkerThread = new URL('../history/settle/thinker-thread.ts', import.meta.url);

/** Runs until the signal is aborted and work in hand is done. Rejects when it cannot run at all. */
export async function runOperator(settings: Settings, logger: Logger, signal: AbortSignal): Promise<void> {
  const metrics = createMetrics();
  let notReady: string | null = 'starting';
  let desk: Desk | undefined;
  let projectionDesk: ProjectionDesk | undefined;
  await using stack = new AsyncDisposableStack();

  const door = await openHttpDoor({
    host: settings.httpHost,
    port: settings.httpPort,
    notReady: () => (signal.aborted ? 'stopping' : notReady),
    metrics: () => metrics.render(desk?.stats() ?? idleQueue, projectionDesk?.stats() ?? idleQueue),
  });
  stack.defer(() => door.close());
  logger.info({ host: door.host, port: door.port, cluster: settings.cluster }, 'starting');

  const store = openStore(settings, logger, () => desk?.isBusy() ?? false);
  stack.defer(() => store.close());
  const { session, namespace } = await openKube(settings, metrics);
  stack.defer(() => session.close());
  await checkSelector(settings, session, signal);
  const cluster = openCluster(settings, session, metrics, logger);
  desk = new Desk(cluster);
  const oneThread = oneThreadIn(process.constrainedMemory());
  const offload = new Offload({
    module: thinkerThread,
    clock,
    taskCpuMs: 20_000,
    // A text that needs more must not take everything else with it.
    maxHeapMiB: heapShareMiB(process.constrainedMemory(), { share: 2, most: 1024 }),
    idleMs: 60_000,
    oneThread,
  });
  stack.defer(() => offload.close());
  const fights = new Fights(clock);
  watchForWork(cluster, desk, fights);
  projectionDesk = new ProjectionDesk(cluster);
  const referring = new Referring();
  watchForProjections(cluster, projectionDesk, { fights, referring }, key => desk?.add(key));
  const firstSeen = watchForMetrics(cluster, metrics);
  const restarts = openRestarts(settings, { session, cluster, metrics, logger });
  const notifying = openNotifying(settings, { session, metrics, logger });

  // The watches outlive the signal: work in hand still needs them to end well.
  const watching = new AbortController();
  const health = new Health(
    { store: probe => store.ping(probe), api: probe => pingApi(session, probe) },
    metrics,
    logger,
  );
  const watches = Promise.all([
    cluster.run(watching.signal),
    health.run(watching.signal),
    restarts?.workloads.run(watching.signal),
    notifying.notifiers.run(watching.signal),
  ]);
  stack.defer(async () => {
    watching.abort(new Error('stopped'));
    await watches;
  });

  const waiting = { clock, random, logger };
  await untilStoreAnswers(waiting, signal, () => prepareSchema(settings, store, logger, signal));
  await untilSynced(cluster, signal);
  if (settings.api) {
    removeApiServiceWith(cluster, session, namespace, error => {
      const about = { namespace, apiService: 'v1alpha1.store.pawl.dev' };
      if (error === undefined)
        logger.warn(about, 'this namespace is being deleted, and the APIService with it');
      else
        logger.error({ ...about, err: error }, 'this namespace is being deleted; delete the APIService, too');
    });
  }
  tellOfWatchedNamespaces(cluster, settings.watchNamespaces ?? [], metrics, logger);
  const thinker = new Thinker(offload, settings);
  const tracing = createTracing({ merge: ms => metrics.mergeSeconds.observe(ms / 1000) });
  const parts = traced({ cluster, store, thinker }, tracing);
  const tenancy = new Tenancy({
    ...{ cluster, store, clock, name: settings.cluster, uid: clusterUid(cluster) },
    reuse: settings.namespaceReuse,
  });
  const quotas = new Quotas({ preset: settings.quota, requests: new PostgresRequests(store), clock });
  const context: WorkContext = {
    settings,
    tenancy,
    quotas,
    logger,
    metrics,
    session,
    desk,
    projectionDesk,
    restarts,
    notifying,
    fights,
    referring,
    firstSeen,
    tracing,
    probers: health.probers,
    ...parts,
  };
  const { upkeep, claim } = upkeepOf(context);
  await untilStoreAnswers(waiting, signal, () => claimName(upkeep, claim, signal));
  if (settings.api) {
    // Loaded only by those who want it: it is a third of what the operator's own code takes.
    const { serveApi } = await import('./serve.ts');
    const reads = openReadStore(settings, logger);
    stack.defer(() => reads.close());
    const { api } = settings;
    stack.use(
      await serveApi({
        ...{ settings, api, logger, metrics, session, cluster, store, reads },
        ...{ thinker, oneThread, tenancy, quotas, restarts },
      }),
    );
  }
  notReady = null;
  logger.info({ ...counts(cluster) }, 'ready');

  const work = (term: Term) => workFor(context, term, signal);
  if (!settings.leaderElect) return await work(forEver);
  const lease = openLease(settings, session, namespace);
  const name = settings.leaseName;
  metrics.leading.set({ name }, 0);
  const election = {
    lease,
    identity: instance,
    times: settings.lease,
    clock,
    random,
    hooks: {
      observed: (holder: string) =>
        logger.info({ lease: `${namespace}/${name}`, holder: holder || null }, 'stands by'),
      won: () => {
        metrics.leading.set({ name }, 1);
        logger.info({ lease: `${namespace}/${name}`, identity: instance }, 'leads');
      },
      lost: (reason: Error) => {
        metrics.leading.set({ name }, 0);
        logger.warn({ lease: `${namespace}/${name}`, why: reason.message }, 'leads no longer');
      },
      failed: (error: unknown) => logger.warn({ err: error }, 'the lease cannot be read or written'),
    },
  };
  await runElected(election, work, signal);
}

/** The term of a process that shares its work with nobody. */
const forEver: Term = { signal: new AbortController().signal, check: () => {} };

function counts(cluster: KubeCluster) {
  return {
    configVersions: cluster.state('configversions').objects,
    configProjections: cluster.state('configprojections').objects,
    configMaps: cluster.state('configmaps').objects,
    configNamespaces: cluster.state('confignamespaces').objects,
  };
}
