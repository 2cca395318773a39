/** Targets that take names: paths, URLs, selectors, patterns, cursors and the stream of events. */
import assert from 'node:assert/strict';
import { fromCursor, toCursor } from '../../history/store/cursor.ts';
import { changesAfter } from '../../history/store/feed.ts';
import { StoreError } from '../../history/store/store-error.ts';
import { defaultConfigMapKey, defaultConfigMapName } from '../../operator/object/config-map-name.ts';
import { podSelectorOf } from '../../operator/object/workload/pod-selector.ts';
import {
  addressOf,
  nameOfConfig,
  pathNamed,
  revisionNamed,
  revisionNameOf,
  storeRoot,
} from '../../server/aggregated/address.ts';
import { listOptionsOf } from '../../server/aggregated/list-options.ts';
import { Refused } from '../../server/problems.ts';
import { targetOfUrl, urlOf } from '../../server/target.ts';
import { checkPath, isNamespaceName } from '../../text/config-path.ts';
import { coversName, coversPath } from '../../text/glob.ts';
import { readEvents, type ServerEvent } from '../../text/server-events.ts';
import { type FuzzTarget, unless } from './target.ts';

const namespace = 'payments';

const paths: FuzzTarget = {
  promises: 'a path is refused or is the same config through every address of it',
  parts: 1,
  words: ['/', '..', '.', ':', '@', '%2F', '%', '+', '=', '_', '-', 'versions', '1', 'é', '?', '#', '\\'],
  run([path = '']) {
    if (checkPath(path) !== null) {
      // Which stand for slashes there.
      if (!path.includes(':')) assert.equal(pathNamed(path.replaceAll('/', ':')), null);
      return;
    }
    const config = { namespace, path };
    assert.deepEqual(targetOfUrl(urlOf(config)), config);
    assert.deepEqual(targetOfUrl(`${urlOf(config)}?version=1`), config);
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    assert.deepEqual(targetOfUrl(`/configs/${namespace}/${encoded}`), config);
    assert.equal(new URL(urlOf(config), 'https://pawl').pathname, urlOf(config));
    assert.equal(pathNamed(nameOfConfig(config)), path);
    assert.deepEqual(revisionNamed(revisionNameOf(config, 7n)), { path, version: 7n });
    const item = `${storeRoot}/namespaces/${namespace}/configs/${encodeURIComponent(nameOfConfig(config))}`;
    const name = nameOfConfig(config);
    assert.deepEqual(addressOf(item), { kind: 'item', resource: 'configs', namespace, name });
    assert.match(
      defaultConfigMapName(path),
      /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    );
    assert.match(defaultConfigMapKey(path), /^(?!\.$)(?!\.\.)[-._a-zA-Z0-9]{1,253}$/);
    assert(coversPath(path, path) && coversPath('**', path) && coversPath(path.replace(/[^/]+$/, '*'), path));
  },
};

const urls: FuzzTarget = {
  promises: 'a URL is refused or names one namespace and one good path, decoded once',
  parts: 1,
  words: [
    '/',
    '%2F',
    '%2f',
    '%25',
    '%',
    '%C3%A9',
    '%ff',
    '?',
    '#',
    '..',
    '%2e%2e',
    ';',
    '+',
    'namespaces',
    'configs',
    'configrevisions',
    'diff',
    namespace,
    storeRoot,
  ],
  run([text = '']) {
    const url = `/${text}`;
    const target = unless(Refused, () => targetOfUrl(url));
    if (!(target instanceof Refused)) {
      assert(isNamespaceName(target.namespace));
      if (target.path !== null) {
        assert.equal(checkPath(target.path), null);
        assert.deepEqual(targetOfUrl(urlOf({ namespace: target.namespace, path: target.path })), target);
      }
    }
    const address = unless(Refused, () => addressOf(`${storeRoot}/${text}`));
    if (!(address instanceof Refused) && address.kind !== 'list') {
      assert(![address.namespace, address.name].some(part => part === '' || part.includes('/')));
    }
    unless(Refused, () => listOptionsOf(url, 'configs'));
  },
};

const selectors: FuzzTarget = {
  promises:
    'a field selector means what the API server takes it for, or is refused; a pattern covers what it says',
  parts: 3,
  words: [
    'path',
    'metadata.name',
    'metadata.namespace',
    '=',
    '==',
    '!=',
    ',',
    '\\',
    '\\,',
    ' ',
    '*',
    '**',
    '/',
    'In',
    '"values":[',
    '{',
    '}',
  ],
  run([selector = '', pattern = '', text = '']) {
    const url = `/configs?fieldSelector=${encodeURIComponent(selector)}`;
    const ours = unless(Refused, () => listOptionsOf(url, 'configs').selected);
    const theirs = selectedByKubernetes(selector);
    if (!(ours instanceof Refused)) {
      assert(theirs !== null, 'the API server does not understand it');
      const first = (field: string) => theirs.find(term => term.field === field)?.value ?? null;
      assert.deepEqual([ours.name, ours.path], [first('metadata.name'), first('path')]);
      for (const path of [text, ours.path ?? '', 'limits/eu.yaml']) {
        const values: Record<string, string> = {
          path,
          'metadata.name': nameOfConfig({ namespace, path }),
          'metadata.namespace': namespace,
        };
        const isMeant: boolean = theirs.every(({ field, value }) => values[field] === value);
        assert.equal(ours.matches({ namespace, path }, 1n), isMeant);
      }
    }
    const short = pattern.slice(0, 512);
    const name = text.slice(0, 600);
    assert.equal(coversName(short, name), globbed(short, name));
    assert.equal(coversPath(short, name), coveredPath(short, name));
    const selected = podSelectorOf(unless(SyntaxError, () => JSON.parse(text)));
    assert(selected === null || selected !== '');
  },
};

