/**
 * Turns every failure into a problem document: refusals as they are, the store's and fastify's errors by their meaning,
 * and bytes that never became a request on the bare socket. Invariant: an error that is not known to be the caller's
 * fault is the server's, and tells only where to look.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isStoreFailure, isStoreUnusable, isUnstorable } from '../history/settle/store-failure.ts';
import type { Clock } from '../runtime/clock.ts';
import { OffloadBusy } from '../runtime/offload.ts';
import { signalOf } from './gone.ts';
import type { Writing } from './ports.ts';
import { type ProblemReason, problemOf, Refused } from './problems.ts';
import type { Fault } from './spec.ts';

export function invalid(errors: readonly Fault[]): Refused {
  const [{ in: place, name, detail }] = errors as readonly [Fault, ...Fault[]];
  const where = name ? `${place} ${name}` : `the ${place}`;
  return new Refused('InvalidRequest', `${where[0]!.toUpperCase()}${where.slice(1)}: ${detail}.`, {
    errors: errors.slice(0, 8).map(error => ({ ...error })),
  });
}

/**
 * A write that got no answer from the database may or may not have been done: the answer must claim neither.
 * @param keyed whether the request has an Idempotency-Key
 */
export function truthful(writing: Writing, keyed: boolean): Writing {
  const next = keyed
    ? 'Send the same request again with the same Idempotency-Key: it is done once, and you are told.'
    : 'Look at the latest version before you send it again, and send an Idempotency-Key next time.';
  const unknown = (error: unknown): never => {
    if (!isStoreFailure(error) || error.reason !== 'Unavailable') throw error;
    const detail = `The database gave no answer, so it is not known whether this was done. ${next}`;
    throw new Refused('OutcomeUnknown', detail, { retry_after: 2 }, { cause: error });
  };
  return {
    done: (...args) => writing.done(...args).catch(unknown),
    // A dry run writes nothing, even when it fails.
    write: (request, options, signal) => {
      const written = writing.write(request, options, signal);
      return options.dryRun ? written : written.catch(unknown);
    },
    import: (...args) =>
      writing.import(...args).catch((error: unknown) => {
        if (!isStoreFailure(error) || error.reason !== 'Unavailable') throw error;
        const again = 'Send the same batch again: what was imported is not imported twice.';
        const detail = `The database gave no answer, so it is not known whether this was done. ${again}`;
        throw new Refused('OutcomeUnknown', detail, { retry_after: 2 }, { cause: error });
      }),
    createNamespace: (...args) => writing.createNamespace(...args).catch(unknown),
    deleteNamespace: (...args) => writing.deleteNamespace(...args).catch(unknown),
    deleteConfig: (...args) => writing.deleteConfig(...args).catch(unknown),
    deleteVersion: (...args) => writing.deleteVersion(...args).catch(unknown),
    undeleteConfig: (...args) => writing.undeleteConfig(...args).catch(unknown),
    purgeVersion: (...args) => writing.purgeVersion(...args).catch(unknown),
  };
}

/** A client that is told to wait and does not is told again this much later: its refusals take a processor, too. */
const tellLaterMs = 1_000;

/** @param clock absent: nobody is told to wait by these errors */
export async function answerError(
  error: Error,
  request: FastifyRequest,
  reply: FastifyReply,
  clock?: Clock,
): Promise<FastifyReply> {
  const refused = refusedOf(error);
  // A client that went away ends what was being done for it; that is nobody's fault.
  const gone = reply.raw.destroyed;
  if (refused.status >= 500 && !gone) request.log.error({ id: request.id, err: error }, 'refused');
  else request.log.debug({ id: request.id, reason: refused.reason }, 'refused');
  if (refused.status === 429) await clock?.sleep(tellLaterMs, signalOf(reply)).catch(() => undefined);
  if (reply.sent) return reply;
  return reply
    .code(refused.status)
    .headers({ ...strictHeaders, 'x-request-id': request.id, ...refused.headers })
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemOf(refused, request.id)));
}

/** fastify's own errors, by their code. */
const ofFastify: Readonly<Record<string, [ProblemReason, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['RequestTooLarge', 'Send less: the limits are in docs/api.md.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UnsupportedMediaType', 'Send Content-Type: application/json.'],
  FST_ERR_CTP_EMPTY_TYPE: ['UnsupportedMediaType', 'Send Content-Type: application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['InvalidRequest', 'The body is not as long as Content-Length says.'],
  FST_ERR_BAD_URL: ['InvalidPath', 'The URL has a percent sign that does not encode UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: ['InvalidPath', 'A part of the URL is too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['RequestTimeout', 'Send the whole request at once.'],
};

/** What an error means to the client. */
export function refusedOf(error: Error): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof OffloadBusy) {
    const detail =
      'Your other large texts are still waiting to be read. Send this one when they are answered.';
    return new Refused('TooManyRequests', detail, { retry_after: 2 }, { cause: error });
  }
  if (isUnstorable(error))
    return new Refused('InvalidRequest', `The database cannot hold this: ${error.message}.`);
  if (isStoreFailure(error)) {
    if (error.reason === 'InvalidCursor') {
      const detail = 'This cursor belongs to another list, or to another database. Start without one.';
      return new Refused('InvalidCursor', detail, {}, { cause: error });
    }
    if (isStoreUnusable(error)) {
      const detail = 'The database does not answer now. Nothing was changed; try again soon.';
      return new Refused('StoreUnavailable', detail, { retry_after: 2 }, { cause: error });
    }
  }
  const { code = '' } = error as { code?: string };
  const known = ofFastify[code];
  if (known) return new Refused(known[0], known[1], {}, { cause: error });
  const { statusCode = 500 } = error as { statusCode?: number };
  if (code.startsWith('FST_') && statusCode >= 400 && statusCode < 500) {
    return new Refused('InvalidRequest', `${error.message}.`, {}, { cause: error });
  }
  return new Refused(
    'Internal',
    'This is an error of the server; its log has the details under request_id.',
    {},
    { cause: error },
  );
}

/** Bytes that are not an HTTP request, or come too late, never reach a route: they are answered on the bare socket. */
export function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [reason, detail] = ofNode[error.code ?? ''] ?? ['InvalidRequest', 'This is not an HTTP request.'];
  const refused = new Refused(reason, detail);
  const body = JSON.stringify(problemOf(refused, randomUUID()));
  const head = [
    `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const ofNode: Readonly<Record<string, [ProblemReason, string]>> = {
  HPE_HEADER_OVERFLOW: ['HeadersTooLarge', 'Send fewer or shorter headers, or a shorter URL.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['RequestTimeout', 'Send the whole request at once.'],
};

/** These answers are not pages: no browser may run, frame, sniff or cache them. */
export const strictHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;
