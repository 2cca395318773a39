/**
 * The API server as a bare client sees it: an administrator's client certificates on shared HTTP/1.1 connections,
 * nothing retried, nothing cached. What the floor and the workloads are made with; Pawl's own client is not used.
 */
import { readFileSync } from 'node:fs';
import { Agent, type Dispatcher } from 'undici';
import { parse } from 'yaml';

export interface Api extends AsyncDisposable {
  /** Server-side apply, forced. `manager`: default `bench`. */
  apply(path: string, object: object, manager?: string): Promise<void>;
  create<T = unknown>(path: string, object: object): Promise<T>;
  get<T>(path: string): Promise<T>;
  text(path: string): Promise<string>;
  /** Events from now on, until the signal is aborted; resolves then, and rejects when the stream ends before. */
  watch<T>(path: string, onEvent: (event: WatchEvent<T>) => void, signal: AbortSignal): Promise<Watch>;
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** Open already when one has it. */
export interface Watch {
  readonly ended: Promise<void>;
}

export function openApi(kubeconfig: string, connections = 32): Api {
  const { server, ca, cert, key } = readAdmin(kubeconfig);
  const agent = new Agent({ allowH2: false, connections, bodyTimeout: 0, connect: { ca, cert, key } });
  // Of its own, so that a burst of calls cannot hold up what measures them.
  const watches = new Agent({
    allowH2: false,
    bodyTimeout: 0,
    headersTimeout: 0,
    connect: { ca, cert, key },
  });
  const send = async (method: Dispatcher.HttpMethod, path: string, body?: object, type?: string) => {
    const { statusCode, body: answer } = await agent.request({
      origin: server,
      method,
      path,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': type ?? 'application/json' } }),
    });
    const text = await answer.text();
    if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 300)}`);
    return text;
  };
  return {
    async apply(path, object, manager = 'bench') {
      // As little as Pawl asks for: without this the API server reads each patch twice.
      const query = `fieldManager=${manager}&force=true&fieldValidation=Ignore`;
      await send('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml');
    },
    create: async (path, object) => JSON.parse(await send('POST', path, object)),
    get: async path => JSON.parse(await send('GET', path)),
    text: path => send('GET', path),
    async watch(path, onEvent, signal) {
      const { resourceVersion } = JSON.parse(await send('GET', `${path}${joint(path)}limit=1`)).metadata;
      const { statusCode, body } = await watches.request({
        origin: server,
        method: 'GET',
        path: `${path}${joint(path)}watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=3600`,
        signal,
      });
      if (statusCode !== 200) throw new Error(`watch ${path}: ${statusCode} ${await body.text()}`);
      const ended = readLines(body, line => onEvent(JSON.parse(line))).then(
        () => {
          if (!signal.aborted) throw new Error(`the watch of ${path} ended`);
        },
        error => {
          if (!signal.aborted) throw error;
        },
      );
      ended.catch(() => undefined); // the caller that waits for it gets the same error
      return { ended };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([agent.close(), watches.destroy()]);
    },
  };
}

export interface Admin {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Of a kubeconfig as `local/` writes it: one cluster, one user, certificates inside. */
export function readAdmin(kubeconfig: string): Admin {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8'));
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  const decode = (data: string) => Buffer.from(data, 'base64').toString();
  return {
    server: cluster.server,
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  };
}

/** Works through `items`, so many at a time. The first failure ends it. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      await work(items[next++]!).catch(error => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function readLines(body: AsyncIterable<Buffer>, onLine: (line: string) => void): Promise<void> {
  let parts: Buffer[] = [];
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      onLine(Buffer.concat(parts).toString('utf8'));
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
}

const joint = (path: string) => (path.includes('?') ? '&' : '?');
