/**
 * Says that a config or a folder is frozen, before somebody types. Invariant: who may not list the freezes, or gets no answer,
 * sees the page without them; a save is refused by the server in any case.
 */
import { useQuery } from '@tanstack/react-query';
import type { Freeze } from '../../api/types.gen.ts';
import { freezesQuery } from '../api/queries.ts';
import { shortOf } from '../pure/people.ts';
import { exact } from '../pure/when.ts';
import { Link } from './link.tsx';
import { Said } from './said.tsx';

/** Freezes begin and end without anybody here doing something. */
const everyMs = 30_000;
const none: readonly Freeze[] = [];

export function useFreezes(namespace: string): readonly Freeze[] {
  const { data } = useQuery({
    ...freezesQuery(namespace),
    refetchInterval: ({ state }) => (state.error === null ? everyMs : false),
  });
  return data ?? none;
}

export interface FreezeNoteProps {
  readonly namespace: string;
  /** Those that hold it, the one that lasts longest first. */
  readonly freezes: readonly Freeze[];
  readonly what: string;
}

export function FreezeNote({ namespace, freezes, what }: FreezeNoteProps) {
  const [freeze] = freezes;
  if (!freeze) return null;
  const { until, by, reason } = freeze;
  return (
    <div className="note warn">
      <p>
        <strong>
          {what} is frozen until <time dateTime={until}>{exact(until)}</time>
        </strong>
        {by !== undefined && (
          <>
            {' '}
            by <Said text={shortOf(by)} />
          </>
        )}
        : <Said text={reason} />
      </p>
      <p className="quiet small">
        Until then nothing of it can be saved or deleted.{' '}
        <Link to={{ page: 'freezes', namespace }}>All freezes</Link>
      </p>
    </div>
  );
}
