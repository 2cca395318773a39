/** The versions of a config, newest first: two ticks compare, an old one is saved again as new, or deleted for ever. */
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Purged, VersionFacts, VersionPage, WatchEvent } from '../../api/types.gen.ts';
import { deleteVersion, listVersions, purgeVersion } from '../api/calls.ts';
import { heardOf } from '../api/query-client.ts';
import { useWatch } from '../api/watch.ts';
import { announce } from '../parts/announce.tsx';
import { ConfigFailure } from '../parts/config-failure.tsx';
import { ConfigTabs } from '../parts/config-tabs.tsx';
import { FilterFields, useFilter } from '../parts/filter-fields.tsx';
import { Link } from '../parts/link.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PromoteDialog } from '../parts/promote-dialog.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Waiting } from '../parts/states.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { useWrite } from '../parts/use-write.ts';
import { Author, Commit, Kind } from '../parts/version-facts.tsx';
import { When } from '../parts/when.tsx';
import type { Address } from '../pure/addresses.ts';
import { withNewest, withoutVersion } from '../pure/version-pages.ts';
import { sizeOf, startOfDay } from '../pure/when.ts';
import { go } from '../route.ts';
import type { SaveOutcome } from '../save/save-dialog.tsx';

type VersionsAddress = Extract<Address, { page: 'versions' }>;
type Wanted = Pick<VersionsAddress, 'author' | 'since' | 'until'>;
type Pages = InfiniteData<VersionPage, string | undefined>;

const fields = [
  { name: 'author', label: 'Author', hint: 'ada' },
  { name: 'since', label: 'From', type: 'date' },
  { name: 'until', label: 'Before', type: 'date' },
] as const;

