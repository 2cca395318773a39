/** The deployment log: who sent what, from which commit, and what became of it. The address holds the filters. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Deployment, DeploymentChange } from '../../api/types.gen.ts';
import { listDeployments } from '../api/calls.ts';
import { FilterFields, useFilter } from '../parts/filter-fields.tsx';
import { Link } from '../parts/link.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Failure, Waiting } from '../parts/states.tsx';
import { Commit } from '../parts/version-facts.tsx';
import { When } from '../parts/when.tsx';
import type { Address, DeploymentFilter } from '../pure/addresses.ts';
import { shortOf } from '../pure/people.ts';
import { startOfDay } from '../pure/when.ts';

type DeploymentsAddress = Extract<Address, { page: 'deployments' }>;

const fields = [
  { name: 'namespace', label: 'Namespace' },
  { name: 'path', label: 'Path, with its namespace' },
  { name: 'deployer', label: 'Deployer, the whole name' },
  { name: 'commit', label: 'Commit', hint: '3f2c9d1' },
  { name: 'since', label: 'From', type: 'date' },
  { name: 'until', label: 'Before', type: 'date' },
] as const;

export function Deployments({ address }: { readonly address: DeploymentsAddress }) {
  const { page: _, ...filter } = address;
  const [typed, type] = useFilter<DeploymentFilter>(filter, asked => ({ page: 'deployments', ...asked }));
  const asked = askable(filter);
  const { data, error, isFetching, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: ['deployments', asked],
    queryFn: ({ pageParam, signal }) => listDeployments(asked, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor,
    placeholderData: before => before,
  });
  const shown = data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <PageHead address={{ page: 'namespaces' }} title="Deployments" />
      <FilterFields fields={fields} typed={typed} onType={change => type({ ...typed, ...change })}>
        <label className="tick">
          <input
            type="checkbox"
            checked={typed.result === 'refused'}
            onChange={event => {
              const { result: _, ...rest } = typed;
              type(event.target.checked ? { ...rest, result: 'refused' } : rest);
            }}
          />
          <span>Refused only</span>
        </label>
      </FilterFields>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!shown && !error && <Waiting for="the log" />}
      {shown?.length === 0 && (
        <Empty title="No matching deployments">
          <p>
            Every save is listed here, by whatever way it came, and every one that was refused. Empty a field
            to see more.
          </p>
        </Empty>
      )}
      {shown && shown.length > 0 && (
        <ol className="cards">
          {shown.map(deployment => (
            <li key={deployment.id}>
              <One deployment={deployment} />
            </li>
          ))}
        </ol>
      )}
      {hasNextPage && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show older ones
        </button>
      )}
    </>
  );
}

function One({ deployment }: { readonly deployment: Deployment }) {
  const { created_at, deployer, deployer_verified, git, result, changes, change_count, group } = deployment;
  const [open, setOpen] = useState(changes.length <= 3);
  return (
    <article className="card">
      <header>
        <span className={`tag ${result === 'refused' ? 'bad' : 'good'}`}>{result}</span>
        <strong>
          <Said text={shortOf(deployer)} />
        </strong>
        {!deployer_verified && <span className="tag">not verified</span>}
        {group !== undefined && (
          <span className="quiet">
            <Said text={group} />
          </span>
        )}
        <Commit git={git} />
        <span className="grow" />
        <span className="quiet">
          <When at={created_at} />
        </span>
      </header>
      {open ? (
        <ul className="changes">
          {changes.map(change => (
            <Change key={`${change.namespace}/${change.path}`} change={change} />
          ))}
        </ul>
      ) : (
        <button type="button" className="link" onClick={() => setOpen(true)}>
          Show {changes.length} changes
        </button>
      )}
      {change_count > changes.length && (
        <p className="quiet small">{change_count - changes.length} more changes are not listed.</p>
      )}
    </article>
  );
}

function Change({ change }: { readonly change: DeploymentChange }) {
  const { namespace, path, operation, old_version, new_version, refusal } = change;
  return (
    <li>
      <span className="operation">{operation}</span>{' '}
      <Link to={{ page: 'config', namespace, path }}>
        <span className="quiet">{namespace}/</span>
        <Said text={path} />
      </Link>
      {new_version !== undefined && <span className="version">{new_version}</span>}
      {old_version !== undefined && new_version !== undefined && (
        <Link
          to={{ page: 'compare', namespace, path, left: old_version, right: new_version }}
          className="small"
        >
          compare with {old_version}
        </Link>
      )}
      {refusal && (
        <p className="bad-text small">
          {refusal.reason}: <Said text={refusal.message} />
        </p>
      )}
    </li>
  );
}

/** What the API takes: whole moments, commits of seven letters on, and paths with their namespace. */
function askable(filter: DeploymentFilter): DeploymentFilter {
  const { since, until, commit, path, ...rest } = filter;
  return {
    ...rest,
    ...(since && { since: startOfDay(since) }),
    ...(until && { until: startOfDay(until) }),
    ...(commit && /^[0-9a-f]{7,64}$/.test(commit) && { commit }),
    ...(path && filter.namespace && { path }),
  };
}
