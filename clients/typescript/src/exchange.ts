/**
 * One request and its answer, whatever carries them: fetch in a browser, node:https in Node. Invariant: an answer's body is
 * read to its end or let go, so that no connection is left hanging.
 */

export interface Asked {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Lets go of what was not read. */
  drop(): void;
}

/** Rejects when there is no answer. */
export type Exchange = (asked: Asked) => Promise<Answer>;

/** Where requests go, and as whom. */
export interface Door {
  /** Such as `https://pawl.pawl.svc:8443`. */
  readonly server: string;
  readonly exchange: Exchange;
  /** Asked before each request, and once more when a token was not accepted. */
  readonly token: () => Promise<string>;
  /** Ends all connections. */
  readonly close: () => void;
}

/** Larger than any text that Pawl keeps, as JSON. */
const maxAnswerBytes = 16 << 20;

export async function textOf(answer: Answer): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of answer.chunks) {
      bytes += chunk.byteLength;
      if (bytes > maxAnswerBytes) throw new Error('the answer is too large');
      text += decoder.decode(chunk, { stream: true });
    }
  } finally {
    answer.drop();
  }
  return text + decoder.decode();
}

/** By the browser's own fetch. */
export const byFetch: Exchange = async ({ url, ...init }) => {
  const response = await fetch(url, { ...init, redirect: 'error', cache: 'no-store' });
  const drop = () => void response.body?.cancel().catch(() => undefined);
  return {
    ...{ status: response.status, drop, chunks: chunksOf(response) },
    header: name => response.headers.get(name) ?? undefined,
  };
};

/** Not every browser can iterate over a stream. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value as Uint8Array;
    }
  } finally {
    reader.releaseLock();
  }
}
