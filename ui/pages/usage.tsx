/** Where a config is used: what pods read, the objects that propose and show it, and the workloads that restart for it. Invariant: what is behind the latest version is said in words. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Use } from '../../api/types.gen.ts';
import { listUsage } from '../api/calls.ts';
import { ConfigFailure } from '../parts/config-failure.tsx';
import { ConfigTabs } from '../parts/config-tabs.tsx';
import { Link } from '../parts/link.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Waiting } from '../parts/states.tsx';
import { When } from '../parts/when.tsx';
import type { Address } from '../pure/addresses.ts';
import type { ConfigName } from '../pure/names.ts';
import { go } from '../route.ts';

type UsageAddress = Extract<Address, { page: 'usage' }>;

const workloadKinds: readonly Use['kind'][] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'];

/** ConfigMaps follow without anybody here doing something. */
const everyMs = 10_000;

export function Usage({ address }: { readonly address: UsageAddress }) {
  const { namespace, path, pods = false } = address;
  const config = { namespace, path };
  const { data, error, isFetching, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: ['usage', config, pods],
    queryFn: ({ pageParam, signal }) => listUsage(config, pods, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor,
    refetchInterval: everyMs,
    placeholderData: before => before,
  });
  const latest = data?.pages[0]?.config.latest_version;
  const uses = data?.pages.flatMap(({ items }) => items);
  const of = (...kinds: readonly Use['kind'][]) => uses?.filter(({ kind }) => kinds.includes(kind)) ?? [];
  const maps = of('ConfigMap', 'Secret');
  const projections = of('ConfigProjection');
  const objects = of('ConfigVersion');
  const workloads = of(...workloadKinds);
  const watched = data?.pages[0]?.workloads === 'Listed';
  return (
    <>
      <PageHead address={address} title={path.split('/').at(-1)!} />
      <ConfigTabs {...config} at="usage" latest={latest} />
      {error && <ConfigFailure {...{ config, error }} onRetry={() => void refetch()} />}
      {!uses && !error && <Waiting for="where it is used" />}
      {uses?.length === 0 && !hasNextPage && (
        <Empty title="No use of it that you may see">
          <p>
            A ConfigVersion object with this path makes a ConfigMap that always shows the latest version. Copy
            one from the page of <Link to={{ page: 'config', ...config }}>the config</Link>, and apply it with
            kubectl. A ConfigProjection object shows several configs together. What you may not get in
            Kubernetes is not listed.
          </p>
        </Empty>
      )}
      {maps.length > 0 && (
        <section aria-labelledby="maps">
          <h2 id="maps">ConfigMaps and Secrets that show it</h2>
          <p className="quiet small">
            Pods mount these. Pawl keeps them at the latest version, or at the one a ConfigProjection names.
          </p>
          <Uses {...{ config, latest }} uses={maps} />
        </section>
      )}
      {projections.length > 0 && (
        <section aria-labelledby="projections">
          <h2 id="projections">ConfigProjection objects that show it</h2>
          <p className="quiet small">
            Each shows several configs as one ConfigMap or Secret, changed together.
          </p>
          <Uses {...{ config, latest }} uses={projections} />
        </section>
      )}
      {objects.length > 0 && (
        <section aria-labelledby="objects">
          <h2 id="objects">ConfigVersion objects that propose it</h2>
          <p className="quiet small">
            The version is the one that the object's text became; its ConfigMap shows the latest.
          </p>
          <Uses {...{ config, latest }} uses={objects} />
        </section>
      )}
      {workloads.length > 0 && (
        <section aria-labelledby="workloads">
          <h2 id="workloads">Workloads that restart for it</h2>
          <p className="quiet small">
            The version is the one that a workload was last restarted for, or first seen with.
          </p>
          <label className="tick">
            <input
              type="checkbox"
              checked={pods}
              onChange={({ target }) =>
                go({ page: 'usage', ...config, ...(target.checked && { pods: true }) }, { replace: true })
              }
            />
            <span>With their pods, and the version that each was started with</span>
          </label>
          <Uses {...{ config, latest, pods }} uses={workloads} />
        </section>
      )}
      {uses && !watched && (
        <p className="quiet small">
          Workloads are not listed: this Pawl does not look at them. An administrator can turn that on in the
          chart: <code>restarts.enabled</code>.
        </p>
      )}
      {hasNextPage && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show more
        </button>
      )}
    </>
  );
}

