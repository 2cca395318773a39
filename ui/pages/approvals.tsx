/**
 * Changes of protected configs that wait until others have approved them. Invariant: what is shown and approved is the
 * latest text against the new one; when that moves, it is shown again before anything is approved.
 */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Approval, ApprovalState } from '../../api/types.gen.ts';
import { approveChange, listApprovals, readApproval, rejectChange } from '../api/calls.ts';
import { announce } from '../parts/announce.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { Link } from '../parts/link.tsx';
import { Said } from '../parts/said.tsx';
import { Failure, Waiting } from '../parts/states.tsx';
import { useWrite } from '../parts/use-write.ts';
import { When } from '../parts/when.tsx';
import { shortOf } from '../pure/people.ts';

/** Others approve and save without anybody here doing something. */
const everyMs = 10_000;

export function ApprovalsWaiting({ name }: { readonly name: string | undefined }) {
  const { data, error, isFetching, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: ['approvals'],
    queryFn: ({ pageParam, signal }) => listApprovals(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor,
    refetchInterval: everyMs,
  });
  // Of one object, its own page tells.
  const shown = name === undefined ? data?.pages.flatMap(({ items }) => items) : [];
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!shown || shown.length === 0) return null;
  return (
    <section aria-label="Waiting for approval">
      <h2>Waiting for approval</h2>
      <ol className="cards">
        {shown.map(approval => (
          <li key={`${approval.namespace}/${approval.id}`}>
            <One approval={approval} opened={shown.length === 1} />
          </li>
        ))}
      </ol>
      {hasNextPage && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show more approvals
        </button>
      )}
    </section>
  );
}

function One({ approval, opened }: { readonly approval: Approval; readonly opened: boolean }) {
  const { id, namespace, paths, object, proposed_by, proposer_verified, since } = approval;
  const { approved_by, rejected_by } = approval;
  const [open, setOpen] = useState(opened);
  const [path = ''] = paths;
  return (
    <article className="card" aria-label={`Approval of ${namespace}/${path}`}>
      <header>
        <span className="tag warn">Approval</span>
        {paths.map(one => (
          <Link key={one} to={{ page: 'config', namespace, path: one }}>
            <span className="quiet">{namespace}/</span>
            {one}
          </Link>
        ))}
        {object && (
          <span className="quiet small">
            from ConfigVersion {object.namespace}/{object.name}
          </span>
        )}
        <span>
          proposed by <Said text={shortOf(proposed_by || 'somebody')} />
          {!proposer_verified && <span className="tag">not verified</span>}
        </span>
        <span className="grow" />
        <span className="quiet">
          <When at={since} />
        </span>
      </header>
      {approved_by.length > 0 && (
        <p className="quiet small">
          Approved by <Said text={approved_by.map(({ name }) => shortOf(name)).join(', ')} />
        </p>
      )}
      {rejected_by && (
        <p className="note bad">
          Rejected by <Said text={shortOf(rejected_by.name)} />: <Said text={rejected_by.reason} />
        </p>
      )}
      <details open={open} onToggle={event => setOpen(event.currentTarget.open)}>
        <summary>What it would save</summary>
        {open && <Judge namespace={namespace} id={id} />}
      </details>
    </article>
  );
}

function Judge({ namespace, id }: { readonly namespace: string; readonly id: string }) {
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [done, setDone] = useState<string | null>(null);
  const approving = useWrite<ApprovalState>({ outlives: true });
  const rejecting = useWrite<true>({ outlives: true });
  const { data, error, refetch } = useQuery({
    queryKey: ['approval', namespace, id],
    queryFn: ({ signal }) => readApproval(namespace, id, signal),
    // What somebody is reading does not change under their eyes; approving it says when it has.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    gcTime: 0,
  });
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting for="the change" />;
  const { token, needed, approved_by, changes, problem } = data;
  const over = async (said: string) => {
    setDone(said);
    announce(said);
    await client.invalidateQueries({ queryKey: ['approvals'] });
  };
  const approve = async () => {
    const state = await approving.start(options => approveChange(namespace, id, token!, options));
    if (!state) return;
    const { approved_by: by, items = [] } = state;
    const versions = items.flatMap(({ path, new_version }) =>
      new_version ? [`${path} as version ${new_version}`] : [],
    );
    if (state.state === 'saved') return over(`Saved ${versions.join(', ')}.`);
    return over(
      state.state === 'approved'
        ? 'Approved. It will be saved in a moment.'
        : `Approved by ${by.length} of ${state.needed}.`,
    );
  };
  const reject = async () => {
    const body = { reason, ...(token !== undefined && { token }) };
    if (await rejecting.start(options => rejectChange(namespace, id, body, options))) await over('Rejected.');
  };
  const failure = approving.error ?? rejecting.error;
  return (
    <>
      {changes.map(({ path, change, current_version }) =>
        change === undefined ? null : (
          <DiffView
            key={path}
            diff={change}
            label={
              current_version === undefined
                ? `${path}, the first version`
                : `${path}, against version ${current_version}`
            }
          />
        ),
      )}
      {problem && (
        <p className="note bad">
          It cannot be approved as it stands. <Said text={problem.detail} />
        </p>
      )}
      {failure !== null && <Failure error={failure} onRetry={() => void refetch()} />}
      {done !== null ? (
        <p className="quiet" role="status">
          {done}
        </p>
      ) : (
        <div className="actions">
          {token !== undefined && (
            <button
              type="button"
              className="primary"
              disabled={approving.busy || rejecting.busy}
              onClick={() => void approve()}
            >
              Approve exactly this ({approved_by.length} of {needed})
            </button>
          )}
          <input
            aria-label="Why it is rejected"
            value={reason}
            maxLength={256}
            placeholder="Why it is rejected"
            onChange={event => setReason(event.target.value)}
          />
          <button
            type="button"
            disabled={reason.trim() === '' || approving.busy || rejecting.busy}
            onClick={() => void reject()}
          >
            Reject
          </button>
        </div>
      )}
    </>
  );
}
