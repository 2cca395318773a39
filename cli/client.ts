/**
 * The HTTP API, typed by its own document. Invariant: what is not known to have happened is repeated only when
 * repeating cannot do it twice: reads, and writes under the same Idempotency-Key. Every refusal is a Refusal.
 */
import type { IncomingMessage } from 'node:http';
import type {
  Blame,
  ConfigItem,
  ConfigPage,
  ConfigRead,
  Deployment,
  DeploymentPage,
  DeploymentResult,
  Diff,
  Namespace,
  NamespacePage,
  NewDeployment,
  Problem,
  Promotion,
  Proposal,
  ProposalPage,
  SavedConfig,
  SearchHit,
  SearchPage,
  Version,
  VersionFacts,
  VersionPage,
} from '../api/types.gen.ts';
import { CliError } from './errors.ts';
import { type Answer, type Call, type Transport, Unreachable } from './transport.ts';

/** The server said no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: string;
  readonly problem: Problem;
  /** When the server asks to be asked again; null: it does not say. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null = null) {
    super(problem.detail);
    this.reason = problem.reason;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  /** The last part of the problem's type: `confirmation-required`. */
  get kind(): string {
    return kindOf(this.problem);
  }
}

export function kindOf(problem: Problem): string {
  return problem.type.split('/').at(-1) ?? '';
}

export interface ClientOptions {
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** A new name for each write. */
  readonly newKey: () => string;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since some moment. */
  readonly monotonic: () => number;
  /** Hears of each attempt that will be repeated. */
  readonly onRetry?: (why: string, ms: number) => void;
}

