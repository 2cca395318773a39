/**
 * The HTTP side of the API: fastify with the document's routes, each request checked, asked for its token and its
 * rights before its body is read, and every refusal one kind of document. Invariant: no handler runs for somebody
 * unknown, and no text of a config gets into the log.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
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
import type { Answer, Call, Handler, Parts } from './call.ts';
import { answerError, invalid, refuseBytes, strictHeaders, truthful } from './errors.ts';
import type { Principal } from './gate.ts';
import { signalOf } from './gone.ts';
import { type Answered, tellWhenOver } from './measure.ts';
import type { Writing } from './ports.ts';
import { Refused } from './problems.ts';
import { limitRate } from './rate-limit.ts';
import { assertComplete } from './route-check.ts';
import { handlers } from './routes/table.ts';
import { type Fault, type Operation, operations, type Values } from './spec.ts';
import { type Target, targetOf } from './target.ts';
import type { Ui } from './ui/ui.ts';

export interface AppOptions {
  readonly parts: Parts;
  readonly logger: FastifyBaseLogger;
  /** Options of the listening server, such as `{ https: … }`. */
  readonly listen: object;
  readonly limits: Limits;
  /** Whom to believe behind the API server's aggregation layer. Absent: the aggregated API is not served. */
  readonly trust?: ProxyTrust;
  /** Absent: there is no web page. */
  readonly ui?: Ui;
  /** Hears of every request when it is over. */
  readonly onAnswer?: (answered: Answered) => void;
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
  /** For a request to arrive, and for its answer to be found. */
  readonly requestMs: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** null: nobody known. */
    principal: Principal | null;
    /** null: nothing that the URL names, or not looked at yet. */
    target: Target | null;
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
    ...(ui?.base.path && { rewriteUrl: ({ url = '/' }: { url?: string }) => ui.rewrite(url) }),
    frameworkErrors: (error, request, reply) => {
      void answerError(error, request as FastifyRequest, reply as FastifyReply);
    },
  } as FastifyServerOptions) as FastifyInstance;
  app.decorateRequest('principal', null).decorateRequest('target', null);
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
    const { requestsPerMinute } = limits;
    await app.register(aggregatedApi({ parts, trust, requestsPerMinute }));
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
  readonly parts: Parts;
  /** Of requests with an Idempotency-Key. */
  readonly keyed: Writing;
  readonly unkeyed: Writing;
  readonly identify: Identify;
  readonly checkAnswers: boolean;
}

/** Everything of this document, with its own hooks: other APIs on the server do not get them. */
function api({ parts, limits, checkAnswers = false }: AppOptions, identify: Identify): FastifyPluginAsync {
  const [keyed, unkeyed] = [truthful(parts.writing, true), truthful(parts.writing, false)];
  const served: Served = { parts, keyed, unkeyed, identify, checkAnswers };
  return async app => {
    const { prefix } = app;
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: unknown, raw: Buffer) => {
      return parseJson(raw);
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
        ...(operation.id === 'deploy' && { bodyLimit: limits.deploymentBytes }),
        onRequest: (request, reply) => admit(operation, handler, served, request, reply),
        handler: (request, reply) => answer(operation, handler, served, request, reply),
      });
    }
    assertComplete(operations, registered);
  };
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
  request.target = targetOf(urlOf(request));
  const deeds = handler.deeds?.(request.target);
  if (deeds) await parts.gate.demand(request.principal, ...deeds);
}

async function answer(
  operation: Operation,
  handler: Handler,
  { parts, keyed, unkeyed, checkAnswers }: Served,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
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
    headers: { ...headers.values, accept: request.headers.accept } as Values,
    body: request.body,
    signal: signalOf(reply),
  };
  const given = await handler.answer(call);
  if (checkAnswers) check(operation, given);
  return send(reply, given, within(request.server.prefix, given.headers));
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
): FastifyReply {
  reply.code(status).headers(headers);
  if (events) {
    const stream = Readable.from(events, { objectMode: true, highWaterMark: 16 });
    return reply.header('content-type', 'text/event-stream; charset=utf-8').send(stream);
  }
  if (text !== undefined) return reply.send(text);
  if (json === undefined) return reply.send();
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(json));
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

function parseJson(raw: Buffer): unknown {
  if (raw.length === 0) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw invalid([{ in: 'body', detail: 'is not UTF-8' }]);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw invalid([{ in: 'body', detail: 'is not JSON' }]);
  }
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