interface UsesProps {
  readonly config: ConfigName;
  readonly latest: number | undefined;
  readonly uses: readonly Use[];
  /** Those of each are shown, too. */
  readonly pods?: boolean;
}

function Uses({ config, latest, uses, pods = false }: UsesProps) {
  return (
    <ul className="rows wrapping">
      {uses.map(use => (
        <li key={`${use.kind}/${use.namespace}/${use.name}`} className="row">
          <span className="row-name">
            <span>
              <span className="quiet">{use.namespace}/</span>
              {use.name}
            </span>
          </span>
          {use.version === undefined ? (
            <span className="quiet">no version yet</span>
          ) : (
            <Link className="version" to={{ page: 'config', ...config, version: use.version }}>
              {use.version}
            </Link>
          )}
          <OfUse use={use} latest={latest} />
          {pods && <Pods {...{ config, use }} />}
        </li>
      ))}
    </ul>
  );
}

function OfUse({ use, latest }: { readonly use: Use; readonly latest: number | undefined }) {
  if (use.kind === 'ConfigMap' || use.kind === 'Secret') return <OfMap use={use} latest={latest} />;
  return workloadKinds.includes(use.kind) ? <OfWorkload use={use} /> : <OfObject use={use} />;
}

function OfWorkload({ use: { kind, behind, config_map } }: { readonly use: Use }) {
  return (
    <>
      {behind !== undefined && (
        <span className={behind ? 'tag warn' : 'tag good'}>
          {behind ? 'behind: not restarted for it yet' : 'up to date'}
        </span>
      )}
      <span className="quiet small">
        {kind}
        {config_map !== undefined && `, uses ConfigMap ${config_map}`}
        {behind === undefined && '; which version its pods read is not known'}
      </span>
    </>
  );
}

function Pods({ config, use }: { readonly config: ConfigName; readonly use: Use }) {
  const { name, pods, pods_left_off: more } = use;
  if (!pods)
    return <span className="pods quiet small">You may not list its pods, or they are not known.</span>;
  if (pods.length === 0) return <span className="pods quiet small">It has no pods.</span>;
  return (
    <ul className="pods small" aria-label={`Pods of ${name}`}>
      {pods.map(pod => (
        <li key={pod.name}>
          <code>{pod.name}</code>
          {pod.version === undefined ? (
            <span className="quiet">version not known</span>
          ) : (
            <Link className="version" to={{ page: 'config', ...config, version: pod.version }}>
              {pod.version}
            </Link>
          )}
          {pod.behind !== undefined && (
            <span className={pod.behind ? 'tag warn' : 'tag good'}>
              {pod.behind ? 'behind' : 'up to date'}
            </span>
          )}
          <span className="quiet">
            started <When at={pod.created_at} />
          </span>
        </li>
      ))}
      {more !== undefined && <li className="quiet">{more} more pods.</li>}
    </ul>
  );
}

function OfMap({
  use: { version, keys = [], pinned = false },
  latest,
}: {
  readonly use: Use;
  readonly latest: number | undefined;
}) {
  const isLatest = version !== undefined && version === latest;
  return (
    <>
      <span className={isLatest || pinned ? 'tag good' : 'tag warn'}>
        {pinned ? 'pinned' : isLatest ? 'latest' : 'behind: it will follow in a moment'}
      </span>
      <span className="quiet small">
        under {keys.length === 1 ? 'key' : 'keys'} {keys.join(', ')}
      </span>
    </>
  );
}

function OfObject({ use }: { readonly use: Use }) {
  const { kind, namespace, name, ready, reason, message, config_map, secret } = use;
  const wanted = secret === undefined ? config_map && `ConfigMap ${config_map}` : `Secret ${secret}`;
  return (
    <>
      {reason !== undefined && <span className={ready ? 'tag good' : 'tag bad'}>{reason}</span>}
      <span className="quiet small">
        {ready === false && message !== undefined ? (
          <>
            <Said text={message} />{' '}
            {kind === 'ConfigVersion' && <Link to={{ page: 'waiting', namespace, name }}>Show it</Link>}
          </>
        ) : (
          wanted !== undefined && `asks for ${wanted}`
        )}
      </span>
    </>
  );
}