/** As k8s.io/apimachinery/pkg/fields reads it, for the equalities; null: it does not. */
function selectedByKubernetes(selector: string): { field: string; value: string }[] | null {
  const terms: string[] = [''];
  let escaped = false;
  for (const letter of selector) {
    if (!escaped && letter === ',') terms.push('');
    else terms[terms.length - 1] += letter;
    escaped = !escaped && letter === '\\';
  }
  const found: { field: string; value: string }[] = [];
  for (const term of terms) {
    if (term === '') continue;
    const at = term.search(/!=|=/);
    if (at < 0 || term[at] === '!') return null;
    const rest = term.slice(at).replace(/^==?/, '');
    if (!/^([^\\,=]|\\[\\,=])*$/s.test(rest)) return null;
    found.push({ field: term.slice(0, at), value: rest.replace(/\\(.)/gs, '$1') });
  }
  return found;
}

/** By the definition: each `*` is any number of letters. */
function globbed(pattern: string, text: string): boolean {
  let reached = Array.from({ length: text.length + 1 }, (_, at) => at === 0);
  for (const letter of pattern.split('')) {
    let any = false;
    reached = reached.map((was, at) => {
      any ||= was;
      return letter === '*' ? any : at > 0 && reached[at - 1]! && text[at - 1] === letter;
    });
  }
  return reached[text.length]!;
}

/** By the definition: `**` takes any number of segments. */
function coveredPath(pattern: string, path: string): boolean {
  if (!pattern.includes('*')) return path === pattern || path.startsWith(`${pattern}/`);
  const parts = pattern.split('/');
  const segments = path.split('/');
  const known = new Map<number, boolean>();
  const from = (p: number, s: number): boolean => {
    const key = p * (segments.length + 1) + s;
    const told = known.get(key);
    if (told !== undefined) return told;
    const part = parts[p];
    let answer: boolean;
    if (part === undefined) answer = s === segments.length;
    else if (part === '**') answer = from(p + 1, s) || (s < segments.length && from(p, s + 1));
    else answer = s < segments.length && globbed(part, segments[s]!) && from(p + 1, s + 1);
    known.set(key, answer);
    return answer;
  };
  return from(0, 0);
}

const row = {
  snapshot: '10:12:10,11',
  epoch: '7123456789012345678-1764400000000000-16384-0123456789abcdef0123456789abcdef',
  usable: true,
  id: '5',
  kind: 'saved',
  version: '3',
  created_at: new Date(0),
  namespace,
  path: 'limits/eu.yaml',
  object_uid: null,
};

const cursors: FuzzTarget = {
  promises: 'a cursor that was not given out is refused by name, and one that was goes on from its place',
  parts: 2,
  words: ['.', ':', ',', '-', '0', '9', row.snapshot, row.epoch, '["q","a"]', 'q'],
  async run([cursor = '', part = '']) {
    const asked: unknown[][] = [];
    const run = async (_name: string, _text: string, values: unknown[]) => {
      asked.push(values);
      return [row];
    };
    const feed = { calls: { run }, statements: { changes: '', position: '' } } as never;
    const ask = (from: string) => changesAfter(feed, from, 10, AbortSignal.abort());
    try {
      const { changes } = (await ask(cursor)) as Extract<
        Awaited<ReturnType<typeof ask>>,
        { changes: unknown }
      >;
      assert.equal(changes.length, 1);
      await ask(changes[0]!.cursor);
      const [[epoch, seen], [epochAgain, seenAgain, until, after]] = asked as [unknown[], unknown[]];
      assert.deepEqual([epochAgain, seenAgain, until, after], [epoch, seen, row.snapshot, row.id]);
    } catch (error) {
      if (!(error instanceof StoreError) || error.reason !== 'InvalidCursor') throw error;
    }
    const parts = unless(StoreError, () => fromCursor('q', cursor, 1));
    if (Array.isArray(parts)) assert.deepEqual(fromCursor('q', toCursor('q', parts), 1), parts);
    if (part.isWellFormed() && !part.includes('\0') && part.length < 2_000) {
      assert.deepEqual(fromCursor('q', toCursor('q', [part]), 1), [part]);
    }
  },
};

const events: FuzzTarget = {
  promises: 'a stream of events says the same however it is cut',
  parts: 2,
  words: ['\n', '\r\n', '\r', '\n\n', 'data: ', 'data:', 'event: ', 'id: ', ':', '\0', 'é', '🙂', '\uFEFF'],
  async run([cuts = '', text = '']) {
    const bytes = new TextEncoder().encode(text);
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const letter of cuts.slice(0, 500)) {
      const to = at + (letter.codePointAt(0)! % 7);
      pieces.push(bytes.subarray(at, to));
      at = to;
    }
    pieces.push(bytes.subarray(at));
    assert.deepEqual(await told(pieces), await told([bytes]));
  },
};

async function told(pieces: readonly Uint8Array[]): Promise<ServerEvent[]> {
  async function* chunks() {
    yield* pieces;
  }
  const all: ServerEvent[] = [];
  for await (const one of readEvents(chunks())) all.push(one);
  return all;
}

export const ofNames: Readonly<Record<string, FuzzTarget>> = { paths, urls, selectors, cursors, events };
