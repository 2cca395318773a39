/**
 * Reads configs and revisions for the aggregated API: one by its name, or lists in pages. Invariant: a list's
 * resourceVersion is taken before its items are read, so a watch that goes on from it misses nothing.
 */
import type { Page, VersionDetail } from '../../history/words/history.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { Format } from '../../text/format.ts';
import type { History } from '../ports.ts';
import { Refused } from '../problems.ts';
import { pathNamed, type ResourceName, revisionNamed, storeGroup } from './address.ts';
import { Expired } from './expired.ts';
import type { ListOptions, Selected } from './list-options.ts';
import type { ObjectFacts } from './objects.ts';

/** The most items of a list without a limit; every client then goes on with `continue`. */
const maxItems = 5_000;
const pageSize = 500;
/** Texts may have a megabyte each: few at once, and a page ends early once it has this much. */
const textsAtOnce = 20;
export const enoughBytes = 8 << 20;

type Found = Pick<ObjectFacts, 'config' | 'format' | 'createdAt' | 'version'>;
type Source = (page: { after: string | null; limit: number }, signal: AbortSignal) => Promise<Page<Found>>;

export interface Listed {
  readonly entries: readonly ObjectFacts[];
  readonly resourceVersion: string;
  readonly next: string | null;
}

export class Reading {
  readonly #history: History;

  constructor(history: History) {
    this.#history = history;
  }

  /** Where the feed of changes is now. */
  async position(signal: AbortSignal): Promise<string> {
    return (await this.#history.changesAfter(null, 1, signal)).cursor;
  }

  /** Throws Refused when there is none. */
  async item(
    resource: ResourceName,
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<ObjectFacts> {
    const { entry } = await this.#named(resource, namespace, name, signal);
    if (entry) return entry;
    throw new Refused(
      resource === 'configs' ? 'ConfigNotFound' : 'VersionNotFound',
      `${resource}.${storeGroup} "${name}" not found`,
    );
  }

  /** @param namespace null: all */
  async list(
    resource: ResourceName,
    namespace: string | null,
    options: Pick<ListOptions, 'limit' | 'continue' | 'selected' | 'exactly'>,
    withTexts: boolean,
    signal: AbortSignal,
  ): Promise<Listed> {
    const { exactly } = options;
    if (exactly === null) return this.#present(resource, namespace, options, withTexts, signal);
    // What is read after the position was taken may be newer: it has to be the same afterwards.
    const before = await this.position(signal);
    const listed =
      before === exactly && (await this.#present(resource, namespace, options, withTexts, signal));
    if (listed && (await this.position(signal)) === exactly) return { ...listed, resourceVersion: exactly };
    throw new Expired('What the list was then is not kept: list again, without resourceVersionMatch=Exact.');
  }

  async #present(
    resource: ResourceName,
    namespace: string | null,
    options: Pick<ListOptions, 'limit' | 'continue' | 'selected'>,
    withTexts: boolean,
    signal: AbortSignal,
  ): Promise<Listed> {
    const { limit, selected } = options;
    if (namespace !== null && selected.name !== null) {
      const { entry, resourceVersion } = await this.#named(resource, namespace, selected.name, signal);
      const wanted = entry && selected.matches(entry.config, entry.version.version);
      return { entries: wanted ? [entry] : [], resourceVersion, next: null };
    }
    const resourceVersion = await this.position(signal);
    const entries: ObjectFacts[] = [];
    const source = this.#source(resource, namespace, selected);
    const wanted = Math.min(limit ?? maxItems, maxItems);
    let after = options.continue;
    let bytes = 0;
    do {
      const atOnce = Math.min(wanted - entries.length, withTexts ? textsAtOnce : pageSize);
      const page = await source({ after, limit: atOnce }, signal);
      const found = page.items.filter(({ config, version }) => selected.matches(config, version.version));
      const made = withTexts
        ? await this.#withTexts(found, signal)
        : found.map(one => ({ ...one, text: null }));
      for (const one of made) {
        entries.push({ resource, resourceVersion, ...one });
        bytes += one.text === null ? 0 : one.version.bytes;
      }
      after = page.next;
    } while (after !== null && entries.length < wanted && bytes < enoughBytes);
    return { entries, resourceVersion, next: after };
  }

  async #named(
    resource: ResourceName,
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<{ readonly entry: ObjectFacts | null; readonly resourceVersion: string }> {
    const path = resource === 'configs' ? pathNamed(name) : null;
    if (path !== null) {
      const head = await this.#history.headAt({ namespace, path }, signal);
      const { cursor: resourceVersion } = head;
      if (!head.record) return { entry: null, resourceVersion };
      const entry: ObjectFacts = { resource, resourceVersion, ...ofConfig(head.record), text: head.text };
      return { entry, resourceVersion };
    }
    const resourceVersion = await this.position(signal);
    const named = resource === 'configrevisions' ? revisionNamed(name) : null;
    if (named === null) return { entry: null, resourceVersion };
    const config = { namespace, path: named.path };
    const found = await this.#history.version(config, named.version, signal);
    if (!found) return { entry: null, resourceVersion };
    const { record, version, text } = found;
    const one = ofRevision({ config, format: record.format, version });
    return { entry: { resource, resourceVersion, ...one, text }, resourceVersion };
  }

  #source(resource: ResourceName, namespace: string | null, { path }: Selected): Source {
    const history = this.#history;
    if (resource === 'configrevisions') {
      return namespace === null ? this.#revisionsOfAll(path) : this.#revisions(namespace, path);
    }
    const prefix = path ?? '';
    if (namespace === null) {
      return async (page, signal) => {
        const { items, next } = await history.search({ prefix }, 'all', page, signal);
        return { items: items.map(ofConfig), next };
      };
    }
    return async (page, signal) => {
      const { items, next } = await history.configs({ namespace, prefix, folders: false }, page, signal);
      return { items: items.flatMap(item => (item.kind === 'config' ? [ofConfig(item.record)] : [])), next };
    };
  }

  #revisions(namespace: string, path: string | null): Source {
    return async (page, signal) => {
      const { items, next } = await this.#history.revisions({ namespace, path }, page, signal);
      return { items: items.map(ofRevision), next };
    };
  }

