/**
 * Reads the body of a request. Invariant: of a body that is too large, or for which there is no room now, only what had
 * arrived is kept; and a body is counted before it is read, where its length is stated.
 */
import type { IncomingMessage } from 'node:http';
import type { Hold } from './bytes-under-way.ts';
import { invalid } from './errors.ts';
import { Refused } from './problems.ts';
import { readStrangersJson } from './strangers-json.ts';

/** A body is kept as bytes, as text and as what was parsed from it. */
const weight = 2;
/** Smaller ones are not counted: a connection takes about as much. */
const smallBytes = 64 * 1024;

export interface BodyOptions {
  readonly maxBytes: number;
  /** The detail for a longer body. */
  readonly tooLarge: string;
  readonly hold: () => Hold;
  /** Counts so much of a large body as sent. Throws Refused. */
  readonly take: (bytes: number) => void;
  /** Waits for its turn to parse a large body, which takes the event loop from everybody. */
  readonly inTurn: <T>(parse: () => T) => Promise<T>;
}

/** Rejects with Refused, or with the stream's error. */
export async function readJsonBody(payload: IncomingMessage, options: BodyOptions): Promise<unknown> {
  const bytes = await bytesOf(payload, options);
  return bytes.length > smallBytes ? options.inTurn(() => parsed(bytes)) : parsed(bytes);
}

function bytesOf(payload: IncomingMessage, { maxBytes, tooLarge, hold, take }: BodyOptions): Promise<Buffer> {
  const stated = Number(payload.headers['content-length']);
  if (stated > maxBytes) throw new Refused('RequestTooLarge', tooLarge);
  if (stated > smallBytes) {
    hold().grow(stated * weight);
    take(stated);
  }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  const fail = (error: unknown) => {
    payload.off('data', keep);
    chunks.length = 0;
    reject(error);
  };
  const keep = (chunk: Buffer) => {
    length += chunk.length;
    try {
      if (length > maxBytes) throw new Refused('RequestTooLarge', tooLarge);
      if (Number.isNaN(stated)) {
        hold().grow(chunk.length * weight);
        if (length > smallBytes) take(chunk.length);
      }
    } catch (error) {
      return fail(error);
    }
    chunks.push(chunk);
  };
  payload.on('data', keep);
  payload.once('error', fail);
  payload.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
  return promise;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parsed(raw: Buffer): unknown {
  if (raw.length === 0) return undefined;
  let text: string;
  try {
    text = utf8.decode(raw);
  } catch {
    throw invalid([{ in: 'body', detail: 'is not UTF-8' }]);
  }
  return readStrangersJson(text);
}
