/**
 * What the metrics count of a request when it is over. Invariant: no names get in: of the URL only the operation is
 * kept, of which there are as many as in api/openapi.yaml and a few more.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { storeRoot } from './aggregated/address.ts';
import { asksToWatch } from './aggregated/list-options.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of the document, or another name for the metrics. */
    operation?: string;
  }
}

export interface AnsweredRequest {
  /**
   * `operationId` of the OpenAPI document; `kubectl` of the aggregated API; `admission` of the webhook; `none` where
   * nothing is.
   */
  readonly operation: string;
  /** 499: the client went away before there was an answer. */
  readonly code: number;
  /** null: of a watch, which lasts as long as somebody listens. */
  readonly seconds: number | null;
}

/** A response that nobody waited for ends only by closing. */
export function tellWhenOver(
  request: FastifyRequest,
  reply: FastifyReply,
  tell: (answered: AnsweredRequest) => void,
): void {
  reply.raw.once('close', () => tell(measure(request, reply)));
}

function measure({ routeOptions, raw }: FastifyRequest, reply: FastifyReply): AnsweredRequest {
  const { config, url = '' } = routeOptions;
  const operation = config.operation ?? (url.startsWith(storeRoot) || url === '/apis' ? 'kubectl' : 'none');
  const watches = config.operation?.startsWith('watch') ?? asksToWatch(raw.url ?? '');
  const code = reply.raw.headersSent ? reply.statusCode : 499;
  return { operation, code, seconds: watches ? null : reply.elapsedTime / 1000 };
}
