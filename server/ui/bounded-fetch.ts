/**
 * fetch() to one provider: over TLS with that provider's authority, with a bound on the answer's size and on time.
 * Invariant: no redirect is followed, so nothing is sent anywhere else.
 */
import { request } from 'node:https';

interface FetchOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | null;
}

const maxAnswerBytes = 1024 * 1024;
const timeoutMs = 10_000;

/** @param ca PEM; null: the authorities that Node.js knows */
export function boundedFetch(ca: string | null) {
  return (url: string, { method, headers, body, signal }: FetchOptions): Promise<Response> => {
    const end = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    return new Promise((resolve, reject) => {
      const asking = request(
        url,
        { method, headers, signal: end, agent: false, ...(ca && { ca }) },
        response => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > maxAnswerBytes)
              response.destroy(new Error(`the answer has more than ${maxAnswerBytes} bytes`));
            chunks.push(chunk);
          });
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode: status = 0 } = response;
            const pairs = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
              values.map((value): [string, string] => [name, value]),
            );
            const empty = status === 204 || status === 304;
            resolve(new Response(empty ? null : Buffer.concat(chunks), { status, headers: pairs }));
          });
        },
      );
      asking.on('error', reject);
      asking.end(body === undefined || body === null ? undefined : String(body));
    });
  };
}
