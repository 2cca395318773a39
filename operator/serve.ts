/**
 * Connects the HTTP API to what it needs. It runs in every process that has an address for it, leading or not: the
 * database decides between writers.
 */

import { Imports } from '../history/settle/imports.ts';
import type { Quotas } from '../history/settle/quotas.ts';
import { Requests } from '../history/settle/requests.ts';
import type { Thinker } from '../history/settle/thinker.ts';
import { readFacts } from '../history/store/facts.ts';
import { PostgresHistory } from '../history/store/history.ts';
import { PostgresProposals } from '../history/store/proposals.ts';
import { PostgresRequests } from '../history/store/requests.ts';
import type { PostgresStore } from '../history/store/store.ts';
import type { ConfigId, View } from '../history/words/model.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { systemClock as clock } from '../runtime/clock.ts';
import type { OneThread } from '../runtime/one-thread.ts';
import { startServer } from '../server/server.ts';
import type { Settings } from './config.ts';
import { KnownNamespaces } from './known-namespaces.ts';
import type { KubeCluster } from './kube/cluster.ts';
import { readFrontProxy } from './kube/front-proxy.ts';
import { reviewAccess, reviewToken } from './kube/reviews.ts';
import type { Session } from './kube/session.ts';
import { openUi } from './open-ui.ts';
import { proposalsOf } from './proposals.ts';
import { highestSeen } from './reconcile/restore.ts';
import type { Restarts } from './restart-work.ts';
import type { Tenancy } from './tenancy.ts';

export interface ServeContext {
  readonly settings: Settings;
  readonly api: NonNullable<Settings['api']>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly session: Session;
  readonly cluster: KubeCluster;
  readonly store: PostgresStore;
  /** With connections that only reads take. */
  readonly reads: PostgresStore;
  readonly thinker: Thinker;
  readonly oneThread: OneThread | undefined;
  readonly tenancy: Tenancy;
  readonly quotas: Quotas;
  readonly restarts: Restarts | null;
}

/** To ask the store whose a history is. */
const holdMs = 5_000;

/** Answers when the API takes requests; disposing lets those under way finish. */
export async function serveApi(context: ServeContext): Promise<AsyncDisposable> {
  const { settings, api, logger, metrics, session, cluster, store, reads, thinker, tenancy } = context;
  const { quotas, restarts } = context;
  const kept = new PostgresProposals(store);
  const requests = new PostgresRequests(store);
  const known = new KnownNamespaces({ cluster, clock });
  const seen = (config: ConfigId, view: View) => highestSeen(cluster, config, view);
  const settling = new Requests(store, requests, thinker, seen, quotas);
  const imports = new Imports(store, requests, thinker, seen, quotas);
  const server = await startServer({
    settings: { ...api, maxBodyBytes: settings.maxBodyBytes },
    oneThread: context.oneThread,
    history: new PostgresHistory(reads, clock),
    writing: {
      done: (idempotency, signal) => requests.done(idempotency, signal),
      import: (request, place, signal) => imports.import(request, place, signal),
      write: (request, options, signal) => settling.write(request, options, signal),
      createNamespace: (input, signal) => requests.createNamespace(input, signal),
      deleteNamespace: (input, signal) => requests.deleteNamespace(input, signal),
      deleteConfig: (input, signal) => requests.deleteConfig(input, signal),
      undeleteConfig: (input, signal) => requests.undeleteConfig(input, signal),
      deleteVersion: (input, signal) => requests.deleteVersion(input, signal),
      purgeVersion: (input, signal) => requests.purgeVersion(input, signal),
    },
    namespaces: {
      exists: name => known.exists(name),
      arrives: (name, signal) => known.arrives(name, signal),
      isOpen: async name => (await tenancy.holdOf(name, name, AbortSignal.timeout(holdMs))) === 'open',
      schemas: config => cluster.schemas().for(config),
      policy: name => cluster.configNamespace(name)?.spec.policy ?? {},
    },
    facts: signal => readFacts(reads, signal),
    checker: thinker.schemas,
    searcher: thinker.secrets,
    carrier: thinker,
    freezing: {
      freeze: (name, freeze, signal) => cluster.freeze(name, freeze, signal),
      unfreeze: (name, freeze, signal) => cluster.unfreeze(name, freeze, signal),
    },
    waiting: kept,
    proposals: proposalsOf(cluster, {
      store: reads,
      thinker,
      reading: { cluster: settings.cluster, trustStamps: settings.trustStamps },
      watched: settings.watchNamespaces,
      holds: (configNamespace, kubeNamespace, signal) =>
        tenancy.holdOf(configNamespace, kubeNamespace, signal),
      workloads: restarts?.workloads ?? null,
      judgements: kept,
    }),
    reviews: {
      token: (token, signal) => reviewToken(session, { token, audience: api.audience }, signal),
      access: (principal, deed, signal) => reviewAccess(session, principal, deed, signal),
    },
    ui: await openUi(settings.ui, logger),
    frontProxy: signal => readFrontProxy(session, signal),
    stampRequests: settings.stampRequests,
    onAnswer: ({ operation, code, seconds }) => {
      metrics.httpRequests.inc({ operation, code });
      if (seconds !== null) metrics.httpSeconds.observe({ operation }, seconds);
    },
    clock,
    logger: logger.child({ part: 'api' }),
  });
  metrics.countWatchers(() => server.watchers);
  metrics.followCertificate(() => server.certificateEnd);
  logger.info({ host: server.host, port: server.port }, 'the API takes requests');
  return { [Symbol.asyncDispose]: () => server.close() };
}
