/** Configs: listing, reading, searching, deleting. Saving is a matter of its own (saving.ts). */
import type { ConfigItem } from '../../api/types.gen.ts';
import type { SearchQuery } from '../../history/words/history.ts';
import type { ConfigId, Version } from '../../history/words/model.ts';
import { readBody } from '../../text/body.ts';
import { withoutBypass, withoutCommit } from '../bypass.ts';
import {
  askedConfig,
  askedNamespace,
  type Call,
  demandNamespace,
  type Handler,
  nextOf,
  noConfig,
  onConfig,
  onNamespace,
  pageOf,
} from '../call.ts';
import { noVersion, versionInTurn } from '../diff.ts';
import { invalid } from '../errors.ts';
import { demandDone, idempotencyOf, keyReused, replayedHeaders } from '../idempotency.ts';
import { configOf, factsOf, versionOf } from '../present.ts';
import { Refused } from '../problems.ts';
import { urlOf } from '../target.ts';
import { visibleTo } from './namespaces.ts';

export const listConfigs: Handler = {
  readsMuch: true,
  deeds: onNamespace('list'),
  async answer(call) {
    const namespace = askedNamespace(call);
    const prefix = String(call.query.prefix ?? '');
    const query = { namespace, prefix, folders: call.query.delimiter === '/' };
    const page = await call.history.configs(query, pageOf(call), call.signal);
    if (page.items.length === 0) await demandNamespace(call, namespace);
    const items = page.items.map((item): ConfigItem => {
      if (item.kind === 'folder') return { kind: 'folder', path: item.path };
      const { config, head } = item.record;
      return { kind: 'config', path: config.path, config: configOf(item.record), latest: factsOf(head) };
    });
    const { fields, headers } = nextOf(call, page.next);
    return { status: 200, headers, json: { items, ...fields } };
  },
};

export const getConfig: Handler = {
  deeds: onConfig('get'),
  async answer(call) {
    const config = askedConfig(call);
    const asText = wantsText(call);
    const read = await readVersion(call, call.query.version as number | undefined);
    const { number, latest, createdAt, text } = read;
    const headers = {
      etag: `"${number}"`,
      'last-modified': createdAt.toUTCString(),
      'cache-control': 'no-cache',
      vary: 'Accept, Authorization',
      link: `<${urlOf(config, 'versions')}>; rel="version-history", <${urlOf(config)}>; rel="latest-version"`,
    };
    // A version never changes, but the envelope of an old one names the latest, which does change.
    const lasting = asText || number === latest;
    if (lasting && matches(call.headers['if-none-match'], number)) return { status: 304, headers };
    if (asText) {
      return { status: 200, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, text };
    }
    return { status: 200, headers, json: read.json };
  },
};

/** What a namespace's policy asks of every change, it asks of this one, too. @returns null: nothing is in the way */
async function unlawful(call: Call, config: ConfigId, expectedHead: Version | null): Promise<Refused | null> {
  const instead = 'a DELETE has no place for one. Send it as a change of POST /deployments, with git.commit.';
  const refused = withoutBypass(call, config, 'delete', expectedHead) ?? withoutCommit(call, config, instead);
  if (refused) return refused;
  const { requireBaseVersion } = call.namespaces.policy(config.namespace);
  if (!requireBaseVersion || expectedHead !== null) return null;
  const { record } = await call.history.head(config, call.signal, call.tenant);
  // What is in the trash only has no latest version that could be stated.
  if (!record) return call.query.purge ? null : noConfig(config);
  const { version } = record.head;
  const next = `The latest is version ${version}: look at it, then send If-Match: "${version}".`;
  const detail = `Config namespace ${config.namespace} requires every change to state the version it is about. ${next}`;
  return new Refused('BaseVersionRequired', detail, { current_version: Number(version) });
}

export const deleteConfig: Handler = {
  deeds: onConfig('delete'),
  async answer(call) {
    const config = askedConfig(call);
    const { principal, signal } = call;
    const expectedHead = ifMatchOf(call);
    const idempotency = idempotencyOf(call);
    const refused = await unlawful(call, config, expectedHead);
    if (refused) {
      await demandDone(refused, call);
      return { status: 204, headers: replayedHeaders };
    }
    if (call.query.dry_run) {
      const { record } = await call.history.head(config, signal, call.tenant);
      // Whether the trash has something of it is not looked up.
      if (!record && call.query.purge) return { status: 204 };
      if (!record) throw noConfig(config);
      if (expectedHead !== null && record.head.version !== expectedHead)
        throw moved(expectedHead, record.head.version);
      return { status: 204 };
    }
    const actor = { name: principal.name, verified: true };
    const input = { config, expectedHead, actor, idempotency, purge: Boolean(call.query.purge) };
    const result = await call.writing.deleteConfig(input, signal);
    switch (result.kind) {
      case 'missing':
        throw noConfig(config);
      case 'moved':
        throw moved(expectedHead ?? 0n, result.head);
      case 'key-reused':
        throw keyReused();
      case 'replayed':
        return { status: 204, headers: replayedHeaders };
      case 'deleted':
        call.hub.nudge();
        return { status: 204 };
    }
  },
};