const attempts = 4;
const longestPauseMs = 4_000;
/** As long as a server may ask us to wait. */
const longestWaitMs = 15_000;
/** An operator killed with a write under way has a successor in less, which knows the key. */
const doubtMs = 30_000;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export class Client {
  readonly transport: Transport;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.transport = options.transport;
    this.#options = options;
  }

  namespaces(): Promise<Namespace[]> {
    return this.#pages<Namespace>('/namespaces', {}, page => page as NamespacePage);
  }

  createNamespace(name: string): Promise<Namespace> {
    return this.#write<Namespace>('POST', '/namespaces', {}, { name });
  }

  async deleteNamespace(name: string): Promise<void> {
    await this.#write('DELETE', `/namespaces/${encodeURIComponent(name)}`, {});
  }

  /** Every config whose path begins with the prefix, without texts. */
  configs(namespace: string, prefix = ''): Promise<ConfigItem[]> {
    const query = { prefix: prefix || undefined };
    return this.#pages<ConfigItem>(
      `/configs/${encodeURIComponent(namespace)}`,
      query,
      page => page as ConfigPage,
    );
  }

  /** What lies at the prefix, one step deep: configs, and folders with a slash at the end; at most `most`. */
  step(namespace: string, prefix: string, most: number): Promise<ConfigItem[]> {
    const query = { prefix: prefix || undefined, delimiter: '/' };
    const read = (page: unknown) => page as ConfigPage;
    return this.#pages<ConfigItem>(`/configs/${encodeURIComponent(namespace)}`, query, read, most);
  }

  /** Latest versions that hold all that is given; at most `most`. */
  search(
    wanted: Readonly<Partial<Record<'namespace' | 'path' | 'key' | 'value', string | undefined>>>,
    most: number,
  ): Promise<SearchHit[]> {
    return this.#pages<SearchHit>('/search', wanted, page => page as SearchPage, most);
  }

  /** One version with its text; the latest without a number. */
  async read(namespace: string, path: string, version?: number): Promise<Version> {
    const read = await this.#get<ConfigRead>(of('/configs', namespace, path), { version });
    const found = read.version ?? read.latest;
    if (found === undefined) throw new Error(`the server's answer has no version of ${namespace}/${path}`);
    return found;
  }

  /** Newest first, without texts; at most `most`. */
  versions(namespace: string, path: string, most = Number.POSITIVE_INFINITY): Promise<VersionFacts[]> {
    return this.#pages<VersionFacts>(of('/versions', namespace, path), {}, page => page as VersionPage, most);
  }

  diff(namespace: string, path: string, from: number, to?: number): Promise<Diff> {
    return this.#get<Diff>(of('/diff', namespace, path), { from, to });
  }

  blame(namespace: string, path: string, version?: number): Promise<Blame> {
    return this.#get<Blame>(of('/blame', namespace, path), { version });
  }

  promote(namespace: string, path: string, promotion: Promotion, dryRun: boolean): Promise<SavedConfig> {
    return this.#write<SavedConfig>(
      'POST',
      of('/promote', namespace, path),
      { dry_run: dryRun || undefined },
      promotion,
    );
  }

  /** @param latest the version that must still be the latest */
  async delete(namespace: string, path: string, latest: number, dryRun: boolean): Promise<void> {
    const query = { dry_run: dryRun || undefined };
    await this.#write('DELETE', of('/configs', namespace, path), query, undefined, {
      'if-match': `"${latest}"`,
    });
  }

  deploy(deployment: NewDeployment, dryRun: boolean): Promise<DeploymentResult> {
    return this.#write<DeploymentResult>(
      'POST',
      '/deployments',
      { dry_run: dryRun || undefined, namespaces: namedIn(deployment) },
      deployment,
    );
  }

  deployments(filter: { namespace?: string; path?: string }, most: number): Promise<Deployment[]> {
    return this.#pages<Deployment>('/deployments', filter, page => page as DeploymentPage, most);
  }

  /** ConfigVersion objects that are refused or wait to be confirmed, of one Kubernetes namespace or all. */
  proposals(namespace: string | undefined): Promise<Proposal[]> {
    return this.#pages<Proposal>('/proposals', { namespace }, page => page as ProposalPage);
  }

  /** The stream of changes of a namespace, or of one config. */
  async watch(
    { namespace, path }: { readonly namespace: string; readonly path: string | undefined },
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const where =
      path === undefined ? `/watch/${encodeURIComponent(namespace)}` : of('/watch', namespace, path);
    const headers = {
      accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    const { transport } = this.#options;
    const response = await transport.stream({ method: 'GET', path: where, headers, signal });
    if (response.statusCode === 200) return response;
    let text = '';
    for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString('utf8');
    throw new Refusal(problemOf({ status: response.statusCode ?? 0, headers: {}, text }, transport));
  }

  async #pages<Item>(
    path: string,
    query: Query,
    read: (page: unknown) => { items: Item[]; next_cursor?: string },
    most = Number.POSITIVE_INFINITY,
  ): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const limit = Math.min(500, most - items.length);
      const page = read(await this.#get(path, { ...query, limit, cursor }));
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== undefined && items.length < most);
    return items;
  }

  async #get<T>(path: string, query: Query): Promise<T> {
    const { signal } = this.#options;
    const headers = { accept: 'application/json' };
    return (await this.#send({ method: 'GET', path: path + search(query), headers, signal })) as T;
  }

  async #write<T>(
    method: 'POST' | 'DELETE',
    path: string,
    query: Query,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const { signal, newKey } = this.#options;
    const headers = {
      accept: 'application/json',
      'idempotency-key': newKey(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...more,
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const call = { method, path: path + search(query), headers, signal, ...sent };
    return (await this.#send(call, query.dry_run !== true)) as T;
  }

  /** Repeated a few times when it failed, and for longer when nobody knows whether it did. */
  async #send(call: Call, writes = false): Promise<unknown> {
    const { transport, sleep, onRetry, signal, monotonic } = this.#options;
    let doubtfulSince: number | null = null;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(call);
      if (!(answer instanceof Error)) return parsed(answer, transport);
      if (writes && mayBeDone(answer)) doubtfulSince ??= monotonic();
      const pauseMs = pauseAfter(answer, attempt);
      const goOn =
        pauseMs !== null &&
        pauseMs <= longestWaitMs &&
        (doubtfulSince === null ? attempt < attempts : monotonic() - doubtfulSince + pauseMs <= doubtMs);
      if (!goOn) throw doubtfulSince !== null && !settles(answer) ? outcomeUnknown(answer) : answer;
      onRetry?.(answer.message, pauseMs);
      await sleep(pauseMs, signal);
    }
  }

  async #attempt(call: Call): Promise<Answer | Failure> {
    const { transport } = this.#options;
    try {
      const answer = await transport.request(call);
      if (answer.status >= 200 && answer.status < 300) return answer;
      const retryAfter = Number.parseInt(answer.headers['retry-after'] ?? '', 10);
      return new Refusal(problemOf(answer, transport), retryAfter >= 0 ? retryAfter * 1000 : null);
    } catch (error) {
      if (error instanceof Unreachable || error instanceof CliError) return error;
      throw error;
    }
  }
}

