/** Freezes a config, a folder or a whole namespace, with a reason and an end. */
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import type { Freeze } from '../../api/types.gen.ts';
import { checkPath } from '../../text/config-path.ts';
import { freeze } from '../api/calls.ts';
import { freezesQuery } from '../api/queries.ts';
import { announce } from '../parts/announce.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Failure } from '../parts/states.tsx';
import { useWrite } from '../parts/use-write.ts';
import { heldBy, localOf } from '../pure/freezes.ts';
import { exact } from '../pure/when.ts';

export interface FreezeDialogProps {
  readonly namespace: string;
  /** What it is about at first: a path, a folder with or without its slash, or `''`: the whole namespace. */
  readonly path: string;
  readonly onClose: () => void;
}

const firstMs = 4 * 3_600_000;

export function FreezeDialog({ namespace, path: first, onClose }: FreezeDialogProps) {
  const client = useQueryClient();
  const { start, busy, error } = useWrite<Freeze>();
  const [path, setPath] = useState(first.replace(/\/$/, ''));
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState(() => localOf(new Date(Date.now() + firstMs)));
  const id = useId();
  const wrong = path === '' ? null : checkPath(path);
  const end = Date.parse(until);
  const isReady = wrong === null && reason.trim() !== '' && !Number.isNaN(end) && !busy;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    const body = {
      ...{ namespace, reason: reason.trim(), until: new Date(end).toISOString() },
      ...(path !== '' && { path }),
    };
    const made = await start(options => freeze(body, options));
    if (!made) return;
    // Each replica of the server hears of it a moment later.
    client.setQueryData(freezesQuery(namespace).queryKey, (known = []) => [
      ...known.filter(({ name }) => name !== made.name),
      made,
    ]);
    announce(`Froze ${heldBy(made)} until ${exact(made.until)}.`);
    onClose();
  };
  return (
    <Dialog
      title="Freeze"
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={id} className="primary" disabled={!isReady}>
            Freeze {path === '' ? 'the whole namespace' : path}
          </button>
        </>
      }
    >
      <form id={id} className="fields" onSubmit={event => void submit(event)}>
        <label>
          <span>Config or folder</span>
          <input
            value={path}
            onChange={event => setPath(event.target.value)}
            placeholder={`Empty: all of ${namespace}`}
            aria-describedby={`${id}-hint`}
            aria-invalid={wrong !== null}
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <p
          id={`${id}-hint`}
          className={wrong ? 'small bad-text' : 'quiet small'}
          role={wrong ? 'alert' : undefined}
        >
          {wrong ?? 'A folder freezes everything in it. Empty: the whole namespace.'}
        </p>
        <label>
          <span>Reason, shown to everybody who wants to save</span>
          <input value={reason} maxLength={256} onChange={event => setReason(event.target.value)} />
        </label>
        <label>
          <span>Until, in your time zone</span>
          <input type="datetime-local" value={until} onChange={event => setUntil(event.target.value)} />
        </label>
        <p className="quiet small">
          It ends by itself{Number.isNaN(end) ? '' : `, at ${exact(new Date(end).toISOString())}`}. It can be
          ended before.
        </p>
      </form>
      {error !== null && <Failure error={error} />}
    </Dialog>
  );
}
