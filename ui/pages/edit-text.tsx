/**
 * Editing a text and saving it. Invariant: what is typed is kept on this computer at once and until it is saved or
 * thrown away, and only the person changes it: the page tells of a newer version, and merges it in only when asked.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Format } from '../../text/format.ts';
import { readConfig } from '../api/calls.ts';
import { Refusal } from '../api/client.ts';
import { heardOf } from '../api/query-client.ts';
import { useWatch } from '../api/watch.ts';
import { draftsHere, remember } from '../drafts.ts';
import { type EditorHandle, TextEditor } from '../editor/text-editor.tsx';
import { announce } from '../parts/announce.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Link } from '../parts/link.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { authorOf } from '../parts/version-facts.tsx';
import { When } from '../parts/when.tsx';
import type { Address } from '../pure/addresses.ts';
import type { Decisions } from '../pure/clash.ts';
import type { Draft } from '../pure/drafts.ts';
import type { Outlook } from '../pure/outlook.ts';
import { go } from '../route.ts';
import { lookAt } from '../save/look.ts';
import { SaveDialog } from '../save/save-dialog.tsx';
import { useUser } from '../session.tsx';

export interface Opened {
  /** Of the draft. */
  readonly id: string;
  readonly text: string;
  /** 0: the config is not there yet. */
  readonly base: number;
  readonly comment: string;
  readonly format: Format;
  /** What was typed before, and is shown again. */
  readonly restored: Draft | null;
  /** null: it could not be read. */
  readonly baseText: string | null;
  /** It was to be created, and is there already. */
  readonly existed?: boolean;
}

/** Larger texts are checked when they are saved only. */
const checkedLetters = 256 * 1024;
const checkAfterMs = 600;
const keepAfterMs = 150;

interface Newer {
  readonly version: number;
  readonly who: string | null;
  readonly when: string | null;
}

export interface EditTextProps {
  readonly address: Extract<Address, { page: 'edit' }>;
  readonly opened: Opened;
}

