/**
 * Reads the body of a request. Invariant: of a body that is too large, or for which there is no room now, only what had
 * arrived is kept; and a body is counted before it is read, where its length is stated.
 */
import type { IncomingMessage } from 'node:http';
import { paced } from './body-pace.ts';
import type { Hold } from './bytes-under-way.ts';
import { Refused } from './problems.ts';
import { readLargeJson, readStrangersJson } from './strangers-json.ts';

/** A body is kept as bytes and as what was parsed from it. */
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
  /**
   * Waits before more of a large body is read; null: there is no need to. Reading it as fast as it can be sent takes the
   * whole event loop. Absent: it is read so.
   */
  readonly rest?: () => Promise<void> | null;
  /** The most that one string of a large body takes as it stands there. */
  readonly maxString: number;
  /** Waits for its turn at a piece of a large body: reading it takes the event loop from everybody. */
  readonly inTurn: <T>(read: () => T) => Promise<T>;
}

/** Rejects with Refused, or with the stream's error. */
export async function readJsonBody(payload: IncomingMessage, options: BodyOptions): Promise<unknown> {
  const { pieces, length, isCopy } = await piecesOf(payload, options);
  if (length === 0) return undefined;
  const { inTurn, maxString } = options;
  if (length <= smallBytes) return readStrangersJson(joined(pieces));
  const bytes = pieces.length === 1 ? pieces[0]! : await inTurn(() => joined(pieces));
  try {
    return await readLargeJson(bytes, maxString, inTurn);
  } finally {
    // At once: until garbage is collected, which it would cause, a deployment's bytes may take a tenth of the container.
    if (isCopy || pieces.length > 1) (bytes.buffer as ArrayBuffer).transfer(0);
  }
}

interface Arrived {
  readonly pieces: readonly Buffer[];
  /** Of all of them. */
  readonly length: number;
  /** In one piece, which nobody else has. */
  readonly isCopy: boolean;
}

function piecesOf(
  payload: IncomingMessage,
  { maxBytes, tooLarge, hold, take, rest }: BodyOptions,
): Promise<Arrived> {
  const stated = Number(payload.headers['content-length']);
  if (stated > maxBytes) throw new Refused('RequestTooLarge', tooLarge);
  if (stated > smallBytes) {
    hold().grow(stated * weight);
    take(stated);
  }
  const { promise, resolve, reject } = Promise.withResolvers<Arrived>();
  // Of a large one each piece is put in its place when it comes: to do so with all at the end holds up the event loop.
  const isCopy = stated > smallBytes;
  const pieces: Buffer[] = isCopy ? [Buffer.allocUnsafeSlow(stated)] : [];
  let length = 0;
  const came = paced(payload, () => rest?.());
  const fail = (error: unknown) => {
    payload.off('data', keep);
    pieces.length = 0;
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
    if (isCopy) chunk.copy(pieces[0]!, length - chunk.length);
    else pieces.push(chunk);
    came(chunk.length);
  };
  payload.on('data', keep);
  payload.once('error', fail);
  // Nothing is kept here for as long as the request lasts.
  payload.once('end', () => resolve({ pieces: pieces.splice(0), length, isCopy }));
  return promise;
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
