/** What differs between two sides whatever the order of keys and the layout. Invariant: it says which texts it compares. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Change } from '../../api/types.gen.ts';
import { type ConfigName, diffText, diffVersions, type Read } from '../api/calls.ts';
import { Said } from '../parts/said.tsx';
import { Failure } from '../parts/states.tsx';

export interface MeaningProps {
  readonly config: ConfigName;
  readonly left: Read;
  readonly right: Read;
  /** The right side's as it is being edited; null: as it was saved. */
  readonly text: string | null;
  /** The left side is being edited, which the server has not seen. */
  readonly leftText: boolean;
}

const verbs = { add: 'added', remove: 'removed', replace: 'changed' } as const;

export function Meaning({ config, left, right, text, leftText }: MeaningProps) {
  const [from, to] = [left.version.version, right.version.version];
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), 400);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, error, refetch } = useQuery({
    queryKey: ['meaning', config, from, to, asked],
    queryFn: ({ signal }) =>
      asked === null ? diffVersions(config, from, to, signal) : diffText(config, asked, from, signal),
    placeholderData: before => before,
  });
  return (
    <section className="meaning" aria-label="What differs in meaning">
      {leftText && (
        <p className="quiet small">Of the left side, version {from} is compared, not what you typed.</p>
      )}
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data?.changes.length === 0 && (
        <p role="status">Nothing differs in meaning: only order, comments or layout.</p>
      )}
      {data && data.changes.length > 0 && (
        <ul>
          {data.changes.map(change => (
            <li key={`${change.kind}${change.pointer}`}>
              <MeaningChange change={change} />
            </li>
          ))}
        </ul>
      )}
      {data?.more_changes !== undefined && <p className="quiet small">{data.more_changes} more changes.</p>}
    </section>
  );
}

function MeaningChange({ change: { kind, pointer, before, after } }: { readonly change: Change }) {
  return (
    <>
      <code>
        <Said text={pointer || '/'} />
      </code>{' '}
      <span className="quiet">{verbs[kind]}</span>{' '}
      {before !== undefined && (
        <del>
          <Said text={before} />
        </del>
      )}
      {before !== undefined && after !== undefined && ' → '}
      {after !== undefined && (
        <ins>
          <Said text={after} />
        </ins>
      )}
    </>
  );
}
