/**
 * The HTTP server: what every API on it needs of fastify, such as sizes, times, ids and errors, and which APIs there
 * are. Invariant: every refusal is a problem document, and no text of a config gets into the log.
 */
import { randomUUID } from 'node:crypto';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import { Shares } from '../runtime/shares.ts';
import { admissionWebhook } from './admission/plugin.ts';
import { restRoot } from './aggregated/address.ts';
import { callerOf } from './aggregated/caller.ts';
import type { ProxyTrust } from './aggregated/front-proxy.ts';
import { aggregatedApi } from './aggregated/plugin.ts';
import type { Hold } from './bytes-under-way.ts';
import { answerError, refuseBytes, strictHeaders } from './errors.ts';
import type { Principal } from './gate.ts';
import { type AnsweredRequest, tellWhenOver } from './measure.ts';
import { oddityOf } from './odd-requests.ts';
import { Refused } from './problems.ts';
import { type Identify, type RestOptions, restApi } from './rest.ts';
import { methodRefused } from './rest-urls.ts';
import type { Target } from './target.ts';
import type { Ui } from './ui/ui.ts';
import { UnreadBodies } from './unread.ts';
import { withoutVersionAddress } from './version-address.ts';

export interface AppOptions extends RestOptions {
  readonly logger: FastifyBaseLogger;
  /** Options of the listening server, such as `{ https: … }`. */
  readonly listen: object;
  /** Which front proxy to trust behind the API server's aggregation layer. Absent: the aggregated API is not served. */
  readonly trust?: ProxyTrust;
  /** Whether to answer the webhook that stamps who asked. */
  readonly stampRequests?: boolean;
  /** Absent: there is no web page. */
  readonly ui?: Ui;
  /** Told of every request when it is over. */
  readonly onAnswer?: (answered: AnsweredRequest) => void;
  /** For tests: an answer that the OpenAPI document does not promise is an error. */
  readonly checkAnswers?: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** null: nobody known. */
    principal: Principal | null;
    /** null: nothing that the URL names, or not looked at yet. */
    target: Target | null;
    /** What its body and its answer take of the server's memory. null: next to nothing. */
    held: Hold | null;
    /** Bytes of a body. 0: what every body may have. */
    maxBody: number;
  }
}

/** What is read of bodies only to be dropped, from one address: about the largest one at once. */
const unreadLimits = { perSecond: 8 << 20, burst: 64 << 20 };

export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { limits, logger, listen, ui } = options;
  const app = fastify({
    ...listen,
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: 0,
    keepAliveTimeout: 30_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    requestIdHeader: false,
    // A request's id is logged where something is logged; a logger of its own would cost every request, and few log
    // anything.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']),
    routerOptions: { maxParamLength: 4_096, ignoreTrailingSlash: false, caseSensitive: true },
    clientErrorHandler: refuseBytes,
    rewriteUrl: ({ method = 'GET', url = '/' }: { method?: string; url?: string }) =>
      withoutVersionAddress(method, ui ? ui.rewrite(url) : url),
    frameworkErrors: (error, request, reply) => {
      void answerError(error, request as FastifyRequest, reply as FastifyReply);
    },
  } as FastifyServerOptions) as FastifyInstance;
  app.decorateRequest('principal', null).decorateRequest('target', null);
  app.decorateRequest('held', null).decorateRequest('maxBody', 0);
  app.removeAllContentTypeParsers();
  const { clock } = options.parts;
  const unread = new UnreadBodies(new Shares(unreadLimits, clock), clock);
  // Node would tell every client to send its body, before anybody has looked at who it is.
  for (const asking of ['checkContinue', 'checkExpectation'])
    app.server.on(asking, (request, reply) => app.server.emit('request', request, reply));
  // Set here once, for all of HTTP: fastify's own errors are not problem documents.
  app.setErrorHandler((error, request, reply) => {
    // fastify closes after every body that could not be parsed.
    reply.removeHeader('connection');
    return answerError(error as FastifyError, request, reply, clock);
  });
  app.setNotFoundHandler((request, reply) => {
    void answerError(
      new Refused('NotFound', 'There is nothing at this URL; see /openapi.json.'),
      request,
      reply,
    );
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (options.onAnswer) tellWhenOver(request, reply, options.onAnswer);
    // Also where nobody waits for the answer: then no response event comes.
    reply.raw.once('close', () => request.held?.release());
    reply.headers(strictHeaders).header('x-request-id', request.id);
    done(oddityOf(request.raw) ?? (request.is404 ? methodRefused(request) : undefined));
  });
  app.addHook('preParsing', (request, reply, _, done) => {
    const { 'content-length': stated } = request.headers;
    if (!(Number(stated) > (request.maxBody || limits.bodyBytes))) unread.want(request, reply);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    unread.drop(request, reply);
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, id, principal } = request;
    const route = request.routeOptions.url ?? '';
    const ms = Math.round(reply.elapsedTime);
    request.log.debug({ id, method, route, status: reply.statusCode, ms, user: principal?.name }, 'answered');
    done();
  });
  const { parts, trust } = options;
  const { gate } = parts;
  const byToken = ({ headers, raw }: FastifyRequest) => gate.identify(headers.authorization, raw.socket);
  const byAny: Identify = ui ? (request, reply) => ui.identify(request, reply, byToken) : byToken;
  await app.register(restApi(options, byAny));
  if (ui) await app.register(ui.routes('browsers', byToken));
  if (options.stampRequests) await app.register(admissionWebhook(parts.clock));
  if (trust) {
    const { requestsPerMinute, requestMs, watches } = limits;
    await app.register(aggregatedApi({ parts, trust, requestsPerMinute, requestMs, watches }));
    // The same routes again, for clients with a kubeconfig.
    const identify = async (request: FastifyRequest) => (await callerOf(request, { trust, gate })).principal;
    await app.register(restApi(options, identify), { prefix: restRoot });
    if (ui) await app.register(ui.routes('api-server', identify), { prefix: restRoot });
  }
  await app.ready();
  return app;
}

/** The caller's own, when it can stand in a log; else a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(header) ? header : randomUUID();
}
