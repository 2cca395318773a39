/**
 * The API as a running server: TLS with certificates that follow their files, one hub for all watchers, and an end
 * that lets what is under way finish. It may run in every replica at once; nothing here leads.
 */
import type { Server } from 'node:https';
import type { FastifyBaseLogger } from 'fastify';
import type { StoreFacts } from '../history/words/store-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import { heapShareMiB } from '../runtime/heap-share.ts';
import { Offload } from '../runtime/offload.ts';
import type { OneThread } from '../runtime/one-thread.ts';
import { type ShareLimits, Shares } from '../runtime/shares.ts';
import { ProxyTrust, type ReadFrontProxy } from './aggregated/front-proxy.ts';
import { createApp } from './app.ts';
import { ByteRate } from './byte-rate.ts';
import { type ByteLimits, BytesUnderWay } from './bytes-under-way.ts';
import type { Namespaces, ServerParts } from './call.ts';
import { surroundingsOf } from './diagnosis.ts';
import { Gate, type Reviews } from './gate.ts';
import { Comparer } from './heavy.ts';
import { LoopTurns } from './loop-turns.ts';
import type { AnsweredRequest } from './measure.ts';
import { takeTurnsToConnect } from './new-connections.ts';
import type { History, KeptProposals, Proposals, Writing } from './ports.ts';
import { ProcessorTime } from './processor-time.ts';
import { type WatchLimits, watchLimits } from './standing.ts';
import { type CertificateFiles, certificateEndOf, followMaterial, readMaterial } from './tls.ts';
import { Turns } from './turns.ts';
import { Ui, type UiSettings } from './ui/ui.ts';
import { WatchHub } from './watch-hub.ts';

export interface ServerSettings extends CertificateFiles {
  /** Empty: every address of this machine. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Bytes of a text. */
  readonly maxBodyBytes: number;
  /** Of one person or program. */
  readonly requestsPerMinute: number;
  readonly maxWatchers: number;
}

export interface ServerOptions {
  readonly settings: ServerSettings;
  readonly history: History;
  readonly writing: Writing;
  readonly namespaces: Namespaces;
  readonly proposals: Proposals;
  readonly waiting: KeptProposals;
  /** Holds texts against schemas. Absent: there are none. */
  readonly checker?: NonNullable<ServerParts['checker']>;
  readonly searcher?: NonNullable<ServerParts['searcher']>;
  /** Absent: nothing can be promoted here. */
  readonly carrier?: NonNullable<ServerParts['carrier']>;
  /** Absent: there is no cluster to keep freezes in. */
  readonly freezing?: NonNullable<ServerParts['freezing']>;
  /** What the database says about itself. Absent: it is not asked. */
  readonly facts?: (signal: AbortSignal) => Promise<StoreFacts>;
  readonly reviews: Reviews;
  readonly clock: Clock;
  readonly logger: FastifyBaseLogger;
  /** How the API server forwards people; read again and again. Absent: the aggregated API is not served. */
  readonly frontProxy?: ReadFrontProxy;
  /** Whether to answer the webhook that stamps who asked. */
  readonly stampRequests?: boolean;
  /** The web page. Absent: there is none. */
  readonly ui?: UiSettings;
  /** Told of every request when it is over, for the metrics. */
  readonly onAnswer?: (answered: AnsweredRequest) => void;
  /** For tests: an answer that the OpenAPI document does not promise is an error. */
  readonly checkAnswers?: boolean;
  /** For a request to arrive, and for its answer to be found. Default 30 s. */
  readonly requestMs?: number;
  /** Shared with other Offloads, where memory is small. */
  readonly oneThread?: OneThread | undefined;
  /** Bytes of bodies and answers held at one moment. Default: what a pod of 512 MiB can hold. */
  readonly underWay?: ByteLimits;
  /** Milliseconds of processor time of one tenant. */
  readonly processorTime?: ShareLimits;
  /** How often watchers' rights are checked again. */
  readonly watches?: Partial<WatchLimits>;
  /** How often certificates and the front proxy are looked at. Default 10 s. */
  readonly certificatesMs?: number;
}

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly watchers: number;
  /** When the certificate in use ends, in ms since 1970. */
  readonly certificateEnd: number;
  /** Ends watches, lets requests under way finish, and after 8 s cuts what is left. */
  close(): Promise<void>;
}

/** JSON may write a character of two or three bytes as six, and a line end as two. */
const escapedFactor = 3;
const overheadBytes = 64 * 1024;
/** A deployment may have hundreds of texts; a client with more sends two deployments. */
const deploymentFactor = 16;
const drainMs = 8_000;
/**
 * Of one tenant, in milliseconds, while others ask: a fourth of a processor. The burst is what others have to wait for once;
 * whoever has taken nothing for a while may take more with one request.
 */
const processorTime: ShareLimits = { perSecond: 250, burst: 1_000 };
/** Of one address. Behind an Ingress all people come from one. */
const signingInPerMinute = 600;
/** A fourth of all watchers may be one tenant's, and a few in any case. */
const watchersEach = (all: number) => Math.max(16, Math.ceil(all / 4));

