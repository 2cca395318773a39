/**
 * The aggregated API store.pawl.dev/v1alpha1: discovery, the documents for `kubectl explain`, configs and revisions to
 * read. Invariant: nothing is written here, and everybody is known before anything is looked up.
 */
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { isStoreFailure } from '../../history/settle/store-failure.ts';
import { type Pace, sendEvents, sendWhole } from '../answering.ts';
import type { ServerParts } from '../call.ts';
import { diffOf, versionsIn } from '../diff.ts';
import { invalid, refusedOf } from '../errors.ts';
import type { Deed } from '../gate.ts';
import { signalOf } from '../gone.ts';
import { Refused } from '../problems.ts';
import { limitRate } from '../rate-limit.ts';
import { refusedWatcher } from '../routes/watch.ts';
import { operations } from '../spec.ts';
import { type WatchLimits, whileStanding } from '../standing.ts';
import { tenantOf } from '../tenant.ts';
import { TooManyWatchers } from '../watch-hub.ts';
import {
  type Address,
  addressOf,
  pathNamed,
  type ResourceName,
  revisionNamed,
  storeRoot,
} from './address.ts';
import { type Caller, callerOf } from './caller.ts';
import { aggregatedType, apiGroup, apiGroupList, apiResourceList, groupDiscoveryList } from './discovery.ts';
import { Expired } from './expired.ts';
import type { ProxyTrust } from './front-proxy.ts';
import { holdsTexts, type ListOptions, listOptionsOf } from './list-options.ts';
import { openApi, openApiIndex, openApiPath } from './openapi.ts';
import { enoughBytes, Reading } from './reading.ts';
import { parametersOf, representationOf } from './representation.ts';
import { statusOf } from './status.ts';
import { openWatch } from './watching.ts';

export interface AggregatedOptions {
  readonly parts: ServerParts;
  readonly trust: ProxyTrust;
  readonly requestsPerMinute: number;
  /** For a large answer to be read. */
  readonly requestMs: number;
  readonly watches: WatchLimits;
}

const json = 'application/json; charset=utf-8';
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** What a page of texts takes while it is read and written: each text as such, as JSON and as bytes. */
const pageOfTexts = 3 * enoughBytes;

export function aggregatedApi(options: AggregatedOptions): FastifyPluginAsync {
  const { parts, trust, requestsPerMinute, requestMs, watches } = options;
  const reading = new Reading(parts.history);
  const callers = new WeakMap<FastifyRequest, Caller>();
  return async app => {
    app.setErrorHandler((error, request, reply) => answerStatus(error as FastifyError, request, reply));
    // Whatever is sent here is refused without being read.
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.addHook('onRequest', async request => {
      const caller = await callerOf(request, { trust, gate: parts.gate });
      request.principal = caller.principal;
      callers.set(request, caller);
    });
    await limitRate(app, requestsPerMinute, parts.clock);

    const documents: readonly (readonly [string, object])[] = [
      ['/apis/store.pawl.dev', apiGroup],
      [storeRoot, apiResourceList],
      ['/openapi/v3', openApiIndex],
      [openApiPath, openApi],
    ];
    for (const [url, document] of documents) {
      const text = JSON.stringify(document);
      app.get(url, (_, reply) => reply.header('content-type', json).send(text));
    }
    app.get('/apis', ({ headers }, reply) => {
      const all = (headers.accept ?? '').split(',').map(parametersOf);
      const asked = all.some(({ as, v }) => as === 'APIGroupDiscoveryList' && v === 'v2');
      const [type, document] = asked ? [aggregatedType, groupDiscoveryList] : [json, apiGroupList];
      return reply.header('content-type', type).send(JSON.stringify(document));
    });
    app.route({
      method: [...methods],
      url: `${storeRoot}/*`,
      handler: async (request, reply) => {
        const url = request.raw.url!;
        const target = addressOf(url);
        if (request.method !== 'GET') throw readOnly(target);
        const caller = callers.get(request)!;
        if (target.kind !== 'list') {
          const path = pathOf(target);
          const { namespace } = target;
          await admit(caller, { verb: 'get', namespace, path });
          if (target.kind === 'diff') return diff(target, request, reply);
          const as = representationOf(request.headers.accept, url);
          const entry = await reading.item(target.resource, namespace, target.name, signalOf(reply));
          return send(request, reply, as.one(entry, parts.clock.now()));
        }
        const options = listOptionsOf(url, target.resource);
        await admit(caller, ...deedsOf(target, options));
        return options.watch ? watch(target, options, request, reply) : list(target, options, request, reply);
      },
    });
  };

  async function admit(
    { principal, forwarded }: Caller,
    ...deeds: readonly [Deed, ...Deed[]]
  ): Promise<void> {
    parts.processorTime.sees(tenantOf(principal));
    if (forwarded) await parts.gate.demandOpen(principal, deeds[0]);
    else await parts.gate.demand(principal, ...deeds);
  }

  async function list(
    { resource, namespace }: Address & { kind: 'list' },
    options: ListOptions,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const as = representationOf(request.headers.accept, request.raw.url!);
    const withTexts = as.withTexts && holdsTexts(resource, options.selected);
    if (withTexts && options.selected.name === null) paceOf(request, reply).hold().resize(pageOfTexts);
    const signal = signalOf(reply);
    const found = await parts.reads.run(tenantOf(request.principal!), signal, () =>
      reading.list(resource, namespace, options, withTexts, signal),
    );
    const metadata = {
      resourceVersion: found.resourceVersion,
      ...(found.next !== null && { continue: found.next }),
    };
    return send(request, reply, as.list(resource, found.entries, metadata, parts.clock.now()));
  }

  function paceOf(request: FastifyRequest, reply: FastifyReply): Pace {
    const hold = () => {
      request.held ??= parts.underWay.hold(tenantOf(request.principal!));
      return request.held;
    };
    const inTurn = <T>(work: () => T) => parts.loop.run(tenantOf(request.principal!), signalOf(reply), work);
    return { hold, inTurn, clock: parts.clock, ms: requestMs };
  }

  function send(request: FastifyRequest, reply: FastifyReply, document: object) {
    return sendWhole(reply.header('content-type', json), document, paceOf(request, reply), false);
  }

  async function watch(
    { resource, namespace }: Address & { kind: 'list' },
    options: ListOptions,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const as = representationOf(request.headers.accept, request.raw.url!);
    const ended = new AbortController();
    reply.raw.once('close', () => ended.abort(new Error('the watcher went away')));
    const { timeoutSeconds } = options;
    const end = () => ended.abort(new Error('the watch lasted as long as it was asked to'));
    const timer = timeoutSeconds === null ? null : parts.clock.timer(timeoutSeconds * 1_000, end);
    try {
      const tenant = tenantOf(request.principal!);
      const given = { resource, namespace, options, as, tenant };
      const deeds = deedsOfWatch(resource, namespace, options, callers.get(request)!.forwarded);
      const { forwardedMs, ...often } = watches;
      const standing = whileStanding(
        () => admitAgain(request, deeds),
        { clock: parts.clock, ...often, maxMs: forwardedMs },
        ended.signal,
      );
      const events = await openWatch(given, { parts, reading }, standing);
      reply.raw.once('close', () => timer?.cancel());
      return sendEvents(reply, 'application/json', events, paceOf(request, reply));
    } catch (error) {
      timer?.cancel();
      throw refusalOfWatch(error);
    }
  }

  async function admitAgain(request: FastifyRequest, deeds: readonly [Deed, ...Deed[]]): Promise<void> {
    const { principal } = await callerOf(request, { trust, gate: parts.gate });
    await parts.gate.demand(principal, ...deeds);
  }

  async function diff(
    target: Address & { kind: 'diff' },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const path = pathOf(target);
    if (path === null) throw new Refused('ConfigNotFound', `configs "${target.name}" not found`);
    const { output = 'text', ...asked } = request.query as Record<string, unknown>;
    const { values, faults } = operations.find(({ id }) => id === 'diffVersions')!.read('query', asked);
    if (faults.length > 0) throw invalid(faults);
    const config = { namespace: target.namespace, path };
    const [tenant, signal] = [tenantOf(request.principal!), signalOf(reply)];
    const place = () => parts.processorTime.place(tenant, signal);
    const document = await parts.reads.run(tenant, signal, () =>
      diffOf({ ...parts, place, signal, tenant }, config, versionsIn(values)),
    );
    if (output === 'json') return send(request, reply, document);
    if (output !== 'text') throw new Refused('InvalidRequest', 'The query output: text or json.');
    return sendWhole(
      reply.header('content-type', 'text/plain; charset=utf-8'),
      document.unified,
      paceOf(request, reply),
      false,
    );
  }
}

