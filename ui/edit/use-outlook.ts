/** What would become of the text if it were saved now, asked when typing rests. Invariant: an answer is never of an older text. */
import { useEffect, useState } from 'react';
import type { ConfigName } from '../api/calls.ts';
import { patiently } from '../api/client.ts';
import { heardOf } from '../api/query-client.ts';
import type { Outlook, Proposal } from '../pure/outlook.ts';
import { lookAt } from '../save/look.ts';

/** Larger texts are checked when they are saved only. */
const checkedLetters = 256 * 1024;
const checkAfterMs = 600;

export interface Asked {
  /** Where there is nothing to ask about; null: it could not be read. */
  readonly baseText: string | null;
  /** The latest version that is known of; when there is another, it is asked anew. */
  readonly latest: number;
}

export function useOutlook(config: ConfigName, now: Proposal, { baseText, latest }: Asked): Outlook | null {
  const [outlook, setOutlook] = useState<Outlook | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a newer version changes what would become of it
  useEffect(() => {
    if (now.text === baseText || now.text.length > checkedLetters) {
      setOutlook(null);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      patiently(() => lookAt(config, now, stop.signal), stop.signal).then(
        found => {
          if (!stop.signal.aborted) setOutlook(found);
        },
        error => {
          if (!stop.signal.aborted) heardOf(error);
        },
      );
    }, checkAfterMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [config, now, baseText, latest]);
  return outlook;
}
