/** Searches paths, keys and values on the server, within the reader's rights. The address holds the search. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { search } from '../api/calls.ts';
import { Link } from '../parts/link.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Failure, Waiting } from '../parts/states.tsx';
import { authorOf } from '../parts/version-facts.tsx';
import { When } from '../parts/when.tsx';
import type { Address, SearchWords } from '../pure/addresses.ts';
import { go } from '../route.ts';

type SearchAddress = Extract<Address, { page: 'search' }>;

const fields = [
  { name: 'path', label: 'Path contains', hint: 'limits/eu' },
  { name: 'key', label: 'Key', hint: '**/timeout' },
  { name: 'value', label: 'Value', hint: '30' },
  { name: 'namespace', label: 'Namespace', hint: 'all' },
] as const;

/** Long enough not to ask for every letter. */
const restMs = 250;

export function Search({ address }: { readonly address: SearchAddress }) {
  const { page: _, ...words } = address;
  const [typed, setTyped] = useState<SearchWords>(words);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    const timer = setTimeout(() => go({ page: 'search', ...trimmed(typed) }, { replace: true }), restMs);
    return () => clearTimeout(timer);
  }, [typed]);

  const asks = Boolean(words.path || words.key || words.value);
  const { data, error, isFetching, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: ['search', words],
    queryFn: ({ pageParam, signal }) => search(words, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor,
    enabled: asks,
    placeholderData: before => before,
  });
  const hits = asks ? data?.pages.flatMap(({ items }) => items) : undefined;
  return (
    <>
      <PageHead address={{ page: 'namespaces' }} title="Search" />
      <search className="search-fields">
        {fields.map(({ name, label, hint }) => (
          <label key={name}>
            <span>{label}</span>
            <input
              ref={name === 'path' ? first : undefined}
              type="search"
              value={typed[name] ?? ''}
              placeholder={hint}
              onChange={event => setTyped({ ...typed, [name]: event.target.value })}
              spellCheck={false}
              autoComplete="off"
            />
          </label>
        ))}
      </search>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!asks && (
        <Empty title="Say what to look for">
          <p>
            A part of a path, a key such as <code>http/timeout</code> or <code>**/timeout</code>, or a value.
            All that are given must hold.
          </p>
        </Empty>
      )}
      {asks && !hits && !error && <Waiting for="what was found" />}
      {hits && (
        <p className="quiet small" role="status">
          {hits.length === 0 && !hasNextPage
            ? 'Nothing found.'
            : `${hits.length}${hasNextPage ? ' and more' : ''} found.`}
        </p>
      )}
      {hits && hits.length > 0 && (
        <ul className="rows">
          {hits.map(({ config, latest }) => (
            <li key={`${config.namespace}/${config.path}`} className="row">
              <Link
                className="row-name"
                to={{ page: 'config', namespace: config.namespace, path: config.path }}
              >
                <span>
                  <span className="quiet">{config.namespace}/</span>
                  {config.path}
                </span>
              </Link>
              <span className="version">{latest.version}</span>
              <span className="row-who">
                <Said text={authorOf(latest)} />
              </span>
              <span className="row-when quiet">
                <When at={latest.created_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && asks && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Look further
        </button>
      )}
    </>
  );
}

function trimmed(words: SearchWords): SearchWords {
  const pairs = Object.entries(words).map(([name, value]) => [name, String(value).trim()]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== ''));
}
