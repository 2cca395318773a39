/** Each call of the API that the page makes, by its name. Invariant: no list's answer is ever used as if it held texts. */
import type {
  ApprovalPage,
  ApprovalRead,
  ApprovalState,
  Blame,
  ConfigItem,
  ConfigPage,
  ConfigRead,
  DeletedConfig,
  DeploymentPage,
  DeploymentResult,
  Diff,
  Freeze,
  FreezePage,
  Namespace,
  NamespacePage,
  NewFreeze,
  NewPromotions,
  Promotion,
  Proposal,
  ProposalPage,
  Purge,
  Purged,
  Rejection,
  SaveConfig,
  SavedConfig,
  SearchPage,
  TrashPage,
  Undeleted,
  UsagePage,
  Version,
  VersionPage,
  ViolationsPage,
} from '../../api/types.gen.ts';
import { type DeploymentFilter, pathOf, type SearchWords } from '../pure/addresses.ts';
import type { ConfigName } from '../pure/names.ts';
import { get, send, type WriteOptions, write } from './client.ts';

export type { ConfigName } from '../pure/names.ts';

export interface Session {
  readonly user: { readonly name: string; readonly groups: readonly string[] } | null;
  readonly signIn: readonly string[];
  readonly expiresAt?: string | null;
}

const at = (root: string, { namespace, path }: ConfigName) => `${root}/${pathOf(namespace)}/${pathOf(path)}`;
const most = 500;
/** What was deleted has no answer. */
const done = (): true => true;

export const readSession = (signal?: AbortSignal) => get<Session>('ui/session', {}, signal);
export const signInWith = (token: string) =>
  send<Session>('ui/session/token', { method: 'POST', body: { token } });
export const signOut = () => send<null>('ui/session', { method: 'DELETE' });

/** All of them, a page at a time; `onPage` is told of what is there so far. */
async function pages<Item>(
  read: (cursor: string | undefined) => Promise<{ items: Item[]; next_cursor?: string }>,
  onPage?: (items: readonly Item[]) => void,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next_cursor;
    if (cursor !== undefined) onPage?.([...items]);
  } while (cursor !== undefined);
  return items;
}

export const listNamespaces = (signal?: AbortSignal) =>
  pages<Namespace>(cursor => get<NamespacePage>('namespaces', { limit: most, cursor }, signal));

export const listFolder = (
  { namespace, folder }: { readonly namespace: string; readonly folder: string },
  signal?: AbortSignal,
  onPage?: (items: readonly ConfigItem[]) => void,
) =>
  pages<ConfigItem>(
    cursor =>
      get<ConfigPage>(
        `configs/${pathOf(namespace)}`,
        { prefix: folder, delimiter: '/', limit: most, cursor },
        signal,
      ),
    onPage,
  );

export interface Read {
  readonly config: ConfigRead['config'];
  readonly version: Version;
}

/** One version with its text; the latest without a number. */
export async function readConfig(config: ConfigName, version?: number, signal?: AbortSignal): Promise<Read> {
  const read = await get<ConfigRead>(at('configs', config), { version }, signal);
  const found = read.version ?? read.latest;
  if (!found) throw new Error('The answer has no version.');
  return { config: read.config, version: found };
}

