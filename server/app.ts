/**
 * The HTTP side of the API: fastify with the document's routes, each request checked, asked for its token and its
 * rights before its body is read, and every refusal one kind of document. Invariant: no handler runs for somebody
 * unknown, and no text of a config gets into the log.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  type HTTPMethods,
  LogController,
} from 'fastify';
import { restRoot } from './aggregated/address.ts';
import { callerOf } from './aggregated/caller.ts';
import type { ProxyTrust } from './aggregated/front-proxy.ts';
import { aggregatedApi } from './aggregated/plugin.ts';
import { type Pace, sendEvents, sendWhole } from './answering.ts';
import type { Hold } from './bytes-under-way.ts';
import type { Answer, Call, Handler, ServerParts } from './call.ts';
import { answerError, invalid, refuseBytes, strictHeaders, truthful } from './errors.ts';
import type { Principal } from './gate.ts';
import { signalOf } from './gone.ts';
import { readJsonBody } from './json-body.ts';
import { type AnsweredRequest, tellWhenOver } from './measure.ts';
import type { Writing } from './ports.ts';
import { Refused } from './problems.ts';
import { limitRate } from './rate-limit.ts';
import { assertComplete } from './route-check.ts';
import { mayDeployTo } from './routes/deployments.ts';
import { handlers } from './routes/table.ts';
import { type Fault, type Operation, operations, type ParameterValues } from './spec.ts';
import { type WatchLimits, whileStanding } from './standing.ts';
import { type Target, targetOfUrl } from './target.ts';
import { tenantOf } from './tenant.ts';
import type { Ui } from './ui/ui.ts';
import { withoutVersionAddress } from './version-address.ts';

export interface AppOptions {
  readonly parts: ServerParts;
  readonly logger: FastifyBaseLogger;
  /** Options of the listening server, such as `{ https: … }`. */
  readonly listen: object;
  readonly limits: Limits;
  /** Whom to believe behind the API server's aggregation layer. Absent: the aggregated API is not served. */
  readonly trust?: ProxyTrust;
  /** Absent: there is no web page. */
  readonly ui?: Ui;
  /** Hears of every request when it is over. */
  readonly onAnswer?: (answered: AnsweredRequest) => void;
  /** For tests: an answer that the document does not promise is an error. */
  readonly checkAnswers?: boolean;
}

