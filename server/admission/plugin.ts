/**
 * The webhook that the API server asks before it stores a ConfigVersion (docs/threat-model.md). The API server does not
 * say who it is to a webhook, so anybody who reaches the port may ask, before any right is known: the answer tells nothing
 * and changes nothing. Invariant: what bodies take of memory and of the event loop is bounded for each address and apart
 * from the API's own bounds, so that strangers here cannot keep the API's users out, nor these a ConfigVersion.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Clock } from '../../runtime/clock.ts';
import { Shares } from '../../runtime/shares.ts';
import { ByteRate } from '../byte-rate.ts';
import { BytesUnderWay } from '../bytes-under-way.ts';
import { readJsonBody } from '../json-body.ts';
import { Refused } from '../problems.ts';
import { stampedReview } from './stamp.ts';

export const stampPath = '/admission/requested-by';

/** etcd takes objects of 1.5 MiB; an update has the object twice, and who asks in up to a few hundred groups. */
const maxBytes = 4 << 20;
/** Of bodies above 64 KiB, each counted twice: as bytes and as what is read from them. */
const underWayLimits = { total: 48 << 20, each: 24 << 20 };
/** All requests of one API server come from one address. */
const rateLimits = { perSecond: 8 << 20, burst: 64 << 20 };

export function admissionWebhook(clock: Clock): FastifyPluginAsync {
  const underWay = new BytesUnderWay(underWayLimits);
  const rate = new ByteRate(new Shares(rateLimits, clock));
  return async app => {
    app.addContentTypeParser('application/json', (request: FastifyRequest, payload: IncomingMessage) =>
      readJsonBody(payload, {
        maxBytes,
        tooLarge: 'No ConfigVersion is as large as this.',
        hold: () => {
          request.held ??= underWay.hold(request.ip);
          return request.held;
        },
        take: bytes => rate.take(request.ip, bytes),
        maxString: maxBytes,
        inTurn: async read => read(),
      }),
    );
    app.post(stampPath, { config: { operation: 'admission' } }, (request, reply) => {
      const answer = stampedReview(request.body);
      if (answer === null) {
        const detail =
          'This is not an AdmissionReview (admission.k8s.io/v1) of a ConfigVersion that is created or updated.';
        throw new Refused('InvalidRequest', detail);
      }
      return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(answer));
    });
  };
}