export function EditText({ address, opened }: EditTextProps) {
  const { namespace, path } = address;
  const config = useMemo(() => ({ namespace, path }), [namespace, path]);
  const user = useUser();
  const client = useQueryClient();
  const editor = useRef<EditorHandle>(null);
  const [now, setNow] = useState({ text: opened.text, base: opened.base });
  const [comment, setComment] = useState(opened.comment);
  const [saving, setSaving] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [newer, setNewer] = useState<Newer | null>(null);
  const [carrying, setCarrying] = useState(false);
  const [outlook, setOutlook] = useState<Outlook | null>(null);
  const [full, setFull] = useState(false);
  /** What lies in the draft now. */
  const [kept, setKept] = useState<string | null>(null);
  const memory = useRef(
    new Map<string, Decisions>(
      opened.restored?.settled ? [[opened.restored.settled.marked, opened.restored.settled.decisions]] : [],
    ),
  );
  const settled = useRef(opened.restored?.settled);

  const isTyped = now.text !== opened.baseText || now.base !== opened.base || comment !== '';
  const isOver = useRef(false);
  const keep = useCallback(() => {
    if (isOver.current || !isTyped) return;
    const { text, base } = now;
    const also = settled.current ? { settled: settled.current } : {};
    const draft = { id: opened.id, user, ...config, text, base, comment, at: Date.now(), ...also };
    const isKept = draftsHere.keep(draft);
    setFull(!isKept);
    setKept(isKept ? text : null);
  }, [isTyped, now, comment, opened.id, user, config]);
  useEffect(() => {
    if (!isTyped && !isOver.current) draftsHere.discard({ ...config, id: opened.id });
    const timer = setTimeout(keep, keepAfterMs);
    const atOnce = () => keep();
    window.addEventListener('pagehide', atOnce);
    document.addEventListener('visibilitychange', atOnce);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pagehide', atOnce);
      document.removeEventListener('visibilitychange', atOnce);
    };
  }, [keep, isTyped, config, opened.id]);
  // Leaving for another page of ours is no pagehide.
  const last = useRef(keep);
  last.current = keep;
  useEffect(() => () => last.current(), []);

  useEffect(() => {
    if (now.text === opened.baseText || now.text.length > checkedLetters) {
      setOutlook(null);
      editor.current?.mark(null);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      lookAt(config, now, stop.signal).then(
        found => {
          if (stop.signal.aborted) return;
          setOutlook(found);
          editor.current?.mark(
            found.kind === 'mistake'
              ? { message: found.problem.detail, line: found.line, column: found.column }
              : null,
          );
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
  }, [config, now, opened.baseText]);

  const hearOf = (version: number) => {
    if (version <= now.base) return;
    setNewer(before => (before && before.version >= version ? before : { version, who: null, when: null }));
    readConfig(config).then(
      ({ version: latest }) => {
        if (latest.version <= now.base) return;
        setNewer({ version: latest.version, who: authorOf(latest), when: latest.created_at });
      },
      () => undefined,
    );
  };
  useWatch(config, {
    onChange: ({ kind, version }) => {
      if (kind === 'saved') hearOf(version);
    },
    onGap: () => hearOf(Number.MAX_SAFE_INTEGER),
  });
  // It may have been saved before the watch began, or while the draft lay here.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    readConfig(config).then(
      ({ version: latest }) => {
        if (latest.version > opened.base)
          setNewer({ version: latest.version, who: authorOf(latest), when: latest.created_at });
      },
      () => undefined,
    );
  }, []);

  const carry = async () => {
    setCarrying(true);
    try {
      const found = await lookAt(config, now);
      if (found.kind === 'merge') {
        const { merged, current_version: base } = found.problem;
        editor.current?.carry(merged, base);
        announce(`Your edit is on version ${base} now. Undo takes that back.`);
      } else if (found.kind === 'unchanged') {
        announce('The latest version has this very text.');
      } else {
        setSaving(true);
      }
    } catch (error) {
      heardOf(error);
      announce(`Not carried: ${error instanceof Error ? error.message : String(error)}`, 'bad');
    } finally {
      setCarrying(false);
    }
  };
  const done = () => {
    isOver.current = true;
    draftsHere.discard({ ...config, id: opened.id });
    remember(namespace, path, null);
    void client.invalidateQueries();
  };
  const others = draftsHere.of({ user, ...config }).filter(({ id }) => id !== opened.id);
  const isNew = now.base === 0;
  const name = path.split('/').at(-1)!;
  return (
    <>
      <PageHead
        address={address}
        title={isNew ? `New: ${name}` : `Edit ${name}`}
        facts={
          <>
            <span className="tag">{opened.format}</span>
            <span className="quiet">{isNew ? 'not there yet' : `based on version ${now.base}`}</span>
          </>
        }
        actions={
          <>
            <button type="button" onClick={() => (isTyped ? setLeaving(true) : leave())}>
              {isTyped ? 'Throw away …' : 'Cancel'}
            </button>
            {!isNew && (
              <Link className="button" to={{ page: 'compare', namespace, path, left: now.base }}>
                Compare {now.base} with the latest
              </Link>
            )}
            <button
              type="button"
              className="primary"
              disabled={!isTyped && !isNew}
              onClick={() => setSaving(true)}
            >
              Save … <kbd>Ctrl S</kbd>
            </button>
          </>
        }
      />
      <div aria-live="polite">
        {opened.existed && (
          <p className="note warn">
            This config is there already. You are editing version {opened.base}, and will not write over it.
          </p>
        )}
        {opened.restored && isTyped && (
          <p className="note">
            This is what you typed, from <When at={new Date(opened.restored.at).toISOString()} />. It is not
            saved yet.
          </p>
        )}
        {newer && newer.version > now.base && (
          <div className="note warn banner">
            <p>
              <strong>Version {newer.version} was saved</strong>
              {newer.who !== null && (
                <>
                  {' '}
                  by <Said text={newer.who} />
                </>
              )}
              {newer.when !== null && (
                <>
                  {' '}
                  <When at={newer.when} />
                </>
              )}
              . Your text is as you typed it, on {isNew ? 'nothing' : `version ${now.base}`}.
            </p>
            <div className="actions">
              {!isNew && (
                <Link
                  className="button"
                  target="_blank"
                  to={{ page: 'compare', namespace, path, left: now.base, right: newer.version }}
                >
                  What changed
                </Link>
              )}
              <button type="button" disabled={carrying} onClick={() => void carry()}>
                Carry my edit onto it
              </button>
            </div>
          </div>
        )}
        {full && (
          <p className="note bad" role="alert">
            There is no room left to keep what you type on this computer. Save it, or throw an older draft
            away.
          </p>
        )}
        {others.length > 0 && (
          <p className="note">
            You typed something else here before, <When at={new Date(others[0]!.at).toISOString()} />, on
            version {others[0]!.base}.{' '}
            <Link target="_blank" to={{ page: 'edit', namespace, path, draft: others[0]!.id }}>
              Open it beside this
            </Link>{' '}
            ·{' '}
            <button
              type="button"
              className="link"
              onClick={() => {
                draftsHere.discard(others[0]!);
                setNow({ ...now });
              }}
            >
              Throw it away
            </button>
          </p>
        )}
      </div>
      <TextEditor
        ref={editor}
        start={{ text: opened.text, base: opened.base }}
        format={opened.format}
        label={`Text of ${path}`}
        onChange={(text, base) => setNow({ text, base })}
        onSave={() => (isTyped || isNew) && setSaving(true)}
      />
      <p className="edit-foot quiet small" role="status">
        {wordsOf(outlook, isTyped && kept === now.text)}
      </p>
      {saving && (
        <SaveDialog
          {...{ config, comment }}
          proposal={now}
          memory={memory.current}
          onComment={setComment}
          onDecisions={(marked, decisions) => {
            settled.current = { marked, decisions };
            keep();
          }}
          onGoTo={(line, column) => editor.current?.goTo(line, column)}
          onClose={() => setSaving(false)}
          onSaved={({ latest, result }) => {
            done();
            announce(
              result === 'unchanged'
                ? 'The latest has this very text.'
                : `Saved as version ${latest.version}.`,
            );
            go({ page: 'config', namespace, path });
          }}
        />
      )}
      {leaving && (
        <Dialog
          title="Throw away what you typed?"
          onClose={() => setLeaving(false)}
          actions={
            <>
              <button type="button" onClick={() => setLeaving(false)}>
                Go on editing
              </button>
              <button type="button" onClick={leave}>
                Leave, and keep it
              </button>
              <button
                type="button"
                className="danger"
                onClick={() => {
                  done();
                  leave();
                }}
              >
                Throw it away
              </button>
            </>
          }
        >
          <p>What you typed is kept on this computer until you save it or throw it away.</p>
        </Dialog>
      )}
    </>
  );

  function leave() {
    if (isNew) go({ page: 'folder', namespace, folder: path.slice(0, path.length - name.length) });
    else go({ page: 'config', namespace, path });
  }
}

function wordsOf(outlook: Outlook | null, isKept: boolean): string {
  const kept = isKept ? 'Kept on this computer. ' : '';
  switch (outlook?.kind) {
    case 'plain':
      return `${kept}It can be saved as version ${outlook.next}.`;
    case 'unchanged':
      return `${kept}Version ${outlook.version} has this very text.`;
    case 'mistake':
      return `${kept}Line ${outlook.line}, column ${outlook.column}: ${outlook.problem.detail}`;
    case 'merge':
      return `${kept}It merges with version ${outlook.problem.current_version}.`;
    case 'clash':
      return `${kept}Version ${outlook.problem.current_version} changed the same places; you will decide when you save.`;
    case 'refused':
      return `${kept}${outlook.problem.title}: ${new Refusal(outlook.problem).message}`;
    default:
      return kept;
  }
}
