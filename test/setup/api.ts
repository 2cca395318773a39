/**
 * The real HTTP API over TLS for a test: on the run's API server and a database of its own, with every answer
 * checked against api/openapi.yaml, and people with tokens that the API server made for them.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { inject } from 'vitest';
import { Imports } from '../../history/settle/imports.ts';
import { Requests } from '../../history/settle/requests.ts';
import { Thinker } from '../../history/settle/thinker.ts';
import { readFacts } from '../../history/store/facts.ts';
import { PostgresHistory } from '../../history/store/history.ts';
import { migrate } from '../../history/store/migrate.ts';
import { PostgresProposals } from '../../history/store/proposals.ts';
import { PostgresRequests } from '../../history/store/requests.ts';
import { createStore } from '../../history/store/store.ts';
import { apiServiceHost } from '../../local/api-service.ts';
import { createAuthority } from '../../local/x509.ts';
import { findAccess } from '../../operator/kube/find-access.ts';
import { readFrontProxy } from '../../operator/kube/front-proxy.ts';
import { type Resource, resourcePath } from '../../operator/kube/resource-path.ts';
import { reviewAccess, reviewToken } from '../../operator/kube/reviews.ts';
import { openSession, type Session } from '../../operator/kube/session.ts';
import type { PolicySpec } from '../../operator/object/config-namespace.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { Offload } from '../../runtime/offload.ts';
import type { ReadFrontProxy } from '../../server/aggregated/front-proxy.ts';
import {
  type RunningServer,
  type ServerOptions,
  type ServerSettings,
  startServer,
} from '../../server/server.ts';
import { createTestDatabase } from './database.ts';
import { Kube } from './kube.ts';
import { noProposals } from './no-proposals.ts';
import { until } from './until.ts';
import { wholeProcessor } from './whole-processor.ts';

export const audience = 'pawl';

const accounts: Resource = { group: '', version: 'v1', plural: 'serviceaccounts' };
const rbac = (plural: string): Resource => ({ group: 'rbac.authorization.k8s.io', version: 'v1', plural });

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a document holds is for the test to say
  readonly json: any;
}

export interface Ask {
  readonly method?: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string or bytes as they are. */
  readonly body?: object | string | Buffer;
  /** Absent: each request has a connection of its own. */
  readonly agent?: Agent;
}

export interface Api extends AsyncDisposable {
  readonly server: RunningServer;
  readonly kube: Kube;
  /** A Kubernetes namespace nobody else uses. */
  readonly namespace: string;
  readonly databaseUrl: string;
  readonly ca: string;
  readonly files: { readonly certFile: string; readonly keyFile: string };
  /** Everything the server has logged. */
  logs(): string;
  /** By default as the namespace's editor. */
  ask(path: string, ask?: Ask): Promise<Reply>;
  /** A service account with these rights on configs in the namespace, and its token. */
  person(rights: readonly Right[], namespace?: string): Promise<string>;
  token(account: string, options?: { audience?: string; seconds?: number }): Promise<string>;
  /** The watches tell of another Kubernetes namespace. */
  know(namespace: string): void;
  setPolicy(policy: PolicySpec): void;
  /** SubjectAccessReviews so far. */
  readonly reviews: number;
  /** Whether rights in the namespace are enough there. */
  setOpen(open: boolean): void;
}