/** CliError: there is no way to the server, which does not pass by itself. */
type Failure = Refusal | Unreachable | CliError;

/** Milliseconds until it is worth trying again; null: it is not. */
function pauseAfter(failure: Failure, attempt: number): number | null {
  const backOffMs = Math.min(250 * 2 ** attempt, longestPauseMs);
  if (failure instanceof Unreachable) return backOffMs;
  if (!(failure instanceof Refusal) || !passing.has(failure.problem.status)) return null;
  return Math.max(failure.retryAfterMs ?? backOffMs, 250);
}

/** Pawl says what it knows; somebody on the way may have passed it on. */
function mayBeDone(failure: Failure): boolean {
  if (failure instanceof Unreachable) return failure.sent;
  if (!(failure instanceof Refusal)) return false;
  const { problem, reason } = failure;
  return reason === 'OutcomeUnknown' || (!isOurs(problem) && problem.status >= 500);
}

/** Whether it says that an earlier attempt under the same key was not done either. */
function settles(failure: Failure): boolean {
  if (!(failure instanceof Refusal) || !isOurs(failure.problem)) return false;
  const { status } = failure.problem;
  return status < 500 && !passing.has(status) && status !== 401 && status !== 403;
}

function outcomeUnknown(cause: Failure): Unreachable {
  const words = 'Whether it was done is not known. Look before you try again: status, or log';
  const said = cause.message.replace(/[.]$/, '');
  return new Unreachable(`${said}. ${words}`, { sent: true, cause });
}

/** Too many requests, or somebody on the way is away. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function of(root: string, namespace: string, path: string): string {
  return `${root}/${encodeURIComponent(namespace)}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

function search(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return '';
  return `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}

function parsed(answer: Answer, transport: Transport): unknown {
  if (answer.text === '') return null;
  try {
    return JSON.parse(answer.text) as unknown;
  } catch (cause) {
    throw new Error(`the answer of ${transport.name} is not JSON; is it Pawl's API?`, { cause });
  }
}

/** Of a large deployment, so that the server asks about rights before it reads on; undefined: it is not large. */
function namedIn(deployment: NewDeployment): string | undefined {
  if (JSON.stringify(deployment).length < 1 << 20) return undefined;
  return [...new Set(deployment.changes.map(({ namespace }) => namespace))].join(',');
}

const isOurs = ({ type, detail }: { type?: unknown; detail?: unknown }): boolean =>
  typeof type === 'string' && type !== elsewhere && typeof detail === 'string';

/** Type of a problem that Pawl did not tell of. */
const elsewhere = 'about:blank';

/** Ours, Kubernetes' `Status` when the API server answered itself, or whatever a proxy on the way said. */
function problemOf({ status, text }: Answer, transport: Transport): Problem {
  let body: Record<string, unknown> = {};
  try {
    const value = JSON.parse(text) as unknown;
    if (value !== null && typeof value === 'object') body = value as Record<string, unknown>;
  } catch {}
  if (isOurs(body)) return body as unknown as Problem;
  const said = typeof body.message === 'string' ? body.message : `status ${status}`;
  const hints: Record<number, string> = {
    401: 'The token or the certificate is not accepted; is it expired, or made for another audience?',
    404: 'Is Pawl installed there, with its aggregated API registered (kubectl get apiservice v1alpha1.store.pawl.dev)? Or give --server.',
    503: 'Pawl’s API is registered there, but nobody answers for it.',
  };
  const detail = `${transport.name} answered: ${said}.${hints[status] ? ` ${hints[status]}` : ''}`;
  const reason = typeof body.reason === 'string' ? body.reason : 'Unknown';
  return { type: elsewhere, title: said, status, detail, reason, request_id: '' };
}