export interface VersionFilter {
  readonly author?: string | undefined;
  /** Moments, as RFC 3339 has them. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export const listVersions = (
  config: ConfigName,
  filter: VersionFilter,
  cursor?: string,
  signal?: AbortSignal,
) => get<VersionPage>(at('versions', config), { ...filter, limit: 100, cursor }, signal);

/** The newest, for choosing one of them. */
export const newestVersions = (config: ConfigName, signal?: AbortSignal) =>
  listVersions(config, {}, undefined, signal);

/** @param pods those of each workload, as far as the reader may list them */
export const listUsage = (config: ConfigName, pods: boolean, cursor?: string, signal?: AbortSignal) =>
  get<UsagePage>(at('usage', config), { limit: most, cursor, ...(pods && { pods }) }, signal);

export const blame = (config: ConfigName, version: number, signal?: AbortSignal) =>
  get<Blame>(at('blame', config), { version }, signal);

export const diffVersions = (
  config: ConfigName,
  from: number,
  to: number | undefined,
  signal?: AbortSignal,
) => get<Diff>(at('diff', config), { from, to }, signal);

export const diffText = (config: ConfigName, text: string, from: number | undefined, signal?: AbortSignal) =>
  send<Diff>(at('diff', config), {
    method: 'POST',
    body: { body_raw: text, ...(from !== undefined && { from }) },
    signal,
  });

/** What would become of it; nothing is saved. */
export const trySave = (config: ConfigName, body: SaveConfig, signal?: AbortSignal) =>
  send<SavedConfig>(at('configs', config), { method: 'PUT', query: { dry_run: true }, body, signal });

export const save = (config: ConfigName, body: SaveConfig, options: WriteOptions) =>
  write<SavedConfig | ApprovalRead>(at('configs', config), { method: 'PUT', body }, options);

export const promote = (config: ConfigName, body: Promotion, options: WriteOptions) =>
  write<SavedConfig | ApprovalRead>(at('promote', config), { method: 'POST', body }, options);

export const deleteConfig = (config: ConfigName, latest: number, options: WriteOptions) =>
  write<null>(
    at('configs', config),
    { method: 'DELETE', headers: { 'if-match': `"${latest}"` } },
    options,
  ).then(done);

export const deleteVersion = (config: ConfigName, version: number, options: WriteOptions) =>
  write<null>(at('versions', config), { method: 'DELETE', query: { version } }, options).then(done);

export const purgeVersion = (config: ConfigName, body: Purge, options: WriteOptions) =>
  write<Purged>(at('purge', config), { method: 'POST', body }, options);

/** Newest delete first. */
export const listTrash = (namespace: string, cursor?: string, signal?: AbortSignal) =>
  get<TrashPage>('trash', { namespace, limit: most, cursor }, signal);

/** Pages of a trash that are looked through for one config. */
const mostPages = 4;

/** What the newest delete of a config took; null: nothing that can be brought back. */
export async function findDeleted(
  { namespace, path }: ConfigName,
  signal?: AbortSignal,
): Promise<DeletedConfig | null> {
  let cursor: string | undefined;
  for (let seen = 0; seen < mostPages; seen += 1) {
    const page = await listTrash(namespace, cursor, signal);
    const found = page.items.find(deleted => deleted.path === path);
    if (found) return found;
    cursor = page.next_cursor;
    if (cursor === undefined) return null;
  }
  return null;
}

export const undelete = (config: ConfigName, options: WriteOptions) =>
  write<Undeleted>(at('undelete', config), { method: 'POST' }, options);

/** Takes what the trash has of a config. A config that is there again is refused: its latest version never is number 0. */
export const purgeDeleted = (config: ConfigName, options: WriteOptions) =>
  write<null>(
    at('configs', config),
    { method: 'DELETE', query: { purge: true }, headers: { 'if-match': '"0"' } },
    options,
  ).then(done);

/** Texts that are checked for a page. */
const checked = 100;

export const listViolations = (namespace: string, cursor?: string, signal?: AbortSignal) =>
  get<ViolationsPage>('violations', { namespace, limit: checked, cursor }, signal);

export const listFreezes = (namespace: string, signal?: AbortSignal) =>
  get<FreezePage>('freezes', { namespace }, signal).then(({ items }) => items);

export const freeze = (body: NewFreeze, options: WriteOptions) =>
  write<Freeze>('freezes', { method: 'POST', body }, options);

/** @param path as it was frozen; undefined: the whole namespace */
export const unfreeze = (namespace: string, path: string | undefined, options: WriteOptions) =>
  write<null>('freezes', { method: 'DELETE', query: { namespace, path } }, options).then(done);

/** What would change there; nothing is saved. */
export const tryPromotion = (body: NewPromotions, signal?: AbortSignal) =>
  send<DeploymentResult>('promotions', { method: 'POST', query: { dry_run: true }, body, signal });

export const promoteConfigs = (body: NewPromotions, options: WriteOptions) =>
  write<DeploymentResult | ApprovalRead>('promotions', { method: 'POST', body }, options);

export const createNamespace = (name: string, options: WriteOptions) =>
  write<Namespace>('namespaces', { method: 'POST', body: { name } }, options);

export const deleteNamespace = (name: string, options: WriteOptions) =>
  write<null>(`namespaces/${pathOf(name)}`, { method: 'DELETE' }, options).then(done);

export const search = (words: SearchWords, cursor?: string, signal?: AbortSignal) =>
  get<SearchPage>('search', { ...words, limit: 100, cursor }, signal);

export const listDeployments = (filter: DeploymentFilter, cursor?: string, signal?: AbortSignal) =>
  get<DeploymentPage>('deployments', { ...filter, limit: 50, cursor }, signal);

export const listProposals = (namespace: string | undefined, cursor?: string, signal?: AbortSignal) =>
  get<ProposalPage>('proposals', { namespace, limit: 50, cursor }, signal);

export const confirmProposal = (
  { namespace, name }: { readonly namespace: string; readonly name: string },
  token: string,
  options: WriteOptions,
) =>
  write<Proposal>(
    `proposals/${pathOf(namespace)}/${pathOf(name)}/confirm`,
    { method: 'POST', body: { token } },
    options,
  );

export const listApprovals = (cursor?: string, signal?: AbortSignal) =>
  get<ApprovalPage>('approvals', { limit: 50, cursor }, signal);

const approvalAt = (namespace: string, id: string) => `approvals/${pathOf(namespace)}/${pathOf(id)}`;

/** What it would save now: the latest text against the new one. */
export const readApproval = (namespace: string, id: string, signal?: AbortSignal) =>
  get<ApprovalRead>(approvalAt(namespace, id), {}, signal);

export const approveChange = (namespace: string, id: string, token: string, options: WriteOptions) =>
  write<ApprovalState>(`${approvalAt(namespace, id)}/approve`, { method: 'POST', body: { token } }, options);

export const rejectChange = (namespace: string, id: string, body: Rejection, options: WriteOptions) =>
  write<null>(`${approvalAt(namespace, id)}/reject`, { method: 'POST', body }, options).then(done);
