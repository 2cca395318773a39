/**
 * The history as readers see it: lists in pages, versions, searches, the log and the feed. Invariant: nothing is
 * written, every call is one statement and sees one moment, and lists come in pages of a bounded size.
 */

import type { Clock } from '../../runtime/clock.ts';
import type { Format } from '../../text/format.ts';
import type {
  Changes,
  ConfigRecord,
  DeploymentFilter,
  DeploymentRecord,
  Head,
  ListedConfig,
  NamespaceRecord,
  Page,
  PageRequest,
  SearchQuery,
  TrashRecord,
  VersionDetail,
  VersionFilter,
  Visible,
} from '../words/history.ts';
import type { LinkRecord } from '../words/link.ts';
import type { ConfigId, Version } from '../words/model.ts';
import type { Calls } from './calls.ts';
import { fromCursor, numberOf, toCursor } from './cursor.ts';
import { toDeployments } from './deployments.ts';
import { toConfigRecord, toVersionDetail } from './details.ts';
import { changesAfter, positionOf } from './feed.ts';
import { type HistoryStatements, historyStatements, searchedAtOnce } from './history-statements.ts';
import { toLinkRecord } from './links.ts';
import type { VersionRow } from './rows.ts';
import { jsonSearch, literally } from './search.ts';
import type { PostgresStore } from './store.ts';
import { StoreError } from './store-error.ts';
import { Together } from './together.ts';
import { type ConfigValues, configValues, textValue } from './values.ts';

const maxPage = 1_000;
/** Texts fetched at once when reading backwards: few, because each may have a megabyte. */
const textsAtOnce = 8;
/** What is asked most. */
const headsTogether = { atOnce: 3, most: 16 };
/**
 * Each may have a megabyte: of several that are asked for at once, few are read at once, lines in turn, and keep no short
 * one waiting.
 */
const longHeads = { atOnce: 2, most: 1 };
/**
 * What comes from PostgreSQL is put together and made a string by the one event loop: so nothing comes for half of the time,
 * however many long texts are asked for at once.
 */
const longRest = { factor: 3, mostMs: 50 };

interface LongHead {
  readonly values: ConfigValues;
  readonly line: string;
}

/** All methods reject with a StoreError, or with the reason of the signal once it is aborted. */
export class PostgresHistory {
  readonly #calls: Calls;
  readonly #statements: HistoryStatements;
  readonly #heads: Together<ConfigValues, VersionRow | undefined>;
  readonly #longHeads: Together<LongHead, VersionRow | undefined>;

