/**
 * What the latest versions of a namespace violate: the schemas of today, and the search for secrets. Invariant: a secret is
 * named by its place and rule; its value is neither asked for nor shown.
 */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ViolatingConfig, Violation } from '../../api/types.gen.ts';
import { listViolations } from '../api/calls.ts';
import { useWatch } from '../api/watch.ts';
import { Link } from '../parts/link.tsx';
import { NamespaceTabs } from '../parts/namespace-tabs.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Failure, Waiting } from '../parts/states.tsx';
import { foundWords, ruleOf, violatedPlace } from '../pure/violations.ts';

/** As many as are looked for without being asked to look further, and pages of texts that are checked for them. */
const enough = 30;
const mostPages = 10;

export function Violations({ namespace }: { readonly namespace: string }) {
  /** Saves since it was checked: each check costs the server a look at every text. */
  const [missed, setMissed] = useState(0);
  const { data, error, isFetching, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: ['violations', namespace],
    queryFn: ({ pageParam, signal }) => listViolations(namespace, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor,
    refetchOnWindowFocus: false,
  });
  useWatch(
    { namespace },
    {
      onChange: () => setMissed(before => before + 1),
      onGap: () => setMissed(before => before + 1),
      onOpen: () => undefined,
    },
  );
  const again = () => {
    setMissed(0);
    void refetch();
  };
  const found = data?.pages.flatMap(({ items }) => items);
  const looksOn =
    hasNextPage && !error && (found?.length ?? 0) < enough && (data?.pages.length ?? 0) < mostPages;
  useEffect(() => {
    if (looksOn && !isFetching) void fetchNextPage();
  }, [looksOn, isFetching, fetchNextPage]);
  return (
    <>
      <PageHead
        address={{ page: 'violations', namespace }}
        title={namespace}
        facts={<span className="tag">namespace</span>}
      />
      <NamespaceTabs namespace={namespace} at="violations" />
      {error && <Failure error={error} onRetry={again} />}
      {missed > 0 && found && (
        <div className="note banner">
          <span>Something was saved since this was checked.</span>
          <button type="button" disabled={isFetching} onClick={again}>
            Check again
          </button>
        </div>
      )}
      {!found && !error && <Waiting for="what the latest versions violate" />}
      {found && (found.length > 0 || hasNextPage) && (
        <p className="quiet small" role="status">
          {foundWords(found, !hasNextPage)}
          {looksOn && ' Checking further …'}
        </p>
      )}
      {found?.length === 0 && !hasNextPage && (
        <Empty title="No latest version violates a rule">
          <p>
            The latest versions are held to the schemas of today, and searched for what looks like a secret.
          </p>
        </Empty>
      )}
      {found && found.length > 0 && (
        <ol className="cards">
          {found.map(one => (
            <li key={one.config.path}>
              <One of={one} />
            </li>
          ))}
        </ol>
      )}
      {hasNextPage && !looksOn && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Check the next configs
        </button>
      )}
    </>
  );
}

function One({ of: { config, violations, more_violations } }: { readonly of: ViolatingConfig }) {
  const { namespace, path, latest_version: version } = config;
  return (
    <article className="card" aria-label={path}>
      <header>
        <Link to={{ page: 'config', namespace, path }}>
          <strong>{path}</strong>
        </Link>
        <span className="version">{version}</span>
        <span className="grow" />
        <Link className="button" to={{ page: 'edit', namespace, path }} aria-label={`Edit ${path}`}>
          Edit
        </Link>
      </header>
      <ul className="changes">
        {violations.map((violation, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: places have no other name
          <li key={index}>
            <Place {...{ namespace, path, version, violation }} />
          </li>
        ))}
      </ul>
      {more_violations !== undefined && <p className="quiet small">{more_violations} more places.</p>}
    </article>
  );
}

interface PlaceProps {
  readonly namespace: string;
  readonly path: string;
  readonly version: number;
  readonly violation: Violation;
}

function Place({ namespace, path, version, violation }: PlaceProps) {
  const { line, path: key, message, schema } = violation;
  return (
    <>
      {line === undefined ? (
        violatedPlace(violation)
      ) : (
        // Of this version, so that the line is the one that was checked.
        <Link to={{ page: 'config', namespace, path, version, line }}>{violatedPlace(violation)}</Link>
      )}{' '}
      <span className={schema === undefined ? 'tag bad' : 'tag warn'}>{ruleOf(violation)}</span>{' '}
      {key !== undefined && key !== '' && (
        <>
          <code>
            <Said text={key} />
          </code>
          :{' '}
        </>
      )}
      <Said text={message} />
    </>
  );
}