export interface Right {
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface ApiOptions {
  /** Where the server finds PostgreSQL, given where it is; for a proxy in between. */
  readonly via?: (url: string) => Promise<string>;
  readonly settings?: Partial<ServerSettings>;
  /** The server's. Default: the system's. */
  readonly clock?: Clock;
  readonly certificatesMs?: number;
  readonly requestMs?: number;
  readonly watches?: ServerOptions['watches'];
  readonly underWay?: NonNullable<ServerOptions['underWay']>;
  /** Default: no tenant waits for another, however slow the machine is. */
  readonly processorTime?: NonNullable<ServerOptions['processorTime']>;
  /** The aggregated API: behind the API server itself, or behind whomever this describes. Default: without. */
  readonly frontProxy?: 'api-server' | ReadFrontProxy;
  readonly onAnswer?: NonNullable<ServerOptions['onAnswer']>;
  readonly stampRequests?: boolean;
  readonly proposals?: ServerOptions['proposals'];
  readonly ui?: NonNullable<ServerOptions['ui']>;
  readonly store?: { readonly callTimeoutMs?: number; readonly baseMs?: number };
}

export const everything: Right = { verbs: ['get', 'list', 'create', 'update', 'delete'] };

export async function startApi(options: ApiOptions = {}): Promise<Api> {
  const stack = new AsyncDisposableStack();
  const signal = new AbortController().signal;
  const kubeconfig = inject('kubeconfig');
  const kube = stack.use(await Kube.open(kubeconfig));
  const session = await openSession({
    access: await findAccess({ kubeconfig }),
    clock: systemClock,
    userAgent: 'pawl-test',
  });
  stack.defer(() => session.close());
  const database = stack.use(await createTestDatabase());
  await migrate({ database: database.url }, signal);
  const url = options.via ? await options.via(database.url) : database.url;
  const store = createStore(
    { database: url, baseMs: 1, trashMs: 604_800_000, ...options.store },
    { clock: systemClock, random: Math.random, onError: () => undefined },
  );
  stack.defer(() => store.close());
  const namespace = await kube.namespace('api');
  const folder = await mkdtemp(join(tmpdir(), 'pawl-api-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const authority = createAuthority('pawl-test');
  const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  const identity = authority.issue({ commonName: 'localhost' }, 'server', [
    ...['localhost', '127.0.0.1', apiServiceHost],
  ]);
  await writeFile(files.certFile, identity.certificate);
  await writeFile(files.keyFile, identity.key);
  const offload = new Offload({
    module: new URL('../../history/settle/thinker-thread.ts', import.meta.url),
    clock: systemClock,
    taskCpuMs: 20_000,
    maxHeapMiB: 512,
    idleMs: 60_000,
  });
  stack.defer(() => offload.close());
  const raw = new PostgresRequests(store);
  const thinker = new Thinker(offload, { maxBodyBytes: 1_048_576 });
  const requests = new Requests(store, raw, thinker);
  const imports = new Imports(store, raw, thinker);
  const { frontProxy: proxy } = options;
  const frontProxy: ReadFrontProxy | undefined =
    proxy === 'api-server' ? asked => readFrontProxy(session, asked) : proxy;
  const known = new Set([namespace]);
  let policy: PolicySpec = {};
  let open = true;
  let reviews = 0;
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const server = await startServer({
    settings: {
      ...{
        host: '127.0.0.1',
        port: 0,
        maxBodyBytes: 1_048_576,
        requestsPerMinute: 1_000_000,
        maxWatchers: 100,
      },
      ...files,
      ...options.settings,
    },
    history: new PostgresHistory(store),
    waiting: new PostgresProposals(store),
    writing: {
      done: (...args) => raw.done(...args),
      import: (...args) => imports.import(...args),
      write: (...args) => requests.write(...args),
      createNamespace: (...args) => raw.createNamespace(...args),
      deleteNamespace: (...args) => raw.deleteNamespace(...args),
      deleteConfig: (...args) => raw.deleteConfig(...args),
      undeleteConfig: (...args) => raw.undeleteConfig(...args),
      deleteVersion: (...args) => raw.deleteVersion(...args),
      purgeVersion: (...args) => raw.purgeVersion(...args),
    },
    namespaces: { exists: name => known.has(name), policy: () => policy, isOpen: () => open },
    facts: signal => readFacts(store, signal),
    checker: thinker.schemas,
    searcher: thinker.secrets,
    carrier: thinker,
    proposals: options.proposals ?? noProposals,
    reviews: {
      token: (token, asked) => reviewToken(session, { token, audience }, asked),
      access: (principal, deed, asked) => {
        reviews += 1;
        return reviewAccess(session, principal, deed, asked);
      },
    },
    clock: options.clock ?? systemClock,
    logger,
    checkAnswers: true,
    ...(frontProxy && { frontProxy }),
    ...(options.requestMs !== undefined && { requestMs: options.requestMs }),
    ...(options.ui && { ui: options.ui }),
    stampRequests: options.stampRequests ?? false,
    ...(options.watches && { watches: options.watches }),
    ...(options.underWay && { underWay: options.underWay }),
    processorTime: options.processorTime ?? wholeProcessor,
    ...(options.onAnswer && { onAnswer: options.onAnswer }),
    ...(options.certificatesMs !== undefined && { certificatesMs: options.certificatesMs }),
  });
  stack.defer(() => server.close());
  const person = (rights: readonly Right[], where = namespace) => personWith(session, where, rights);
  const editor = await person([everything]);
  const api: Api = {
    ...{ server, kube, namespace, databaseUrl: database.url, ca: authority.certificate, files, person },
    logs: () => lines.join(''),
    get reviews() {
      return reviews;
    },
    ask: (path, { token = editor, ...rest } = {}) =>
      send({ port: server.port, ca: authority.certificate, path, token, ...rest }),
    token: (account, given) => tokenFor(session, namespace, account, given),
    know: name => void known.add(name),
    setPolicy: next => {
      policy = next;
    },
    setOpen: next => {
      open = next;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  return api;
}

let people = 0;

async function personWith(session: Session, namespace: string, rights: readonly Right[]): Promise<string> {
  people += 1;
  const name = `person-${people}`;
  const metadata = { name, namespace };
  const post = (resource: Resource, body: object) => {
    const path = resourcePath(resource, { namespace });
    return session.request({ method: 'POST', path, body, signal: AbortSignal.timeout(30_000) });
  };
  const group = 'rbac.authorization.k8s.io';
  const rules = rights.map(right => ({ apiGroups: ['store.pawl.dev'], resources: ['configs'], ...right }));
  await post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await post(rbac('roles'), { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules });
  await post(rbac('rolebindings'), {
    ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
    roleRef: { apiGroup: group, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  // RBAC is in force a moment after it was written, and a no is remembered.
  const principal = { name: `system:serviceaccount:${namespace}:${name}`, uid: '', groups: [], extra: {} };
  for (const { verbs, resourceNames = [] } of rights) {
    const deed = { verb: verbs[0]!, group: 'store.pawl.dev', resource: 'configs', namespace };
    const named = resourceNames[0] === undefined ? deed : { ...deed, name: resourceNames[0] };
    await until(`the rights of ${name}`, 30_000, () =>
      reviewAccess(session, principal, named, AbortSignal.timeout(30_000)),
    );
  }
  return tokenFor(session, namespace, name);
}

async function tokenFor(
  session: Session,
  namespace: string,
  name: string,
  { audience: aud = audience, seconds = 3_600 }: { audience?: string; seconds?: number } = {},
): Promise<string> {
  const { body } = await session.request<{ status: { token: string } }>({
    method: 'POST',
    path: resourcePath(accounts, { namespace, name, subresource: 'token' }),
    body: {
      ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
      spec: { audiences: [aud], expirationSeconds: seconds },
    },
    signal: AbortSignal.timeout(30_000),
  });
  return body.status.token;
}

/** One request to a server on this machine, sent as it is written. */
export function send(options: Ask & { port: number; ca: string; path: string }): Promise<Reply> {
  const { port, ca, path, method = 'GET', token, headers = {}, body, agent = false } = options;
  const bytes =
    body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    // Not fetch: it would mend paths before they are sent.
    const asking = request(
      {
        ...{ host: '127.0.0.1', port, ca, path, method, agent },
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(bytes !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(bytes),
          }),
          ...headers,
        },
      },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          // Watches of kubectl are several documents, one a line.
          const isJson = /json/.test(response.headers['content-type'] ?? '') && !text.includes('}\n{');
          resolve({
            ...{ status: response.statusCode ?? 0, headers: response.headers, text },
            json: isJson && text !== '' ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    asking.on('error', reject);
    asking.end(bytes);
  });
}