export interface Limits {
  /** Requests of one person or program in a minute. */
  readonly requestsPerMinute: number;
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /** Bytes of a deployment's body. */
  readonly deploymentBytes: number;
  /** For a request to arrive, for its answer to be found, and for a large answer to be read. */
  readonly requestMs: number;
  readonly watches: WatchLimits;
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
    // We say a request's id where we log; a logger for each would cost every request, and nearly none logs.
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
  // Said here once, for HTTP as a whole: fastify's own texts are no problem documents.
  app.setErrorHandler((error, request, reply) => answerError(error as FastifyError, request, reply));
  app.setNotFoundHandler((request, reply) => {
    void answerError(
      new Refused('NotFound', 'There is nothing at this URL; see /openapi.json.'),
      request,
      reply,
    );
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (options.onAnswer) tellWhenOver(request, reply, options.onAnswer);
    // Also where nobody waits for the answer: then there is no response to hear of.
    reply.raw.once('close', () => request.held?.release());
    reply.headers(strictHeaders).header('x-request-id', request.id);
    done(request.is404 ? methodRefused(request) : undefined);
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
  await app.register(api(options, byAny));
  if (ui) await app.register(ui.routes('browsers', byToken));
  if (trust) {
    const { requestsPerMinute, requestMs, watches } = limits;
    await app.register(aggregatedApi({ parts, trust, requestsPerMinute, requestMs, watches }));
    // The same once more, for those who come with a kubeconfig.
    const identify = async (request: FastifyRequest) => (await callerOf(request, { trust, gate })).principal;
    await app.register(api(options, identify), { prefix: restRoot });
    if (ui) await app.register(ui.routes('api-server', identify), { prefix: restRoot });
  }
  await app.ready();
  return app;
}

type Identify = (request: FastifyRequest, reply: FastifyReply) => Promise<Principal>;

/** What every request of a document is answered with. */
interface Served {
  readonly parts: ServerParts;
  /** Of requests with an Idempotency-Key. */
  readonly keyed: Writing;
  readonly unkeyed: Writing;
  readonly identify: Identify;
  readonly limits: Limits;
  readonly checkAnswers: boolean;
}

/** Everything of this document, with its own hooks: other APIs on the server do not get them. */
function api({ parts, limits, checkAnswers = false }: AppOptions, identify: Identify): FastifyPluginAsync {
  const [keyed, unkeyed] = [truthful(parts.writing, true), truthful(parts.writing, false)];
  const served: Served = { parts, keyed, unkeyed, identify, limits, checkAnswers };
  return async app => {
    const { prefix } = app;
    app.addContentTypeParser('application/json', (request: FastifyRequest, payload: IncomingMessage) => {
      const { operation } = request.routeOptions.config;
      return readJsonBody(payload, {
        maxBytes: request.maxBody || limits.bodyBytes,
        tooLarge: operation === 'deploy' ? largeDeployment : 'Send less: the limits are in docs/api.md.',
        hold: () => holdOf(parts, request),
      });
    });
    const registered: { method: string; url: string }[] = [];
    app.addHook('onRoute', ({ method, url }) => {
      // HEAD is GET without its body, and goes without saying.
      for (const one of [method].flat())
        if (one !== 'HEAD') registered.push({ method: one, url: url.slice(prefix.length) });
    });
    await limitRate(app, limits.requestsPerMinute);
    for (const operation of operations) {
      const handler = handlers[operation.id];
      if (handler.deeds && !namesNamespace(operation))
        throw new Error(`${operation.id}: rights are asked about a namespace, and its URLs name none`);
      app.route({
        method: methodsOf(operation),
        url: routeOf(operation.path),
        config: { operation: operation.id },
        onRequest: async (request, reply) => {
          await admit(operation, handler, served, request, reply);
          if (operation.id === 'deploy' && (await mayDeployTo(parts.gate, request)))
            request.maxBody = limits.deploymentBytes;
        },
        handler: (request, reply) => answer(operation, handler, served, request, reply),
      });
    }
    assertComplete(operations, registered);
  };
}

const largeDeployment =
  'Send less, or name the namespaces of a large deployment in the query (?namespaces=payments,billing): your rights in ' +
  'them are then asked before it is read. The limits are in docs/api.md.';

/** What this request holds of the server's memory, which ends with its answer. */
function holdOf({ underWay }: ServerParts, request: FastifyRequest): Hold {
  request.held ??= underWay.hold(tenantOf(request.principal ?? nobody));
  return request.held;
}

const namesNamespace = ({ path }: Operation): boolean => path.includes('{namespace}');

/** Who it is, what is asked for, and whether they may: in this order, and before the body is read. */
async function admit(
  operation: Operation,
  handler: Handler,
  { parts, identify }: Served,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  if (!operation.secured) return;
  request.principal = await identify(request, reply);
  if (!namesNamespace(operation)) return;
  request.target = targetOfUrl(urlOf(request));
  const deeds = handler.deeds?.(request.target);
  if (deeds) await parts.gate.demand(request.principal, ...deeds);
}

/** Whether this request would be let in now. Rejects with Refused. */
async function admitAgain(
  handler: Handler,
  { parts, identify }: Served,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const again = await identify(request, reply);
  const { principal, target } = request;
  if (again.name !== principal?.name || again.uid !== principal.uid)
    throw new Refused('Unauthenticated', 'This token is of somebody else now.');
  const deeds = target && handler.deeds?.(target);
  if (deeds) await parts.gate.demand(again, ...deeds);
}

async function answer(
  operation: Operation,
  handler: Handler,
  served: Served,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { parts, keyed, unkeyed, checkAnswers, limits } = served;
  const query = operation.read('query', request.query as Record<string, unknown>);
  const headers = operation.read('header', request.headers);
  const faults = [...query.faults, ...headers.faults, ...bodyFaults(operation, request)];
  if (faults.length > 0) throw invalid(faults);
  const call: Call = {
    ...parts,
    writing: headers.values['idempotency-key'] === undefined ? unkeyed : keyed,
    principal: request.principal ?? nobody,
    method: request.method,
    requestId: request.id,
    url: urlOf(request),
    target: request.target,
    query: query.values,
    headers: { ...headers.values, accept: request.headers.accept } as ParameterValues,
    body: request.body,
    signal: signalOf(reply),
    hold: bytes => holdOf(parts, request).grow(bytes),
    whileStanding() {
      const closed = new AbortController();
      reply.raw.once('close', () => closed.abort(new Error('the watch is over')));
      const { forwardedMs, ...often } = limits.watches;
      const forwarded = request.server.prefix !== '' && { maxMs: forwardedMs };
      const ask = () => admitAgain(handler, served, request, reply);
      return whileStanding(ask, { clock: parts.clock, ...often, ...forwarded }, closed.signal);
    },
  };
  const given = await handler.answer(call);
  if (checkAnswers) check(operation, given);
  const pace = { hold: () => holdOf(parts, request), clock: parts.clock, ms: limits.requestMs };
  return send(reply, given, within(request.server.prefix, given.headers), pace);
}

const nobody: Principal = { name: '', uid: '', groups: [], extra: {} };

function bodyFaults(operation: Operation, request: FastifyRequest): readonly Fault[] {
  if (!operation.takesBody) return [];
  if (request.body === undefined) return [{ in: 'body', detail: 'is missing: send JSON' }];
  return operation.checkBody(request.body);
}

function send(
  reply: FastifyReply,
  { status, json, text, events }: Answer,
  headers: Readonly<Record<string, string>>,
  pace: Pace,
): FastifyReply {
  reply.code(status).headers(headers);
  if (events) return sendEvents(reply, 'text/event-stream; charset=utf-8', events, pace);
  if (json === undefined && text === undefined) return reply.send();
  if (text === undefined) reply.header('content-type', 'application/json; charset=utf-8');
  const { method } = reply.request;
  return sendWhole(reply, text ?? JSON.stringify(json), pace, method !== 'GET' && method !== 'HEAD');
}

function check(operation: Operation, { status, headers, json, text, events }: Answer): void {
  const type = events
    ? 'text/event-stream'
    : json === undefined
      ? headers?.['content-type']
      : 'application/json';
  const wrong = operation.checkAnswer(
    status,
    type,
    json === undefined ? text : JSON.parse(JSON.stringify(json)),
  );
  if (wrong) throw new Error(`${operation.id} answers what the document does not promise: ${wrong}`);
}

/** A stream has no head of its own: whoever asks for it would wait for ever. */
function methodsOf({ method, path }: Operation): HTTPMethods[] {
  return method === 'GET' && !path.startsWith('/watch/') ? ['GET', 'HEAD'] : [method];
}

/** `/configs/{namespace}/{path}` → `/configs/:namespace/*` */
function routeOf(path: string): string {
  return path.replace('{namespace}', ':namespace').replace('{name}', ':name').replace('{path}', '*');
}

/** Of a method that the document does not have at this URL; other APIs' URLs pass. */
function methodRefused({ method, raw }: FastifyRequest): Refused | undefined {
  const path = (raw.url ?? '').split('?', 1)[0]!;
  const here = operations.filter(operation => patternOf(operation).test(path));
  const allow = here.flatMap(methodsOf);
  if (here.length === 0 || allow.includes(method)) return undefined;
  const detail = `Here only ${allow.join(', ')}.`;
  return new Refused('MethodNotAllowed', detail, {}, { headers: { allow: allow.join(', ') } });
}

const patterns = new Map(
  operations.map(({ path }) => [
    path,
    new RegExp(
      `^${path
        .replace(/[{]name(space)?[}]/g, '[^/]+')
        .replace('{path}', '.*')
        .replaceAll('.json', '[.]json')}$`,
      's',
    ),
  ]),
);
const patternOf = ({ path }: Operation): RegExp => patterns.get(path)!;

/** The URL as sent, below the prefix; clients behind a proxy may send it whole. */
function urlOf({ raw, server }: FastifyRequest): string {
  const url = raw.url ?? '/';
  const path = url.startsWith('/') ? url : url.replace(/^[a-z]+:\/\/[^/]*/i, '');
  if (server.prefix === '') return path;
  // By its segments: letters of the prefix may be sent percent-encoded.
  return `/${path.split('/').slice(server.prefix.split('/').length).join('/')}`;
}

/** Addresses in headers as they are behind the prefix. */
function within(prefix: string, headers: Answer['headers'] = {}): Readonly<Record<string, string>> {
  if (prefix === '') return headers;
  const { location, link } = headers;
  return {
    ...headers,
    ...(location !== undefined && { location: prefix + location }),
    ...(link !== undefined && { link: link.replaceAll('</', `<${prefix}/`) }),
  };
}

/** The caller's own, when it can stand in a log; else a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(header) ? header : randomUUID();
}
