/**
 * The HTTP API, typed by api/openapi.yaml: one method for each call the commands make. Invariant: every write has an
 * Idempotency-Key of its own, so that its sender may repeat it. Every refusal is a Refusal.
 */
import type { IncomingMessage } from 'node:http';
import type {
  Approval,
  ApprovalPage,
  ApprovalRead,
  ApprovalState,
  Blame,
  Config,
  ConfigItem,
  ConfigPage,
  ConfigRead,
  DeletedConfig,
  Deployment,
  DeploymentPage,
  DeploymentResult,
  Diagnosis,
  Diff,
  Drift,
  DriftPage,
  ExportedVersion,
  ExportPage,
  Freeze,
  FreezePage,
  ImportResult,
  LinkedVersion,
  LinkPage,
  Namespace,
  NamespacePage,
  NewDeployment,
  NewFreeze,
  NewImport,
  NewPromotions,
  Preview,
  PreviewRequest,
  Promotion,
  Proposal,
  ProposalPage,
  Purge,
  Purged,
  Rejection,
  SavedConfig,
  SearchHit,
  SearchPage,
  TrashPage,
  Undeleted,
  UsagePage,
  Use,
  Version,
  VersionFacts,
  VersionPage,
  ViolatingConfig,
  ViolationsPage,
} from '../api/types.gen.ts';
import { problemOf, Refusal } from './refusal.ts';
import { Sender, type SenderOptions } from './sender.ts';
import type { Transport } from './transport.ts';
import { isWaiting, WaitsForApproval } from './waits.ts';

export interface ClientOptions extends SenderOptions {
  /** A new name for each write. */
  readonly newKey: () => string;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export class Client {
  readonly transport: Transport;
  readonly #options: ClientOptions;
  readonly #sender: Sender;

  constructor(options: ClientOptions) {
    this.transport = options.transport;
    this.#options = options;
    this.#sender = new Sender(options);
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

  /** Latest versions that match everything given; at most `most`. */
  search(
    wanted: Readonly<Partial<Record<'namespace' | 'path' | 'key' | 'value', string | undefined>>>,
    most: number,
  ): Promise<SearchHit[]> {
    return this.#pages<SearchHit>('/search', wanted, page => page as SearchPage, most);
  }

  /** One version with its text; the latest without a number. */
  async read(namespace: string, path: string, version?: number): Promise<Version & Pick<Config, 'format'>> {
    const read = await this.#get<ConfigRead>(of('/configs', namespace, path), { version });
    const found = read.version ?? read.latest;
    if (found === undefined) throw new Error(`the server's answer has no version of ${namespace}/${path}`);
    return { ...found, format: read.config.format };
  }

  /** Newest first, without texts; at most `most`. */
  versions(namespace: string, path: string, most = Number.POSITIVE_INFINITY): Promise<VersionFacts[]> {
    return this.#pages<VersionFacts>(of('/versions', namespace, path), {}, page => page as VersionPage, most);
  }

  /** Where a config is used, as far as the caller may read that in Kubernetes. */
  /** `watchesWorkloads`: whether those that restart for the config are among the uses. */
  async usage(namespace: string, path: string): Promise<{ uses: Use[]; watchesWorkloads: boolean }> {
    let watchesWorkloads = false;
    const uses = await this.#pages<Use>(of('/usage', namespace, path), { pods: true }, page => {
      watchesWorkloads = (page as UsagePage).workloads === 'Listed';
      return page as UsagePage;
    });
    return { uses, watchesWorkloads };
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

  purge(namespace: string, path: string, wanted: Purge): Promise<Purged> {
    return this.#write<Purged>('POST', of('/purge', namespace, path), {}, wanted);
  }

  /** Carries what changed in one config namespace to another one. */
  promoteAll(wanted: NewPromotions, dryRun: boolean): Promise<DeploymentResult> {
    return this.#write<DeploymentResult>('POST', '/promotions', { dry_run: dryRun || undefined }, wanted);
  }

  /**
   * Deletes a config for good, and what the trash has of it.
   * @param latest the version that must still be the latest; undefined: it is deleted already
   */
  async purgeConfig(
    namespace: string,
    path: string,
    latest: number | undefined,
    dryRun: boolean,
  ): Promise<void> {
    const query = { purge: true, dry_run: dryRun || undefined };
    const headers = latest === undefined ? {} : { 'if-match': `"${latest}"` };
    await this.#write('DELETE', of('/configs', namespace, path), query, undefined, headers);
  }

  trash(namespace: string): Promise<DeletedConfig[]> {
    return this.#pages<DeletedConfig>('/trash', { namespace }, page => page as TrashPage);
  }

  undelete(namespace: string, path: string): Promise<Undeleted> {
    return this.#write<Undeleted>('POST', of('/undelete', namespace, path), {}, undefined);
  }

  deploy(deployment: NewDeployment, dryRun: boolean): Promise<DeploymentResult> {
    return this.#write<DeploymentResult>(
      'POST',
      '/deployments',
      { dry_run: dryRun || undefined, namespaces: namedIn(deployment) },
      deployment,
    );
  }