/** Rejects when there is no certificate, no free port, or the server is not what api/openapi.yaml says. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, history, clock, logger } = options;
  const { certificatesMs: everyMs = 10_000, requestMs = 30_000 } = options;
  const material = await readMaterial(settings);
  let certificateEnd = certificateEndOf(material);
  const stopping = new AbortController();
  const offload = new Offload({
    module: new URL('./heavy-thread.ts', import.meta.url),
    clock,
    taskCpuMs: 10_000,
    // The reader of proposals has a thread of its own, with half of the memory.
    maxHeapMiB: heapShareMiB(process.constrainedMemory(), { share: 4, most: 512 }),
    idleMs: 60_000,
    oneThread: options.oneThread,
  });
  const hub = new WatchHub({
    feed: history,
    clock,
    everyMs: 250,
    bookmarkMs: 15_000,
    maxWaiting: 256,
    maxWatchers: settings.maxWatchers,
    maxWatchersEach: watchersEach(settings.maxWatchers),
    failed: error => logger.warn({ err: error }, 'the feed of changes cannot be read'),
  });
  const trust =
    options.frontProxy &&
    new ProxyTrust({
      ...{ read: options.frontProxy, clock, everyMs },
      onChange: error => {
        if (error) logger.warn({ err: error }, 'the front-proxy settings of the API server cannot be read');
        else logger.info('users forwarded by the API server are trusted by its present certificate');
      },
    });
  await trust?.refresh(stopping.signal);
  const { namespaces } = options;
  const gate = new Gate(options.reviews, clock, name => namespaces.isOpen?.(name) ?? true);
  const ui =
    options.ui && new Ui({ ...{ settings: options.ui, gate, clock }, requestsPerMinute: signingInPerMinute });
  const bodyBytes = settings.maxBodyBytes * escapedFactor + overheadBytes;
  // A deployment counts twice, as bytes and as what is read from them; a tenant may send one at a time.
  const each = 2 * bodyBytes * deploymentFactor;
  const time = new ProcessorTime(new Shares(options.processorTime ?? processorTime, clock), clock);
  const app = await createApp({
    parts: {
      ...{ history, hub, clock },
      writing: options.writing,
      namespaces,
      proposals: options.proposals,
      waiting: options.waiting,
      ...(options.checker && { checker: options.checker }),
      ...(options.searcher && { searcher: options.searcher }),
      ...(options.carrier && { carrier: options.carrier }),
      ...(options.freezing && { freezing: options.freezing }),
      ...(options.facts && { surroundings: surroundingsOf(options.facts, clock, () => certificateEnd) }),
      gate,
      comparer: new Comparer(offload),
      underWay: new BytesUnderWay(options.underWay ?? { total: Math.max(160 << 20, 1.5 * each), each }),
      bodyRate: new ByteRate(new Shares({ perSecond: 1 << 20, burst: bodyBytes * deploymentFactor }, clock)),
      ...{ processorTime: time, loop: new LoopTurns(time, clock) },
      // Of five connections to read by, which is the default, one tenant has three.
      reads: new Turns({ atOnce: 32, each: 3, waitingEach: 64 }),
      searches: new Turns({ atOnce: 3, waitingEach: 8 }),
      lookThroughs: new Turns({ atOnce: 4, waitingEach: 8 }),
      maxBodyBytes: settings.maxBodyBytes,
    },
    logger,
    listen: {
      https: {
        ...material,
        minVersion: 'TLSv1.2',
        maxHeaderSize: 32 * 1024,
        // Refused like everything else that is odd, with words.
        requireHostHeader: false,
        headersTimeout: Math.min(10_000, requestMs),
        handshakeTimeout: 10_000,
        connectionsCheckingInterval: Math.min(2_000, requestMs),
        // A connection with any certificate is accepted; the certificate is checked when it forwards a user.
        ...(trust && { requestCert: true, rejectUnauthorized: false, ca: [...trust.authorities] }),
      },
    },
    limits: {
      requestsPerMinute: settings.requestsPerMinute,
      bodyBytes,
      deploymentBytes: bodyBytes * deploymentFactor,
      requestMs,
      watches: { ...watchLimits, ...options.watches },
    },
    ...(trust && { trust }),
    ...(ui && { ui }),
    stampRequests: options.stampRequests ?? false,
    ...(options.onAnswer && { onAnswer: options.onAnswer }),
    checkAnswers: options.checkAnswers ?? false,
  });
  const newConnections = takeTurnsToConnect(app.server as unknown as Server, clock);
  await app.listen({ host: settings.host || '::', port: settings.port });
  const following = followMaterial(
    app.server as unknown as Server,
    settings,
    material,
    {
      clock,
      everyMs,
      ...(trust && { extra: () => ({ ca: trust.authorities }) }),
      onUse: used => {
        certificateEnd = certificateEndOf(used);
      },
      onChange: error => {
        if (error)
          logger.error(
            { err: error },
            'the new certificate of the API cannot be used; the one before stays in use',
          );
        else logger.info('the API uses its new certificate');
      },
    },
    stopping.signal,
  );
  const trusting = trust?.follow(stopping.signal);
  const address = app.server.address();
  return {
    host: settings.host,
    port: typeof address === 'object' && address ? address.port : settings.port,
    get watchers() {
      return hub.watchers;
    },
    get certificateEnd() {
      return certificateEnd;
    },
    async close() {
      stopping.abort(new Error('stopped'));
      const cut = clock.timer(drainMs, () => app.server.closeAllConnections());
      // Watches end first, or closing would wait for their connections.
      await hub.close();
      newConnections.close();
      await app.close();
      cut.cancel();
      await following;
      await trusting;
      await offload.close();
    },
  };
}
