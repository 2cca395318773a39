/** Searches paths, keys and values on the server, within the reader's rights. The address holds the search. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { search } from '../api/calls.ts';
import { FilterFields, useFilter } from '../parts/filter-fields.tsx';
import { Link } from '../parts/link.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Failure, Waiting } from '../parts/states.tsx';
import { authorOf } from '../parts/version-facts.tsx';
import { When } from '../parts/when.tsx';
import type { Address, SearchWords } from '../pure/addresses.ts';

type SearchAddress = Extract<Address, { page: 'search' }>;

const fields = [
  { name: 'path', label: 'Path contains', hint: 'limits/eu', first: true },
  { name: 'key', label: 'Key', hint: '**/timeout' },
  { name: 'value', label: 'Value', hint: '30' },
  { name: 'namespace', label: 'Namespace', hint: 'all' },
] as const;

/** As many as are looked for without being asked to look further. */
const enoughHits = 30;

export function Search({ address }: { readonly address: SearchAddress }) {
  const { page: _, ...words } = address;
  const [typed, type] = useFilter<SearchWords>(words, filter => ({ page: 'search', ...filter }));

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
  // The server looks at so many configs in a call, found or not.
  const looksOn = asks && hasNextPage && !error && (hits?.length ?? 0) < enoughHits;
  useEffect(() => {
    if (looksOn && !isFetching) void fetchNextPage();
  }, [looksOn, isFetching, fetchNextPage]);
  return (
    <>
      <PageHead address={{ page: 'namespaces' }} title="Search" />
      <FilterFields fields={fields} typed={typed} onType={change => type({ ...typed, ...change })} />
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
          {wordsOf(hits.length, { looksOn, hasMore: hasNextPage })}
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
      {hasNextPage && asks && !looksOn && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Look further
        </button>
      )}
    </>
  );
}

function wordsOf(found: number, { looksOn, hasMore }: { looksOn: boolean; hasMore: boolean }): string {
  if (looksOn) return `${found} found so far, looking on …`;
  if (found === 0) return 'Nothing found.';
  return `${found}${hasMore ? ' and more' : ''} found.`;
}