function pathOf({ resource, name }: Address & { name: string }): string | null {
  return resource === 'configs' ? pathNamed(name) : (revisionNamed(name)?.path ?? null);
}

/** For those who come directly: revisions are their config's, and one's own path is enough for its list. */
function deedsOf(
  { resource, namespace }: Address & { kind: 'list' },
  { selected }: ListOptions,
): readonly [Deed, ...Deed[]] {
  const all: Deed = { verb: 'list', namespace, path: null };
  const name = selected.name ?? '';
  const path =
    selected.path ?? (resource === 'configs' ? pathNamed(name) : revisionNamed(name)?.path) ?? null;
  return path === null || namespace === null ? [all] : [all, { verb: 'get', namespace, path }];
}

/** What the API server has asked about a watch it forwards, or what is asked here about one that comes directly. */
function deedsOfWatch(
  resource: ResourceName,
  namespace: string | null,
  options: ListOptions,
  forwarded: boolean,
): readonly [Deed, ...Deed[]] {
  if (!forwarded) return deedsOf({ kind: 'list', resource, namespace }, options);
  const { name } = options.selected;
  // A name stands for a path where rights are asked about, and is written as one.
  return [{ verb: 'watch', of: resource, namespace, path: name?.replaceAll(':', '/') ?? null }];
}

function readOnly({ resource }: Address): Refused {
  const detail =
    `${resource} cannot be written here, because every change is merged and shown first. Apply a ConfigVersion ` +
    '(kubectl apply), or use kubectl pawl deploy or kubectl pawl delete.';
  return new Refused('MethodNotAllowed', detail, {}, { headers: { allow: 'GET' } });
}

function refusalOfWatch(error: unknown): unknown {
  if (error instanceof TooManyWatchers) return refusedWatcher(error);
  if (!isStoreFailure(error) || error.reason !== 'InvalidCursor') return error;
  return new Expired('This resourceVersion is not from this database: list again.');
}

function answerStatus(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refused = refusedOf(error);
  if (refused.status >= 500 && !reply.raw.destroyed) {
    request.log.error({ id: request.id, err: error }, 'refused');
  }
  if (reply.sent) return reply;
  return reply
    .code(refused.status)
    .headers(refused.headers)
    .header('content-type', json)
    .send(JSON.stringify(statusOf(refused)));
}
