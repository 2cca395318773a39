/**
 * What is typed, kept on this computer. Invariant: it is kept a moment after each change and at once when the page goes
 * away, until it is saved or thrown away; the page says so only of what lies there.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ConfigName } from '../api/calls.ts';
import { draftsHere, remember } from '../drafts.ts';
import type { Decisions } from '../pure/clash.ts';
import type { Proposal } from '../pure/outlook.ts';
import type { Opened } from './opened.ts';

const keepAfterMs = 150;

export interface Typing {
  readonly user: string;
  readonly config: ConfigName;
  readonly opened: Opened;
  readonly now: Proposal;
  readonly comment: string;
}

export interface KeptDraft {
  /** Something is typed that is not saved. */
  readonly isTyped: boolean;
  /** It lies in the draft as it is typed. */
  readonly isKept: boolean;
  /** There is no room for it. */
  readonly isFull: boolean;
  /** What was decided about the places of clashes, by the text that showed them. */
  readonly memory: Map<string, Decisions>;
  decided(marked: string, decisions: Decisions): void;
  /** A save of what is typed is on its way, with this text. */
  sent(text: string): void;
  /** It was saved, or thrown away. */
  end(): void;
}

export function useDraft({ user, config, opened, now, comment }: Typing): KeptDraft {
  const { id, restored } = opened;
  const [isFull, setFull] = useState(false);
  /** What lies in the draft now. */
  const [kept, setKept] = useState<string | null>(null);
  const settled = useRef(restored?.settled);
  const sent = useRef({ of: restored?.text, text: restored?.sent });
  const memory = useMemo(
    () =>
      new Map<string, Decisions>(
        restored?.settled ? [[restored.settled.marked, restored.settled.decisions]] : [],
      ),
    [restored],
  );
  const isOver = useRef(false);
  const isTyped = now.text !== opened.baseText || now.base !== opened.base || comment !== '';
  const keep = useCallback(() => {
    if (isOver.current || !isTyped) return;
    const { text, base } = now;
    const also = {
      ...(settled.current && { settled: settled.current }),
      ...(sent.current.of === text && sent.current.text !== undefined && { sent: sent.current.text }),
    };
    const draft = { id, user, ...config, text, base, comment, at: Date.now(), ...also };
    const isKept = draftsHere.keep(draft);
    setFull(!isKept);
    setKept(isKept ? text : null);
  }, [isTyped, now, comment, id, user, config]);
  useEffect(() => {
    if (!isTyped && !isOver.current) draftsHere.discard({ ...config, id });
    const timer = setTimeout(keep, keepAfterMs);
    window.addEventListener('pagehide', keep);
    document.addEventListener('visibilitychange', keep);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pagehide', keep);
      document.removeEventListener('visibilitychange', keep);
    };
  }, [keep, isTyped, config, id]);
  // Leaving for another page of ours is no pagehide.
  const last = useRef(keep);
  last.current = keep;
  useEffect(() => () => last.current(), []);
  return {
    ...{ isTyped, isFull, memory },
    isKept: isTyped && kept === now.text,
    decided(marked, decisions) {
      settled.current = { marked, decisions };
      keep();
    },
    sent(text) {
      sent.current = { of: now.text, text };
      keep();
    },
    end() {
      isOver.current = true;
      draftsHere.discard({ ...config, id });
      remember(config.namespace, config.path, null);
    },
  };
}
