/**
 * The deleted configs of a namespace: who deleted each, and until when it can be brought back; bringing one back, and taking
 * it for good now.
 */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeletedConfig } from '../../api/types.gen.ts';
import { listTrash, purgeDeleted } from '../api/calls.ts';
import { useWatch } from '../api/watch.ts';
import { announce } from '../parts/announce.tsx';
import { NamespaceTabs } from '../parts/namespace-tabs.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Failure, Waiting } from '../parts/states.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { UndeleteDialog } from '../parts/undelete-dialog.tsx';
import { useWrite } from '../parts/use-write.ts';
import { When } from '../parts/when.tsx';
import { shortOf } from '../pure/people.ts';
import { numbersOf, type TrashRow, trashRows } from '../pure/trash.ts';
import { exact } from '../pure/when.ts';

export function Trash({ namespace }: { readonly namespace: string }) {
  const client = useQueryClient();
  const { data, error, isFetching, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: ['trash', namespace],
    queryFn: ({ pageParam, signal }) => listTrash(namespace, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.next_cursor,
  });
  const lookAgain = () => void client.invalidateQueries({ queryKey: ['trash', namespace] });
  useWatch({ namespace }, { onChange: lookAgain, onGap: lookAgain, onOpen: lookAgain });
  const [undeleting, setUndeleting] = useState<DeletedConfig | null>(null);
  const [purging, setPurging] = useState<DeletedConfig | null>(null);
  const rows = data && trashRows(data.pages.flatMap(({ items }) => items));
  return (
    <>
      <PageHead
        address={{ page: 'trash', namespace }}
        title={namespace}
        facts={<span className="tag">namespace</span>}
      />
      <NamespaceTabs namespace={namespace} at="trash" />
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!rows && !error && <Waiting for="the deleted configs" />}
      {rows?.length === 0 && !hasNextPage && (
        <Empty title="No deleted config can be brought back">
          <p>A config that is deleted stays here for a while with all its versions.</p>
        </Empty>
      )}
      {rows && rows.length > 0 && (
        <ul className="rows wrapping" aria-label="Deleted configs, the newest delete first">
          {rows.map(row => (
            <li key={`${row.deleted.path} ${row.deleted.last_version}`} className="row">
              <Row {...row} onUndelete={setUndeleting} onPurge={setPurging} />
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <button type="button" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Show older ones
        </button>
      )}
      {undeleting && (
        <UndeleteDialog
          config={{ namespace, path: undeleting.path }}
          deleted={undeleting}
          onClose={() => setUndeleting(null)}
        />
      )}
      {purging && (
        <PurgeDeleted
          {...{ namespace }}
          path={purging.path}
          onClose={() => setPurging(null)}
          onDone={lookAgain}
        />
      )}
    </>
  );
}

interface RowProps extends TrashRow {
  readonly onUndelete: (deleted: DeletedConfig) => void;
  readonly onPurge: (deleted: DeletedConfig) => void;
}

function Row({ deleted, isNewest, onUndelete, onPurge }: RowProps) {
  const { path, deleted_by, deleted_at, kept_until } = deleted;
  return (
    <>
      <span className="row-name">{path}</span>
      <span className="quiet">{numbersOf(deleted)}</span>
      <span>
        deleted by <Said text={shortOf(deleted_by)} />{' '}
        <span className="quiet">
          <When at={deleted_at} />
        </span>
      </span>
      <span className="quiet">
        kept until {exact(kept_until)} (<When at={kept_until} />)
      </span>
      <span className="actions">
        {isNewest ? (
          <>
            <button type="button" aria-label={`Undelete ${path}`} onClick={() => onUndelete(deleted)}>
              Undelete …
            </button>
            <button
              type="button"
              className="quiet-button"
              aria-label={`Purge ${path}`}
              onClick={() => onPurge(deleted)}
            >
              Purge …
            </button>
          </>
        ) : (
          <span className="quiet small">comes back after the later delete above</span>
        )}
      </span>
    </>
  );
}

interface PurgeDeletedProps {
  readonly namespace: string;
  readonly path: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function PurgeDeleted({ namespace, path, onClose, onDone }: PurgeDeletedProps) {
  const { start, busy, error } = useWrite<true>();
  const confirm = async () => {
    if (!(await start(options => purgeDeleted({ namespace, path }, options)))) return;
    announce(`Purged ${path}.`);
    onDone();
    onClose();
  };
  return (
    <TypedConfirmation
      title={`Purge ${path}`}
      word={path}
      action="Purge the config"
      {...{ busy, error, onClose }}
      onConfirm={() => void confirm()}
    >
      <p>
        This will permanently delete all versions of {namespace}/{path} that were deleted, also by earlier
        deletes. Nothing brings them back. If the config was saved again since, this is refused, and all of it
        stays.
      </p>
    </TypedConfirmation>
  );
}