  /** What was imported before is not imported again, so it may be repeated. */
  importVersions(namespace: string, batch: NewImport): Promise<ImportResult> {
    return this.#write<ImportResult>('POST', `/imports/${encodeURIComponent(namespace)}`, {}, batch);
  }

  /** All versions with their texts, in the order of saves, a page at a time. */
  async *exported(namespace: string): AsyncGenerator<ExportedVersion> {
    let cursor: string | undefined;
    do {
      const page: ExportPage = await this.#get(`/export/${encodeURIComponent(namespace)}`, {
        limit: 500,
        cursor,
      });
      yield* page.items;
      cursor = page.next_cursor;
    } while (cursor !== undefined);
  }

  /** The hash chains of a namespace's configs, or of one, by path and oldest first, a page at a time. */
  async *links(namespace: string, path: string | undefined): AsyncGenerator<LinkedVersion> {
    let cursor: string | undefined;
    const at = path === undefined ? `/links/${encodeURIComponent(namespace)}` : of('/links', namespace, path);
    do {
      const page: LinkPage = await this.#get(at, { limit: 500, cursor });
      yield* page.items;
      cursor = page.next_cursor;
    } while (cursor !== undefined);
  }

  deployments(filter: { namespace?: string; path?: string }, most: number): Promise<Deployment[]> {
    return this.#pages<Deployment>('/deployments', filter, page => page as DeploymentPage, most);
  }

  /** ConfigVersion objects that are refused or wait to be confirmed, of one Kubernetes namespace or all. */
  proposals(namespace: string | undefined): Promise<Proposal[]> {
    return this.#pages<Proposal>('/proposals', { namespace }, page => page as ProposalPage);
  }

  /** Configs whose latest version is not what a schema allows: of one config namespace, or of all. */
  diagnosis(): Promise<Diagnosis> {
    return this.#get<Diagnosis>('/diagnosis', {});
  }

  violations(namespace: string | undefined, prefix: string): Promise<ViolatingConfig[]> {
    const query = { namespace, prefix: prefix || undefined };
    return this.#pages<ViolatingConfig>('/violations', query, page => page as ViolationsPage, undefined, 50);
  }

  /** Changes that wait for an approval: of one config namespace, or of one config. */
  approvals(where: { readonly namespace: string; readonly path?: string }): Promise<Approval[]> {
    return this.#pages<Approval>('/approvals', { ...where }, page => page as ApprovalPage);
  }

  /** @param id of a change that waits */
  approval(namespace: string, id: string): Promise<ApprovalRead> {
    return this.#get<ApprovalRead>(of('/approvals', namespace, id), {});
  }

  approve(namespace: string, id: string, token: string): Promise<ApprovalState> {
    return this.#write<ApprovalState>('POST', `${of('/approvals', namespace, id)}/approve`, {}, { token });
  }

  async reject(namespace: string, id: string, rejection: Rejection): Promise<void> {
    await this.#write('POST', `${of('/approvals', namespace, id)}/reject`, {}, rejection);
  }

  async freezes(namespace: string): Promise<Freeze[]> {
    return (await this.#get<FreezePage>('/freezes', { namespace })).items;
  }

  freeze(wanted: NewFreeze): Promise<Freeze> {
    return this.#write<Freeze>('POST', '/freezes', {}, wanted);
  }

  /** @param path undefined: the whole config namespace */
  async unfreeze(namespace: string, path: string | undefined): Promise<void> {
    await this.#write('DELETE', '/freezes', { namespace, path });
  }

  /** ConfigVersion objects whose text is not the live one. */
  drift(namespace: string | undefined): Promise<Drift[]> {
    return this.#pages<Drift>('/drift', { namespace }, page => page as DriftPage);
  }

  /** Writes nothing, and so may be repeated. */
  async preview(namespace: string, name: string, request: PreviewRequest): Promise<Preview> {
    const [where, object] = [namespace, name].map(encodeURIComponent);
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    const path = `/proposals/${where}/${object}/preview`;
    const { signal } = this.#options;
    const body = JSON.stringify(request);
    return (await this.#sender.send({ method: 'POST', path, headers, signal, body })) as Preview;
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
    pageSize = 500,
  ): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | undefined;
    do {
      const limit = Math.min(pageSize, most - items.length);
      const page = read(await this.#get(path, { ...query, limit, cursor }));
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== undefined && items.length < most);
    return items;
  }

  async #get<T>(path: string, query: Query): Promise<T> {
    const { signal } = this.#options;
    const headers = { accept: 'application/json' };
    return (await this.#sender.send({ method: 'GET', path: path + search(query), headers, signal })) as T;
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
    const answer = await this.#sender.send(call, query.dry_run !== true);
    if (isWaiting(answer)) throw new WaitsForApproval(answer);
    return answer as T;
  }
}

function of(root: string, namespace: string, path: string): string {
  return `${root}/${encodeURIComponent(namespace)}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

function search(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return '';
  return `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}

/**
 * The namespaces of a large deployment, so that the server can check rights before it reads the body; undefined: it is
 * not large.
 */
function namedIn(deployment: NewDeployment): string | undefined {
  if (JSON.stringify(deployment).length < 1 << 20) return undefined;
  return [...new Set(deployment.changes.map(({ namespace }) => namespace))].join(',');
}
