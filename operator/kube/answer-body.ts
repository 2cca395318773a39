/** The bodies of the API server's answers. Invariant: what is wrong with one is a KubeError that says so, and quotes nothing. */
import type { Readable } from 'node:stream';
import { KubeError } from './kube-error.ts';

export function parse<T>(what: string, status: number, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new KubeError({
      kind: 'unexpected',
      status,
      reason: 'NotJson',
      message: `${what}: the answer is not JSON`,
    });
  }
}

/** Destroys the body, and with it the connection, when there is more. */
export async function readUpTo(what: string, body: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new KubeError({
        kind: 'tooLarge',
        status: 0,
        reason: 'AnswerTooLarge',
        message: `${what}: the answer has more than ${maxBytes} bytes`,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}
