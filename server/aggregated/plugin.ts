/**
 * The aggregated API store.pawl.dev/v1alpha1: discovery, the documents for `kubectl explain`, configs and revisions to
 * read. Invariant: nothing is written here, and everybody is known before anything is looked up.
 */
import { Readable } from 'node:stream';
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { isStoreFailure } from '../../history/settle/store-failure.ts';
import type { Call, Parts } from '../call.ts';
import { invalid, refusedOf } from '../errors.ts';
import type { Deed } from '../gate.ts';
import { signalOf } from '../gone.ts';
import { Refused } from '../problems.ts';
import { limitRate } from '../rate-limit.ts';
import { diffVersions } from '../routes/history.ts';
import { operations } from '../spec.ts';
import { urlOf as restUrlOf } from '../target.ts';
import { TooManyWatchers } from '../watch-hub.ts';
import { pathNamed, revisionNamed, root, type Target, targetOf } from './address.ts';
import { type Caller, callerOf } from './caller.ts';
import { aggregatedType, apiGroup, apiGroupList, apiResourceList, groupDiscoveryList } from './discovery.ts';
import type { ProxyTrust } from './front-proxy.ts';
import { type ListOptions, listOptionsOf } from './list-options.ts';
import { openApi, openApiIndex, openApiPath } from './openapi.ts';
import { Reading } from './reading.ts';
import { parametersOf, representationOf } from './representation.ts';
import { statusOf } from './status.ts';
import { openWatch } from './watching.ts';

export interface AggregatedOptions {
  readonly parts: Parts;
  readonly trust: ProxyTrust;
  readonly requestsPerMinute: number;
}

const json = 'application/json; charset=utf-8';
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export function aggregatedApi({ parts, trust, requestsPerMinute }: AggregatedOptions): FastifyPluginAsync {
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
    await limitRate(app, requestsPerMinute);

    const documents: readonly (readonly [string, object])[] = [
      ['/apis/store.pawl.dev', apiGroup],
      [root, apiResourceList],
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
      url: `${root}/*`,
      handler: async (request, reply) => {
        const url = request.raw.url!;
        const target = targetOf(url);
        if (request.method !== 'GET') throw readOnly(target);
        const caller = callers.get(request)!;
        if (target.kind !== 'list') {
          const path = pathOf(target);
          const { namespace } = target;
          if (!caller.forwarded) await parts.gate.demand(caller.principal, { verb: 'get', namespace, path });
          if (target.kind === 'diff') return diff(target, request, reply);
          const as = representationOf(request.headers.accept, url);
          const entry = await reading.item(target.resource, namespace, target.name, signalOf(reply));
          return send(reply, as.one(entry, parts.clock.now()));
        }
        const options = listOptionsOf(url, target.resource);
        if (!caller.forwarded) await parts.gate.demand(caller.principal, ...deedsOf(target, options));
        return options.watch ? watch(target, options, request, reply) : list(target, options, request, reply);
      },
    });
  };

  async function list(
    { resource, namespace }: Target & { kind: 'list' },
    options: ListOptions,
    { headers, raw }: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const as = representationOf(headers.accept, raw.url!);
    const found = await reading.list(resource, namespace, options, as.withTexts, signalOf(reply));
    const metadata = {
      resourceVersion: found.resourceVersion,
      ...(found.next !== null && { continue: found.next }),
    };
    return send(reply, as.list(resource, found.entries, metadata, parts.clock.now()));
  }

  async function watch(
    { resource, namespace }: Target & { kind: 'list' },
    options: ListOptions,
    { headers, raw }: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const as = representationOf(headers.accept, raw.url!);
    const ended = new AbortController();
    reply.raw.once('close', () => ended.abort(new Error('the watcher went away')));
    const { timeoutSeconds } = options;
    const end = () => ended.abort(new Error('the watch lasted as long as it was asked to'));
    const timer = timeoutSeconds === null ? null : parts.clock.timer(timeoutSeconds * 1_000, end);
    try {
      const given = { resource, namespace, options, as };
      const events = await openWatch(given, { parts, reading }, ended.signal);
      reply.raw.once('close', () => timer?.cancel());
      const stream = Readable.from(events, { objectMode: true, highWaterMark: 16 });
      return reply.header('content-type', 'application/json').send(stream);
    } catch (error) {
      timer?.cancel();
      throw refusalOfWatch(error);
    }
  }

  async function diff(
    target: Target & { kind: 'diff' },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const path = pathOf(target);
    if (path === null) throw new Refused('ConfigNotFound', `configs "${target.name}" not found`);
    const { output = 'text', ...asked } = request.query as Record<string, unknown>;
    const { values, faults } = operations.find(({ id }) => id === 'diffVersions')!.read('query', asked);
    if (faults.length > 0) throw invalid(faults);
    const config = { namespace: target.namespace, path };
    const call: Call = {
      ...parts,
      ...{ principal: request.principal!, method: 'GET', requestId: request.id, query: values, headers: {} },
      ...{ url: restUrlOf(config, 'diff'), target: config, body: undefined },
      signal: signalOf(reply),
    };
    const answer = await diffVersions.answer(call);
    if (output === 'json') return send(reply, answer.json as object);
    if (output !== 'text') throw new Refused('InvalidRequest', 'The query output: text or json.');
    const { unified } = answer.json as { unified: string };
    return reply.header('content-type', 'text/plain; charset=utf-8').send(unified);
  }
}

function pathOf({ resource, name }: Target & { name: string }): string | null {
  return resource === 'configs' ? pathNamed(name) : (revisionNamed(name)?.path ?? null);
}

/** For those who come directly: revisions are their config's, and one's own path is enough for its list. */
function deedsOf(
  { resource, namespace }: Target & { kind: 'list' },
  { selected }: ListOptions,
): readonly [Deed, ...Deed[]] {
  const all: Deed = { verb: 'list', namespace, path: null };
  const name = selected.name ?? '';
  const path =
    selected.path ?? (resource === 'configs' ? pathNamed(name) : revisionNamed(name)?.path) ?? null;
  return path === null || namespace === null ? [all] : [all, { verb: 'get', namespace, path }];
}

function readOnly({ resource }: Target): Refused {
  const detail =
    `${resource} are not written here, so that every change is merged and shown first. Apply a ConfigVersion ` +
    '(kubectl apply), or use kubectl pawl deploy or kubectl pawl delete.';
  return new Refused('MethodNotAllowed', detail, {}, { headers: { allow: 'GET' } });
}

function refusalOfWatch(error: unknown): unknown {
  if (error instanceof TooManyWatchers) {
    const detail = 'There are as many watchers as this server takes. Try again later.';
    return new Refused('TooManyRequests', detail, { retry_after: 30 });
  }
  if (!isStoreFailure(error) || error.reason !== 'InvalidCursor') return error;
  return new Gone('This resourceVersion is none of this database: list again.');
}

/** Kubernetes asks for this status, which the HTTP API does not have. */
class Gone extends Refused {
  constructor(detail: string) {
    super('InvalidCursor', detail);
  }

  override get status(): number {
    return 410;
  }
}

function send(reply: FastifyReply, document: object): FastifyReply {
  return reply.header('content-type', json).send(JSON.stringify(document));
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
