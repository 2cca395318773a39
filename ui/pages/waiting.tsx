/**
 * What waits for a person: changes to be approved, and the ConfigVersion objects that are refused, or merged and to be confirmed.
 * What is confirmed is what is shown.
 */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Proposal } from '../../api/types.gen.ts';
import { confirmProposal, listProposals } from '../api/calls.ts';
import { announce } from '../parts/announce.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { Link } from '../parts/link.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Failure, Waiting } from '../parts/states.tsx';
import { useWrite } from '../parts/use-write.ts';
import { Commit } from '../parts/version-facts.tsx';
import { When } from '../parts/when.tsx';
import type { Address } from '../pure/addresses.ts';
import { shortOf } from '../pure/people.ts';
import { ApprovalsWaiting } from './approvals.tsx';

type WaitingAddress = Extract<Address, { page: 'waiting' }>;

/** Objects change without anybody here doing something. */
const everyMs = 10_000;

export function WaitingForPerson({ address }: { readonly address: WaitingAddress }) {
  const { namespace, name } = address;
  const { data, error, isFetching, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: ['proposals', namespace],
    queryFn: ({ pageParam, signal }) => listProposals(namespace, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor,
    refetchInterval: everyMs,
  });
  const all = data?.pages.flatMap(({ items }) => items);
  const shown = name === undefined ? all : all?.filter(one => one.name === name);
  return (
    <>
      <PageHead address={{ page: 'namespaces' }} title="Waiting for a person" />
      <ApprovalsWaiting name={name} />
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!shown && !error && <Waiting for="what waits" />}
      {shown?.length === 0 && !hasNextPage && (
        <Empty title="Nothing waits">
          <p>
            ConfigVersion objects that are refused, or that merge and wait to be confirmed, will be listed
            here.
          </p>
        </Empty>
      )}
      {shown && shown.length > 0 && (
        <ol className="cards">
          {shown.map(proposal => (
            <li key={proposal.uid}>
              <One proposal={proposal} opened={shown.length === 1} />
            </li>
          ))}
        </ol>
      )}
      {hasNextPage && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show more
        </button>
      )}
    </>
  );
}

function One({ proposal, opened }: { readonly proposal: Proposal; readonly opened: boolean }) {
  const { namespace, name, config, reason, message, author, comment, git, since, created_at } = proposal;
  const { token, confirmed_by, diff, merged, places, more_places, base_version, current_version } = proposal;
  const client = useQueryClient();
  const [done, setDone] = useState(false);
  const { start, busy, error } = useWrite<Proposal>({ outlives: true });
  const confirm = async () => {
    if (!(await start(options => confirmProposal({ namespace, name }, token!, options)))) return;
    setDone(true);
    announce(`Confirmed ${namespace}/${name}. It will be saved in a moment.`);
    await client.invalidateQueries({ queryKey: ['proposals'] });
  };
  return (
    <article className="card" aria-label={`${namespace}/${name}`}>
      <header>
        <span className={token === undefined ? 'tag bad' : 'tag warn'}>{reason}</span>
        <Link to={{ page: 'config', ...config }}>
          <span className="quiet">{config.namespace}/</span>
          {config.path}
        </Link>
        <span className="quiet small">
          from ConfigVersion{' '}
          <Link to={{ page: 'waiting', namespace, name }}>
            {namespace}/{name}
          </Link>
        </span>
        {author !== undefined && (
          <span>
            <Said text={shortOf(author)} />
          </span>
        )}
        {git && <Commit git={git} />}
        <span className="grow" />
        <span className="quiet">
          <When at={since ?? created_at} />
        </span>
      </header>
      {comment !== undefined && comment !== '' && (
        <p className="comment">
          <Said text={comment} />
        </p>
      )}
      <p>
        <Said text={message} />
      </p>
      <details open={opened}>
        <summary>What it changes</summary>
        {diff !== undefined && <DiffView diff={diff} label={`Against version ${base_version ?? '?'}`} />}
        {merged !== undefined && (
          <>
            <h2 className="small">What confirming will save on version {current_version ?? '?'}</h2>
            <pre className="whole-text">
              <Said text={merged} />
            </pre>
          </>
        )}
        {places && places.length > 0 && (
          <ul>
            {places.map(({ path, pointer, current, proposed, changed_by, changed_in }) => (
              <li key={pointer ?? path}>
                <code>
                  <Said text={path} />
                </code>
                : <Said text={current ?? 'not there'} /> by <Said text={shortOf(changed_by)} /> in version{' '}
                {changed_in}; proposed: <Said text={proposed ?? 'not there'} />
              </li>
            ))}
          </ul>
        )}
        {more_places !== undefined && <p className="quiet small">{more_places} more places.</p>}
      </details>
      {error !== null && <Failure error={error} />}
      {(confirmed_by !== undefined || done) && (
        <p className="quiet" role="status">
          Confirmed{confirmed_by !== undefined && ` by ${shortOf(confirmed_by)}`}; it will be saved in a
          moment.
        </p>
      )}
      {token !== undefined && confirmed_by === undefined && !done && (
        <div className="actions">
          <button type="button" className="primary" disabled={busy} onClick={() => void confirm()}>
            Confirm exactly this
          </button>
          {base_version !== undefined && current_version !== undefined && base_version > 0 && (
            <Link
              className="button"
              to={{ page: 'compare', ...config, left: base_version, right: current_version }}
            >
              What changed meanwhile
            </Link>
          )}
        </div>
      )}
    </article>
  );
}
