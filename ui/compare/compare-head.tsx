/** The top of one side: which version it shows, what it stands on, and saving from it. */
import { useQuery } from '@tanstack/react-query';
import { type ConfigName, newestVersions, type Read } from '../api/calls.ts';
import type { Side } from '../editor/side-by-side.tsx';
import { Author, authorOf } from '../parts/version-facts.tsx';
import { When } from '../parts/when.tsx';

export interface CompareHeadProps {
  readonly config: ConfigName;
  readonly side: Side;
  readonly read: Read;
  readonly latest: number;
  readonly edited: boolean;
  readonly mayBeSaved: boolean;
  readonly onPick: (version: number) => void;
  readonly onSave: () => void;
}

export function CompareHead(props: CompareHeadProps) {
  const { config, side, read, latest, edited, mayBeSaved, onPick, onSave } = props;
  const { version } = read;
  const { data } = useQuery({
    queryKey: ['versions-first', config, latest],
    queryFn: ({ signal }) => newestVersions(config, signal),
  });
  const others = data?.items ?? [];
  const known = others.some(({ version: one }) => one === version.version);
  const isLatest = version.version === latest;
  return (
    <section className="compare-head" aria-label={side === 'left' ? 'Left side' : 'Right side'}>
      <label>
        <span className="unseen">Version on the {side}</span>
        <select value={version.version} onChange={event => onPick(Number(event.target.value))}>
          {!known && <option value={version.version}>Version {version.version}</option>}
          {others.map(facts => (
            <option key={facts.version} value={facts.version}>
              Version {facts.version}
              {facts.version === latest && ', the latest'} · {authorOf(facts)}
            </option>
          ))}
        </select>
      </label>
      <span className="quiet">
        <Author of={version} />, <When at={version.created_at} />
      </span>
      {edited && <span className="tag warn">edited</span>}
      <span className="grow" />
      <span className="quiet small">
        {isLatest ? 'based on the latest' : `based on ${version.version}, the latest is ${latest}`}
      </span>
      <button
        type="button"
        disabled={!mayBeSaved}
        onClick={onSave}
        aria-label={`Save new version … from the ${side} side`}
      >
        Save new version …
      </button>
    </section>
  );
}