  /** One namespace after the other, each in its own pages; where it stands is [before the namespace, in it]. */
  #revisionsOfAll(path: string | null): Source {
    return async ({ after, limit }, signal) => {
      const [before, inside] = after === null ? [null, null] : positionOf(after);
      const { items: names, next } = await this.#history.namespaces(
        'all',
        { after: before, limit: 1 },
        signal,
      );
      const [here] = names;
      if (!here) return { items: [], next: null };
      const page = await this.#revisions(here.name, path)({ after: inside, limit }, signal);
      if (page.next !== null) return { items: page.items, next: continueAt(before, page.next) };
      return { items: page.items, next: next === null ? null : continueAt(next, null) };
    };
  }

  async #withTexts(found: readonly Found[], signal: AbortSignal): Promise<(Found & { text: string })[]> {
    const byConfig = Map.groupBy(found, ({ config }) => `${config.namespace}/${config.path}`);
    const texts = new Map<Found, string>();
    // One after the other: a caller's turn is one connection.
    for (const same of byConfig.values()) {
      const numbers = same.map(({ version }) => version.version);
      const read = await this.#history.texts(same[0]!.config, numbers, signal);
      for (const one of same) {
        const text = read.get(one.version.version);
        if (text !== undefined) texts.set(one, text);
      }
    }
    // One that was deleted meanwhile is left out.
    return found.flatMap(one => (texts.has(one) ? [{ ...one, text: texts.get(one)! }] : []));
  }
}

function ofConfig(record: { config: ConfigId; format: Format; createdAt: Date; head: VersionDetail }): Found {
  const { config, format, createdAt, head } = record;
  return { config, format, createdAt, version: head };
}

function ofRevision(one: { config: ConfigId; format: Format; version: VersionDetail }): Found {
  return { ...one, createdAt: one.version.createdAt };
}

function continueAt(before: string | null, inside: string | null): string {
  return Buffer.from(JSON.stringify([before, inside])).toString('base64url');
}

function positionOf(token: string): [string | null, string | null] {
  const isPart = (part: unknown) => part === null || typeof part === 'string';
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 2 && parts.every(isPart)) return parts as [string, string];
  } catch {
    // Not ours.
  }
  throw new Refused('InvalidCursor', 'This continue token belongs to another list. Start without one.');
}