export const searchConfigs: Handler = {
  async answer(call) {
    const query = searchQueryOf(call);
    const { namespace } = call.query;
    const { gate, principal } = call;
    if (namespace !== undefined) {
      await gate.demand(principal, { verb: 'list', namespace: String(namespace), path: null });
      await demandNamespace(call, String(namespace));
    }
    const visible = namespace === undefined ? await visibleTo(call) : [String(namespace)];
    const { signal, tenant, searches, processorTime } = call;
    const search = () => call.history.search(query, visible, pageOf(call), signal);
    const page = await searches.run(tenant, signal, () => processorTime.timed(tenant, search));
    const items = page.items.map(record => ({ config: configOf(record), latest: factsOf(record.head) }));
    const { fields, headers } = nextOf(call, page.next);
    return { status: 200, headers, json: { items, ...fields } };
  },
};

function searchQueryOf({ query }: Call): SearchQuery {
  const { prefix, path, key, value } = query;
  if ([prefix, path, key, value].every(part => part === undefined)) {
    throw new Refused('Contradiction', 'Say what to look for: prefix, path, key or value.');
  }
  const steps = key === undefined ? null : segmentsOf(String(key));
  if (steps && steps.filter(step => step === '**').length > 1) {
    const detail = 'may have ** once: each further one multiplies the places to look at';
    throw new Refused('InvalidRequest', `Query key ${detail}.`, {
      errors: [{ in: 'query', name: 'key', detail }],
    });
  }
  return {
    ...(prefix !== undefined && { prefix: String(prefix) }),
    ...(path !== undefined && { path: String(path) }),
    ...(steps && { key: steps }),
    ...(value !== undefined && { value: jsonOf(String(value)) }),
  };
}

/** `http/timeout` or `/http/timeout`, as in a JSON Pointer. */
function segmentsOf(key: string): string[] {
  const segments = key.replace(/^\//, '').split('/');
  return segments.map(segment => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** As the store has values of configs: of a number that no database should be asked to hold, its spelling. */
function jsonOf(value: string): string {
  const read = readBody(value, 'json');
  if (read.ok) return read.body.json;
  if (!isJson(value)) return JSON.stringify(value);
  throw invalid([{ in: 'query', name: 'value', detail: read.problem.message }]);
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** The latest version, or one by its number, ready to be shown. */
async function readVersion(call: Call, asked: number | undefined) {
  const config = askedConfig(call);
  if (asked === undefined) {
    const found = await call.history.head(config, call.signal, call.tenant);
    if (!found.record) throw noConfig(config);
    const { record, text } = found;
    const { version: number, createdAt } = record.head;
    const json = { config: configOf(record), latest: versionOf(record.head, text) };
    return { number, latest: number, createdAt, text, json };
  }
  const found = await versionInTurn(call, config, BigInt(asked));
  if (!found) throw await noVersion(call, config, asked);
  const { record, version, text } = found;
  const json = { config: configOf(record), version: versionOf(version, text) };
  const { version: latest } = record.head;
  return { number: version.version, latest, createdAt: version.createdAt, text, json };
}

/** null: none is sent, or `*`. Its form was checked against the OpenAPI document. */
export function ifMatchOf({ headers }: Call): bigint | null {
  const value = headers['if-match'];
  if (value === undefined || value === '*') return null;
  // A weak tag names the same version: nothing about one is ever changed.
  return BigInt(String(value).replace(/^W\//, '').replaceAll('"', ''));
}

/** Whether it asks for the place of whatever is the latest. */
export const isOverwrite = ({ headers }: Call): boolean => headers['if-match'] === '*';

function matches(header: Call['headers'][string], version: bigint): boolean {
  if (header === undefined) return false;
  const tags = String(header)
    .split(',')
    .map(tag => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(`"${version}"`);
}

/** Plain text only when a client asks for it by name: a client that accepts anything gets the envelope. */
function wantsText({ headers }: Call): boolean {
  const accept = String(headers.accept ?? '*/*');
  const types = accept.split(',').map(part => part.split(';')[0]!.trim().toLowerCase());
  if (types.some(type => type === 'application/json' || type === 'application/*')) return false;
  if (types.some(type => type === 'text/plain' || type === 'text/*')) return true;
  if (types.includes('*/*')) return false;
  throw new Refused(
    'NotAcceptable',
    'Ask for application/json (the envelope) or text/plain (the text itself).',
  );
}

function moved(base: bigint, head: bigint): Refused {
  const detail = `If-Match names version ${base}, but the latest is ${head}. Nothing was deleted; look at it first.`;
  return new Refused('VersionConflict', detail, {
    base_version: Number(base),
    current_version: Number(head),
  });
}
