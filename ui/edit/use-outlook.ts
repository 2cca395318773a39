/** What would become of the text if it were saved now, asked when typing rests. Invariant: an answer is never of an older text. */
import { useEffect, useState } from 'react';
import type { ConfigName } from '../api/calls.ts';
import { heardOf } from '../api/query-client.ts';
import type { Outlook, Proposal } from '../pure/outlook.ts';
import { lookAt } from '../save/look.ts';

/** Larger texts are checked when they are saved only. */
const checkedLetters = 256 * 1024;
const checkAfterMs = 600;

/** @param baseText where there is nothing to ask about; null: it could not be read */
export function useOutlook(config: ConfigName, now: Proposal, baseText: string | null): Outlook | null {
  const [outlook, setOutlook] = useState<Outlook | null>(null);
  useEffect(() => {
    if (now.text === baseText || now.text.length > checkedLetters) {
      setOutlook(null);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      lookAt(config, now, stop.signal).then(
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
  }, [config, now, baseText]);
  return outlook;
}
