/**
 * The query of a list or a watch. Invariant: a selector that is not understood is refused, and never treated as absent:
 * the API server may have allowed the request because of it.
 */
import type { ConfigId, Version } from '../../history/words/model.ts';
import { Refused } from '../problems.ts';
import { nameOfConfig, type ResourceName, revisionNameOf } from './address.ts';

export interface Selected {
  /** `metadata.name=` */
  readonly name: string | null;
  /** `path=` */
  readonly path: string | null;
  readonly matches: (config: ConfigId, version: Version) => boolean;
}

export interface ListOptions {
  /** Null: all there is. */
  readonly limit: number | null;
  readonly continue: string | null;
  readonly selected: Selected;
  readonly watch: boolean;
  /** Empty: from now on. */
  readonly resourceVersion: string;
  /** A list as of this resourceVersion, and no other; null: as it is now. */
  readonly exactly: string | null;
  /** Whether a watch begins with what is there. */
  readonly initialEvents: boolean;
  readonly bookmarks: boolean;
  readonly timeoutSeconds: number | null;
}

/** @param url as sent. Throws Refused. */
export function listOptionsOf(url: string, resource: ResourceName): ListOptions {
  const query = queryOf(url);
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1) throw invalid(`${name} is given twice`);
  }
  if (query.get('labelSelector')) {
    throw invalid('these objects have no labels; use --field-selector path=limits/eu.yaml');
  }
  const version = query.get('resourceVersion') ?? '';
  const fromNow = version === '' || version === '0';
  const watch = flagOf(query, 'watch');
  const match = query.get('resourceVersionMatch') || 'NotOlderThan';
  if (match !== 'NotOlderThan' && match !== 'Exact') throw invalid(`resourceVersionMatch=${match}`);
  if (match === 'Exact' && (fromNow || watch))
    throw invalid('resourceVersionMatch=Exact is for lists with a resourceVersion');
  const initialEvents = query.has('sendInitialEvents') ? flagOf(query, 'sendInitialEvents') : fromNow;
  return {
    limit: numberOf(query, 'limit') || null,
    continue: query.get('continue') || null,
    selected: selectedBy(query.get('fieldSelector') ?? '', resource),
    watch,
    exactly: match === 'Exact' ? version : null,
    // The present state is never older than a version that a client may have seen.
    resourceVersion: fromNow || initialEvents ? '' : version,
    initialEvents,
    bookmarks: flagOf(query, 'allowWatchBookmarks'),
    timeoutSeconds: numberOf(query, 'timeoutSeconds') || null,
  };
}

/**
 * Whether a list or watch has texts at all. Of all versions of all configs it has none: programs that keep a copy of
 * every API they find would read the whole history.
 */
export function holdsTexts(resource: ResourceName, { path, name }: Selected): boolean {
  return resource === 'configs' || path !== null || name !== null;
}

export function asksToWatch(url: string): boolean {
  return flagOf(queryOf(url), 'watch');
}

const queryOf = (url: string) => new URLSearchParams(url.split('?', 2)[1] ?? '');

/** As the API server reads a value that is not a boolean: anything but a no is a yes. */
const flagOf = (query: URLSearchParams, name: string): boolean =>
  query.has(name) && !/^(false|0|f)$/i.test(query.get(name)!);

const fields = ['metadata.name', 'metadata.namespace', 'path'] as const;

function selectedBy(selector: string, resource: ResourceName): Selected {
  const terms = splitTerms(selector).map(termOf);
  const valueFor = (field: (typeof fields)[number]) =>
    terms.find(term => term.field === field)?.value ?? null;
  const actual = (config: ConfigId, version: Version) => ({
    'metadata.name': resource === 'configs' ? nameOfConfig(config) : revisionNameOf(config, version),
    'metadata.namespace': config.namespace,
    path: config.path,
  });
  return {
    name: valueFor('metadata.name'),
    path: valueFor('path'),
    matches: (config, version) => {
      const values = actual(config, version);
      return terms.every(({ field, value }) => values[field] === value);
    },
  };
}

/** At commas that are not escaped. As the API server reads it: blanks count, and half an escape is one. */
function splitTerms(selector: string): string[] {
  return selector.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];
}

function termOf(term: string): { field: (typeof fields)[number]; value: string } {
  const [, name = '', , value = ''] = /^([A-Za-z.]+)(==?)((?:[^\\,=]|\\[\\,=])*)$/s.exec(term) ?? [];
  const field = fields.find(one => one === name);
  if (!field) throw invalid(`fieldSelector ${term}: use ${fields.map(one => `${one}=…`).join(' or ')}`);
  return { field, value: value.replace(/\\(.)/gs, '$1') };
}

function numberOf(query: URLSearchParams, name: string): number {
  const text = query.get(name) || '0';
  if (!/^\d{1,9}$/.test(text)) throw invalid(`${name} is not a number`);
  return Number(text);
}

function invalid(detail: string): Refused {
  return new Refused('InvalidRequest', `The query is not understood: ${detail}.`);
}
