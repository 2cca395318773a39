import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { type Pace, sendEvents, sendWhole } from './answering.ts';
import { bodyRestMs } from './body-pace.ts';
import type { Hold } from './bytes-under-way.ts';
import type { Answer, Call, Handler, ServerParts } from './call.ts';
import { invalid, truthful } from './errors.ts';
import type { Principal } from './gate.ts';
import { signalOf } from './gone.ts';
import { readJsonBody } from './json-body.ts';
import type { Writing } from './ports.ts';
import { Refused } from './problems.ts';
import { limitRate } from './rate-limit.ts';
import { behindPrefix, methodsOf, routeOf, sentUrl } from './rest-urls.ts';
import { assertComplete } from './route-check.ts';
import { mayDeployTo } from './routes/deployments.ts';
import { handlers } from './routes/table.ts';
import { type Fault, type Operation, operations, type ParameterValues } from './spec.ts';
import { type WatchLimits, whileStanding } from './standing.ts';
import { targetOfUrl } from './target.ts';
import { tenantOf } from './tenant.ts';

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

export interface RestOptions {
  readonly parts: ServerParts;
  readonly limits: Limits;
  /** For tests: an answer that the OpenAPI document does not promise is an error. */
  readonly checkAnswers?: boolean;
}

export type Identify = (request: FastifyRequest, reply: FastifyReply) => Promise<Principal>;

/** What every request to these routes is answered with. */
interface Served {
  readonly parts: ServerParts;
  /** Of requests with an Idempotency-Key. */
  readonly keyed: Writing;
  readonly unkeyed: Writing;
  readonly identify: Identify;
  readonly limits: Limits;
  readonly checkAnswers: boolean;
}

/** The routes, with their own hooks: other APIs on the server do not get them. */
export function restApi(
  { parts, limits, checkAnswers = false }: RestOptions,
  identify: Identify,
): FastifyPluginAsync {
  const [keyed, unkeyed] = [truthful(parts.writing, true), truthful(parts.writing, false)];
  const served: Served = { parts, keyed, unkeyed, identify, limits, checkAnswers };
  return async app => {
    const { prefix } = app;
    app.addContentTypeParser('application/json', (request: FastifyRequest, payload: IncomingMessage) => {
      const { operation } = request.routeOptions.config;
      const tenant = tenantOf(request.principal ?? nobody);
      return readJsonBody(payload, {
        maxBytes: request.maxBody || limits.bodyBytes,
        tooLarge: operation === 'deploy' ? largeDeployment : 'Send less: the limits are in docs/api.md.',
        hold: () => holdOf(parts, request),
        take: bytes => {
          // Sooner or later it is refused, and until then reading it would take the one event loop from everybody.
          parts.processorTime.demand(tenant);
          parts.bodyRate.take(tenant, bytes);
        },
        rest: () => (parts.processorTime.isAlone(tenant) ? null : parts.clock.sleep(bodyRestMs, standing)),
        // Of a deployment, too, no text is larger than one may be by itself.
        maxString: limits.bodyBytes,
        // Its sender may have gone: whether to go on is asked where the body is used.
        inTurn: read => parts.loop.run(tenant, standing, read),
      });
    });
    const registered: { method: string; url: string }[] = [];
    app.addHook('onRoute', ({ method, url }) => {
      // HEAD is GET without its body, and needs no entry of its own.
      for (const one of [method].flat())
        if (one !== 'HEAD') registered.push({ method: one, url: url.slice(prefix.length) });
    });
    await limitRate(app, limits.requestsPerMinute, parts.clock);
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
  'them are then checked before it is read. The limits are in docs/api.md.';

/** What this request holds of the server's memory; it is given back with the answer. */
function holdOf({ underWay }: ServerParts, request: FastifyRequest): Hold {
  request.held ??= underWay.hold(tenantOf(request.principal ?? nobody));
  return request.held;
}

const namesNamespace = ({ path }: Operation): boolean => path.includes('{namespace}');

/**
 * Checks who the caller is, what is asked for, and whether the caller may do it: in this order, before the body is
 * read.
 */
async function admit(
  operation: Operation,
  handler: Handler,
  { parts, identify }: Served,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  if (!operation.secured) return;
  request.principal = await identify(request, reply);
  parts.processorTime.sees(tenantOf(request.principal));
  if (!namesNamespace(operation)) return;
  request.target = targetOfUrl(sentUrl(request));
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
    throw new Refused('Unauthenticated', 'This token now belongs to another user.');
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
  const faults = [
    ...[...query.faults, ...headers.faults],
    ...conditionFaults(request, headers.values),
    ...bodyFaults(operation, request),
  ];
  if (faults.length > 0) throw invalid(faults);
  const principal = request.principal ?? nobody;
  const tenant = tenantOf(principal);
  const signal = signalOf(reply);
  const call: Call = {
    ...parts,
    writing: headers.values['idempotency-key'] === undefined ? unkeyed : keyed,
    ...{ principal, tenant },
    method: request.method,
    requestId: request.id,
    url: sentUrl(request),
    target: request.target,
    query: query.values,
    headers: { ...headers.values, accept: request.headers.accept } as ParameterValues,
    body: request.body,
    signal,
    place: () => parts.processorTime.place(tenant, signal),
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
  const given = handler.readsMuch
    ? await parts.reads.run(tenant, signal, () => handler.answer(call))
    : await handler.answer(call);
  if (checkAnswers) check(operation, given);
  const pace = {
    ...{ hold: () => holdOf(parts, request), clock: parts.clock, ms: limits.requestMs },
    inTurn: <T>(work: () => T) => parts.loop.run(tenant, signal, work),
  };
  return send(reply, given, behindPrefix(request.server.prefix, given.headers), pace);
}

/** Of what ends for nobody. */
const { signal: standing } = new AbortController();

const nobody: Principal = { name: '', uid: '', groups: [], extra: {} };

/** A write whose condition is not looked at would be done where it must not. */
function conditionFaults({ method, headers }: FastifyRequest, taken: ParameterValues): readonly Fault[] {
  const name = 'if-match';
  if (method === 'GET' || method === 'HEAD' || headers[name] === undefined || taken[name] !== undefined)
    return [];
  return [{ in: 'header', name, detail: 'is not taken by this request' }];
}

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
): FastifyReply | Promise<FastifyReply> {
  reply.code(status).headers(headers);
  if (events) return sendEvents(reply, 'text/event-stream; charset=utf-8', events, pace);
  if (json === undefined && text === undefined) return reply.send();
  if (text === undefined) reply.header('content-type', 'application/json; charset=utf-8');
  const { method } = reply.request;
  return sendWhole(reply, text ?? json!, pace, method !== 'GET' && method !== 'HEAD');
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