  /** @param clock absent: of several long texts, each is read as soon as the one before it has come */
  constructor({ calls }: PostgresStore, clock?: Pick<Clock, 'timer' | 'monotonic'>) {
    this.#calls = calls;
    this.#statements = historyStatements(calls.schema);
    this.#heads = new Together(this.#askHeads.bind(this), { ...headsTogether, failsAll: isAway });
    const askLong = (asked: readonly LongHead[], signal: AbortSignal) =>
      this.#askHeads(
        asked.map(({ values }) => values),
        signal,
      );
    const lineOf = ({ line }: LongHead) => line;
    const rest = clock && { ...longRest, clock };
    this.#longHeads = new Together(askLong, { ...longHeads, failsAll: isAway, lineOf, rest });
  }

  async namespaces(visible: Visible, page: PageRequest, signal: AbortSignal): Promise<Page<NamespaceRecord>> {
    const after = fromCursor('namespaces', page.after, 1)?.[0] ?? '';
    const rows = await this.#run('namespaces', [namesOf(visible), after, more(page)], signal);
    return pageOf(rows, page, toNamespace, row => toCursor('namespaces', [row.name as string]));
  }

  async namespace(name: string, signal: AbortSignal): Promise<NamespaceRecord | null> {
    const [row] = await this.#run('namespaces', [[textValue(name, 'the name')], '', 1], signal);
    return row ? toNamespace(row) : null;
  }

  /** Of a namespace, the newest deletion first. */
  async trash(namespace: string, page: PageRequest, signal: AbortSignal): Promise<Page<TrashRecord>> {
    const question = `trash ${namespace}`;
    const before = fromCursor(question, page.after, 1)?.map(numberOf)[0] ?? null;
    const rows = await this.#run(
      'trash',
      [textValue(namespace, 'the namespace'), before, more(page)],
      signal,
    );
    return pageOf(rows, page, toTrash, row => toCursor(question, [row.id as string]));
  }

  async configs(
    { namespace, prefix, folders }: { namespace: string; prefix: string; folders: boolean },
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<ListedConfig>> {
    const question = `configs ${namespace} ${folders} ${prefix}`;
    // After a folder: after everything in it.
    const last = fromCursor(question, page.after, 1)?.[0] ?? '';
    const after = last.endsWith('/') ? `${last}\u{10FFFF}` : last;
    const values = [namespace, textValue(prefix, 'the prefix'), after, folders, more(page)];
    const rows = await this.#run('configs', values, signal);
    const item = (row: VersionRow): ListedConfig =>
      row.folder === null
        ? { kind: 'config', record: toConfigRecord(row) }
        : { kind: 'folder', path: row.folder as string };
    return pageOf(rows, page, item, row => toCursor(question, [(row.folder ?? row.path) as string]));
  }

  /** @param line where it waits for a long text. Default: the line of all who name none */
  async head(config: ConfigId, signal: AbortSignal, line = ''): Promise<Head> {
    // Looked at before: asked together, one that PostgreSQL cannot read would be the others' failure, too.
    textValue(config.namespace, 'the namespace');
    textValue(config.path, 'the path');
    const values = configValues(config);
    const row = await this.#heads.ask(values, signal);
    const isLeftOut = row?.version != null && row.body_raw === null;
    return toHead(isLeftOut ? await this.#longHeads.ask({ values, line }, signal) : row);
  }

  async headAt(config: ConfigId, signal: AbortSignal): Promise<Head & { readonly cursor: string }> {
    const [row] = await this.#run('headAt', configValues(config), signal);
    return { ...toHead(row), cursor: positionOf(row) };
  }

  async version(
    config: ConfigId,
    version: Version,
    signal: AbortSignal,
  ): Promise<{ record: ConfigRecord; version: VersionDetail; text: string } | null> {
    const [row] = await this.#run('version', [...configValues(config), version], signal);
    if (!row) return null;
    const record = toConfigRecord(row, 'head_');
    return { record, version: toVersionDetail(row), text: row.body_raw as string };
  }

  async versions(
    config: ConfigId,
    page: PageRequest,
    signal: AbortSignal,
    filter: VersionFilter = {},
  ): Promise<Page<VersionDetail>> {
    const question = `versions ${config.namespace} ${config.path} ${JSON.stringify(filter)}`;
    const before = fromCursor(question, page.after, 1)?.map(numberOf)[0] ?? null;
    const { author, from, to } = filter;
    const name = author === undefined ? null : textValue(author, 'the author');
    const asked = [before, more(page), name, from ?? null, to ?? null];
    const rows = await this.#run('versions', [...configValues(config), ...asked], signal);
    return pageOf(rows, page, toVersionDetail, row => toCursor(question, [row.version as string]));
  }

  async revisions(
    { namespace, path }: { namespace: string; path: string | null },
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<{ config: ConfigId; format: Format; version: VersionDetail }>> {
    const question = `revisions ${namespace} ${path ?? ''}`;
    const [after = '', before = '0'] = fromCursor(question, page.after, 2) ?? [];
    const values = [namespace, path, after, numberOf(before), more(page)];
    const rows = await this.#run('revisions', values, signal);
    const item = (row: VersionRow) => {
      const config = { namespace: row.namespace as string, path: row.path as string };
      return { config, format: row.format as Format, version: toVersionDetail(row) };
    };
    return pageOf(rows, page, item, row => toCursor(question, [row.path as string, row.version as string]));
  }

  async exported(
    namespace: string,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<{ config: ConfigId; format: Format; version: VersionDetail; text: string }>> {
    const question = `export ${namespace}`;
    const after = fromCursor(question, page.after, 1)?.map(numberOf)[0] ?? 0n;
    const rows = await this.#run('exported', [namespace, after, more(page)], signal);
    const shown = rows.slice(0, sizeOf(page));
    const last = shown.at(-1);
    return {
      items: shown.map(row => ({
        config: { namespace: row.namespace as string, path: row.path as string },
        ...{ format: row.format as Format, version: toVersionDetail(row), text: row.body_raw as string },
      })),
      next:
        last && Number(last.found) > shown.length ? toCursor(question, [last.version_id as string]) : null,
    };
  }

  async links(
    { namespace, path }: { namespace: string; path: string | null },
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<LinkRecord>> {
    const question = `links ${namespace} ${path ?? ''}`;
    const [from = '', after = '0'] = fromCursor(question, page.after, 2) ?? [];
    const values = [namespace, path, from, numberOf(after), more(page)];
    const rows = await this.#run('links', values, signal);
    const shown = rows.slice(0, sizeOf(page));
    const last = shown.at(-1);
    return {
      items: shown.map(row => toLinkRecord(namespace, row)),
      next:
        last && Number(last.found) > shown.length
          ? toCursor(question, [last.path as string, last.version as string])
          : null,
    };
  }

  async *backwards(
    config: ConfigId,
    { to, limit }: { to: Version; limit: number },
    signal: AbortSignal,
  ): AsyncGenerator<{ record: VersionDetail; text: string }> {
    let before = to + 1n;
    for (let left = limit; left > 0; left -= textsAtOnce) {
      const values = [...configValues(config), before, Math.min(left, textsAtOnce)];
      const rows = await this.#run('bodies', values, signal);
      for (const row of rows) yield { record: toVersionDetail(row), text: row.body_raw as string };
      const last = rows.at(-1);
      if (!last || rows.length < textsAtOnce) return;
      before = BigInt(last.version as string);
    }
  }

  async search(
    query: SearchQuery,
    visible: Visible,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<ConfigRecord>> {
    const question = `search ${JSON.stringify(query)}`;
    const [namespace = '', path = ''] = fromCursor(question, page.after, 2) ?? [];
    const json = jsonSearch(query);
    const values = [
      ...[namesOf(visible), namespace, path, textValue(query.prefix ?? '', 'the prefix')],
      query.path === undefined ? null : `%${literally(textValue(query.path, 'the part of the path'))}%`,
      ...[json?.path ?? null, json?.vars ?? '{}', more(page)],
    ];
    const rows = await this.#run('search', values, signal);
    const [first] = rows;
    const found = rows.filter(row => row.config_id !== null);
    const cursorAt = (row: VersionRow) => toCursor(question, [row.namespace as string, row.path as string]);
    const result = pageOf(found, page, toConfigRecord, cursorAt);
    if (result.next !== null || Number(first?.looked ?? 0) < searchedAtOnce) return result;
    return {
      ...result,
      next: toCursor(question, [first!.last_namespace as string, first!.last_path as string]),
    };
  }

  async deployments(
    filter: DeploymentFilter,
    visible: Visible,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<DeploymentRecord>> {
    const question = `deployments ${JSON.stringify(filter)}`;
    const before = fromCursor(question, page.after, 1)?.map(numberOf)[0] ?? null;
    const names = namesOf(visible);
    const { from, to, deployer, commit, namespace, path, result } = filter;
    const asked = [from, to, deployer, commit, namespace, path].map(part => part ?? null);
    const rows = await this.#run(
      'deployments',
      [names, ...asked, before, more(page), result ?? null],
      signal,
    );
    const shown = rows.slice(0, sizeOf(page));
    const changes = await this.#run('deploymentChanges', [names, shown.map(row => row.id)], signal);
    const items = toDeployments(shown, changes);
    const last = shown.at(-1);
    return {
      items,
      next: rows.length > shown.length && last ? toCursor(question, [last.id as string]) : null,
    };
  }

  changesAfter(cursor: string | null, limit: number, signal: AbortSignal): Promise<Changes> {
    const feed = { calls: this.#calls, statements: this.#statements };
    return changesAfter(feed, cursor, Math.min(Math.max(limit, 1), maxPage), signal);
  }

  async texts(
    config: ConfigId,
    versions: readonly Version[],
    signal: AbortSignal,
  ): Promise<Map<Version, string>> {
    const rows = await this.#run('texts', [...configValues(config), versions.slice(0, 100)], signal);
    return new Map(rows.map(row => [BigInt(row.version as string), row.body_raw as string]));
  }

  /** A row for each, undefined or with nothing in it where there is no such config. */
  async #askHeads(
    asked: readonly ConfigValues[],
    signal: AbortSignal,
  ): Promise<readonly (VersionRow | undefined)[]> {
    const [only, ...others] = asked;
    if (only && others.length === 0) return this.#run('head', only, signal);
    const values = [asked.map(([namespace]) => namespace), asked.map(([, path]) => path)];
    return this.#run('heads', values, signal);
  }

  #run(
    name: keyof HistoryStatements,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<VersionRow[]> {
    return this.#calls.run(`history.${name}`, this.#statements[name], values, signal);
  }
}

const isAway = (error: unknown) => error instanceof StoreError && error.reason === 'Unavailable';

const namesOf = (visible: Visible) => (visible === 'all' ? null : [...visible]);

const sizeOf = ({ limit }: PageRequest): number => Math.min(Math.max(limit, 1), maxPage);

/** One more than shown says whether there is another page. */
const more = (page: PageRequest): number => sizeOf(page) + 1;

function pageOf<Item>(
  rows: readonly VersionRow[],
  page: PageRequest,
  item: (row: VersionRow) => Item,
  cursorAt: (row: VersionRow) => string,
): Page<Item> {
  const shown = rows.slice(0, sizeOf(page));
  const last = shown.at(-1);
  return {
    items: shown.map(row => item(row)),
    next: rows.length > shown.length && last ? cursorAt(last) : null,
  };
}

function toHead(row: VersionRow | undefined): Head {
  if (row?.version) return { record: toConfigRecord(row), text: row.body_raw as string };
  return { record: null, lastVersion: BigInt((row?.last_number as string | null | undefined) ?? 0) };
}

function toTrash(row: VersionRow): TrashRecord {
  return {
    ...{ id: row.id as string, format: row.format as Format },
    config: { namespace: row.namespace as string, path: row.path as string },
    ...{ versions: Number(row.versions), bytes: Number(row.bytes) },
    firstVersion: BigInt(row.first_version as string),
    lastVersion: BigInt(row.last_version as string),
    deletedAt: row.deleted_at as Date,
    deletedBy: { name: row.actor as string, verified: row.actor_verified as boolean },
    keptUntil: row.kept_until as Date,
  };
}

function toNamespace(row: VersionRow): NamespaceRecord {
  return { name: row.name as string, createdAt: row.created_at as Date, configs: Number(row.configs) };
}
