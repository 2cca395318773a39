/**
 * Asks a server over HTTPS with as little work of its own as possible, because it shares the processor with the server:
 * no streams, no objects but the answer. Invariant: connections are kept and shared, and an answer is read to its end.
 */
import { Pool } from 'undici';
import { width } from './door.ts';

export interface Question {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Asker extends AsyncDisposable {
  /** Rejects when there is no answer to the end. */
  ask(question: Question): Promise<{ readonly status: number; readonly text: string }>;
}

/** @param connect what TLS is given: whom to trust, and who asks */
export function openAsker(origin: string, connect: object): Asker {
  // Others are measured between two turns of one server.
  const kept = { keepAliveTimeout: 60_000, keepAliveMaxTimeout: 60_000 };
  const pool = new Pool(origin, { allowH2: false, connections: width, connect, ...kept });
  return {
    ask: question =>
      new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let status = 0;
        pool.dispatch(question, {
          onRequestStart() {},
          onResponseStart(_, code) {
            status = code;
          },
          onResponseData(_, chunk) {
            chunks.push(chunk);
          },
          onResponseEnd() {
            const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
            resolve({ status, text: bytes.toString() });
          },
          onResponseError(_, error) {
            reject(error);
          },
        });
      }),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}