export function Versions({ address }: { readonly address: VersionsAddress }) {
  const { namespace, path, author, since, until } = address;
  const config = { namespace, path };
  const client = useQueryClient();
  const key = ['versions', namespace, path];
  const [typed, type] = useFilter<Wanted>(wantedOf(address), wanted => ({
    page: 'versions',
    ...config,
    ...wanted,
  }));
  const asked = {
    author,
    since: since && startOfDay(since),
    until: until && startOfDay(until),
  };
  const shownKey = [...key, asked];
  const { data, error, isFetching, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: shownKey,
    queryFn: ({ pageParam, signal }) => listVersions(config, asked, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor,
    placeholderData: before => before,
    // The watch tells what is new, for as long as the page is open.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const lookAgain = () => void client.invalidateQueries({ queryKey: key });
  const lookAtNewest = async () => {
    const newest = await listVersions(config, asked);
    // An older page that is on its way is added to those that were there before.
    await client
      .getQueryCache()
      .find({ queryKey: shownKey })
      ?.promise?.catch(() => undefined);
    const known = client.getQueryData<Pages>(shownKey);
    const pages = known && withNewest(known.pages, newest);
    if (!known || !pages) return lookAgain();
    client.setQueryData<Pages>(shownKey, { ...known, pages: [...pages] });
  };
  const hear = ({ kind, version }: Pick<WatchEvent, 'kind' | 'version'>) => {
    if (kind === 'saved') lookAtNewest().catch(heardOf);
    else if (kind === 'deleted') lookAgain();
    else {
      client.setQueryData<Pages>(
        shownKey,
        known => known && { ...known, pages: [...withoutVersion(known.pages, version)] },
      );
    }
  };
  useWatch(config, { onChange: hear, onGap: lookAgain, onOpen: () => lookAtNewest().catch(heardOf) });
  const [ticked, setTicked] = useState<readonly number[]>([]);
  const [deleting, setDeleting] = useState<VersionFacts | null>(null);
  const [purging, setPurging] = useState<VersionFacts | null>(null);
  const [promoting, setPromoting] = useState<VersionFacts | null>(null);

  const shown = data?.pages.flatMap(({ items }) => items);
  const latest = data?.pages[0]?.config.latest_version;
  const tick = (version: number, on: boolean) =>
    // A third tick takes the place of the one before the last.
    setTicked(on ? [...ticked.slice(-1), version] : ticked.filter(one => one !== version));
  const [left, right] = [...ticked].sort((a, b) => a - b);
  const saved = ({ version, result }: SaveOutcome) => {
    announce(
      result === 'unchanged' ? 'The latest version has this very text.' : `Saved as version ${version}.`,
    );
    setPromoting(null);
    hear({ kind: 'saved', version });
  };
  return (
    <>
      <PageHead
        address={address}
        title={path.split('/').at(-1)!}
        actions={
          <>
            <Link className="button" to={{ page: 'edit', namespace, path }}>
              Edit
            </Link>
            <button
              type="button"
              className="primary"
              disabled={left === undefined || right === undefined}
              onClick={() => go({ page: 'compare', namespace, path, left: left!, right: right! })}
            >
              {left !== undefined && right !== undefined
                ? `Compare ${left} with ${right}`
                : 'Tick two to compare'}
            </button>
          </>
        }
      />
      <ConfigTabs {...config} at="versions" latest={latest} />
      <FilterFields fields={fields} typed={typed} onType={change => type({ ...typed, ...change })} />
      {error && <ConfigFailure {...{ config, error }} onRetry={() => void refetch()} />}
      {!shown && !error && <Waiting for="the versions" />}
      {shown?.length === 0 && (
        <Empty title="No matching versions">
          <button type="button" onClick={() => type({})}>
            Show all versions
          </button>
        </Empty>
      )}
      {shown && shown.length > 0 && (
        <ol className="timeline" aria-label="Versions, newest first">
          {shown.map(version => (
            <li key={version.version} className={ticked.includes(version.version) ? 'ticked' : ''}>
              <label className="tick">
                <input
                  type="checkbox"
                  aria-label={`Version ${version.version}, to compare`}
                  checked={ticked.includes(version.version)}
                  onChange={event => tick(version.version, event.target.checked)}
                />
              </label>
              <div className="timeline-body">
                <p className="timeline-head">
                  <Link
                    className="version big"
                    to={{ page: 'config', namespace, path, version: version.version }}
                  >
                    {version.version}
                  </Link>
                  {version.version === latest && <span className="tag good">latest</span>}
                  <Author of={version} />
                  <span className="quiet">
                    <When at={version.created_at} />
                  </span>
                  <Kind of={version} />
                  <Commit git={version.git} />
                </p>
                {version.comment !== '' && (
                  <p className="comment">
                    <Said text={version.comment} />
                  </p>
                )}
                <p className="quiet small">
                  {version.bytes !== undefined && `${sizeOf(version.bytes)} · `}
                  {version.object === undefined ? (
                    'by the API'
                  ) : (
                    <>
                      from ConfigVersion <Said text={version.object} />
                    </>
                  )}
                </p>
              </div>
              <div className="timeline-actions">
                {version.version !== latest && latest !== undefined && (
                  <>
                    <Link
                      className="button quiet-button"
                      to={{ page: 'compare', namespace, path, left: version.version, right: latest }}
                    >
                      Compare with the latest
                    </Link>
                    <button
                      type="button"
                      className="quiet-button"
                      onClick={() => setPromoting(version)}
                      aria-label={`Save again version ${version.version}`}
                    >
                      Save again
                    </button>
                    <button
                      type="button"
                      className="quiet-button"
                      onClick={() => setDeleting(version)}
                      aria-label={`Delete version ${version.version}`}
                    >
                      Delete
                    </button>
                    <button
                      type="button"
                      className="quiet-button"
                      onClick={() => setPurging(version)}
                      aria-label={`Purge version ${version.version}`}
                    >
                      Purge
                    </button>
                  </>
                )}
              </div>
            </li>
          ))}
        </ol>
      )}
      {hasNextPage && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show older versions
        </button>
      )}
      {deleting && latest !== undefined && (
        <DeleteVersion
          config={config}
          version={deleting}
          onClose={() => setDeleting(null)}
          onDone={() => hear({ kind: 'version-deleted', version: deleting.version })}
        />
      )}
      {purging && (
        <PurgeVersion
          config={config}
          version={purging}
          onClose={() => setPurging(null)}
          onDone={versions => {
            for (const version of versions) hear({ kind: 'version-deleted', version });
          }}
        />
      )}
      {promoting && latest !== undefined && (
        <PromoteDialog
          {...{ config, latest }}
          version={promoting.version}
          onClose={() => setPromoting(null)}
          onSaved={saved}
        />
      )}
    </>
  );
}

function wantedOf({ author, since, until }: VersionsAddress): Wanted {
  return { ...(author && { author }), ...(since && { since }), ...(until && { until }) };
}

interface DeleteVersionProps {
  readonly config: { readonly namespace: string; readonly path: string };
  readonly version: VersionFacts;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function DeleteVersion({ config, version: { version }, onClose, onDone }: DeleteVersionProps) {
  const { start, busy, error } = useWrite<true>();
  const confirm = async () => {
    if (!(await start(options => deleteVersion(config, version, options)))) return;
    announce(`Deleted version ${version}.`);
    onDone();
    onClose();
  };
  return (
    <TypedConfirmation
      title={`Delete version ${version}`}
      word={String(version)}
      action={`Delete version ${version}`}
      {...{ busy, error, onClose }}
      onConfirm={() => void confirm()}
    >
      <p>
        This will permanently delete the text of version {version} of {config.namespace}/{config.path}. Its
        number will never be used again, and the latest version stays as it is.
      </p>
    </TypedConfirmation>
  );
}

interface PurgeVersionProps extends Pick<DeleteVersionProps, 'config' | 'version' | 'onClose'> {
  readonly onDone: (versions: readonly number[]) => void;
}

/** For a version that holds a secret. */
function PurgeVersion({ config, version: { version }, onClose, onDone }: PurgeVersionProps) {
  const { start, busy, error } = useWrite<Purged>();
  const [reason, setReason] = useState('');
  const confirm = async () => {
    const purged = await start(options => purgeVersion(config, { version, reason: reason.trim() }, options));
    if (!purged) return;
    const held = purged.still_held
      .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)
      .join(', ');
    const also = purged.also_in.join(', ');
    announce(
      `Purged version ${purged.versions.join(', ')}.${also && ` Version ${also} holds the same secret.`}${held && ` The text is still in ${held}.`}`,
    );
    onDone(purged.versions);
    onClose();
  };
  return (
    <TypedConfirmation
      title={`Purge version ${version}`}
      word={String(version)}
      action={`Purge version ${version}`}
      ready={reason.trim() !== ''}
      {...{ busy, error, onClose }}
      onConfirm={() => void confirm()}
    >
      <p>
        This will permanently delete version {version} of {config.namespace}/{config.path}, every other
        version that has the same text, and every copy that Pawl keeps of it. Replace the secret, too: backups
        and pods may hold it.
      </p>
      <label>
        <span>Reason, kept in the log</span>
        <input value={reason} maxLength={256} onChange={event => setReason(event.target.value)} />
      </label>
    </TypedConfirmation>
  );
}
