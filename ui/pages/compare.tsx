/**
 * Two versions side by side, both to be edited and saved from. Invariant: a side's text is based on the version it
 * shows, so saving it goes through the merge, and the page announces that first. What is typed here is kept like any
 * edit.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Change } from '../../api/types.gen.ts';
import {
  type ConfigName,
  diffText,
  diffVersions,
  listVersions,
  type Read,
  readConfig,
} from '../api/calls.ts';
import { draftsHere, newDraftId } from '../drafts.ts';
import { type Difference, type Side, SideBySide, type SideBySideHandle } from '../editor/side-by-side.tsx';
import { announce } from '../parts/announce.tsx';
import { ConfigTabs } from '../parts/config-tabs.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Failure, Waiting } from '../parts/states.tsx';
import { Author, authorOf } from '../parts/version-facts.tsx';
import { When } from '../parts/when.tsx';
import type { Address } from '../pure/addresses.ts';
import type { Decisions } from '../pure/clash.ts';
import { go } from '../route.ts';
import { SaveDialog } from '../save/save-dialog.tsx';
import { useUser } from '../session.tsx';

type CompareAddress = Extract<Address, { page: 'compare' }>;

export function Compare({ address }: { readonly address: CompareAddress }) {
  const { namespace, path, left, right } = address;
  const config = useMemo(() => ({ namespace, path }), [namespace, path]);
  const old = useVersion(config, left);
  const young = useVersion(config, right);
  const error = old.error ?? young.error;
  const latest = young.data?.config.latest_version ?? old.data?.config.latest_version;
  return (
    <>
      <PageHead address={address} title={`Compare ${path.split('/').at(-1)}`} />
      <ConfigTabs {...config} at="compare" latest={latest} />
      {error && <Failure error={error} onRetry={() => void Promise.all([old.refetch(), young.refetch()])} />}
      {!error && !(old.data && young.data) && <Waiting for="both versions" />}
      {old.data && young.data && latest !== undefined && (
        <Both
          key={`${old.data.version.version}/${young.data.version.version}`}
          {...{ config, address, latest }}
          left={old.data}
          right={young.data}
        />
      )}
    </>
  );
}

function useVersion(config: ConfigName, version: number | undefined) {
  return useQuery({
    queryKey: ['text', config, version ?? 'latest'],
    queryFn: ({ signal }) => readConfig(config, version, signal),
    // What is being edited is never replaced.
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

interface BothProps {
  readonly config: ConfigName;
  readonly address: CompareAddress;
  readonly left: Read;
  readonly right: Read;
  readonly latest: number;
}

function Both({ config, address, left, right, latest }: BothProps) {
  const user = useUser();
  const client = useQueryClient();
  const handle = useRef<SideBySideHandle>(null);
  const ids = useRef({ left: newDraftId(), right: newDraftId() });
  const memory = useRef(new Map<string, Decisions>());
  const [texts, setTexts] = useState({ left: left.version.body_raw, right: right.version.body_raw });
  const [collapsed, setCollapsed] = useState(true);
  const [difference, setDifference] = useState<Difference | null>(null);
  const [meaning, setMeaning] = useState(false);
  const [saving, setSaving] = useState<Side | null>(null);
  const [comment, setComment] = useState('');
  const of = { left, right };
  const isEdited = (side: Side) => texts[side] !== of[side].version.body_raw;
  const mayBeSaved = (side: Side) => isEdited(side) || of[side].version.version < latest;

  const typed = (side: Side, text: string) => {
    setTexts(before => ({ ...before, [side]: text }));
    const { version, body_raw } = of[side].version;
    const draft = { id: ids.current[side], user, ...config, base: version, comment, at: Date.now() };
    if (text === body_raw) draftsHere.discard(draft);
    else if (!draftsHere.keep({ ...draft, text }))
      announce('There is no room left to keep what you type.', 'bad');
  };
  const done = (side: Side) => {
    draftsHere.discard({ ...config, id: ids.current[side] });
    void client.invalidateQueries();
  };
  const copy = (to: Side) => {
    if (!handle.current?.copy(to)) announce('There is no change to copy.');
  };
  return (
    <>
      <div className="compare-bar" role="toolbar" aria-label="Changes">
        <p role="status">
          {difference === null
            ? ''
            : difference.changes === 0
              ? 'The texts are the same.'
              : `${difference.changes} ${difference.changes === 1 ? 'change' : 'changes'}`}
          {difference?.coarse && (
            <span className="tag warn">coarse: too large to compare letter by letter</span>
          )}
        </p>
        <div className="actions">
          <button type="button" onClick={() => handle.current?.previous()} title="Alt ↑ or Shift F7">
            ↑ Previous change
          </button>
          <button type="button" onClick={() => handle.current?.next()} title="Alt ↓ or F7">
            ↓ Next change
          </button>
          <button type="button" onClick={() => copy('left')} title="Ctrl Alt ←">
            ← Copy to the left
          </button>
          <button type="button" onClick={() => copy('right')} title="Ctrl Alt →">
            Copy to the right →
          </button>
          <button type="button" aria-pressed={!collapsed} onClick={() => setCollapsed(!collapsed)}>
            Show unchanged lines
          </button>
          <button type="button" aria-pressed={meaning} onClick={() => setMeaning(!meaning)}>
            By meaning
          </button>
        </div>
      </div>
      {meaning && (
        <Meaning
          {...{ config, left, right }}
          text={isEdited('right') ? texts.right : null}
          leftText={isEdited('left')}
        />
      )}
      <div className="compare-heads">
        {(['left', 'right'] as const).map(side => (
          <Head
            key={side}
            {...{ config, side, latest }}
            read={of[side]}
            edited={isEdited(side)}
            mayBeSaved={mayBeSaved(side)}
            onPick={version => go({ ...address, [side]: version })}
            onSave={() => setSaving(side)}
          />
        ))}
      </div>
      <SideBySide
        ref={handle}
        left={{
          text: left.version.body_raw,
          label: `Left: version ${left.version.version} of ${config.path}`,
        }}
        right={{
          text: right.version.body_raw,
          label: `Right: version ${right.version.version} of ${config.path}`,
        }}
        format={right.config.format}
        collapsed={collapsed}
        onChange={typed}
        onDifference={setDifference}
        onSave={side => mayBeSaved(side) && setSaving(side)}
      />
      {saving && (
        <SaveDialog
          {...{ config, comment }}
          // An unchanged old text is to be saved as it is, onto the latest.
          proposal={{ text: texts[saving], base: isEdited(saving) ? of[saving].version.version : latest }}
          {...(!isEdited(saving) && { promoting: of[saving].version.version })}
          memory={memory.current}
          onComment={setComment}
          onClose={() => setSaving(null)}
          onSaved={({ latest: saved, result }) => {
            done(saving);
            announce(
              result === 'unchanged'
                ? 'The latest has this very text.'
                : `Saved as version ${saved.version}.`,
            );
            go({ page: 'config', ...config });
          }}
        />
      )}
    </>
  );
}

interface HeadProps {
  readonly config: ConfigName;
  readonly side: Side;
  readonly read: Read;
  readonly latest: number;
  readonly edited: boolean;
  readonly mayBeSaved: boolean;
  readonly onPick: (version: number) => void;
  readonly onSave: () => void;
}

function Head({ config, side, read, latest, edited, mayBeSaved, onPick, onSave }: HeadProps) {
  const { version } = read;
  const { data } = useQuery({
    queryKey: ['versions-first', config, latest],
    queryFn: ({ signal }) => listVersions(config, undefined, signal),
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

interface MeaningProps {
  readonly config: ConfigName;
  readonly left: Read;
  readonly right: Read;
  /** The right side's as it is being edited; null: as it was saved. */
  readonly text: string | null;
  /** The left side is being edited, which the server has not seen. */
  readonly leftText: boolean;
}

const verbs = { add: 'added', remove: 'removed', replace: 'changed' } as const;

/** What differs whatever the order of keys and the layout. */
function Meaning({ config, left, right, text, leftText }: MeaningProps) {
  const [from, to] = [left.version.version, right.version.version];
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), 400);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, error } = useQuery({
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
      {error && <Failure error={error} />}
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
