/** The latest version, when it is newer than the one that is edited. Invariant: it is looked for once, and told of by the watch from then on. */
import { useState } from 'react';
import { type ConfigName, readConfig } from '../api/calls.ts';
import { patiently } from '../api/client.ts';
import { heardOf } from '../api/query-client.ts';
import { useWatch } from '../api/watch.ts';
import { useGone } from '../parts/use-gone.ts';
import { authorOf } from '../parts/version-facts.tsx';

export interface Newer {
  readonly version: number;
  /** null: not known yet. */
  readonly who: string | null;
  readonly when: string | null;
}

export function useNewer(config: ConfigName, base: number): Newer | null {
  const [newest, setNewest] = useState<Newer | null>(null);
  const gone = useGone();
  const hear = (found: Newer) =>
    setNewest(before =>
      before && (before.version > found.version || (before.version === found.version && before.who !== null))
        ? before
        : found,
    );
  const look = () => {
    const { signal } = gone.current;
    patiently(() => readConfig(config, undefined, signal), signal).then(
      ({ version }) => hear({ version: version.version, who: authorOf(version), when: version.created_at }),
      error => signal.aborted || heardOf(error),
    );
  };
  useWatch(config, {
    onChange({ kind, version }) {
      if (kind !== 'saved') return;
      hear({ version, who: null, when: null });
      look();
    },
    onGap: look,
    // It may have been saved before the watch began, or while the draft lay here.
    onOpen: look,
  });
  return newest && newest.version > base ? newest : null;
}
