/** What of a namespace is frozen: by whom, why, until when; freezing more, and ending a freeze that was made here. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Freeze } from '../../api/types.gen.ts';
import { unfreeze } from '../api/calls.ts';
import { freezesQuery } from '../api/queries.ts';
import { announce } from '../parts/announce.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { FreezeLater } from '../parts/later-dialogs.ts';
import { NamespaceTabs } from '../parts/namespace-tabs.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Failure, Waiting } from '../parts/states.tsx';
import { useWrite } from '../parts/use-write.ts';
import { When } from '../parts/when.tsx';
import { endOf, heldBy } from '../pure/freezes.ts';
import { shortOf } from '../pure/people.ts';
import { exact } from '../pure/when.ts';

/** They begin and end without anybody here doing something. */
const everyMs = 10_000;

export function Freezes({ namespace }: { readonly namespace: string }) {
  const { data, error, refetch } = useQuery({ ...freezesQuery(namespace), refetchInterval: everyMs });
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<Freeze | null>(null);
  return (
    <>
      <PageHead
        address={{ page: 'freezes', namespace }}
        title={namespace}
        facts={<span className="tag">namespace</span>}
        actions={
          <button type="button" className="primary" onClick={() => setMaking(true)}>
            Freeze …
          </button>
        }
      />
      <NamespaceTabs namespace={namespace} at="freezes" />
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting for="the freezes" />}
      {data?.length === 0 && (
        <Empty title="Nothing is frozen">
          <p>
            While a config, a folder or the whole namespace is frozen, nothing of it can be saved or deleted.
          </p>
        </Empty>
      )}
      {data && data.length > 0 && (
        <ul className="rows wrapping" aria-label="Freezes">
          {data.map(freeze => (
            <li key={freeze.name} className="row">
              <span className="row-name">{heldBy(freeze)}</span>
              <span className="row-what whole">
                <Said text={freeze.reason} />
              </span>
              <span className="quiet">
                {freeze.by === undefined ? 'by a manifest' : <Said text={shortOf(freeze.by)} />}
              </span>
              <span className="quiet">
                until {exact(freeze.until)} (<When at={freeze.until} />)
              </span>
              {endOf(freeze) && (
                <button
                  type="button"
                  className="quiet-button"
                  aria-label={`End the freeze of ${heldBy(freeze)}`}
                  onClick={() => setEnding(freeze)}
                >
                  End …
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {data?.some(freeze => !endOf(freeze)) && (
        <p className="quiet small">
          A freeze by a manifest ends in the ConfigNamespace object, or by itself.
        </p>
      )}
      {making && <FreezeLater {...{ namespace }} path="" onClose={() => setMaking(false)} />}
      {ending && <EndFreeze {...{ namespace }} freeze={ending} onClose={() => setEnding(null)} />}
    </>
  );
}

interface EndFreezeProps {
  readonly namespace: string;
  readonly freeze: Freeze;
  readonly onClose: () => void;
}

function EndFreeze({ namespace, freeze, onClose }: EndFreezeProps) {
  const client = useQueryClient();
  const { start, busy, error } = useWrite<true>();
  const end = async () => {
    if (!(await start(options => unfreeze(namespace, endOf(freeze)?.path, options)))) return;
    // Each replica of the server hears of it a moment later.
    client.setQueryData(freezesQuery(namespace).queryKey, (known = []) =>
      known.filter(({ name }) => name !== freeze.name),
    );
    announce(`Ended the freeze of ${heldBy(freeze)}.`);
    onClose();
  };
  return (
    <Dialog
      title={`End the freeze of ${heldBy(freeze)}`}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="primary" disabled={busy} onClick={() => void end()}>
            End the freeze
          </button>
        </>
      }
    >
      <p>
        It was to last until {exact(freeze.until)}: <Said text={freeze.reason} />
      </p>
      {error !== null && <Failure error={error} />}
    </Dialog>
  );
}
