/**
 * Editing a text and saving it. Invariant: what is typed is kept on this computer at once and until it is saved or
 * thrown away, and only the person changes it: the page tells of a newer version, and merges it in only when asked.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { patiently, Refusal } from '../api/client.ts';
import { heardOf } from '../api/query-client.ts';
import { draftsHere } from '../drafts.ts';
import { type EditorHandle, TextEditor } from '../editor/text-editor.tsx';
import { announce } from '../parts/announce.tsx';
import { BodyNotes } from '../parts/body-notes.tsx';
import { DraftNote } from '../parts/draft-note.tsx';
import { FreezeNote, useFreezes } from '../parts/freeze-note.tsx';
import { Link } from '../parts/link.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useGone } from '../parts/use-gone.ts';
import type { Address } from '../pure/addresses.ts';
import { freezesOn } from '../pure/freezes.ts';
import type { Outlook } from '../pure/outlook.ts';
import { go } from '../route.ts';
import { lookAt } from '../save/look.ts';
import { SaveDialog, type SaveOutcome } from '../save/save-dialog.tsx';
import { useUnsaved } from '../saved-drafts.ts';
import { useUser } from '../session.tsx';
import { NewerNote, RestoredNote } from './edit-notes.tsx';
import { LeaveDialog } from './leave-dialog.tsx';
import type { Opened } from './opened.ts';
import { useDraft } from './use-draft.ts';
import { useNewer } from './use-newer.ts';
import { useOutlook } from './use-outlook.ts';

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
  const [carrying, setCarrying] = useState(false);
  const gone = useGone();
  const draft = useDraft({ user, config, opened, now, comment });
  const newer = useNewer(config, now.base);
  const outlook = useOutlook(config, now, {
    baseText: opened.baseText,
    latest: newer?.version ?? now.base,
  });
  useEffect(() => {
    const mistake = outlook?.kind === 'mistake' ? outlook : null;
    editor.current?.mark(mistake && { ...mistake, message: mistake.problem.detail });
  }, [outlook]);

  const carry = async () => {
    setCarrying(true);
    try {
      const { signal } = gone.current;
      const found = await patiently(() => lookAt(config, now, signal), signal);
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
      if (gone.current.signal.aborted) return;
      heardOf(error);
      announce(`Not carried: ${error instanceof Error ? error.message : String(error)}`, 'bad');
    } finally {
      setCarrying(false);
    }
  };
  const end = () => {
    draft.end();
    void client.invalidateQueries();
  };
  const name = path.split('/').at(-1)!;
  const isNew = now.base === 0;
  const freezes = freezesOn(path, useFreezes(namespace));
  const leave = () => {
    if (isNew) go({ page: 'folder', namespace, folder: path.slice(0, path.length - name.length) });
    else go({ page: 'config', namespace, path });
  };
  const [other] = useUnsaved({ user, ...config }, newer?.version ?? now.base, [opened.id]);
  return (
    <>
      <PageHead
        address={address}
        title={isNew ? `New: ${name}` : `Edit ${name}`}
        facts={
          <>
            <span className="tag">{opened.format}</span>
            <span className="quiet">{isNew ? 'does not exist yet' : `based on version ${now.base}`}</span>
          </>
        }
        actions={
          <>
            <button type="button" onClick={() => (draft.isTyped ? setLeaving(true) : leave())}>
              {draft.isTyped ? 'Throw away …' : 'Cancel'}
            </button>
            {!isNew && (
              <Link className="button" to={{ page: 'compare', namespace, path, left: now.base }}>
                Compare {now.base} with the latest
              </Link>
            )}
            <button
              type="button"
              className="primary"
              disabled={!draft.isTyped && !isNew}
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
            This config exists already. You are editing version {opened.base}, and will not write over it.
          </p>
        )}
        <FreezeNote {...{ namespace, freezes }} what={name} />
        {opened.restored && draft.isTyped && <RestoredNote at={opened.restored.at} />}
        {newer && <NewerNote {...{ config, newer, carrying }} base={now.base} onCarry={() => void carry()} />}
        {draft.isFull && (
          <p className="note bad" role="alert">
            There is no room left to keep what you type on this computer. Save it, or throw an older draft
            away.
          </p>
        )}
        {other && <DraftNote draft={other} onDiscard={() => draftsHere.discard(other)} />}
      </div>
      <TextEditor
        ref={editor}
        start={{ text: opened.text, base: opened.base }}
        format={opened.format}
        label={`Text of ${path}`}
        onChange={(text, base) => setNow({ text, base })}
        onSave={() => (draft.isTyped || isNew) && setSaving(true)}
      />
      <p className="edit-foot quiet small" role="status">
        {wordsOf(outlook, draft.isKept)}
      </p>
      {outlook?.kind === 'plain' && <BodyNotes notes={outlook.notes} />}
      {saving && (
        <SaveDialog
          {...{ config, comment }}
          proposal={now}
          memory={draft.memory}
          onComment={setComment}
          onDecisions={draft.decided}
          onSend={draft.sent}
          onGoTo={(line, column) => editor.current?.goTo(line, column)}
          onClose={() => setSaving(false)}
          onSaved={outcome => {
            end();
            announce(savedWords(outcome));
            go({ page: 'config', namespace, path });
          }}
        />
      )}
      {leaving && (
        <LeaveDialog
          onStay={() => setLeaving(false)}
          onKeep={leave}
          onThrowAway={() => {
            end();
            leave();
          }}
        />
      )}
    </>
  );
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

/** With the first thing that a rule that only warns says to it. */
function savedWords({ version, result, notices = [] }: SaveOutcome): string {
  if (result === 'unchanged') return 'The latest version has this very text.';
  const [first] = notices;
  if (!first) return `Saved as version ${version}.`;
  const where = first.line === undefined ? '' : `line ${first.line}, ${first.path ?? ''} `;
  const rule = first.schema === undefined ? 'A secret may be in it' : `Schema ${first.schema} warns`;
  return `Saved as version ${version}. ${rule}: ${where}${first.message}.`;
}
